/** Matrix products: batched, transposed, conjugated, and Einstein sums by way of them. */
import { dtypeInfo, type DType } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { broadcastShapes, type Shape, shapeText, sizeOf, stridesOf } from '../../shape.js';
import { transposed } from './copy.js';
import { host, type HostCode } from './define.js';
import { broadcastStrides } from './evaluate/evaluate.js';
import { bigintsOf, invalid, isInteger, numbersOf, tensorOfBigints, tensorOfNumbers } from './tensors.js';

/** Offsets of each batch's matrices, by broadcasting the leading axes. */
interface Batches {
  readonly shape: Shape;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

function batchesOf(a: Shape, b: Shape): Batches {
  const [leadA, leadB] = [a.slice(0, -2), b.slice(0, -2)];
  const both = broadcastShapes(leadA, leadB);
  if (both == null) {
    invalid(`In[0] and In[1] must have compatible batch dimensions: ${shapeText(a)} vs. ${shapeText(b)}`);
  }
  const shape = both.map((dim) => dim ?? 0);
  const offsets = (lead: Shape): number[] => {
    const strides = broadcastStrides(lead, shape);
    const own = stridesOf(shape);
    return Array.from({ length: sizeOf(shape) }, (_, batch) =>
      strides.reduce((sum, stride, axis) => sum + (Math.floor(batch / own[axis]!) % shape[axis]!) * stride, 0));
  };
  return { shape, a: offsets(leadA), b: offsets(leadB) };
}

/** a[…, rows, inner] · b[…, inner, columns]. */
export function product(a: HostTensor, b: HostTensor, dtype: DType = a.dtype): HostTensor {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape[b.shape.length - 1]!;
  const batches = batchesOf(a.shape, b.shape);
  const shape = [...batches.shape, rows, columns];
  if (isInteger(a.dtype)) return integerProduct(a, b, dtype, shape, batches);
  if (dtypeInfo[a.dtype].kind === 'complex') return complexProduct(a, b, shape, batches);
  const [x, y] = [numbersOf(a), numbersOf(b)];
  const out = dtype === 'float64' ? new Float64Array(sizeOf(shape)) : new Float32Array(sizeOf(shape));
  const row = new Float64Array(columns);
  batches.a.forEach((offset, batch) => {
    const [startA, startB] = [offset * rows * inner, batches.b[batch]! * inner * columns];
    for (let i = 0; i < rows; i++) {
      row.fill(0);
      for (let k = 0; k < inner; k++) {
        const left = x[startA + i * inner + k]!;
        const from = startB + k * columns;
        for (let j = 0; j < columns; j++) row[j]! += left * y[from + j]!;
      }
      out.set(row, (batch * rows + i) * columns);
    }
  });
  return tensorOfNumbers(dtype, shape, out);
}

function integerProduct(a: HostTensor, b: HostTensor, dtype: DType, shape: Shape, batches: Batches): HostTensor {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape[b.shape.length - 1]!;
  if (dtypeInfo[dtype].bytes <= 4) {
    const [x, y] = [numbersOf(a), numbersOf(b)];
    const out = new Int32Array(sizeOf(shape));
    batches.a.forEach((offset, batch) => {
      for (let i = 0; i < rows; i++) {
        for (let k = 0; k < inner; k++) {
          const left = x[(offset * rows + i) * inner + k]!;
          const from = (batches.b[batch]! * inner + k) * columns;
          const to = (batch * rows + i) * columns;
          for (let j = 0; j < columns; j++) out[to + j]! += Math.imul(left, y[from + j]!);
        }
      }
    });
    return tensorOfNumbers(dtype, shape, out);
  }
  const [x, y] = [bigintsOf(a), bigintsOf(b)];
  const out = new Array<bigint>(sizeOf(shape)).fill(0n);
  batches.a.forEach((offset, batch) => {
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < inner; k++) {
        const left = x[(offset * rows + i) * inner + k]!;
        const from = (batches.b[batch]! * inner + k) * columns;
        const to = (batch * rows + i) * columns;
        for (let j = 0; j < columns; j++) out[to + j] = BigInt.asIntN(64, out[to + j]! + left * y[from + j]!);
      }
    }
  });
  return tensorOfBigints(dtype, shape, out);
}

function complexProduct(a: HostTensor, b: HostTensor, shape: Shape, batches: Batches): HostTensor {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape[b.shape.length - 1]!;
  const [x, y] = [numbersOf(a), numbersOf(b)];
  const out = new Float64Array(2 * sizeOf(shape));
  batches.a.forEach((offset, batch) => {
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < inner; k++) {
        const left = 2 * ((offset * rows + i) * inner + k);
        for (let j = 0; j < columns; j++) {
          const right = 2 * ((batches.b[batch]! * inner + k) * columns + j);
          const to = 2 * ((batch * rows + i) * columns + j);
          out[to]! += x[left]! * y[right]! - x[left + 1]! * y[right + 1]!;
          out[to + 1]! += x[left]! * y[right + 1]! + x[left + 1]! * y[right]!;
        }
      }
    }
  });
  return tensorOfNumbers(a.dtype, shape, out);
}

/** The last two axes exchanged. */
function flipped(tensor: HostTensor): HostTensor {
  const rank = tensor.shape.length;
  return transposed(tensor, tensor.shape.map((_, axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis)));
}

function conjugated(tensor: HostTensor): HostTensor {
  if (dtypeInfo[tensor.dtype].kind !== 'complex') return tensor;
  return tensorOfNumbers(tensor.dtype, tensor.shape, numbersOf(tensor).map((x: number, i: number) => (i % 2 === 1 ? -x : x)));
}

export const MatMul = host(([a, b], { attrs }) => {
  if (a!.shape.length !== 2) invalid(`In[0] and In[1] has different ndims: ${shapeText(a!.shape)} vs. ${shapeText(b!.shape)}`);
  if (b!.shape.length !== 2) invalid(`In[0] and In[1] has different ndims: ${shapeText(a!.shape)} vs. ${shapeText(b!.shape)}`);
  const x = attrs.bool('transpose_a') ? flipped(a!) : a!;
  const y = attrs.bool('transpose_b') ? flipped(b!) : b!;
  if (x.shape[1] !== y.shape[0]) {
    invalid(`Matrix size-incompatible: In[0]: ${shapeText(a!.shape)}, In[1]: ${shapeText(b!.shape)}`);
  }
  return [product(x, y)];
});

export const SparseMatMul = host(([a, b], { attrs }) => {
  const x = attrs.bool('transpose_a') ? flipped(a!) : a!;
  const y = attrs.bool('transpose_b') ? flipped(b!) : b!;
  if (x.shape[1] !== y.shape[0]) {
    invalid(`Matrix size incompatible: a: ${shapeText(a!.shape)}, b: ${shapeText(b!.shape)}`);
  }
  return [product(tensorOfNumbers('float32', x.shape, numbersOf(x)), tensorOfNumbers('float32', y.shape, numbersOf(y)))];
});

const batchMatMul = (broadcasts: boolean): HostCode => host(([a, b], { attrs, outputDtypes }) => {
  if (a!.shape.length < 2) invalid(`In[0] ndims must be >= 2: ${a!.shape.length}`);
  if (b!.shape.length < 2) invalid(`In[1] ndims must be >= 2: ${b!.shape.length}`);
  if (!broadcasts && a!.shape.length !== b!.shape.length) {
    invalid(`In[0] and In[1] has different ndims: ${shapeText(a!.shape)} vs. ${shapeText(b!.shape)}`);
  }
  // adj_x, adj_y conjugate as well as transpose.
  const x = attrs.bool('adj_x') ? conjugated(flipped(a!)) : a!;
  const y = attrs.bool('adj_y') ? conjugated(flipped(b!)) : b!;
  if (x.shape[x.shape.length - 1] !== y.shape[y.shape.length - 2]) {
    invalid(`Matrix size-incompatible: In[0]: ${shapeText(a!.shape)}, In[1]: ${shapeText(b!.shape)}`);
  }
  return [product(x, y, outputDtypes[0] ?? a!.dtype)];
});

export const BatchMatMul = batchMatMul(false);
export const BatchMatMulV2 = batchMatMul(true);
export const BatchMatMulV3 = batchMatMul(true);
