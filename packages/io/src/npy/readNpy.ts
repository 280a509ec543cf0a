/** .npy files → tensors. */
import { DataLossError, dtypeInfo, HostTensor, InvalidArgumentError, type DType, type DTypeData, lanes, newData, shapeText, sizeOf, viewBytes, hasBytes } from '@sessionflow/core';
import { readNpyHeader } from './header.js';

/**
 * Reads an array: C or Fortran order, all numeric dtypes, bool, and strings ('S' as they are, 'U' as UTF-8). Big-endian, structured and object
 * arrays are refused. `what` names the file in errors. The elements are a view of `bytes` where order and alignment allow it.
 */
export function readNpy(bytes: Uint8Array, what = '.npy'): HostTensor {
  const { dtype, shape, fortranOrder, width, text, offset } = readNpyHeader(bytes, what);
  const count = sizeOf(shape);
  const left = bytes.length - offset;
  if (!(count * width === left)) {
    throw new DataLossError(`${what}: shape ${shapeText(shape)} of ${width}-byte elements takes ${count * width} bytes, but the file holds ${left}.`);
  }
  if (width === 0 && count > 2 ** 20) throw new InvalidArgumentError(`${what}: shape ${shapeText(shape)} of empty strings has more elements than any file needs.`);
  const data = text === undefined ? numbers(dtype, bytes, offset, count) : strings(bytes, offset, count, width, text, what);
  return new HostTensor<DType>(dtype, shape, fortranOrder && shape.length > 1 ? toRowMajor(dtype, data, shape) : data);
}

function numbers(dtype: DType, bytes: Uint8Array, offset: number, count: number): DTypeData[DType] {
  if (!hasBytes(dtype)) throw new TypeError(`internal: ${dtype} has no bytes`);
  const { bytes: width, kind } = dtypeInfo[dtype];
  const part = bytes.subarray(offset, offset + count * width);
  if (kind === 'bool' && part.some((byte) => byte > 1)) return Uint8Array.from(part, (byte) => Number(byte !== 0));
  const start = bytes.byteOffset + offset;
  const isAligned = start % (width / lanes(dtype)) === 0;
  if (isAligned) return viewBytes(dtype, bytes.buffer, start, count);
  const copy = new Uint8Array(part);
  return viewBytes(dtype, copy.buffer, 0, count);
}

function strings(bytes: Uint8Array, offset: number, count: number, width: number, text: 'S' | 'U', what: string): Uint8Array[] {
  const utf8 = new TextEncoder();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => {
    const start = offset + i * width;
    if (text === 'S') {
      let end = start + width;
      while (end > start && bytes[end - 1] === 0) end--;
      return bytes.slice(start, end);
    }
    const points: number[] = [];
    for (let at = start; at < start + width; at += 4) points.push(view.getUint32(at, true));
    while (points.at(-1) === 0) points.pop();
    const bad = points.find((point) => point > 0x10ffff);
    if (bad !== undefined) throw new DataLossError(`${what}: element ${i} holds ${bad}, which is no character.`);
    return utf8.encode(points.map((point) => String.fromCodePoint(point)).join(''));
  });
}

/** Elements in Fortran order (first axis fastest) → C order. */
function toRowMajor(dtype: DType, data: DTypeData[DType], shape: readonly number[]): DTypeData[DType] {
  const out = newData(dtype, sizeOf(shape));
  const from = data as ArrayLike<unknown>;
  const to = out as { [index: number]: unknown };
  const step = lanes(dtype);
  const strides: number[] = [];
  shape.reduce((stride, dim) => (strides.push(stride), stride * dim), 1);
  const index = new Array<number>(shape.length).fill(0);
  let source = 0;
  for (let i = 0; i < from.length / step; i++) {
    for (let lane = 0; lane < step; lane++) to[i * step + lane] = from[source * step + lane];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      source -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
