/** The slots of a device while a plan is built. */
import type { CompileDevice } from '../device/compileDevice.js';
import { dtypeInfo, type DType, type ResourceHandle } from '../dtypes.js';
import { InternalError } from '../errors.js';
import type { HostTensor } from '../hostTensor.js';
import type { Pack } from '../kernels/program.js';
import type { Value } from '../lower/value.js';
import { sizeOf } from '../shape.js';
import type { Stage } from '../stage.js';
import { layOut, type Lifetime } from './memory.js';
import type { CellUpdate, DevicePlan, DeviceSlot, HostRef, PlannedLaunch, PlannedLoop } from './plan.js';

/** A device's slots while the plan is built. */
export interface DeviceState {
  readonly device: CompileDevice;
  readonly slots: (
    | { kind: 'arena'; lifetime: Lifetime } | { kind: 'constant'; constant: HostTensor; pack: Pack | undefined; bytes: number } | { kind: 'external'; bytes: number }
  )[];
  readonly slotOf: Map<Value, number>;
  readonly constants: Map<HostTensor, Map<string, number>>;
  /** The run that is open; `start`: the time of its first launch. */
  open: { readonly start: number; launches: PlannedLaunch[]; loops: PlannedLoop[]; makes: number[]; updates: CellUpdate[] } | undefined;
}

export function newRun(start: number): NonNullable<DeviceState['open']> {
  return { start, launches: [], loops: [], makes: [], updates: [] };
}

export function newSlot(state: DeviceState, bytes: number, time: number): number {
  state.slots.push({ kind: 'arena', lifetime: { bytes: Math.max(bytes, 1), first: time, last: time } });
  return state.slots.length - 1;
}

export function newExternal(state: DeviceState, bytes: number): number {
  state.slots.push({ kind: 'external', bytes: Math.max(bytes, 1) });
  return state.slots.length - 1;
}

export function constantSlot(state: DeviceState, constant: HostTensor, pack: Pack | undefined): number {
  const forms = state.constants.get(constant) ?? new Map<string, number>();
  state.constants.set(constant, forms);
  const key = pack?.key ?? '';
  const known = forms.get(key);
  if (known !== undefined) return known;
  const bytes = pack?.bytes ?? sizeOf(constant.shape) * storedBytes(state, constant);
  state.slots.push({ kind: 'constant', constant, pack, bytes: Math.max(bytes, 1) });
  forms.set(key, state.slots.length - 1);
  return state.slots.length - 1;
}

export function bytesOf(state: DeviceState, value: Value): number {
  return sizeOf(value.root.shape) * storedBytes(state, value.root);
}

/** Which variable a handle names, where that is known. */
export function cellName(handle: Value | HostRef): string | undefined {
  const value = 'kind' in handle ? (handle.kind === 'constant' ? handle.value : undefined) : handle.constant;
  const [item] = value?.dtype === 'resource' ? (value.data as readonly ResourceHandle[]) : [];
  return item === undefined ? undefined : `${item.container}/${item.name}`;
}

/** Bytes of an element as this device stores it. */
function storedBytes(state: DeviceState, value: { readonly dtype: Value['dtype'] }): number {
  const form = state.device.info.storage[value.dtype];
  if (form === undefined) throw new InternalError(`internal: ${value.dtype} has no storage on ${state.device.name}`);
  return dtypeInfo[form.as].bytes;
}

/** An upload stands before the run that is open, so its slot lives from the run's first launch on. */
export function startEarlier(state: DeviceState, slot: number, first: number): void {
  const entry = state.slots[slot];
  if (entry?.kind === 'arena') state.slots[slot] = { kind: 'arena', lifetime: { ...entry.lifetime, first } };
}

/** Whether values of the dtype go from one device to the other without the host, byte for byte. */
export function arePeers({ device: { info: a } }: DeviceState, { device: { info: b } }: DeviceState, dtype: DType): boolean {
  return a !== b && a.peers !== undefined && a.peers === b.peers && a.storage[dtype]?.as === b.storage[dtype]?.as;
}

/** The slots as the plan keeps them, those of a lease laid out in arenas. */
export function* devicePlan(state: DeviceState): Stage<DevicePlan> {
  const arenaSlots = state.slots.flatMap((slot, index) => (slot.kind === 'arena' ? [{ index, lifetime: slot.lifetime }] : []));
  const layout = yield* layOut(arenaSlots.map(({ lifetime }) => lifetime), state.device.info.limits);
  const places = new Map(arenaSlots.map(({ index }, i) => [index, layout.places[i]]));
  const slots = state.slots.map((slot, index): DeviceSlot => {
    switch (slot.kind) {
      case 'constant':
        return { bytes: slot.bytes, place: { kind: 'constant', value: slot.constant, pack: slot.pack } };
      case 'external':
        return { bytes: slot.bytes, place: { kind: 'external' } };
      case 'arena':
        return { bytes: slot.lifetime.bytes, place: { kind: 'arena', ...(places.get(index) ?? { arena: 0, offset: 0 }) } };
      default:
        return slot satisfies never;
    }
  });
  return { device: state.device.name, arenas: layout.arenas, slots };
}
