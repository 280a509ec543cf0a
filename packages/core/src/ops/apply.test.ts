import { describe, expect, it } from 'vitest';
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import type { Operation } from '../graph/operation.js';
import { Tensor } from '../graph/tensor.js';
import { HostTensor } from '../hostTensor.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';

const placeholder = defineOp<<D extends DType>(dtype: D, options?: OpOptions & { shape?: readonly (number | null)[] | null }) => Tensor<D>>({
  signature: 'Placeholder() -> (output: dtype) | dtype: type; shape: shape = ?',
  shape: ({ attrs }) => [attrs.shape('shape')],
});
const mul = defineOp<<D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>>({
  signature: 'Mul(x: T, y: T) -> (z: T) | T: type in [half, float, double, int32, int64] | commutative',
  scalar: ([x]) => x!,
});
const conv = defineOp<(input: TensorLike, filter: TensorLike, strides: readonly number[], padding: string,
  options?: OpOptions & { dataFormat?: string; useCudnnOnGpu?: boolean; strides?: readonly number[] }) => Tensor>({
  signature: "Conv2D(input: T, filter: T) -> (output: T) | T: type in [half, float]; strides: list(int) >= 4; use_cudnn_on_gpu: bool = true; " +
    "padding: string in [SAME, VALID]; data_format: string in [NHWC, NCHW] = 'NHWC'",
  shape: () => [null],
});
const topK = defineOp<(input: TensorLike, k: TensorLike<'int32'>, options?: OpOptions) => { values: Tensor; outIndices: Tensor<'int32'> } & Iterable<Tensor>>({
  signature: 'TopK(input: T, k: int32) -> (values: T, out_indices: int32) | T: type',
  shape: () => [null, null],
});
const split = defineOp<(axis: TensorLike<'int32'>, value: TensorLike, numSplit: number, options?: OpOptions) => Tensor[]>({
  signature: 'Split(axis: int32, value: T) -> (output: num_split*T) | num_split: int >= 1; T: type',
  shape: ({ outputDtypes }) => outputDtypes.map(() => null),
});
const addN = defineOp<(inputs: readonly TensorLike[], options?: OpOptions) => Tensor>({
  signature: 'AddN(inputs: N*T) -> (sum: T) | N: int >= 2; T: type',
  shape: (context) => [context.shape(0)],
});
const group = defineOp<(inputs: readonly TensorLike[], options?: OpOptions) => Operation>({ signature: 'Group(inputs: list(Tin)) -> () | Tin: list(type) >= 0' });
const gather = defineOp<(x: TensorLike, i: TensorLike, options?: OpOptions) => Tensor>({
  signature: 'Gather(x: T, i: Tidx) -> (y: T) | T: type = float; Tidx: type in $index = int64',
  shape: () => [null],
});
const assign = defineOp<(ref: TensorLike, value: TensorLike, options?: OpOptions) => Tensor>({
  signature: 'Assign(ref: ref T, value: T) -> (output: ref T) | T: type',
  shape: (context) => [context.shape(1)],
});
const cast = defineOp<(x: TensorLike, DstT: DType, options?: OpOptions) => Tensor>({
  signature: 'Cast(x: SrcT) -> (y: DstT) | SrcT: type; DstT: type',
  shape: (context) => [context.shape(0)],
});

/** Runs in a graph of its own. */
function build<R>(fn: (graph: Graph) => R): R {
  return new Graph().asDefault(fn);
}

describe('calling an op', () => {
  it('returns a tensor with dtype, shape and name', () => build((graph) => {
    const x = placeholder('float32', { name: 'x', shape: [2, null] });
    const y = mul(x, [[3], [4]]);
    expect(y).toBeInstanceOf(Tensor);
    expect([y.name, y.dtype, y.shape]).toEqual(['Mul:0', 'float32', [2, null]]);
    expect(y.op.inputs.map((tensor) => tensor.name)).toEqual(['x:0', 'Mul/y:0']);
    expect(graph.getOperations().map((op) => [op.name, op.type])).toEqual([['x', 'Placeholder'], ['Mul/y', 'Const'], ['Mul', 'Mul']]);
    expect(String(x)).toBe('Tensor("x:0", shape=(2, ?), dtype=float32)');
  }));

  it('takes attributes without default in order, the rest by name', () => build(() => {
    const x = placeholder('float16');
    const y = conv(x, x, [1, 2, 2, 1], 'SAME', { dataFormat: 'NCHW', useCudnnOnGpu: false, name: 'c' });
    expect(y.op.name).toBe('c');
    expect(y.op.getAttr('strides')).toEqual([1, 2, 2, 1]);
    expect(y.op.getAttr('T')).toBe('float16');
    expect(y.op.getAttr('use_cudnn_on_gpu')).toBe(false);
    expect(y.op.getAttr('data_format')).toEqual(new TextEncoder().encode('NCHW'));
    expect(conv(x, x, [1, 1, 1, 1], 'VALID').op.getAttr('data_format')).toEqual(new TextEncoder().encode('NHWC'));
  }));

  it('gives several outputs by name and in order, a list as an array, none as the operation', () => build(() => {
    const x = placeholder('float32');
    const top = topK(x, 3);
    expect([top.values.name, top.outIndices.name, top.outIndices.dtype]).toEqual(['TopK:0', 'TopK:1', 'int32']);
    const [values, indices] = top;
    expect([values, indices]).toEqual([top.values, top.outIndices]);
    expect(Object.keys(top)).toEqual(['values', 'outIndices']);
    expect(split(0, x, 3).map((part) => part.name)).toEqual(['Split:0', 'Split:1', 'Split:2']);
    expect(group([x, 1]).type).toBe('Group');
  }));

  it('infers counts and type lists', () => build(() => {
    const x = placeholder('int64');
    expect(addN([x, 1, x]).op.getAttr('N')).toBe(3);
    expect(group([x, 'text', true, 2]).getAttr('Tin')).toEqual(['int64', 'string', 'bool', 'float32']);
    expect(() => addN([x])).toThrow("Attr 'N' of 'AddN' Op passed 1 less than minimum 2.");
  }));

  it('gives plain values the dtype that other inputs have, wherever they stand', () => build(() => {
    const x = placeholder('int64');
    expect(mul(2, x).dtype).toBe('int64');
    expect(mul(new Int32Array([1, 2]), 3).dtype).toBe('int32');
    expect(mul(1, 2).dtype).toBe('float32');
    expect(gather([1, 2], 0).op.inputs.map((tensor) => tensor.dtype)).toEqual(['float32', 'int64']);
    expect(gather(['a'], HostTensor.from(0, { dtype: 'int32' })).op.inputs.map((tensor) => tensor.dtype)).toEqual(['string', 'int32']);
    expect(cast(true, 'int8').op.getAttr('SrcT')).toBe('bool');
  }));

  it('packs arrays that hold tensors', () => build(() => {
    const x = placeholder('int32', { shape: [] });
    const y = mul([[x, 2], [3, x]], 2);
    expect(y.shape).toEqual([2, 2]);
    expect(y.op.inputs[0]!.op.type).toBe('Pack');
    expect(y.op.inputs[0]!.name).toBe('Mul/x:0');
    expect(y.op.inputs[0]!.op.inputs[0]!.name).toBe('Mul/x/0:0');
  }));

  it('names by scope, with and without a name', () => build((graph) => {
    graph.nameScope('outer', () => {
      expect(mul(1, 2, { name: 'product' }).op.name).toBe('outer/product');
      expect(mul(1, 2, { name: 'product' }).op.name).toBe('outer/product_1');
      expect(mul(1, 2).op.inputs[1]!.op.name).toBe('outer/Mul/y');
    });
  }));
});

describe('mistakes in a call', () => {
  it('names argument, given and expected', () => build(() => {
    const x = placeholder('float32', { name: 'x' });
    const i = placeholder('int32', { name: 'i' });
    expect(() => mul(x, i as never)).toThrow("Input 'y' of 'Mul' Op has type int32 that does not match type float32 of argument 'x'.");
    expect(() => topK(x, x as never)).toThrow("Input 'k' of 'TopK' Op has type float32 that does not match expected type of int32.");
    expect(() => mul(placeholder('bool'), true)).toThrow("Value passed to parameter 'x' of 'Mul' Op has DataType bool not in list of allowed values: float16");
    expect(() => conv(x, x, [1], 'SAME')).toThrow("Attr 'strides' of 'Conv2D' Op passed list of length 1 less than minimum 4.");
    expect(() => conv(x, x, [1, 1, 1, 1], 'FULL')).toThrow(`Attr 'padding' of 'Conv2D' Op passed string 'FULL' not in: "SAME", "VALID".`);
    expect(() => conv(x, x, [1.5, 1, 1, 1], 'SAME')).toThrow("Expected int for argument 'strides' not 1.5.");
    expect(() => conv(x, x, 3 as never, 'SAME')).toThrow('Expected list for attr strides, obtained number instead.');
    expect(() => addN(x as never)).toThrow("Expected list for 'inputs' argument to 'AddN' Op, not Tensor.");
    expect(() => assign(x, x)).toThrow("'Assign' Op requires that input 'ref' be a mutable tensor (e.g.: a tf.Variable)");
    expect(() => mul(x, 'text')).toThrow(/^Mul: argument 'y' cannot be converted to a tensor as float32: /);
    expect(() => mul(x, undefined as never)).toThrow(/^Mul: argument 'y' cannot be converted to a tensor as float32: None values not supported/);
    expect(() => mul(x, 1, { nam: 'y' } as never)).toThrow(/^Mul has no option 'nam'; it has name, T\. Did you mean 'name'\?/);
    expect(() => (mul as (...args: unknown[]) => unknown)(x)).toThrow('Mul takes (x, y) and options, but 1 positional arguments were given.');
    expect(() => (conv as (...args: unknown[]) => unknown)(x, x, { padding: 'SAME' })).toThrow("Conv2D: missing argument 'strides' (a list of int).");
  }));

  it('takes required attributes by name too', () => build(() => {
    const x = placeholder('float32');
    const y = (conv as (...args: unknown[]) => Tensor)(x, x, { padding: 'SAME', strides: [1, 1, 1, 1] });
    expect(y.op.getAttr('strides')).toEqual([1, 1, 1, 1]);
  }));

  it('refuses tensors of two graphs', () => {
    const x = build(() => placeholder('float32', { name: 'x' }));
    const y = build(() => placeholder('float32', { name: 'y' }));
    expect(() => mul(x, y)).toThrow(ValueError);
    expect(() => mul(x, y)).toThrow(/Tensor\("y:0", shape=<unknown>, dtype=float32\) must be from the same graph as Tensor\("x:0"/);
    expect(mul(x, 2).graph).toBe(x.graph);
  });

  it('names the node when shapes do not fit, and adds nothing', () => build((graph) => {
    const x = placeholder('float32', { shape: [2, 3] });
    const before = graph.version;
    const fail = (): unknown => mul(x, placeholder('float32', { shape: [4] }), { name: 'bad' });
    expect(fail).toThrow(ValueError);
    expect(fail).toThrow(/^Mul 'bad_1': Incompatible shapes: \[2,3\] vs\. \[4\]\./);
    expect(graph.version).toBe(before + 2);
  }));
});
