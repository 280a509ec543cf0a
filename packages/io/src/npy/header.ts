/** The header of a .npy file: a Python dict literal that tells dtype, order and shape. */
import { DataLossError, InvalidArgumentError, UnimplementedError, type DType } from '@sessionflow/core';

/** What the header says. `string` elements have a width in bytes; those of U are UCS-4 code points. */
export interface NpyHeader {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** Bytes of one element in the file. */
  readonly width: number;
  readonly text: 'S' | 'U' | undefined;
  /** Where the elements begin. */
  readonly offset: number;
}

/** Kind and width of each dtype that numpy has under the same meaning. */
const dtypes: Readonly<Record<string, DType>> = {
  f4: 'float32', f8: 'float64', f2: 'float16', i1: 'int8', i2: 'int16', i4: 'int32', i8: 'int64',
  u1: 'uint8', u2: 'uint16', u4: 'uint32', u8: 'uint64', b1: 'bool', c8: 'complex64', c16: 'complex128',
};

/** The numpy descriptor of a dtype; undefined for dtypes that numpy has not. */
export function npyDescriptor(dtype: DType): string | undefined {
  const found = Object.entries(dtypes).find(([, name]) => name === dtype)?.[0];
  return found === undefined ? undefined : `${found.endsWith('1') ? '|' : '<'}${found}`;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Whether bytes begin as a .npy file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

/** Reads the header. DataLossError where it is cut off or unreadable, UnimplementedError for dtypes that a tensor here cannot have. */
export function readNpyHeader(bytes: Uint8Array, what: string): NpyHeader {
  if (!isNpy(bytes)) throw new DataLossError(`${what}: not a .npy file: it does not begin with \\x93NUMPY.`);
  const major = bytes[6];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (major !== 1 && major !== 2 && major !== 3) throw new UnimplementedError(`${what}: .npy format version ${major}.${bytes[7]}; expected 1, 2 or 3.`);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw new DataLossError(`${what}: cut off within the first ${start} bytes.`);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > bytes.length - start) throw new DataLossError(`${what}: the header is to have ${length} bytes, but ${bytes.length - start} are left.`);
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + length));
  const descriptor = entry(text, 'descr', /'([^']*)'|"([^"]*)"|([[(])/, what);
  if (descriptor[3] !== undefined) throw new UnimplementedError(`${what}: structured arrays cannot be read; expected one plain dtype.`);
  const order = entry(text, 'fortran_order', /(True|False)/, what)[1];
  const sizes = entry(text, 'shape', /\(([\s\dL,]*)\)/, what)[1] ?? '';
  const shape = sizes.split(',').map((size) => size.trim().replace(/L$/, '')).filter((size) => size !== '').map(Number);
  if (!shape.every(Number.isSafeInteger)) throw new InvalidArgumentError(`${what}: shape (${sizes}) has sizes that are no whole numbers below 2^53.`);
  return { ...element(descriptor[1] ?? descriptor[2] ?? '', what), shape, fortranOrder: order === 'True', offset: start + length };
}

function entry(text: string, key: string, value: RegExp, what: string): RegExpExecArray {
  const found = new RegExp(`['"]${key}['"]\\s*:\\s*(?:${value.source})`).exec(text);
  if (found === null) throw new DataLossError(`${what}: the header has no readable '${key}': ${JSON.stringify(text.slice(0, 120).trim())}.`);
  return found;
}

function element(descriptor: string, what: string): Pick<NpyHeader, 'dtype' | 'width' | 'text'> {
  const [, order, kind, digits] = /^([<>|=]?)([A-Za-z])(\d{0,9})$/.exec(descriptor) ?? [];
  const width = Number(digits);
  if (kind === 'O') throw new UnimplementedError(`${what}: dtype object is pickled Python, which is not read.`);
  if (order === '>' && kind !== 'S') {
    throw new UnimplementedError(`${what}: dtype '${descriptor}' is big-endian; only little-endian arrays are read. In numpy: a.astype(a.dtype.newbyteorder('<')).`);
  }
  if (kind === 'S') return { dtype: 'string', width, text: 'S' };
  if (kind === 'U') return { dtype: 'string', width: width * 4, text: 'U' };
  const dtype = Object.hasOwn(dtypes, `${kind}${width}`) ? dtypes[`${kind}${width}`] : undefined;
  if (dtype === undefined) {
    throw new UnimplementedError(`${what}: dtype '${descriptor}' has no counterpart here; expected one of ${Object.keys(dtypes).join(', ')}, S or U.`);
  }
  return { dtype, width, text: undefined };
}
