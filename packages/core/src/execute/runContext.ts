/** What one run carries through its plans: cancellation, the objects it may reach, and what it reports. */
import type { LaunchTime } from '../device/device.js';
import type { Cancellation } from './cancellation.js';
import type { PendingWork } from './pendingWork.js';
import type { ResourceManager } from '../kernels/hostContext.js';

/** Collects what a traced run reports. */
export interface StepStatsSink {
  /** A launch, or a host step, on a device; microseconds. `bytes`: what its outputs take. */
  add(device: string, time: LaunchTime, label: string, bytes: number): void;
}

export interface RunContext {
  readonly cancellation: Cancellation;
  /** What the step has asked of devices. */
  readonly pending: PendingWork;
  /** Objects that live as long as the session. */
  readonly session: ResourceManager;
  /** Objects that live as long as this run. */
  readonly step: ResourceManager;
  /** Present when the run is traced. */
  readonly stats?: StepStatsSink | undefined;
}
