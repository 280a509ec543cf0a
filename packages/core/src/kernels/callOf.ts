/** From a node with known shapes to the call that kernels are asked about: an elementwise op is a map, a reduction a reduce, the rest an op. */
import { AttrReader } from '../graph/attrs.js';
import type { NodeData } from '../graph/graphData.js';
import { toNumbers } from '../hostTensor.js';
import type { OpDefinition } from '../ops/opDef.js';
import { sizeOf } from '../shape.js';
import { reductionOf, scalarOf } from './findKernel.js';
import type { Arg, MapCall, OpCall, ReduceCall } from './kernel.js';

/** The op call of a node: always possible. */
export function opCallOf(node: NodeData, inputs: readonly Arg[], outputs: readonly Arg[]): OpCall {
  return { kind: 'op', op: node.op, node: node.name, attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`), inputs, outputs };
}

/** The map call of an elementwise node; undefined for other ops. Outputs whose dimensions are not known yet have none either. */
export function mapCallOf(node: NodeData, definition: OpDefinition, inputs: readonly Arg[], outputs: readonly Arg[]): MapCall | undefined {
  if (outputs.some((arg) => arg.shape.includes(-1))) return undefined;
  const fn = scalarOf(definition, {
    attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`),
    inputDtypes: inputs.map((arg) => arg.dtype),
    outputDtypes: outputs.map((arg) => arg.dtype),
  });
  return fn === undefined ? undefined : { kind: 'map', node: node.name, inputs, outputs, fn };
}

/** The reduce call of a reduction whose axes are known; undefined otherwise. */
export function reduceCallOf(node: NodeData, definition: OpDefinition, inputs: readonly Arg[], outputs: readonly Arg[]): ReduceCall | undefined {
  const [data, axesArg] = inputs;
  if (definition.reduction === undefined || data === undefined || axesArg?.constant === undefined) return undefined;
  const rank = data.shape.length;
  const axes = [...new Set(toNumbers(axesArg.constant).map((axis) => (axis < 0 ? axis + rank : axis)))].sort((a, b) => a - b);
  const count = axes.reduce((product, axis) => product * (data.shape[axis] ?? 1), 1);
  const code = reductionOf(definition, { inputDtypes: [data.dtype], outputDtypes: outputs.map((arg) => arg.dtype) }, count);
  if (code === undefined || outputs.some((arg) => sizeOf(arg.shape) < 0)) return undefined;
  return {
    kind: 'reduce', node: node.name, inputs: [data], outputs, space: data.shape, axes, reducer: definition.reduction.reducer, before: code.before, after: code.after,
  };
}
