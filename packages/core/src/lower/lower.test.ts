import { describe, expect, it } from 'vitest';
import { constant, placeholder } from '../api/values.js';
import type { CompileDevice } from '../device/compileDevice.js';
import { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import type { PlacedGraph } from '../graph/typedGraph.js';
import type { DeviceInfo } from '../device/info.js';
import { hostInfo } from '../kernels/callHostKernel.js';
import { hostTable } from '../kernels/host/index.js';
import { combineTables, type KernelTable } from '../kernels/kernel.js';
import * as ops from '../ops/families.js';
import { optimize } from '../optimize/optimize.js';
import { partition } from '../partition/partition.js';
import { prune } from '../prune/prune.js';
import { referenceTable } from '../reference/reference.js';
import { finish } from '../stage.js';
import { lower, type Unit } from './lower.js';

/** Only products and softmax have kernels of their own here: the rest is maps and reductions, or TypeScript. */
const { MatMul = [], Softmax = [] } = referenceTable.ops;
const own: KernelTable = { ops: { MatMul: MatMul.slice(0, 1), Softmax: Softmax.slice(0, 1) }, map: referenceTable.map, reduce: referenceTable.reduce };
const device: CompileDevice = { name: '/device:CPU:0', info: hostInfo, kernels: combineTables<unknown, DeviceInfo>(own, hostTable) };

/** The units of what `build` makes of a placeholder `x` that is fed with [2, 3]. */
function unitsOf(build: (x: Tensor<'float32'>) => Tensor | readonly Tensor[]): readonly Unit[] {
  const graph = new Graph();
  const built = graph.asDefault(() => build(placeholder('float32', [null, 3], { name: 'x' })));
  const fetches = (Array.isArray(built) ? (built as readonly Tensor[]) : [built as Tensor]).map(({ op, index }) => ({ node: op.name, index }));
  const pruned = finish(prune(graph.toGraphData(), { feeds: [{ node: 'x', index: 0 }], fetches, targets: [] }));
  const placed: PlacedGraph = { ...pruned, placement: new Map([...pruned.nodes.keys()].map((name) => [name, device.name])) };
  const optimized = finish(optimize(placed, [{ shape: [2, 3] }], { constantFolding: true, commonSubexpressions: true }));
  return finish(lower(finish(partition(optimized)), new Map([[device.name, device]]))).units;
}

const labels = (units: readonly Unit[]): string[] => units.map((unit) => (unit.kind === 'launch' ? unit.label : unit.node.op));
const weights = (): Tensor<'float32'> => constant([1, 2, 3, 4, 5, 6, 7, 8, 9], { dtype: 'float32', shape: [3, 3] });

describe('lower', () => {
  it('fuses a chain into one map that stands for all of its nodes', () => {
    const units = unitsOf((x) => ops.relu(ops.addV2(ops.mul(x, constant(2)), constant([1, 2, 3]))));
    expect(labels(units)).toEqual(['map']);
    expect(units[0]?.nodes).toEqual(['Relu', 'AddV2', 'Mul']);
    // The constant of one element is code, the vector is an input.
    expect(units[0]?.inputs.map(({ name }) => name).sort()).toEqual(['Const_1:0', '_arg_x_0:0']);
  });

  it('fuses parts that share a value, and keeps a value that is fetched', () => {
    const shared = (x: Tensor<'float32'>): [Tensor, Tensor] => {
      const a = ops.exp(x);
      return [a, ops.mul(ops.sigmoid(a), ops.addV2(a, constant(1)))];
    };
    expect(labels(unitsOf((x) => shared(x)[1]))).toEqual(['map']);
    expect(labels(unitsOf(shared))).toEqual(['map', 'map']);
  });

  it('makes work on a matmul its epilogue, residuals included', () => {
    const units = unitsOf((x) => ops.addV2(x, ops.relu(ops.biasAdd(ops.matMul(x, weights()), constant([1, 2, 3])))));
    expect(labels(units)).toEqual(['MatMul+epilogue']);
    expect(units[0]?.inputs.map(({ name }) => name).sort()).toEqual(['Const:0', 'Const_1:0', '_arg_x_0:0', '_arg_x_0:0']);
  });

  it('leaves a matmul plain that two readers share', () => {
    const units = unitsOf((x) => {
      const product = ops.matMul(x, weights());
      return [ops.relu(product), ops.softmax(product)];
    });
    expect(labels(units)[0]).toBe('MatMul');
  });

  it('leaves a matmul plain whose result is read in two shapes at once', () => {
    const units = unitsOf((x) => {
      const row = ops.matMul(constant([[1, 2]], { dtype: 'float32' }), x);
      return ops.mul(row, ops.reshape(row, constant([3], { dtype: 'int32' })));
    });
    expect(labels(units)).toEqual(['MatMul', 'map']);
  });

  it('puts elementwise work before a reduction into it', () => {
    expect(labels(unitsOf((x) => ops.sum(ops.square(ops.sub(x, constant(1))), constant([1], { dtype: 'int32' }))))).toEqual(['reduce(add)']);
  });

  it('lets views vanish', () => {
    const units = unitsOf((x) => ops.exp(ops.squeeze(ops.expandDims(ops.reshape(x, [3, 2]), 0), { squeezeDims: [0] })));
    expect(labels(units)).toEqual(['map']);
    expect(units[0]?.inputs[0]?.shape).toEqual([3, 2]);
  });

  it('makes a view of a constant a constant, where none was folded', () => {
    const graph = new Graph();
    graph.asDefault(() => ops.mul(placeholder('float32', [2, 3], { name: 'x' }), ops.reshape(constant([1, 2, 3]), [1, 3], { name: 'row' }), { name: 'y' }));
    const pruned = finish(prune(graph.toGraphData(), { feeds: [{ node: 'x', index: 0 }], fetches: [{ node: 'y', index: 0 }], targets: [] }));
    const placed: PlacedGraph = { ...pruned, placement: new Map([...pruned.nodes.keys()].map((name) => [name, device.name])) };
    const { units } = finish(lower(finish(partition(finish(optimize(placed, [{ shape: [2, 3] }], { constantFolding: false, commonSubexpressions: false })))), new Map([[device.name, device]])));
    const row = units[0]?.inputs.find(({ shape }) => shape.join() === '1,3');
    expect(labels(units)).toEqual(['map']);
    expect(row?.constant?.toArray()).toEqual([[1, 2, 3]]);
    expect(row?.root).toBe(row);
  });

  it('expands bodies, so that what they consist of fuses', () => {
    const units = unitsOf((x) => ops.tfjs.prelu(ops.l2Loss(x), constant(0.5)));
    expect(labels(units)).toEqual(['reduce(add)', 'map']);
  });

  it('does not fuse over a control edge that orders effects', () => {
    const units = unitsOf((x) => {
      const exp = ops.exp(x);
      const check = ops.assert(ops.all(ops.less(exp, constant(9)), constant([0, 1], { dtype: 'int32' })), [constant('large')]);
      return x.graph.controlDependencies([check], () => ops.neg(ops.mul(exp, constant(2))));
    });
    expect(labels(units)).toContain('Assert');
    expect(labels(units).indexOf('Assert')).toBeLessThan(labels(units).length - 1);
  });
});
