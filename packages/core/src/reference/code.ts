/** What the reference device runs: functions over the bytes of the bound slots. */
import { type ByteDType, hasBytes, viewBytes } from '../dtypes.js';
import { InternalError } from '../errors.js';
import { HostTensor } from '../hostTensor.js';
import type { DType } from '../dtypes.js';
import type { LaunchParams } from '../kernels/program.js';
import { type Shape, sizeOf } from '../shape.js';

/** One launch: reads the inputs' bytes, writes the outputs'. Throws an OpError that knows no node. */
export type ReferenceCode = (inputs: readonly Uint8Array[], outputs: readonly Uint8Array[], launch: ReferenceLaunch) => undefined | Promise<void>;

/** The params of a launch, and its scratch memory (none: no bytes). */
export interface ReferenceLaunch extends LaunchParams {
  readonly scratch: Uint8Array;
}

/** The type of the device's sources: the code, and how many of a launch's slots are inputs. */
export interface ReferenceSource {
  readonly inputs: number;
  readonly outputs: number;
  readonly code: ReferenceCode;
}

function needBytes(dtype: DType): ByteDType {
  if (!hasBytes(dtype)) throw new InternalError(`internal: ${dtype} elements have no bytes for a device to hold.`);
  return dtype;
}

/** A host tensor over device bytes, without a copy. */
export function tensorOf(bytes: Uint8Array, dtype: DType, shape: Shape): HostTensor {
  return new HostTensor<DType>(dtype, shape, viewBytes(needBytes(dtype), bytes.buffer, bytes.byteOffset, sizeOf(shape)));
}

/** Writes a host tensor's elements over device bytes. */
export function store(tensor: HostTensor, bytes: Uint8Array): void {
  const { data } = tensor;
  if (Array.isArray(data)) throw new InternalError(`internal: ${tensor.dtype} elements have no bytes for a device to hold.`);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}
