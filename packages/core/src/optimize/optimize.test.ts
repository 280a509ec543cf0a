import { describe, expect, it, vi } from 'vitest';
import { constant, placeholder } from '../api/values.js';
import { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import { constantAt, type PlacedGraph, type TypedGraph } from '../graph/typedGraph.js';
import * as ops from '../ops/families.js';
import { prune } from '../prune/prune.js';
import type { Shape } from '../shape.js';
import { finish } from '../stage.js';
import { optimize } from './optimize.js';
import type { RunsOn } from './runsOn.js';

/** What `build` returns, from a placeholder of this rank, all on one device. */
function placedGraph(build: (x: Tensor<'float32'>) => Tensor, shape: Shape): PlacedGraph {
  const graph = new Graph();
  const result = graph.asDefault(() => build(placeholder('float32', shape.map(() => null), { name: 'x' })));
  const pruned = finish(prune(graph.toGraphData(), { feeds: [{ node: 'x', index: 0 }], fetches: [{ node: result.op.name, index: result.index }], targets: [] }));
  return { ...pruned, placement: new Map([...pruned.nodes.keys()].map((name) => [name, '/device:CPU:0'])) };
}

/** Optimizes what `build` returns, with its placeholder fed by this shape. */
function optimized(build: (x: Tensor<'float32'>) => Tensor, shape: Shape, runs?: RunsOn): TypedGraph {
  return finish(optimize(placedGraph(build, shape), [{ shape }], { constantFolding: true, commonSubexpressions: true }, runs));
}

const opsOf = (graph: TypedGraph): string[] => [...graph.nodes.values()].filter(({ op }) => op !== 'Const' && op !== '_Arg').map(({ op }) => op).sort();
const float = (values: number[], shape?: Shape): Tensor<'float32'> => constant(values, shape === undefined ? { dtype: 'float32' } : { dtype: 'float32', shape });

describe('optimize', () => {
  it('works out shapes and what hangs on them', () => {
    const graph = optimized((x) => {
      const rows = ops.stridedSlice(ops.shape(x), constant([0], { dtype: 'int32' }), constant([1], { dtype: 'int32' }), constant([1], { dtype: 'int32' }), { shrinkAxisMask: 1 });
      return ops.reshape(x, ops.pack([rows, constant(-1, { dtype: 'int32' })]));
    }, [3, 2, 5]);
    expect(opsOf(graph)).toEqual(['Reshape']);
    expect(graph.shapes.get(graph.results[0]!.node)).toEqual([[3, 10]]);
  });

  it('folds a batch norm spelled as arithmetic into the convolution before it', () => {
    const graph = optimized((x) => {
      const conv = ops.conv2D(x, float([1, 2, 3, 4], [1, 1, 2, 2]), [1, 1, 1, 1], 'SAME');
      const scaled = ops.mul(ops.sub(ops.biasAdd(conv, float([1, 1])), float([2, 4])), ops.mul(ops.rsqrt(float([4, 1])), float([10, 1])));
      return ops.addV2(scaled, float([7, 9]));
    }, [1, 2, 2, 2]);
    expect(opsOf(graph)).toEqual(['AddV2', 'Conv2D']);
    const conv = [...graph.nodes.values()].find(({ op }) => op === 'Conv2D')!;
    expect(constantAt(graph.nodes, conv.inputs[1]!)?.toArray()).toEqual([[[[5, 2], [15, 4]]]]);
    const add = graph.nodes.get(graph.results[0]!.node)!;
    // (1 − 2) · 5 + 7 and (1 − 4) · 1 + 9
    expect(constantAt(graph.nodes, add.inputs[1]!)?.toArray()).toEqual([2, 6]);
  });

  it('folds FusedBatchNormV3 of constants, and a Pad, into a depthwise convolution', () => {
    const graph = optimized((x) => {
      const padded = ops.pad(x, constant([[0, 0], [1, 0], [0, 1], [0, 0]], { dtype: 'int32' }));
      const conv = ops.depthwiseConv2dNative(padded, float([1, 2], [1, 1, 2, 1]), [1, 1, 1, 1], 'VALID');
      return ops.fusedBatchNormV3(conv, float([2, 3]), float([1, 1]), float([5, 6]), float([1, 1]), { isTraining: false, epsilon: 0 }).y;
    }, [1, 3, 3, 2]);
    expect(opsOf(graph)).toEqual(['AddV2', 'DepthwiseConv2dNative']);
    const conv = [...graph.nodes.values()].find(({ op }) => op === 'DepthwiseConv2dNative')!;
    expect(constantAt(graph.nodes, conv.inputs[1]!)?.toArray()).toEqual([[[[2], [6]]]]);
    expect(conv.attrs['explicit_paddings']?.value).toEqual([0, 0, 1, 0, 0, 1, 0, 0]);
  });

  it('waits for the code of a kernel that a constant needs', async () => {
    vi.resetModules();
    const [{ optimize: fresh }, { inParts }, { loadHostKernel }] = await Promise.all([import('./optimize.js'), import('../stage.js'), import('../kernels/callHostKernel.js')]);
    expect(loadHostKernel('Cumsum')).toBeInstanceOf(Promise);
    const placed = placedGraph((x) => ops.mul(x, ops.cumsum(float([1, 2, 3]), constant(0, { dtype: 'int32' }))), [3]);
    expect(opsOf(await inParts(fresh(placed, [{ shape: [3] }], { constantFolding: true, commonSubexpressions: true })))).toEqual(['Mul']);
  });

  it('leaves a convolution alone that somebody else reads', () => {
    const graph = optimized((x) => {
      const conv = ops.conv2D(x, float([1, 2], [1, 1, 1, 2]), [1, 1, 1, 1], 'SAME');
      return ops.addV2(ops.mul(conv, float([2, 2])), conv);
    }, [1, 2, 2, 1]);
    expect(opsOf(graph)).toEqual(['AddV2', 'Conv2D', 'Mul']);
  });

  it('shares equal nodes, and forwards identities', () => {
    const graph = optimized((x) => ops.addV2(ops.exp(ops.identity(x)), ops.exp(ops.stopGradient(x))), [4]);
    expect(opsOf(graph)).toEqual(['AddV2', 'Exp']);
  });

  it('keeps what a folded node waited for', () => {
    const graph = optimized((x) => {
      const check = ops.assert(ops.all(ops.less(x, constant(1)), constant([0], { dtype: 'int32' })), [constant('too large')]);
      return x.graph.controlDependencies([check], () => ops.neg(ops.identity(constant(1))));
    }, [2]);
    expect(opsOf(graph)).toContain('Assert');
  });

  it('drops control edges that order nothing', () => {
    const graph = optimized((x) => {
      const other = ops.exp(x);
      return x.graph.controlDependencies([other], () => ops.neg(ops.identity(x)));
    }, [2]);
    expect(opsOf(graph)).toEqual(['Neg']);
  });

  it('rewrites nothing into ops that the device does not run', () => {
    const lacksSums: RunsOn = (_device, node) => node.op !== 'AddV2';
    const norm = (x: Tensor<'float32'>): Tensor => ops.fusedBatchNorm(x, float([1, 2]), float([3, 4]), float([0, 0]), float([1, 1]), { isTraining: false }).y;
    expect(opsOf(optimized(norm, [1, 2, 2, 2]))).toEqual(['AddV2', 'Mul']);
    expect(opsOf(optimized(norm, [1, 2, 2, 2], lacksSums))).toEqual(['FusedBatchNorm']);
    expect(opsOf(optimized((x) => ops.sub(x, float([1])), [2], lacksSums))).toEqual(['Sub']);
    const sums = (x: Tensor<'float32'>): Tensor => ops.biasAdd(ops.biasAdd(x, float([1, 2])), float([3, 4]));
    expect(opsOf(optimized(sums, [2, 2]))).toEqual(['AddV2']);
    expect(opsOf(optimized(sums, [2, 2], lacksSums))).toEqual(['BiasAdd', 'BiasAdd']);
  });
});
