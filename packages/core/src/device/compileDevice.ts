/** What the compile stages know of a device: its name, its facts and its kernels. */
import type { DeviceInfo } from './info.js';
import type { KernelTable } from '../kernels/kernel.js';

export interface CompileDevice {
  /** Full name: `/job:localhost/replica:0/task:0/device:CPU:0`. */
  readonly name: string;
  readonly info: DeviceInfo;
  readonly kernels: KernelTable;
}
