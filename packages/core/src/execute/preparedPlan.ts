/**
 * A plan made ready on its devices: programs compiled, constants uploaded, sequences recorded. Runs borrow a lease (arenas, and the
 * sequences bound to them) from a bounded pool, so that any number of runs of one plan may be in flight.
 */
import type { Bound, BufferRange, Device, DeviceBuffer, Executable, Launch, Sequence, Stream } from '../device/device.js';
import { InternalError } from '../errors.js';
import type { DeviceProgram } from '../kernels/program.js';
import type { DevicePlan, Plan, RunStep } from '../plan/plan.js';
import type { ConstantPool, HeldConstant } from './constantPool.js';

/** A device as a session holds it. */
export interface SessionDevice {
  readonly name: string;
  readonly device: Device;
  readonly constants: ConstantPool;
  readonly stream: Stream;
}

/** Memory for one run. */
export interface Lease {
  /** By device of the plan, by slot. */
  readonly ranges: ReadonlyMap<string, readonly BufferRange[]>;
  /** By step; undefined for steps that are not runs. */
  readonly bound: readonly (Bound | undefined)[];
  release(): void;
}

/** Leases kept for the next run; more are made when more runs are in flight, and given back to the device afterwards. */
const keptLeases = 2;

export class PreparedPlan {
  /** By step: the launches whose words depend on values of the run. Most plans have none. */
  readonly dynamicLaunches: readonly (readonly number[])[];
  private readonly idle: Lease[] = [];
  private closed = false;
  private leases = 0;

  private constructor(
    readonly plan: Plan,
    private readonly devices: ReadonlyMap<string, SessionDevice>,
    private readonly sequences: readonly (Sequence | undefined)[],
    private readonly constants: ReadonlyMap<string, readonly (HeldConstant | undefined)[]>,
  ) {
    this.dynamicLaunches = plan.steps.map((step) =>
      step.kind === 'run' ? [...step.launches.keys()].filter((i) => step.launches[i]?.launchValues !== undefined) : []);
  }

  /** `timed` sequences report start and end of every launch. */
  static async prepare(plan: Plan, devices: ReadonlyMap<string, SessionDevice>, timed: boolean): Promise<PreparedPlan> {
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
        for (const slot of devicePlan.slots) held.push(slot.place.kind === 'constant' ? owner.constants.acquire(slot.place.value, slot.place.pack, owner.stream) : undefined);
      }
      const sequences = plan.steps.map((step) => (step.kind === 'run' ? record(step, plan, sessionDevice(devices, step.device), executables, timed) : undefined));
      return new PreparedPlan(plan, devices, sequences, constants);
    } catch (error) {
      for (const held of constants.values()) for (const constant of held) constant?.release();
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
    for (const sequence of this.sequences) sequence?.release();
    for (const held of this.constants.values()) for (const constant of held) constant?.release();
  }

  private newLease(): Lease {
    const buffers: { device: Device; buffer: DeviceBuffer }[] = [];
    const bound: (Bound | undefined)[] = [];
    const release = (): void => {
      for (const item of bound) item?.release();
      for (const { device, buffer } of buffers) device.release(buffer);
    };
    try {
      const ranges = new Map<string, readonly BufferRange[]>();
      for (const devicePlan of this.plan.devices) {
        const { device } = sessionDevice(this.devices, devicePlan.device);
        const arenas = devicePlan.arenas.map((bytes) => {
          const buffer = device.allocate(Math.max(bytes, 1));
          buffers.push({ device, buffer });
          return buffer;
        });
        ranges.set(devicePlan.device, this.rangesOf(devicePlan, arenas));
      }
      this.plan.steps.forEach((step, index) => {
        const sequence = this.sequences[index];
        if (step.kind !== 'run' || sequence === undefined) bound.push(undefined);
        else bound.push(sessionDevice(this.devices, step.device).device.bind(sequence, ranges.get(step.device) ?? []));
      });
      return { ranges, bound, release };
    } catch (error) {
      release();
      this.leases--;
      throw error;
    }
  }

  private rangesOf(devicePlan: DevicePlan, arenas: readonly DeviceBuffer[]): BufferRange[] {
    const held = this.constants.get(devicePlan.device) ?? [];
    return devicePlan.slots.map((slot, index) => {
      if (slot.place.kind === 'constant') {
        const constant = held[index];
        if (constant === undefined) throw new InternalError(`internal: a constant of the plan is not on ${devicePlan.device}`);
        return constant.range;
      }
      const buffer = arenas[slot.place.arena];
      if (buffer === undefined) throw new InternalError(`internal: the plan has no arena ${slot.place.arena} on ${devicePlan.device}`);
      return { buffer, offset: slot.place.offset, bytes: slot.bytes };
    });
  }
}

export function sessionDevice(devices: ReadonlyMap<string, SessionDevice>, name: string): SessionDevice {
  const device = devices.get(name);
  if (device === undefined) throw new InternalError(`internal: the plan names device ${name}, which the session does not have`);
  return device;
}

function record(step: RunStep, plan: Plan, owner: SessionDevice, executables: ReadonlyMap<DeviceProgram, Executable>, timed: boolean): Sequence {
  const slots = plan.devices.find((device) => device.device === step.device)?.slots.map((slot) => slot.bytes) ?? [];
  const launches = step.launches.map((launch): Launch => {
    const executable = executables.get(launch.program);
    if (executable === undefined) throw new InternalError(`internal: ${launch.label} was not compiled`, { node: launch.nodes[0] });
    return { kind: 'launch', program: launch.program, executable, slots: launch.slots, nodes: launch.nodes };
  });
  return owner.device.sequence(launches, slots, { timed });
}
