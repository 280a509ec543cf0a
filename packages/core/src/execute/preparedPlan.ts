/**
 * A plan made ready on its devices: programs compiled, constants uploaded, sequences recorded. Runs borrow a lease (arenas, and the
 * sequences bound to them) from a bounded pool, so that any number of runs of one plan may be in flight.
 */
import type { Bound, BufferRange, Device, DeviceBuffer, Executable, Launch, Sequence, SequenceItem, Stream } from '../device/device.js';
import type { DeviceMemory } from '../device/deviceTensor.js';
import { attachNode, InternalError, ResourceExhaustedError } from '../errors.js';
import type { DeviceProgram } from '../kernels/program.js';
import type { DevicePlan, Plan, PlannedLoop, RunStep } from '../plan/plan.js';
import { inParts, type Stage } from '../stage.js';
import type { ConstantPool, HeldConstant } from './constantPool.js';
import type { DevicePool } from './devicePool.js';

/** A device as a session holds it. */
export interface SessionDevice {
  readonly name: string;
  readonly device: Device;
  readonly constants: ConstantPool;
  /** Memory of this session's values that outlive a lease. */
  readonly pool: DevicePool;
  readonly stream: Stream;
}

/** Memory for one run. */
export interface Lease {
  /** By device of the plan, by slot; undefined for external slots. */
  readonly ranges: ReadonlyMap<string, readonly (BufferRange | undefined)[]>;
  /** The sequence of a step, bound to the lease and to the memory that its external slots have in this run. */
  bound(step: number, external: (slot: number) => DeviceMemory): Bound;
  release(): void;
}

/** A step's sequence, over the slots of its own. */
interface RecordedStep {
  readonly device: string;
  readonly sequence: Sequence;
  /** Slots of the plan, in the sequence's order. */
  readonly slots: readonly number[];
  /** Those among them that are external. */
  readonly external: readonly number[];
}

/** Leases kept for the next run; more are made when more runs are in flight, and given back to the device afterwards. */
const keptLeases = 2;

/** What a lease keeps bound of one step for other external memory than that of the last run. */
const keptBounds = 8;

export class PreparedPlan {
  /** By step: the launches whose words depend on values of the run. Most plans have none. */
  readonly dynamicLaunches: readonly (readonly number[])[];
  private readonly idle: Lease[] = [];
  private closed = false;
  private leases = 0;

  private constructor(
    readonly plan: Plan,
    private readonly devices: ReadonlyMap<string, SessionDevice>,
    private readonly recorded: readonly (RecordedStep | undefined)[],
    private readonly constants: ReadonlyMap<string, readonly (HeldConstant | undefined)[]>,
  ) {
    this.dynamicLaunches = plan.steps.map((step) =>
      step.kind === 'run' ? [...step.launches.keys()].filter((i) => step.launches[i]?.launchValues !== undefined) : []);
  }

  /** `timed` sequences report start and end of every launch. */
  static async prepare(plan: Plan, devices: ReadonlyMap<string, SessionDevice>, timed: boolean): Promise<PreparedPlan> {
    await Promise.all(plan.steps.flatMap((step) => (step.kind === 'host' ? step.program.load?.() ?? [] : [])));
    const constants = new Map<string, (HeldConstant | undefined)[]>();
    try {
      const executables = new Map<DeviceProgram, Executable>();
      for (const devicePlan of plan.devices) {
        const owner = sessionDevice(devices, devicePlan.device);
        const programs = [...new Set(plan.steps.flatMap((step) => (step.kind === 'run' && step.device === devicePlan.device ? step.launches.map((launch) => launch.program) : [])))];
        const compiled = await owner.device.prepare(programs);
        programs.forEach((program, i) => {
          const executable = compiled[i];
          if (executable !== undefined) executables.set(program, executable);
        });
        const held: (HeldConstant | undefined)[] = [];
        constants.set(devicePlan.device, held);
        await inParts(acquireConstants(plan, devicePlan, owner, held));
      }
      const recorded = plan.steps.map((step) => (step.kind === 'run' ? record(step, plan, sessionDevice(devices, step.device), executables, timed) : undefined));
      // An upload that failed leaves what nobody may read.
      for (const held of constants.values()) for (const constant of held) if (constant?.ready !== undefined) await constant.ready;
      return new PreparedPlan(plan, devices, recorded, constants);
    } catch (error) {
      // The device may still be writing those that came before: their memory goes back afterwards.
      const all = [...constants.values()].flat();
      await Promise.allSettled(all.flatMap((constant) => constant?.ready ?? []));
      for (const constant of all) constant?.release();
      throw error;
    }
  }

  /** Bytes of one lease, over all devices. */
  get leaseBytes(): number {
    return this.plan.devices.reduce((sum, device) => sum + device.arenas.reduce((total, bytes) => total + bytes, 0), 0);
  }

  get inUse(): boolean {
    return this.leases > this.idle.length;
  }

  lease(): Lease {
    const idle = this.idle.pop();
    if (idle !== undefined) return idle;
    this.leases++;
    return this.newLease();
  }

  giveBack(lease: Lease): void {
    if (!this.closed && this.idle.length < keptLeases) {
      this.idle.push(lease);
      return;
    }
    lease.release();
    this.leases--;
    if (this.closed && this.leases === 0) this.releaseParts();
  }

  /** Releases everything once no run holds a lease. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const lease of this.idle) {
      lease.release();
      this.leases--;
    }
    this.idle.length = 0;
    if (this.leases === 0) this.releaseParts();
  }

  private releaseParts(): void {
    for (const step of this.recorded) step?.sequence.release();
    for (const held of this.constants.values()) for (const constant of held) constant?.release();
  }

  private newLease(): Lease {
    const buffers: { device: Device; buffer: DeviceBuffer }[] = [];
    const bounds = new BoundSteps();
    const release = (): void => {
      bounds.release();
      for (const { device, buffer } of buffers) device.release(buffer);
    };
    try {
      const ranges = new Map<string, readonly (BufferRange | undefined)[]>();
      for (const devicePlan of this.plan.devices) {
        const { device } = sessionDevice(this.devices, devicePlan.device);
        const arenas = devicePlan.arenas.map((bytes) => {
          const buffer = this.allocate(device, devicePlan, bytes);
          buffers.push({ device, buffer });
          return buffer;
        });
        ranges.set(devicePlan.device, this.rangesOf(devicePlan, arenas));
      }
      const bind = (step: RecordedStep, external: readonly DeviceMemory[]): Bound => {
        const fixed = ranges.get(step.device) ?? [];
        return sessionDevice(this.devices, step.device).device.bind(step.sequence, step.slots.map((slot) => {
          const range = fixed[slot] ?? external[step.external.indexOf(slot)]?.range;
          if (range === undefined) throw new InternalError(`internal: no memory for slot ${slot} on ${step.device}`);
          return range;
        }));
      };
      this.recorded.forEach((step, index) => { if (step?.external.length === 0) bounds.add(index, bind(step, [])); });
      const bound = (index: number, memoryOf: (slot: number) => DeviceMemory): Bound => {
        const step = this.recorded[index];
        if (step === undefined) throw new InternalError(`internal: step ${index} was not recorded`);
        const external = step.external.map(memoryOf);
        return bounds.find(index, external) ?? bounds.add(index, bind(step, external), external);
      };
      return { ranges, bound, release };
    } catch (error) {
      release();
      this.leases--;
      throw error;
    }
  }

  /** An arena. Where there is no room for it, the error names the node that makes the largest value in it. */
  private allocate(device: Device, devicePlan: DevicePlan, bytes: number): DeviceBuffer {
    try {
      return device.allocate(Math.max(bytes, 1));
    } catch (error) {
      throw withNode(error, () => largestIn(this.plan, devicePlan));
    }
  }

  private rangesOf(devicePlan: DevicePlan, arenas: readonly DeviceBuffer[]): (BufferRange | undefined)[] {
    const held = this.constants.get(devicePlan.device) ?? [];
    return devicePlan.slots.map((slot, index) => {
      switch (slot.place.kind) {
        case 'constant': {
          const constant = held[index];
          if (constant === undefined) throw new InternalError(`internal: a constant of the plan is not on ${devicePlan.device}`);
          return constant.range;
        }
        case 'arena': {
          const buffer = arenas[slot.place.arena];
          if (buffer === undefined) throw new InternalError(`internal: the plan has no arena ${slot.place.arena} on ${devicePlan.device}`);
          return { buffer, offset: slot.place.offset, bytes: slot.bytes };
        }
        case 'external':
          return undefined;
        default:
          return slot.place satisfies never;
      }
    });
  }
}

/** The node whose launch first touches the largest value of the arenas. */
function largestIn({ steps }: Plan, { device, slots }: DevicePlan): string | undefined {
  const inArenas = [...slots.keys()].filter((slot) => slots[slot]?.place.kind === 'arena');
  const largest = inArenas.reduce((best, slot) => (slots[slot]!.bytes > slots[best]!.bytes ? slot : best), inArenas[0] ?? -1);
  const launches = steps.flatMap((step) => (step.kind === 'run' && step.device === device ? step.launches : []));
  return launches.find((launch) => launch.slots.includes(largest))?.nodes[0];
}

/** The bound sequences of one lease, by step and by the external memory that they are bound to; the least recently used go first. */
class BoundSteps {
  private readonly steps = new Map<number, Map<string, { readonly bound: Bound; readonly drop: () => void }>>();

  find(step: number, external: readonly DeviceMemory[]): Bound | undefined {
    const known = this.steps.get(step);
    const key = keyOf(external);
    const entry = known?.get(key);
    if (known === undefined || entry === undefined) return undefined;
    if (known.size > 1) {
      known.delete(key);
      known.set(key, entry);
    }
    return entry.bound;
  }

  /** Keeps `bound` until there are too many of the step, or a memory of it goes back to its device. */
  add(step: number, bound: Bound, external: readonly DeviceMemory[] = []): Bound {
    const known = this.steps.get(step) ?? new Map<string, { readonly bound: Bound; readonly drop: () => void }>();
    this.steps.set(step, known);
    const key = keyOf(external);
    const drop = (): void => {
      known.delete(key);
      for (const memory of external) memory.deleteDependent(drop);
      bound.release();
    };
    for (const memory of external) memory.addDependent(drop);
    known.set(key, { bound, drop });
    if (known.size > keptBounds) [...known.values()][0]?.drop();
    return bound;
  }

  release(): void {
    for (const known of this.steps.values()) for (const { drop } of [...known.values()]) drop();
    this.steps.clear();
  }
}

function keyOf(external: readonly DeviceMemory[]): string {
  return external.length === 1 ? String(external[0]?.id) : external.map(({ id }) => id).join();
}

export function sessionDevice(devices: ReadonlyMap<string, SessionDevice>, name: string): SessionDevice {
  const device = devices.get(name);
  if (device === undefined) throw new InternalError(`internal: the plan names device ${name}, which the session does not have`);
  return device;
}

/** Constants come one by one: packing the weights of a large model takes long. Where there is no room for one, the error names the first node that reads it. */
function* acquireConstants(plan: Plan, { device, slots }: DevicePlan, owner: SessionDevice, held: (HeldConstant | undefined)[]): Stage<void> {
  for (const [slot, { place }] of slots.entries()) {
    yield;
    try {
      held.push(place.kind === 'constant' ? owner.constants.acquire(place.value, place.pack, owner.stream) : undefined);
    } catch (error) {
      const launches = plan.steps.flatMap((step) => (step.kind === 'run' && step.device === device ? step.launches : []));
      throw withNode(error, () => launches.find((launch) => launch.slots.includes(slot))?.nodes[0]);
    }
  }
}

/** An error about memory with the node that `find` gives, where it has none. */
function withNode(error: unknown, find: () => string | undefined): unknown {
  const node = error instanceof ResourceExhaustedError && error.node === undefined ? find() : undefined;
  return node === undefined ? error : attachNode(error as ResourceExhaustedError, node);
}

function record(step: RunStep, plan: Plan, owner: SessionDevice, executables: ReadonlyMap<DeviceProgram, Executable>, timed: boolean): RecordedStep {
  const all = plan.devices.find((device) => device.device === step.device)?.slots ?? [];
  const slots = [...new Set([...step.launches.flatMap((launch) => launch.slots), ...step.loops.map(({ test }) => test)])];
  const place = new Map(slots.map((slot, index) => [slot, index]));
  const launches = step.launches.map((launch): Launch => {
    const executable = executables.get(launch.program);
    if (executable === undefined) throw new InternalError(`internal: ${launch.label} was not compiled`, { node: launch.nodes[0] });
    return { kind: 'launch', program: launch.program, executable, slots: launch.slots.map((slot) => place.get(slot) ?? 0), nodes: launch.nodes };
  });
  return {
    device: step.device, slots, external: slots.filter((slot) => all[slot]?.place.kind === 'external'),
    sequence: owner.device.sequence(itemsOf(launches, step.loops, place), slots.map((slot) => all[slot]?.bytes ?? 0), { timed }),
  };
}

/** The launches, those of loops inside their loops. Of nested loops, the inner ones come first. */
function itemsOf(launches: readonly Launch[], loops: readonly PlannedLoop[], place: ReadonlyMap<number, number>): SequenceItem[] {
  /** By launch: what starts there, and how many launches it is. */
  const items = launches.map((item): { item: SequenceItem; count: number } => ({ item, count: 1 }));
  const range = (from: number, count: number): SequenceItem[] => {
    const found: SequenceItem[] = [];
    for (let at = from; at < from + count;) {
      const entry = items[at];
      if (entry === undefined) throw new InternalError(`internal: launch ${at} of ${launches.length}`);
      found.push(entry.item);
      at += entry.count;
    }
    return found;
  };
  for (const { start, condition, test, body } of loops) {
    items[start] = {
      item: { kind: 'loop', condition: range(start, condition), test: place.get(test) ?? 0, body: range(start + condition, body) }, count: condition + body,
    };
  }
  return range(0, launches.length);
}
