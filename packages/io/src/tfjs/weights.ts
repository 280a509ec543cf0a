/** The weights of a tfjs graph model: a manifest of groups, each with its weights one after another in shard files. */
import {
  DataLossError, dtypeInfo, HostTensor, InvalidArgumentError, type DType, type DTypeData, hasBytes, lanes, newData, shapeText, sizeOf, viewBytes,
} from '@sessionflow/core';

/** How a weight was made smaller: float16, or `value = stored · scale + min`. */
interface Quantization {
  readonly dtype: 'uint8' | 'uint16' | 'float16';
  readonly scale: number;
  readonly min: number;
}

/** One weight of the manifest. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly quantization: Quantization | undefined;
}

/** A group: its shard files, joined, hold its weights. */
export interface WeightGroup {
  readonly paths: readonly unknown[];
  readonly weights: readonly WeightSpec[];
}

const dtypes: ReadonlySet<string> = new Set<DType>(['float32', 'float16', 'bfloat16', 'float64', 'int32', 'int8', 'uint8', 'int16', 'uint16', 'int64', 'bool', 'complex64', 'string']);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads `weightsManifest`; InvalidArgumentError saying what is missing where. */
export function readManifest(manifest: unknown, file: string): WeightGroup[] {
  const fail = (path: string, problem: string): never => { throw new InvalidArgumentError(`${file}: weightsManifest${path}: ${problem}`); };
  if (manifest === undefined) return [];
  if (!Array.isArray(manifest)) return fail('', 'expected an array of groups.');
  return manifest.map((group: unknown, g) => {
    if (!isObject(group) || !Array.isArray(group['paths']) || !Array.isArray(group['weights'])) return fail(`[${g}]`, 'expected an object with the arrays paths and weights.');
    return { paths: group['paths'], weights: group['weights'].map((spec: unknown, i) => readSpec(spec, (problem) => fail(`[${g}].weights[${i}]`, problem))) };
  });
}

function readSpec(spec: unknown, fail: (problem: string) => never): WeightSpec {
  if (!isObject(spec) || typeof spec['name'] !== 'string') return fail('expected an object with a name.');
  const { name, shape, dtype, quantization } = spec;
  if (!Array.isArray(shape) || !shape.every((dim) => Number.isSafeInteger(dim) && (dim as number) >= 0)) {
    return fail(`'${name}': shape ${JSON.stringify(shape)} is given; expected an array of sizes.`);
  }
  if (typeof dtype !== 'string' || !dtypes.has(dtype)) return fail(`'${name}': dtype ${JSON.stringify(dtype)} is given; expected one of ${[...dtypes].join(', ')}.`);
  return { name, shape: shape as number[], dtype: dtype as DType, quantization: quantization == null ? undefined : readQuantization(quantization, name, dtype, fail) };
}

function readQuantization(value: unknown, name: string, dtype: string, fail: (problem: string) => never): Quantization {
  if (!isObject(value)) return fail(`'${name}': quantization is no object.`);
  const { dtype: stored, scale = 1, min = 0 } = value;
  if (stored !== 'uint8' && stored !== 'uint16' && stored !== 'float16') return fail(`'${name}': quantization dtype ${JSON.stringify(stored)} is given; expected uint8, uint16 or float16.`);
  if (typeof scale !== 'number' || typeof min !== 'number') return fail(`'${name}': quantization needs the numbers scale and min.`);
  if (dtype !== 'float32' && !(dtype === 'int32' && stored !== 'float16')) return fail(`'${name}': a ${dtype} weight cannot be quantized as ${stored}.`);
  return { dtype: stored, scale, min };
}

/** The weights of a group, by name. `shards` are the contents of its files, `names` their names for errors. */
export function decodeGroup(group: WeightGroup, shards: readonly Uint8Array[], names: readonly string[], file: string): Map<string, HostTensor> {
  const bytes = join(shards);
  const holders = `${names.length === 1 ? 'the shard' : 'the shards'} ${names.map((name, i) => `${name} (${shards[i]?.length} bytes)`).join(', ')}`;
  const out = new Map<string, HostTensor>();
  let at = 0;
  for (const spec of group.weights) {
    const take = (length: number): Uint8Array => {
      if (!(length <= bytes.length - at)) {
        throw new DataLossError(`${file}: weight '${spec.name}' (${spec.dtype} ${shapeText(spec.shape)}) needs ${length} bytes at offset ${at}, but only ` +
          `${bytes.length - at} are left in ${holders}.`);
      }
      at += length;
      return bytes.subarray(at - length, at);
    };
    out.set(spec.name, new HostTensor<DType>(spec.dtype, spec.shape, decodeWeight(spec, take)));
  }
  if (at !== bytes.length) throw new DataLossError(`${file}: the manifest describes ${at} bytes of weights, but there are ${bytes.length} in ${holders}.`);
  return out;
}

function join(shards: readonly Uint8Array[]): Uint8Array {
  if (shards.length === 1) return shards[0]!;
  const out = new Uint8Array(shards.reduce((sum, shard) => sum + shard.length, 0));
  let at = 0;
  for (const shard of shards) {
    out.set(shard, at);
    at += shard.length;
  }
  return out;
}

function decodeWeight(spec: WeightSpec, take: (length: number) => Uint8Array): DTypeData[DType] {
  const { dtype, quantization, shape } = spec;
  const count = sizeOf(shape);
  if (dtype === 'string') return strings(count, take);
  if (quantization === undefined) return plain(dtype, count, take);
  if (quantization.dtype === 'float16') {
    const bits = plain('float16', count, take) as Uint16Array;
    return HostTensor.from(new HostTensor('float16', [count], bits), { dtype: 'float32' }).data;
  }
  const stored = plain(quantization.dtype, count, take) as Uint8Array | Uint16Array;
  const { scale, min } = quantization;
  const out = newData(dtype, count) as Float32Array | Int32Array;
  // In double, rounded once; integers to the nearest, as tfjs has it.
  for (let i = 0; i < count; i++) out[i] = dtype === 'int32' ? Math.round(stored[i]! * scale + min) : stored[i]! * scale + min;
  return out;
}

function plain(dtype: DType, count: number, take: (length: number) => Uint8Array): DTypeData[DType] {
  if (!hasBytes(dtype)) throw new TypeError(`internal: ${dtype} has no bytes`);
  const width = dtypeInfo[dtype].bytes;
  const bytes = take(count * width);
  if (dtype === 'bool') return Uint8Array.from(bytes, (byte) => Number(byte !== 0));
  const isAligned = bytes.byteOffset % (width / lanes(dtype)) === 0;
  const from = isAligned ? bytes : new Uint8Array(bytes);
  return viewBytes(dtype, from.buffer, from.byteOffset, count);
}

/** Strings: the length of each as a little-endian uint32 before its bytes. */
function strings(count: number, take: (length: number) => Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const length = take(4);
    out.push(take((length[0]! | (length[1]! << 8) | (length[2]! << 16) | (length[3]! << 24)) >>> 0));
  }
  return out;
}
