/**
 * A GraphDef in TensorFlow's own ops: what tfjs models and graph optimisers fuse (`_FusedConv2D`, `FusedDepthwiseConv2dNative`,
 * `_FusedMatMul`, `Prelu`) is spelled out by the ops' bodies. The last node of a body keeps the name, so that readers need no change.
 */
import type { DType } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import { completeNode } from '../ops/completeNode.js';
import type { BodyBuilder, BodyValue } from '../ops/opDef.js';
import { opDefinition } from '../ops/registry.js';
import type { GraphDefData, NodeDefData } from '../proto/graphDefData.js';
import { AttrReader, type Attrs } from './attrs.js';
import { upgradeAttrs } from './upgradeAttrs.js';

const fusedOps: ReadonlySet<string> = new Set(['_FusedConv2D', 'FusedDepthwiseConv2dNative', '_FusedMatMul', 'Prelu']);

/** The same graph without ops that TensorFlow's registry lacks. InvalidArgumentError for a fused op whose parts are not known. */
export function toStandardOps(graphDef: GraphDefData): GraphDefData {
  return { ...graphDef, nodes: graphDef.nodes.flatMap((node) => (fusedOps.has(node.op) ? spelledOut(node) : [node])) };
}

/** A value of a body under construction: a tensor by its text. */
interface NamedValue extends BodyValue {
  readonly text: string;
}

function spelledOut(node: NodeDefData): NodeDefData[] {
  const definition = opDefinition(node.op);
  if (definition === undefined) return [node];
  const attrs: Attrs = { ...Object.fromEntries(definition.attrs.flatMap((attr) => (attr.default === undefined ? [] : [[attr.name, attr.default]]))), ...upgradeAttrs(node.op, node.attr) };
  const type = attrs['T'];
  const dtype: DType = type?.kind === 'type' ? type.value : 'float32';
  const data = node.input.filter((text) => !text.startsWith('^'));
  const controls = node.input.filter((text) => text.startsWith('^'));
  const parts: NodeDefData[] = [];
  const emit = (op: string, inputs: readonly BodyValue[], given: Attrs): readonly NamedValue[] => {
    const part = opDefinition(op);
    if (part === undefined) throw new InvalidArgumentError(`${node.op} '${node.name}': its body uses the unknown op ${op}`, { node: node.name, op: node.op });
    const name = `${node.name}/${op}_${parts.length}`;
    const complete = completeNode({ name, op, inputs: [], controls: [], device: node.device, attrs: given, outputs: [] }, part, inputs.map((value) => value.dtype));
    parts.push({ name, op, input: [...(inputs as readonly NamedValue[]).map(({ text }) => text), ...controls], device: node.device, attr: complete.attrs });
    return complete.outputs.map((output, i) => ({ dtype: output, shape: null, text: i === 0 ? name : `${name}:${i}` }));
  };
  const builder: BodyBuilder = {
    attrs: new AttrReader(attrs, `${node.op} '${node.name}'`),
    op: (op, inputs, given = {}) => emit(op, inputs, given),
    constant: (value) => emit('Const', [], { dtype: { kind: 'type', value: value.dtype }, value: { kind: 'tensor', value } })[0]!,
    valueOf: () => undefined,
  };
  const inputs = data.map((text): NamedValue => ({ dtype, shape: null, text }));
  const results = node.op === 'Prelu' ? [preluParts(builder, inputs)] : definition.body?.(builder, inputs);
  const last = parts.at(-1);
  const [result] = (results ?? []) as readonly NamedValue[];
  if (last === undefined || result?.text !== last.name) {
    throw new InvalidArgumentError(`${node.op} '${node.name}': fused_ops holds something that has no spelling in TensorFlow's ops`, { node: node.name, op: node.op });
  }
  return [...parts.slice(0, -1), { ...last, name: node.name }].flatMap((part) => (part.op === 'Prelu' ? spelledOut(part) : [part]));
}

/** relu(x) + alpha · (-relu(-x)): exact on either side of zero. */
function preluParts(builder: BodyBuilder, [x, alpha]: readonly BodyValue[]): BodyValue {
  const one = (op: string, inputs: readonly BodyValue[]): BodyValue => builder.op(op, inputs)[0]!;
  const negative = one('Neg', [one('Relu', [one('Neg', [x!])])]);
  return one('AddV2', [one('Relu', [x!]), one('Mul', [alpha!, negative])]);
}
