/** Tensors → .npy files. */
import { HostTensor, UnimplementedError } from '@sessionflow/core';
import { npyDescriptor } from './header.js';

const quantized: Readonly<Record<string, string>> = { qint8: '|i1', quint8: '|u1', qint16: '<i2', quint16: '<u2', qint32: '<i4' };

/**
 * Writes an array in C order. bfloat16, which numpy has not, is written as float32 (exact); quantized dtypes as their integers; strings as 'S'
 * of the longest one's length. UnimplementedError for resources, variants and strings that end in a zero byte (numpy would drop it).
 */
export function writeNpy(tensor: HostTensor): Uint8Array {
  if (tensor.dtype === 'bfloat16') return writeNpy(HostTensor.from(tensor, { dtype: 'float32' }));
  if (tensor.dtype === 'string') {
    const strings = tensor.data as readonly Uint8Array[];
    if (strings.some((bytes) => bytes.at(-1) === 0)) throw new UnimplementedError('A string that ends in a zero byte cannot be kept in a .npy file.');
    const width = strings.reduce((most, bytes) => Math.max(most, bytes.length), 1);
    const content = new Uint8Array(width * strings.length);
    strings.forEach((bytes, i) => content.set(bytes, i * width));
    return file(`|S${width}`, tensor.shape, content);
  }
  const descriptor = npyDescriptor(tensor.dtype) ?? quantized[tensor.dtype];
  if (descriptor === undefined) throw new UnimplementedError(`A ${tensor.dtype} tensor cannot be written as .npy.`);
  return file(descriptor, tensor.shape, tensor.bytes());
}

function file(descriptor: string, shape: readonly number[], content: Uint8Array): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The elements begin at a multiple of 64 bytes; version 2 where version 1's two bytes of length do not do.
  const prefix = dict.length + 75 > 0xffff ? 12 : 10;
  const length = Math.ceil((prefix + dict.length + 1) / 64) * 64 - prefix;
  const out = new Uint8Array(prefix + length + content.length);
  const view = new DataView(out.buffer);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, prefix === 10 ? 1 : 2, 0]);
  if (prefix === 10) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  out.set(new TextEncoder().encode(`${dict.padEnd(length - 1)}\n`), prefix);
  out.set(content, prefix + length);
  return out;
}
