/** Whole values between the host and a device. */
import { storedDType, type Ticket } from '../device/device.js';
import { DeviceTensor } from '../device/deviceTensor.js';
import type { HostTensor } from '../hostTensor.js';
import type { SessionDevice } from './preparedPlan.js';
import { fromStored, toStored } from '../device/storage.js';

/** Work that is done: what moving nothing takes. */
const done: Ticket = { settled: true, done: Promise.resolve(), cancel: () => undefined };

/** A copy of the value on the device, which the caller holds. */
export function uploadTensor(value: HostTensor, { device, pool, stream }: SessionDevice): { tensor: DeviceTensor; ticket: Ticket } {
  const bytes = toStored(value, storedDType(device.info, value.dtype) ?? value.dtype);
  const memory = pool.take(bytes.byteLength);
  if (bytes.byteLength === 0) return { tensor: new DeviceTensor(value.dtype, value.shape, memory), ticket: done };
  const ticket = stream.upload({ ...memory.range, bytes: bytes.byteLength }, bytes);
  memory.madeBy(ticket);
  return { tensor: new DeviceTensor(value.dtype, value.shape, memory), ticket };
}

/** A copy of the value on the host: `take` it when the ticket is settled. */
export function downloadTensor(value: DeviceTensor, { device, stream }: SessionDevice): { take: () => HostTensor; ticket: Ticket } {
  const { bytes, take } = fromStored(value.dtype, value.shape, storedDType(device.info, value.dtype) ?? value.dtype);
  if (bytes.byteLength === 0) return { take, ticket: done };
  const ticket = stream.download({ ...value.memory.range, bytes: bytes.byteLength }, bytes);
  value.memory.used(ticket);
  return { take, ticket };
}
