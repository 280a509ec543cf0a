/** Between a HostTensor's bytes and the form in which a device stores them. */
import { hasBytes, lanes, newData, newUnclearedData, type ByteDType, type DType, type NumericTypedArray } from '../dtypes.js';
import { InternalError } from '../errors.js';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../half.js';
import { HostTensor } from '../hostTensor.js';
import type { Shape } from '../shape.js';
import { sizeOf } from '../shape.js';

/** The tensor's elements as `as` elements: its own bytes, without a copy, when the device stores the dtype as it is. */
export function toStored(value: HostTensor, as: DType): Uint8Array {
  if (!hasBytes(value.dtype) || !hasBytes(as)) throw new InternalError(`internal: ${value.dtype} cannot be stored on a device as ${as}`);
  const data = value.data as NumericTypedArray;
  const elements = as === value.dtype ? data : converted(data, value.dtype, as, data.length);
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

/** Room for a download: `bytes` to fill, and `take` to call when they are there. */
export function fromStored(dtype: DType, shape: Shape, as: DType): { bytes: Uint8Array; take: () => HostTensor } {
  if (!hasBytes(dtype) || !hasBytes(as)) throw new InternalError(`internal: ${dtype} cannot be stored on a device as ${as}`);
  const stored: NumericTypedArray = newUnclearedData<ByteDType>(as, sizeOf(shape));
  const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  return {
    bytes,
    take: () => new HostTensor(dtype, shape, (as === dtype ? stored : converted(stored, as, dtype, stored.length))),
  };
}

/** Element by element: halves by their values, bigints as numbers and back where the array kinds differ. */
function converted(data: NumericTypedArray, from: ByteDType, as: ByteDType, length: number): NumericTypedArray {
  const out: NumericTypedArray = newData<ByteDType>(as, length / lanes(as));
  const value = from === 'float16' ? fromFloat16 : from === 'bfloat16' ? fromBfloat16 : Number;
  const bits = as === 'float16' ? toFloat16 : as === 'bfloat16' ? toBfloat16 : Number;
  for (let i = 0; i < length; i++) {
    const element = data[i] ?? 0;
    if (out instanceof BigInt64Array || out instanceof BigUint64Array) out[i] = BigInt(element);
    else out[i] = typeof element === 'bigint' ? Number(element) : bits(value(element));
  }
  return out;
}
