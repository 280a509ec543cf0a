/**
 * Per-channel arithmetic after a convolution or matmul moves into its constant weights: conv(x, W)·s becomes conv(x, W·s), and constants
 * that are added in a row become one. This is how frozen graphs that spell batch norm as Mul/Sub/Rsqrt chains end as one convolution with
 * a bias.
 */
import type { Endpoint, NodeData } from '../graph/graphData.js';
import { HostTensor } from '../hostTensor.js';
import { callHostKernel } from '../kernels/callHostKernel.js';
import { opDefinition } from '../ops/registry.js';
import { broadcastShapes, sameShape, sizeOf, type Shape } from '../shape.js';
import { attrsOf, freeConstantAt, constNode, consumersOf, shapeOf, type TypedGraph } from '../graph/typedGraph.js';
import type { Stage } from '../stage.js';
import type { RunsOn } from './runsOn.js';

/** Ops with constant weights, and which axis of the weights is the output channel. */
const weighted: Readonly<Record<string, { weight: number; channelAxes: (shape: Shape) => readonly number[] }>> = {
  Conv2D: { weight: 1, channelAxes: (shape) => [shape.length - 1] },
  MatMul: { weight: 1, channelAxes: () => [1] },
  /** Depthwise weights are [h, w, in, multiplier]; output channel = in · multiplier + m. */
  DepthwiseConv2dNative: { weight: 1, channelAxes: () => [2, 3] },
};

const adds: ReadonlySet<string> = new Set(['Add', 'AddV2', 'BiasAdd']);

/** The graph itself where there is nothing to move. */
export function* foldAffine(graph: TypedGraph, runs: RunsOn): Stage<TypedGraph> {
  const nodes = new Map(graph.nodes);
  const shapes = new Map(graph.shapes);
  const placement = new Map(graph.placement);
  const readers = consumersOf(graph);
  const kept = new Set([...graph.results.map((endpoint) => endpoint.node), ...graph.targets]);
  /** A node whose only reader is the given one, and that nobody else needs. */
  const readOnce = (name: string): boolean => !kept.has(name) && (readers.get(name)?.length ?? 0) === 1;
  const addConst = (name: string, value: HostTensor, device: string | undefined): Endpoint => {
    nodes.set(name, constNode(name, value));
    shapes.set(name, [value.shape]);
    if (device !== undefined) placement.set(name, device);
    return { node: name, index: 0 };
  };
  const current: TypedGraph = { ...graph, nodes, shapes, placement };
  let changed = false;
  for (const original of graph.nodes.values()) {
    yield;
    const node = nodes.get(original.name);
    if (node === undefined || node.inputs.length !== 2 || node.controls.length > 0 || node.outputs[0] !== 'float32') continue;
    const split = constantOperand(nodes, node);
    if (split === undefined) continue;
    const source = nodes.get(split.other.node);
    if (source === undefined || source.controls.length > 0 || !readOnce(source.name) || split.other.index !== 0) continue;
    const device = placement.get(source.name);
    if (device !== placement.get(node.name)) continue;
    const outShape = shapeOf(current, { node: node.name, index: 0 });
    if (!sameShape(outShape, shapeOf(current, split.other))) continue;
    const rule = weighted[source.op];
    if (node.op === 'Mul' && rule !== undefined && channelsLast(source)) {
      const weights = source.inputs[rule.weight];
      const constant = weights === undefined ? undefined : freeConstantAt(nodes, weights);
      const scaled = constant === undefined ? undefined : scaleWeights(source, constant, split.constant, rule.channelAxes(constant.shape));
      if (scaled === undefined) continue;
      const inputs = [...source.inputs];
      inputs[rule.weight] = addConst(`${node.name}/weights`, scaled, device);
      // The node itself becomes the convolution, so that everything that reads it (or fetches it) goes on doing so.
      nodes.set(node.name, { ...source, name: node.name, inputs });
      changed = true;
      readers.set(inputs[0]?.node ?? '', [...(readers.get(inputs[0]?.node ?? '') ?? []).filter((reader) => reader.name !== source.name), node]);
      continue;
    }
    const inner = constantOperand(nodes, source);
    if (inner === undefined || source.inputs.length !== 2 || !sameShape(shapeOf(current, { node: source.name, index: 0 }), shapeOf(current, inner.other))) continue;
    if (adds.has(node.op) && adds.has(source.op) && plainAdd(node) && plainAdd(source)) {
      // (x + c) + d = x + (c + d)
      const sum = combine('AddV2', inner.constant, split.constant);
      if (sum === undefined) continue;
      const added: NodeData = { ...node, op: 'AddV2', attrs: { T: typeAttr }, inputs: [inner.other, addConst(`${node.name}/sum`, sum, device)] };
      if (!runs(device, added, nodes)) continue;
      nodes.set(node.name, added);
      changed = true;
    } else if (node.op === 'Mul' && adds.has(source.op) && plainAdd(source) && weightedThrough(nodes, inner.other, readOnce)) {
      // (conv + c) · s = conv · s + c · s, where conv · s then folds into the weights.
      const product = combine('Mul', inner.constant, split.constant);
      if (product === undefined) continue;
      const scaled: NodeData = { ...node, name: `${node.name}/scaled`, inputs: [inner.other, addConst(`${node.name}/scale`, split.constant, device)] };
      const sum: NodeData = { ...node, op: 'AddV2', attrs: { T: typeAttr }, inputs: [{ node: scaled.name, index: 0 }, addConst(`${node.name}/sum`, product, device)] };
      if (!runs(device, sum, new Map([...nodes, [scaled.name, scaled]]))) continue;
      nodes.set(scaled.name, scaled);
      shapes.set(scaled.name, [outShape]);
      if (device !== undefined) placement.set(scaled.name, device);
      nodes.set(node.name, sum);
      changed = true;
    }
  }
  return changed ? current : graph;
}

const typeAttr = { kind: 'type', value: 'float32' } as const;

function plainAdd(node: NodeData): boolean {
  return node.op !== 'BiasAdd' || attrsOf(node).string('data_format') !== 'NCHW';
}

function channelsLast(node: NodeData): boolean {
  const attrs = attrsOf(node);
  if (node.op === 'MatMul') return !attrs.bool('transpose_b');
  return !attrs.has('data_format') || attrs.string('data_format') === 'NHWC';
}

function weightedThrough(nodes: ReadonlyMap<string, NodeData>, endpoint: Endpoint, readOnce: (name: string) => boolean): boolean {
  const node = nodes.get(endpoint.node);
  const rule = node === undefined ? undefined : weighted[node.op];
  const weights = rule === undefined ? undefined : node?.inputs[rule.weight];
  return node !== undefined && weights !== undefined && freeConstantAt(nodes, weights) !== undefined && readOnce(node.name) && channelsLast(node);
}

/** The constant and the other operand of a binary op; BiasAdd and Sub only in the order that they mean. */
function constantOperand(nodes: ReadonlyMap<string, NodeData>, node: NodeData): { constant: HostTensor; other: Endpoint } | undefined {
  const [a, b] = node.inputs;
  if (a === undefined || b === undefined || (node.op !== 'Mul' && !adds.has(node.op))) return undefined;
  const right = freeConstantAt(nodes, b);
  if (right !== undefined) return { constant: right, other: a };
  const left = node.op === 'BiasAdd' ? undefined : freeConstantAt(nodes, a);
  return left === undefined ? undefined : { constant: left, other: b };
}

/** W with its output channels multiplied; undefined unless the factor is one number or one per channel. */
function scaleWeights(source: NodeData, weights: HostTensor, factor: HostTensor, axes: readonly number[]): HostTensor | undefined {
  const channels = axes.reduce((product, axis) => product * (weights.shape[axis] ?? 1), 1);
  const last = factor.shape.at(-1) ?? 1;
  if (factor.size !== 1 && !(factor.size === channels && last === channels)) return undefined;
  if (source.op === 'MatMul' && weights.shape.length !== 2) return undefined;
  const shape = factor.size === 1 ? [] : axes.map((axis) => weights.shape[axis] ?? 1);
  return combine('Mul', weights, new HostTensor(factor.dtype, shape, factor.data));
}

/** `a op b` of constants by the host kernels; undefined if they do not broadcast to a shape no larger than the larger of them. */
function combine(op: 'Mul' | 'AddV2', a: HostTensor, b: HostTensor): HostTensor | undefined {
  const shape = broadcastShapes(a.shape, b.shape);
  const definition = opDefinition(op);
  if (shape === undefined || shape === null || definition === undefined) return undefined;
  if (sizeOf(shape as Shape) > Math.max(a.size, b.size)) return undefined;
  const node: NodeData = { name: op, op, inputs: [], controls: [], device: '', outputs: [a.dtype], attrs: { T: { kind: 'type', value: a.dtype } } };
  return callHostKernel(node, definition, [a, b], [shape])?.[0];
}
