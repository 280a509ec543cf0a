/** Calls of one stream that go to the queue together: one encoder and one submission, unless a write to memory comes in between. */
import type { OpError, PendingTicket } from '@sessionflow/core/device';
import type { Readbacks } from '../readback.js';
import type { WebGpuBound } from './bound.js';

export class Group {
  readonly runs: WebGpuBound[] = [];
  /** What is to be undone when the group has ended, well or not. */
  readonly endings: (() => void)[] = [];
  /** What the host waits for beside the submission itself. */
  readonly waits: (() => Promise<void>)[] = [];
  /** What runs reported of themselves, by the tickets of their calls. */
  readonly faults = new Map<PendingTicket, OpError>();
  private current: GPUCommandEncoder | undefined;

  constructor(private readonly device: GPUDevice, private readonly readbacks: Readbacks) {}

  get encoder(): GPUCommandEncoder {
    return (this.current ??= this.device.createCommandEncoder());
  }

  /** Sends what is encoded so far. */
  submit(): void {
    if (this.current === undefined) return;
    const commands = this.current.finish();
    this.current = undefined;
    this.device.queue.submit([commands]);
  }

  /** A staging buffer to encode a copy of `bytes` into; `use` sees them when they are there. */
  read(bytes: number, use: (bytes: Uint8Array) => void): GPUBuffer {
    const staging = this.readbacks.take(bytes);
    this.waits.push(() => this.readbacks.read(staging, bytes, use));
    return staging;
  }
}
