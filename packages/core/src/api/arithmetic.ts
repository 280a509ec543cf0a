/** Python's public names of arithmetic, where they differ from the op types or do more: `tf.multiply`, `tf.matmul`, `tf.truediv`. */
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpOptions } from '../ops/apply.js';
import { convertToTensor, ownDType, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { checkOptions, graphOf, inScope, toTensor } from './arguments.js';

export {
  floorMod as floormod,
  truncateMod as truncatemod,
  mul as multiply,
  mulNoNan as multiplyNoNan,
  neg as negative,
  realDiv as realdiv,
  sub as subtract,
  truncateDiv as truncatediv,
} from '../ops/families.js';

/** An elementwise function of two arguments that broadcast. */
type Binary = <D extends DType>(x: TensorLike<D>, y: TensorLike<D>, options?: OpOptions) => Tensor<D>;

/** What ints become before a true division. */
const quotientType: Readonly<Partial<Record<DType, DType>>> = {
  uint8: 'float32',
  int8: 'float32',
  uint16: 'float32',
  int16: 'float32',
  int32: 'float64',
  int64: 'float64',
  uint32: 'float64',
  uint64: 'float64',
};

/** x / y; ints are divided as floats (up to 16 bits: float32, else float64). */
export function truediv(x: TensorLike, y: TensorLike, options: OpOptions = {}): Tensor {
  checkOptions('truediv', options);
  const graph = graphOf(x, y);
  return inScope(graph, options.name, 'truediv', (scope) => {
    const [a, b] = pair(x, y);
    const target = quotientType[a.dtype];
    if (target === undefined) return ops.realDiv(a, b, { name: scope });
    return ops.realDiv(ops.cast(a, target), ops.cast(b, target), { name: scope });
  });
}

/** x / y as Python 3 divides. */
export function divide(x: TensorLike, y: TensorLike, options: OpOptions = {}): Tensor {
  return truediv(x, y, options);
}

/** x / y as Python 2 divides: floats truly, ints rounded down. */
export const div: Binary = (x, y, options = {}) =>
  inScope(graphOf(x, y), options.name, 'div', (scope) => {
    const [a, b] = pair(x, y);
    return isFloat(a.dtype) ? ops.realDiv(a, b, { name: scope }) : ops.floorDiv(a, b, { name: scope });
  });

/** x / y rounded down. */
export const floordiv: Binary = (x, y, options = {}) =>
  inScope(graphOf(x, y), options.name, 'floordiv', (scope) => ops.floorDiv(x, y, { name: scope }));

/** The remainder of division rounded down: it has the sign of y. */
export const mod: Binary = (x, y, options) => ops.floorMod(x, y, options);

function isFloat(dtype: DType): boolean {
  return (
    dtype === 'float16' ||
    dtype === 'bfloat16' ||
    dtype === 'float32' ||
    dtype === 'float64' ||
    dtype === 'complex64' ||
    dtype === 'complex128'
  );
}

/** Both as tensors of one dtype: that of the one that has a dtype of its own. */
function pair<D extends DType>(x: TensorLike<D>, y: TensorLike<D>): [Tensor<D>, Tensor<D>] {
  const graph = graphOf(x, y);
  const [ofX, ofY] = [ownDType(x), ownDType(y)];
  const [a, b] = [convertToTensor(graph, x, { dtype: ofX ?? ofY, name: 'x' }), convertToTensor(graph, y, { dtype: ofY ?? ofX, name: 'y' })];
  if (a.dtype !== b.dtype) throw new TypeError(`x and y must have the same dtype, got ${a.dtype} != ${b.dtype}`);
  return [a as Tensor<D>, b as Tensor<D>];
}

/** The magnitude of each element; of complex ones a float. */
export function abs<D extends DType>(x: TensorLike<D>, options: OpOptions = {}): Tensor<D> {
  checkOptions('abs', options);
  return inScope(graphOf(x), options.name, 'Abs', (scope) => {
    const tensor = toTensor(x, 'x');
    if (tensor.dtype !== 'complex64' && tensor.dtype !== 'complex128') return ops.abs(tensor, { name: scope });
    const magnitude: Tensor = ops.complexAbs(tensor as Tensor<'complex64' | 'complex128'>, {
      tout: tensor.dtype === 'complex64' ? 'float32' : 'float64',
      name: scope,
    });
    return magnitude as Tensor<D>;
  });
}

/** The elements as another dtype; the tensor itself when it has it already. */
export function cast<D extends DType>(x: TensorLike, dtype: D, options: OpOptions & { readonly truncate?: boolean } = {}): Tensor<D> {
  const tensor = toTensor(x, 'x');
  return tensor.dtype === dtype ? (tensor as Tensor<D>) : ops.cast(tensor, dtype, options);
}

/** Names as in TensorFlow 1: toFloat is cast to float32, … */
export const toFloat = (x: TensorLike, options?: OpOptions): Tensor<'float32'> => cast(x, 'float32', { name: 'ToFloat', ...options });
export const toDouble = (x: TensorLike, options?: OpOptions): Tensor<'float64'> => cast(x, 'float64', { name: 'ToDouble', ...options });
export const toInt32 = (x: TensorLike, options?: OpOptions): Tensor<'int32'> => cast(x, 'int32', { name: 'ToInt32', ...options });
export const toInt64 = (x: TensorLike, options?: OpOptions): Tensor<'int64'> => cast(x, 'int64', { name: 'ToInt64', ...options });

export interface MatmulOptions extends OpOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Transpose and conjugate. */
  readonly adjointA?: boolean;
  readonly adjointB?: boolean;
}

/** Products of matrices; of more than two dimensions, of batches of matrices, whose leading dimensions broadcast. */
export function matmul<D extends DType>(a: TensorLike<D>, b: TensorLike<D>, options: MatmulOptions = {}): Tensor<D> {
  checkOptions('matmul', options, ['transposeA', 'transposeB', 'adjointA', 'adjointB']);
  const { transposeA = false, transposeB = false, adjointA = false, adjointB = false, name } = options;
  if (transposeA && adjointA) throw new ValueError('Only one of transpose_a and adjoint_a can be True.');
  if (transposeB && adjointB) throw new ValueError('Only one of transpose_b and adjoint_b can be True.');
  return inScope(graphOf(a, b), name, 'MatMul', (scope) => {
    const [x, y] = pair(a, b);
    const isBatch = (tensor: Tensor): boolean => tensor.shape === null || tensor.shape.length > 2;
    const adjoint = (tensor: Tensor<D>, transposed: boolean): Tensor<D> => (transposed && isComplex(tensor.dtype) ? conj(tensor) : tensor);
    if (isBatch(x) || isBatch(y)) {
      // The batch op's flag means transposed and conjugated.
      const [p, q] = [adjoint(x, transposeA), adjoint(y, transposeB)];
      return ops.batchMatMulV2(p, q, { adjX: transposeA || adjointA, adjY: transposeB || adjointB, name: scope });
    }
    return ops.matMul(adjoint(x, adjointA), adjoint(y, adjointB), {
      transposeA: transposeA || adjointA,
      transposeB: transposeB || adjointB,
      name: scope,
    });
  });
}

function isComplex(dtype: DType): boolean {
  return dtype === 'complex64' || dtype === 'complex128';
}

/** The complex conjugate; real tensors as they are. */
export function conj<D extends DType>(x: TensorLike<D>, options?: OpOptions): Tensor<D> {
  const tensor = toTensor(x, 'x');
  return isComplex(tensor.dtype) ? ops.conj(tensor, options) : tensor;
}

/** Sums of products in Einstein's notation: `einsum('ij,jk->ik', a, b)`. */
export function einsum<D extends DType>(equation: string, ...inputs: readonly TensorLike<D>[]): Tensor<D> {
  return ops.einsum(inputs, equation);
}

/** The sum of tensors of one shape. */
export function addN<D extends DType>(inputs: readonly TensorLike<D>[], options: OpOptions = {}): Tensor<D> {
  checkOptions('addN', options);
  if (inputs.length === 0) throw new ValueError('inputs must be a list of at least one Tensor/IndexedSlices with the same dtype and shape');
  if (inputs.length > 1) return ops.addN(inputs, options);
  const only = toTensor(inputs[0]!, 'inputs');
  return options.name === undefined ? only : ops.identity(only, options);
}
