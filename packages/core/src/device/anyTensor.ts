/** A value of a run, wherever it lies. */
import type { HostTensor } from '../hostTensor.js';
import { DeviceTensor } from './deviceTensor.js';

export type AnyTensor = HostTensor | DeviceTensor;

/** One more holder; host values need none. */
export function retained<T extends AnyTensor>(value: T): T {
  if (value instanceof DeviceTensor) value.memory.retain();
  return value;
}

/** One holder less. */
export function releaseTensor(value: AnyTensor | undefined): void {
  if (value instanceof DeviceTensor) value.memory.release();
}

export function releaseAll(values: Iterable<AnyTensor | undefined>): void {
  for (const value of values) releaseTensor(value);
}
