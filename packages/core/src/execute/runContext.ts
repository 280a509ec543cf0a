/** What one run carries through its plans: cancellation, the objects it may reach, and what it reports. */
import type { LaunchTime } from '../device/device.js';
import type { Cancellation } from './cancellation.js';
import type { PendingWork } from './pendingWork.js';
import type { StepErrors } from './stepErrors.js';
import type { ResourceManager } from '../kernels/hostContext.js';

/** Collects what a traced run reports. */
export interface StepStatsSink {
  /** A launch, or a host step, on a device; microseconds. `bytes`: what its outputs take. `turn`: when it was asked of the device. */
  add(device: string, time: LaunchTime, label: string, bytes: number, turn?: number): void;
  /** A copy between the host and a device: from when it was asked for until the host heard of its end. */
  addCopy(device: string, time: LaunchTime, label: string, bytes: number, turn: number): void;
  /** Numbers what is asked of devices: a stream does it in this order. */
  turn(): number;
}

export interface RunContext {
  readonly cancellation: Cancellation;
  /** What the step has asked of devices. */
  readonly pending: PendingWork;
  /** What failed of what runs at once. */
  readonly errors: StepErrors;
  /** Objects that live as long as the session. */
  readonly session: ResourceManager;
  /** Objects that live as long as this run. */
  readonly step: ResourceManager;
  /** Present when the run is traced. */
  readonly stats?: StepStatsSink | undefined;
}
