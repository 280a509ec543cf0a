/** Parts of random graphs that are written as GraphDefs: variables by reference and by handle, functions, which the API has no calls for. */
import { importGraphDef, Tensor, type DType } from '@sessionflow/core';
import { parseGraphDefText } from '@sessionflow/core/proto';

const typeNames: Readonly<Partial<Record<DType, string>>> = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL', resource: 'DT_RESOURCE' };

export const typeText = (dtype: DType): string => typeNames[dtype] ?? 'DT_INVALID';

/** `attr { key: … value { … } }`. */
export const attr = (key: string, value: string): string => `attr { key: "${key}" value { ${value} } }`;

export const typeAttr = (key: string, dtype: DType): string => attr(key, `type: ${typeText(dtype)}`);

export const typesAttr = (key: string, dtypes: readonly DType[]): string => attr(key, `list { ${dtypes.map((dtype) => `type: ${typeText(dtype)}`).join(' ')} }`);

export const shapeText = (shape: readonly number[]): string => shape.map((size) => `dim { size: ${size} }`).join(' ');

export interface NodeText {
  readonly name: string;
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly device?: string;
  readonly attrs?: readonly string[];
}

/** One node; `node_def` in a function, `node` in a graph. */
export function nodeText({ name, op, inputs = [], device = '', attrs = [] }: NodeText, kind: 'node' | 'node_def' = 'node'): string {
  return `${kind} { name: "${name}" op: "${op}" ${inputs.map((input) => `input: "${input}"`).join(' ')} device: "${device}" ${attrs.join(' ')} }`;
}

/** A constant of one number. */
export function scalarText(name: string, dtype: 'float32' | 'int32', value: number, kind: 'node' | 'node_def' = 'node_def'): string {
  const values = dtype === 'float32' ? `float_val: ${value}` : `int_val: ${value}`;
  return nodeText({ name, op: 'Const', attrs: [typeAttr('dtype', dtype), attr('value', `tensor { dtype: ${typeText(dtype)} tensor_shape {} ${values} }`)] }, kind);
}

/** Adds the text to the default graph, `in0`, `in1`, … being these tensors; gives the tensors with these names. */
export function addText(text: string, inputs: readonly Tensor[], results: readonly string[]): readonly Tensor[] {
  const elements = importGraphDef(parseGraphDefText(text), {
    name: 'g', inputMap: Object.fromEntries(inputs.map((tensor, i) => [`in${i}:0`, tensor])), returnElements: results.map((name) => `${name}:0`),
  });
  return elements.flatMap((element) => (element instanceof Tensor ? [element] : []));
}
