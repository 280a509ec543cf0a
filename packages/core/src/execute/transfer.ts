/** Whole values between the host and a device. */
import { storedDType, type Ticket } from '../device/device.js';
import { DeviceTensor } from '../device/deviceTensor.js';
import type { HostTensor } from '../hostTensor.js';
import type { SessionDevice } from './preparedPlan.js';
import type { RunContext } from './runContext.js';
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

/**
 * Tells a traced run of a copy between the host and an accelerator, as TensorFlow does: on a device of its own, `…/memcpy`, under the tensor's
 * name and MEMCPYHtoD or MEMCPYDtoH. It lasts from when it was asked for until the host hears that it is done. A CPU's memory is the host's.
 */
export function reportCopy({ stats }: RunContext, { device, name }: SessionDevice, { name: node }: { readonly name: string }, way: 'upload' | 'download', bytes: number, ticket: Ticket): void {
  if (stats === undefined || device.info.deviceType === 'CPU') return;
  const kind = way === 'upload' ? 'MEMCPYHtoD' : 'MEMCPYDtoH';
  const start = performance.now() * 1000;
  const report = (): void => { stats.add(`${name}/memcpy`, { nodes: [`${node.replace(/:\d+$/, '')}:${kind}`], start, end: performance.now() * 1000 }, kind, bytes); };
  ticket.done.then(report, () => undefined);
}
