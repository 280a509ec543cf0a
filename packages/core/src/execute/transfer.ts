/** Whole values between the host and a device. */
import { storedDType, type BufferRange, type Ticket } from '../device/device.js';
import type { AnyTensor } from '../device/anyTensor.js';
import { DeviceTensor, type DeviceMemory } from '../device/deviceTensor.js';
import { dtypeInfo, hasBytes } from '../dtypes.js';
import type { HostTensor } from '../hostTensor.js';
import { sizeOf } from '../shape.js';
import { sessionDevice, type SessionDevice } from './preparedPlan.js';
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

/** Memory that a copy names: a part of a lease, or memory that is held by count. */
export interface Located {
  readonly range: BufferRange;
  readonly memory: DeviceMemory | undefined;
}

type Way = 'upload' | 'download' | 'move';
/** Hears of each copy when it has been asked for. */
export type Note = (owner: SessionDevice, way: Way, bytes: number, ticket: Ticket) => void;

/** Copies bytes between devices that keep them in the same form; by way of the host where the two do not reach each other. */
export async function carry(source: SessionDevice, from: Located, target: SessionDevice, to: Located, note: Note): Promise<void> {
  const { bytes } = from.range;
  if (bytes === 0) return;
  const direct = target.stream.receive?.(from.range, source.stream, to.range);
  if (direct !== undefined) {
    from.memory?.used(direct);
    to.memory?.madeBy(direct);
    note(target, 'move', bytes, direct);
    return;
  }
  const host = new Uint8Array(bytes);
  const down = source.stream.download(from.range, host);
  from.memory?.used(down);
  note(source, 'download', bytes, down);
  if (!down.settled) await down.done;
  const up = target.stream.upload(to.range, host);
  to.memory?.madeBy(up);
  note(target, 'upload', bytes, up);
}

/** A copy of a value that lies elsewhere, in memory which the caller holds. */
export async function bringTensor(value: AnyTensor, devices: ReadonlyMap<string, SessionDevice>, target: SessionDevice, note: Note): Promise<DeviceMemory> {
  let host = value;
  if (host instanceof DeviceTensor) {
    const source = sessionDevice(devices, host.device);
    const stored = storedDType(source.device.info, host.dtype);
    if (stored !== undefined && hasBytes(stored) && stored === storedDType(target.device.info, host.dtype)) {
      const bytes = sizeOf(host.shape) * dtypeInfo[stored].bytes;
      const memory = target.pool.take(bytes);
      try {
        await carry(source, { range: { ...host.memory.range, bytes }, memory: host.memory }, target, { range: { ...memory.range, bytes }, memory }, note);
        return memory;
      } catch (error) {
        memory.release();
        throw error;
      }
    }
    const { ticket, take } = downloadTensor(host, source);
    note(source, 'download', host.memory.range.bytes, ticket);
    if (!ticket.settled) await ticket.done;
    host = take();
  }
  const { tensor, ticket } = uploadTensor(host, target);
  note(target, 'upload', tensor.memory.range.bytes, ticket);
  return tensor.memory;
}

/**
 * Tells a traced run of a copy between the host and an accelerator, as TensorFlow does: on a device of its own, `…/memcpy`, under the tensor's
 * name and MEMCPYHtoD or MEMCPYDtoH. A CPU's memory is the host's.
 */
export function reportCopy({ stats }: RunContext, { device, name }: SessionDevice, { name: node }: { readonly name: string }, way: Way, bytes: number, ticket: Ticket): void {
  if (stats === undefined || device.info.deviceType === 'CPU') return;
  const kind = { upload: 'MEMCPYHtoD', download: 'MEMCPYDtoH', move: 'MEMCPYPtoP' }[way];
  const start = performance.now() * 1000;
  const turn = stats.turn();
  const report = (): void => { stats.addCopy(name, { nodes: [`${node.replace(/:\d+$/, '')}:${kind}`], start, end: performance.now() * 1000 }, kind, bytes, turn); };
  ticket.done.then(report, () => undefined);
}
