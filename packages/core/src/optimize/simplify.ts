/**
 * Rewrites that let others work: Sub of a constant becomes an addition (the same float), inference batch norm with constant statistics
 * becomes Mul and Add, and a zero Pad before a VALID convolution becomes the convolution's own padding.
 */
import type { Attrs } from '../graph/attrs.js';
import type { Endpoint, NodeData } from '../graph/graphData.js';
import { HostTensor, toNumbers } from '../hostTensor.js';
import { isFullyKnown } from '../shape.js';
import type { Stage } from '../stage.js';
import { attrsOf, freeConstantAt, constNode, consumersOf, shapeOf, type TypedGraph } from '../graph/typedGraph.js';
import type { RunsOn } from './runsOn.js';

const floatType: Attrs = { T: { kind: 'type', value: 'float32' } };

/** The graph itself where there is nothing to rewrite. */
export function* simplify(graph: TypedGraph, runs: RunsOn): Stage<TypedGraph> {
  const rewriter = new Rewriter(graph, runs);
  for (const node of graph.nodes.values()) {
    yield;
    if (node.outputs[0] !== 'float32') continue;
    if (node.op === 'Sub') subToAdd(rewriter, node);
    else if (node.op.startsWith('FusedBatchNorm')) batchNormToAffine(rewriter, node);
    else if (node.op === 'Conv2D' || node.op === 'DepthwiseConv2dNative') padIntoConv(rewriter, node);
  }
  return rewriter.result();
}

/** The graph while nodes are replaced and added. New nodes stand on the device of the node that they serve. */
class Rewriter {
  readonly nodes: Map<string, NodeData>;
  readonly readers: Map<string, NodeData[]>;
  private readonly shapes: Map<string, readonly (readonly (number | null)[] | null)[]>;
  private readonly placement: Map<string, string>;
  private isChanged = false;

  constructor(readonly graph: TypedGraph, private readonly runs: RunsOn) {
    this.nodes = new Map(graph.nodes);
    this.shapes = new Map(graph.shapes);
    this.placement = new Map(graph.placement);
    this.readers = consumersOf(graph);
  }

  /** Whether an output after the first is fetched, or the node is to run for itself. */
  needsMoreThanFirst(name: string): boolean {
    return this.graph.targets.includes(name) || this.graph.results.some((result) => result.node === name && result.index > 0);
  }
  constant(endpoint: Endpoint | undefined): HostTensor | undefined {
    return endpoint === undefined ? undefined : freeConstantAt(this.nodes, endpoint);
  }
  addConst(owner: NodeData, suffix: string, value: HostTensor): Endpoint {
    return this.add(owner, constNode(`${owner.name}/${suffix}`, value), value.shape);
  }
  add(owner: NodeData, node: NodeData, shape: readonly (number | null)[] | null): Endpoint {
    this.nodes.set(node.name, node);
    this.shapes.set(node.name, [shape]);
    const device = this.placement.get(owner.name);
    if (device !== undefined) this.placement.set(node.name, device);
    return { node: node.name, index: 0 };
  }
  /** Puts a node in the place of the one of its name, if the device there runs it. */
  replace(node: NodeData): boolean {
    if (!this.canRun(node, node)) return false;
    this.nodes.set(node.name, node);
    this.isChanged = true;
    return true;
  }
  /** Whether the owner's device runs a node. */
  canRun(owner: NodeData, node: NodeData): boolean {
    return this.runs(this.placement.get(owner.name), node, this.nodes);
  }
  result(): TypedGraph {
    if (!this.isChanged) return this.graph;
    return { ...this.graph, nodes: this.nodes, shapes: this.shapes, placement: this.placement };
  }
}

function subToAdd(rewriter: Rewriter, node: NodeData): void {
  const constant = rewriter.constant(node.inputs[1]);
  const [x] = node.inputs;
  if (constant?.dtype !== 'float32' || x === undefined) return;
  const negative = new HostTensor('float32', constant.shape, (constant.data as Float32Array).map((value) => -value));
  rewriter.replace({ ...node, op: 'AddV2', attrs: floatType, inputs: [x, rewriter.addConst(node, 'negative', negative)] });
}

/** y = x · (scale / √(variance + ε)) + (offset − mean · that), for the first output when nobody reads the others. */
function batchNormToAffine(rewriter: Rewriter, node: NodeData): void {
  const attrs = attrsOf(node);
  const [x] = node.inputs;
  if (x === undefined || attrs.bool('is_training') || attrs.string('data_format') !== 'NHWC') return;
  const usesStatistics = (rewriter.readers.get(node.name) ?? []).some((reader) => reader.inputs.some((input) => input.node === node.name && input.index > 0));
  if (usesStatistics || rewriter.needsMoreThanFirst(node.name) || node.controls.length > 0) return;
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((i) => rewriter.constant(node.inputs[i])?.data as Float32Array | undefined);
  if (scale === undefined || offset === undefined || mean === undefined || variance === undefined) return;
  const epsilon = attrs.float('epsilon');
  const factor = scale.map((value, i) => value / Math.sqrt((variance[i] ?? 0) + epsilon));
  const shift = offset.map((value, i) => value - (mean[i] ?? 0) * (factor[i] ?? 0));
  const shape = [scale.length];
  const product: NodeData = {
    ...node, name: `${node.name}/mul`, op: 'Mul', attrs: floatType, outputs: ['float32'],
    inputs: [x, rewriter.addConst(node, 'factor', new HostTensor('float32', shape, factor))],
  };
  if (!rewriter.canRun(node, product)) return;
  const scaled = rewriter.add(node, product, shapeOf(rewriter.graph, { node: node.name, index: 0 }));
  rewriter.replace({
    ...node, op: 'AddV2', attrs: floatType, outputs: ['float32'], inputs: [scaled, rewriter.addConst(node, 'shift', new HostTensor('float32', shape, shift))],
  });
}

/** Pad(x) → Conv2D VALID becomes Conv2D EXPLICIT when only height and width are padded (with zeros, as Pad does). */
function padIntoConv(rewriter: Rewriter, node: NodeData): void {
  const attrs = attrsOf(node);
  const [x, weights] = node.inputs;
  const pad = x === undefined ? undefined : rewriter.nodes.get(x.node);
  if (weights === undefined || pad?.op !== 'Pad' || pad.controls.length > 0 || attrs.string('padding') !== 'VALID' || attrs.string('data_format') !== 'NHWC') return;
  const paddings = rewriter.constant(pad.inputs[1]);
  const [source] = pad.inputs;
  const shape = source === undefined ? null : shapeOf(rewriter.graph, source);
  if (paddings === undefined || source === undefined || !isFullyKnown(shape) || shape.length !== 4) return;
  const amounts = toNumbers(paddings);
  if (amounts.slice(0, 2).some((n) => n !== 0) || amounts.slice(6).some((n) => n !== 0)) return;
  rewriter.replace({
    ...node,
    inputs: [source, weights],
    attrs: {
      ...node.attrs,
      padding: { kind: 'string', value: new TextEncoder().encode('EXPLICIT') },
      explicit_paddings: { kind: 'list', of: 'int', value: amounts },
    },
  });
}
