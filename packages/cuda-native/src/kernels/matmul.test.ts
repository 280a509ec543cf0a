import * as tf from '@sessionflow/core';
import { binary, constant, input, unary, type Expr } from '@sessionflow/core/codegen';
import type { DType } from '@sessionflow/core/device';
import { AttrReader, type OpCall } from '@sessionflow/core/kernels';
import { describe, expect, it } from 'vitest';
import { cudaNative } from '../backend.js';
import type { CudaInfo } from '../info.js';
import { fakeCuda, whyNoFake } from '../testing/fake.js';
import { libraryEpilogue } from './epilogues.js';
import { matmulRequest } from './matmul.js';

const info = { cublasLt: true, float32Math: 'exact', workspaceLimit: 32 << 20 } as CudaInfo;

function callOf(a: readonly number[], b: readonly number[], options: { dtype?: DType; op?: string; attrs?: Record<string, boolean>; epilogue?: { extra: readonly number[][]; expr: Expr } } = {}): OpCall {
  const { dtype = 'float32', op = 'MatMul', attrs = {}, epilogue } = options;
  const names = op === 'MatMul' ? ['transpose_a', 'transpose_b'] : ['adj_x', 'adj_y'];
  const all = Object.fromEntries(names.map((name) => [name, { kind: 'bool' as const, value: attrs[name] ?? false }]));
  const [m, n] = [a.at(attrs[names[0]!] === true ? -1 : -2)!, b.at(attrs[names[1]!] === true ? -2 : -1)!];
  const batch = a.length >= b.length ? a.slice(0, -2) : b.slice(0, -2);
  return {
    kind: 'op', op, node: 'product', attrs: new AttrReader(all, 'product'),
    inputs: [a, b, ...(epilogue?.extra ?? [])].map((shape) => ({ dtype, shape })), outputs: [{ dtype, shape: [...batch, m, n] }],
    ...(epilogue === undefined ? {} : { epilogue: { extra: epilogue.extra.length, dtype, expr: epilogue.expr } }),
  };
}

describe('what cuBLASLt is asked for', () => {
  it('is the product as it stands', () => {
    expect(matmulRequest(callOf([3, 5], [5, 7]), info)).toEqual({
      type: 0, computeType: 68, m: 3, n: 7, k: 5, batch: 1, strideA: 0, strideB: 0, transA: 0, transB: 0, epilogue: 1, workspaceCap: 1 << 20,
    });
    expect(matmulRequest(callOf([5, 3], [7, 5], { attrs: { transpose_a: true, transpose_b: true } }), info)).toMatchObject({ m: 3, n: 7, k: 5, transA: 1, transB: 1 });
  });

  it('joins a stack over one matrix, and steps through two stacks', () => {
    expect(matmulRequest(callOf([4, 3, 5], [5, 7], { op: 'BatchMatMulV2' }), info)).toMatchObject({ m: 12, n: 7, batch: 1 });
    expect(matmulRequest(callOf([4, 3, 5], [4, 5, 7], { op: 'BatchMatMulV2' }), info)).toMatchObject({ m: 3, batch: 4, strideA: 15, strideB: 35 });
    expect(matmulRequest(callOf([3, 5], [4, 5, 7], { op: 'BatchMatMulV2' }), info)).toMatchObject({ batch: 4, strideA: 0, strideB: 35 });
    expect(matmulRequest(callOf([2, 1, 3, 5], [1, 4, 5, 7], { op: 'BatchMatMulV2' }), info)).toBeUndefined();
  });

  it('has the precision that the options name, and exact float32 without', () => {
    const computed = (dtype: DType, float32Math: CudaInfo['float32Math']): unknown => matmulRequest(callOf([3, 5], [5, 7], { dtype }), { ...info, float32Math })?.computeType;
    expect([computed('float32', 'tf32'), computed('float32', 'bfloat16'), computed('float16', 'tf32'), computed('float64', 'tf32'), computed('int32', 'exact')]).toEqual([77, 75, 68, 70, undefined]);
  });

  it('is nothing for nothing', () => {
    expect(matmulRequest(callOf([0, 5], [5, 7]), info)).toBeUndefined();
    expect(matmulRequest(callOf([3, 0], [0, 7]), info)).toBeUndefined();
  });
});

describe('epilogues of the library', () => {
  const [x, b] = [input(0, 'float32'), input(1, 'float32')];
  const number = (value: number): Expr => constant(value, 'float32');
  const of = (expr: Expr, ...extra: number[][]) => libraryEpilogue(callOf([3, 5], [5, 7], { epilogue: { extra, expr } }));
  const gelu = (value: Expr): Expr => binary('mul', binary('mul', value, number(0.5)), binary('add', unary('tanh', binary('mul', binary('add', binary('mul', binary('pow', value, number(3)), number(0.044715)), value), number(Math.fround(Math.sqrt(2 / Math.PI))))), number(1)));

  it('are bias, relu and gelu, in whatever order they are written', () => {
    expect(of(binary('add', b, x), [7])).toEqual({ bias: true, activation: 'none' });
    expect(of(binary('max', number(0), binary('add', x, b)), [1, 7])).toEqual({ bias: true, activation: 'relu' });
    expect(of(binary('max', x, number(0)))).toEqual({ bias: false, activation: 'relu' });
    expect(of(gelu(binary('add', x, b)), [7])).toEqual({ bias: true, activation: 'gelu' });
  });

  it('are nothing else', () => {
    expect(of(binary('add', x, b), [3, 7])).toBeUndefined();
    expect(of(binary('sub', x, b), [7])).toBeUndefined();
    expect(of(binary('max', x, number(1)))).toBeUndefined();
    expect(of(binary('min', binary('max', x, number(0)), number(6)))).toBeUndefined();
  });
});

const reason = whyNoFake();
describe.skipIf(reason !== undefined)(`on the fake library${reason === undefined ? '' : `: ${reason}`}`, () => {
  const dense = async (settings: object, options = {}): Promise<{ values: unknown; kernels: number }> => {
    const fake = fakeCuda();
    fake.configure(settings);
    try {
      const graph = new tf.Graph();
      const [x, y] = graph.asDefault(() => {
        const given = tf.placeholder('float32', { shape: [2, 3] });
        const layer = (value: tf.Tensor<'float32'>, weights: number[][], bias: number[]): tf.Tensor<'float32'> => tf.relu(tf.add(tf.matMul(value, tf.constant(weights)), tf.constant(bias)));
        return [given, layer(layer(given, [[1, 2], [3, 4], [5, 6]], [1, -100]), [[1, 2, 3], [4, 5, 6]], [0.5, 0, -9])] as const;
      });
      await using session = new tf.Session({ graph, backends: [cudaNative({ ...fake.options, ...options })] });
      const before = fake.counts().kernels;
      const values = (await session.run(y, { [x.name]: [[1, 2, 3], [-4, 50, 6]] })).toArray();
      return { values, kernels: fake.counts().kernels - before };
    } finally {
      fake.configure({});
    }
  };
  it('two layers are two calls and no kernel', async () => {
    const { values, kernels } = await dense({});
    const plain = await dense({}, { libraries: false });
    expect(values).toEqual(plain.values);
    expect(values).toEqual([[23.5, 46, 60], [689.5, 994, 1290]]);
    expect(kernels).toBe(0);
    expect(plain.kernels).toBeGreaterThan(0);
  });

  it.each([['has no algorithm for', { failLibrary: 1 }], ['refuses when it is called', { failLibraryRun: 1 }]])('what the library %s, a kernel does', async (_, settings) => {
    const { values, kernels } = await dense(settings);
    expect(values).toEqual((await dense({})).values);
    expect(kernels).toBeGreaterThan(0);
  });
});
