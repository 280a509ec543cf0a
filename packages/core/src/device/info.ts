/** What core must know of a device, and obey, without knowing which backend it came from. */
import type { DType } from '../dtypes.js';
import type { PhysicalIdentity } from './physical.js';

/** How a dtype lies in device memory. */
export interface StorageForm {
  /** The dtype of the stored elements: another one where the device lacks it (a bool kept as int32). Core converts when it uploads and downloads. */
  readonly as: DType;
  /** `storage`: can be moved and reshaped, but no arithmetic is done in it. */
  readonly grade: 'arithmetic' | 'storage';
}

export interface DeviceLimits {
  /** Every slot's offset is a multiple of this many bytes. */
  readonly alignment: number;
  /** Largest buffer, in bytes. */
  readonly bufferBytes: number;
  /** Most buffers bound to one launch. */
  readonly bindings: number;
  /** Whether one launch may read one part of a buffer and write another part of it. */
  readonly sharedBuffers: boolean;
}

export interface DeviceInfo {
  /** 'CPU', 'GPU', or the backend's own word. */
  readonly deviceType: string;
  /** The backend's own number of the device: 0, 1, … */
  readonly ordinal: number;
  /**
   * Core sets it on a copy of the info where it splits a device (`virtual_devices`): the number of the logical device. Each is opened with its own
   * `memoryLimit`, beside the others on the same hardware.
   */
  readonly logical?: number;
  /** The hardware behind it, so that a device which another backend sees too is offered once; absent where that is not known. */
  readonly identity?: PhysicalIdentity;
  /** TensorFlow's physical_device_desc; empty for a plain CPU. */
  readonly description: string;
  /** Bytes. */
  readonly memoryLimit: number;
  /** dtypes that are missing here stay on the host (strings, resources, variants) or cannot be on this device. */
  readonly storage: Readonly<Partial<Record<DType, StorageForm>>>;
  readonly limits: DeviceLimits;
  /** Whether the host sees the device's memory: it has `view`, and reading a value is no copy. */
  readonly hostVisible: boolean;
  /** Devices that name the same peers may copy to each other without the host, by `Stream.receive`; absent: this one does not. */
  readonly peers?: string;
  /** Whether a sequence may hold loops and branches. */
  readonly controlFlow: boolean;
  /** Facts for people: SIMD level, thread count, driver, adapter. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
}
