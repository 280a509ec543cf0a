/** For tests: an op with its inputs, as shape functions and bodies see it. */
import { InvalidArgumentError } from '../../errors.js';
import { AttrReader, type Attrs, type AttrValue } from '../../graph/attrs.js';
import type { NodeData } from '../../graph/graphData.js';
import type { HostTensor } from '../../hostTensor.js';
import type { DType } from '../../dtypes.js';
import { isFullyKnown, type PartialShape } from '../../shape.js';
import { toAttrValue } from '../attrValues.js';
import { completeNode } from '../completeNode.js';
import type { BodyBuilder, BodyValue, OpDefinition, ShapeContext } from '../opDef.js';
import { opDefinition } from '../registry.js';
import { numbersOf } from '../shapes/common.js';

/** What is known of an input. */
export interface Known {
  readonly dtype: DType;
  readonly shape: PartialShape;
  readonly value?: HostTensor | undefined;
}

export function definitionOf(op: string): OpDefinition {
  const definition = opDefinition(op);
  if (definition === undefined) throw new Error(`no definition of ${op}`);
  return definition;
}

/** A node with plain attribute values completed from its inputs. */
export function nodeOf(op: string, attrs: Readonly<Record<string, unknown>>, inputs: readonly Known[]): NodeData {
  const definition = definitionOf(op);
  const given: Record<string, AttrValue> = {};
  for (const def of definition.attrs) if (def.name in attrs) given[def.name] = toAttrValue(def, attrs[def.name], op);
  return complete(op, definition, given, inputs);
}

function complete(op: string, definition: OpDefinition, attrs: Attrs, inputs: readonly Known[]): NodeData {
  return completeNode({ name: 'n', op, inputs: [], controls: [], device: '', attrs, outputs: [] }, definition, inputs.map(({ dtype }) => dtype));
}

/** Static shapes of the outputs. */
export function shapesOf(node: NodeData, inputs: readonly Known[]): readonly PartialShape[] {
  const context: ShapeContext = {
    attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`),
    inputCount: inputs.length,
    inputDtypes: inputs.map(({ dtype }) => dtype),
    outputDtypes: node.outputs,
    shape: (i) => inputs[i]?.shape ?? null,
    value: (i) => inputs[i]?.value,
    shapeValue: (i) => {
      const value = inputs[i]?.value;
      if (value !== undefined) return numbersOf(value).map((size) => (size < 0 ? null : size));
      const shape = inputs[i]?.shape ?? null;
      return isFullyKnown(shape) && shape[0] !== undefined ? new Array<null>(shape[0]).fill(null) : null;
    },
    fail: (message) => {
      throw new InvalidArgumentError(`${node.op} '${node.name}': ${message}`, { node: node.name, op: node.op });
    },
  };
  return definitionOf(node.op).shape(context);
}

/** An op of a body. */
export interface BodyNode {
  readonly node: NodeData;
  readonly inputs: readonly BodyValue[];
  readonly outputs: readonly BodyValue[];
}

/** The body of a node; `undefined` when it has none for this case. */
export function bodyOf(node: NodeData, inputs: readonly Known[]): { nodes: BodyNode[]; results: readonly BodyValue[] } | undefined {
  const nodes: BodyNode[] = [];
  const builder: BodyBuilder = {
    attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`),
    op: (type, values, attrs = {}) => {
      const inner = complete(type, definitionOf(type), attrs, values);
      const shapes = shapesOf(inner, values);
      const outputs = inner.outputs.map((dtype, i): Known => ({ dtype, shape: shapes[i] ?? null }));
      nodes.push({ node: inner, inputs: values, outputs });
      return outputs;
    },
    constant: (value): Known => ({ dtype: value.dtype, shape: value.shape, value }),
    valueOf: (value) => (value as Known).value,
  };
  const results = definitionOf(node.op).body?.(builder, inputs);
  return results === undefined ? undefined : { nodes, results };
}
