/**
 * Runs a prepared plan: walks its steps in order, enqueuing device work without waiting for it. The host waits only where it reads a value
 * that a device is still making. What is under way when the last step was walked belongs to the step that this run is part of.
 */
import { releaseAll, releaseTensor, retained, type AnyTensor } from '../device/anyTensor.js';
import { storedDType, type BufferRange, type Ticket } from '../device/device.js';
import { DeviceTensor, type DeviceMemory } from '../device/deviceTensor.js';
import { attachNode, CancelledError, InternalError, OpError } from '../errors.js';
import { HostTensor } from '../hostTensor.js';
import type { LaunchParams } from '../kernels/program.js';
import type { BringStep, ControlStep, DownloadStep, FetchStep, HostRef, HostStep, MoveStep, Plan, RunStep, SpentSlot, Step, UploadStep, ValueRef } from '../plan/plan.js';
import { sizeOf, shapeText } from '../shape.js';
import { CellUpdates } from './cellUpdates.js';
import { onHost, runHostStep } from './hostStep.js';
import { sessionDevice, type Lease, type PreparedPlan, type SessionDevice } from './preparedPlan.js';
import type { RunContext } from './runContext.js';
import { fromStored, toStored } from '../device/storage.js';
import { bringTensor, carry, downloadTensor, reportCopy, type Located, type Note } from './transfer.js';

/** Runs If, While and calls. The values it gives are the caller's to release. */
export type ControlRunner = (step: ControlStep, inputs: readonly AnyTensor[], context: RunContext) => Promise<readonly AnyTensor[]>;

export interface RunOutcome {
  /** Results that this plan made, by result number; undefined for those that come from the later graph. The caller holds them. */
  readonly results: readonly (AnyTensor | undefined)[];
  /** The later graph's arguments. The caller holds them. */
  readonly captures: readonly AnyTensor[];
}

/** Runs with these arguments, which stay the caller's. */
export async function runPlan(
  prepared: PreparedPlan, devices: ReadonlyMap<string, SessionDevice>, args: readonly AnyTensor[], context: RunContext, control: ControlRunner,
): Promise<RunOutcome> {
  const lease = prepared.lease();
  const run = new PlanRun(prepared, devices, lease, context, control);
  const giveBack = (): void => { prepared.giveBack(lease); };
  try {
    const outcome = await run.execute(args);
    const unsettled = run.unsettled();
    if (unsettled.length === 0) giveBack();
    else context.pending.handOver(unsettled, giveBack);
    return outcome;
  } catch (thrown) {
    const error = await run.fail(thrown);
    await Promise.allSettled(run.unsettled().map(({ done }) => done));
    giveBack();
    throw error;
  } finally {
    run.release();
  }
}

class PlanRun {
  private readonly host: (AnyTensor | undefined)[];
  /** Memory of external slots, by device. */
  private readonly external = new Map<string, (DeviceMemory | undefined)[]>();
  /** Tickets of device work that is not known to be done. */
  private readonly tickets: Ticket[] = [];
  private cellUpdates: CellUpdates | undefined;
  /** Downloads under way, by host slot. */
  private readonly arriving = new Map<number, { ticket: Ticket; take: () => HostTensor }>();
  /** Steps that may be waiting for others, by index. */
  private readonly waiting = new Map<number, Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly prepared: PreparedPlan, private readonly devices: ReadonlyMap<string, SessionDevice>, private readonly lease: Lease,
    private readonly context: RunContext, private readonly control: ControlRunner,
  ) {
    this.host = new Array<AnyTensor | undefined>(prepared.plan.hostSlots);
  }

  private get updates(): CellUpdates {
    return (this.cellUpdates ??= new CellUpdates(this.devices, this.context, (ref) => this.hostValue(ref)));
  }

  async execute(args: readonly AnyTensor[]): Promise<RunOutcome> {
    const { plan } = this.prepared;
    plan.args.forEach((arg, i) => { this.takeArgument(arg.place, args[i]); });
    for (const [index, step] of plan.steps.entries()) {
      if (this.failure !== undefined) throw this.failure.error;
      if (this.context.cancellation.cancelled) throw new CancelledError('Run call was cancelled');
      const wait = this.toWaitFor(step, index);
      if (wait !== undefined) for (const ref of wait) await this.arrive(ref);
      switch (step.kind) {
        case 'upload':
          this.upload(step);
          break;
        case 'download':
          this.download(step);
          break;
        case 'move':
          await this.move(step);
          break;
        case 'bring':
          await this.bring(step);
          break;
        case 'fetch':
          this.fetch(step);
          break;
        case 'run':
          if (step.updates.length > 0) await this.updates.ready(step);
          this.run(step, index);
          break;
        case 'host':
        case 'control':
          if (step.kind === 'host' && step.mayWait) this.start(step, index);
          else {
            await this.runHost(step);
            const turn = this.context.pending.turn();
            if (turn !== undefined) await turn;
          }
          break;
        case 'wait':
          for (const waiting of step.for) await this.waiting.get(waiting);
          break;
        default:
          step satisfies never;
      }
      for (const slot of plan.spent[index] ?? []) this.spend(slot);
    }
    if (this.waiting.size > 0) await Promise.all(this.waiting.values());
    for (const { ticket } of this.arriving.values()) if (!ticket.settled) await ticket.done;
    const results = plan.results.map((result) => (result.kind === 'later' ? undefined : this.value(result.ref)));
    const captures = plan.later?.captures.map((ref) => this.value(ref)) ?? [];
    for (const value of [...results, ...captures]) if (value !== undefined) retained(value);
    return { results, captures };
  }

  /** Starts a step that may wait for others. What fails first is the run's error: it cancels what else waits. */
  private start(step: HostStep, index: number): void {
    const { errors } = this.context;
    const done = this.runHost(step).then(() => { errors.addSuccess(); }, (error: unknown) => {
      errors.add(error);
      this.failure ??= { error };
      this.context.cancellation.cancel();
      throw this.failure.error;
    });
    done.catch(() => undefined);
    this.waiting.set(index, done);
  }

  /** After a failure: stops the steps that wait, and gives the error that came first. */
  async fail(error: unknown): Promise<unknown> {
    if (this.waiting.size === 0) return error;
    this.failure ??= { error };
    this.context.errors.add(error);
    this.context.cancellation.cancel();
    await Promise.allSettled(this.waiting.values());
    return this.failure.error;
  }

  unsettled(): Ticket[] {
    return this.tickets.filter((ticket) => !ticket.settled);
  }

  /** Lets go of what the run still holds. */
  release(): void {
    releaseAll(this.host);
    for (const memories of this.external.values()) for (const memory of memories) memory?.release();
  }

  private takeArgument(place: Plan['args'][number]['place'], value: AnyTensor | undefined): void {
    if (value === undefined) return;
    if (place.kind === 'host') this.host[place.slot] = value;
    else if (value instanceof DeviceTensor && value.device === place.device) this.setExternal(place.device, place.slot, value.memory.retain());
    else throw new InternalError(`internal: an argument that was planned on ${place.device} is ${value instanceof DeviceTensor ? `on ${value.device}` : 'on the host'}`);
  }

  /** Values that must have come to the host before the step. */
  private toWaitFor(step: Step, index: number): readonly ValueRef[] | undefined {
    if (this.arriving.size === 0) return undefined;
    switch (step.kind) {
      case 'upload':
        return [step.from];
      case 'run':
        return (this.prepared.dynamicLaunches[index] ?? []).flatMap((i) => (step.launches[i]?.launchValues ?? []).filter((ref) => ref !== undefined));
      case 'host':
      case 'control':
        return step.inputs;
      default:
        return undefined;
    }
  }

  private async arrive(ref: ValueRef): Promise<void> {
    const download = ref.kind === 'slot' ? this.arriving.get(ref.slot) : undefined;
    if (download !== undefined && !download.ticket.settled) await download.ticket.done;
  }

  private value(ref: ValueRef): AnyTensor {
    if (ref.kind === 'constant') return ref.value;
    if (ref.kind === 'device') return new DeviceTensor(ref.dtype, ref.shape, this.memory(ref.device, ref.slot));
    const download = this.arriving.get(ref.slot);
    if (download !== undefined) {
      this.host[ref.slot] = download.take();
      this.arriving.delete(ref.slot);
    }
    const value = this.host[ref.slot];
    if (value === undefined) throw new InternalError(`internal: host slot ${ref.slot} is read before it is written`);
    if (ref.shape === null || sameDims(ref.shape, value.shape)) return value;
    return value instanceof DeviceTensor ? value.reshape(ref.shape) : new HostTensor(value.dtype, ref.shape, value.data);
  }

  /** A value that the plan has on the host. */
  private hostValue(ref: HostRef): HostTensor {
    return onHost(this.value(ref));
  }

  private memory(device: string, slot: number): DeviceMemory {
    const memory = this.external.get(device)?.[slot];
    if (memory === undefined) throw new InternalError(`internal: external slot ${slot} on ${device} is read before it is written`);
    return memory;
  }

  /** Takes over the caller's hold. */
  private setExternal(device: string, slot: number, memory: DeviceMemory): void {
    const memories = this.external.get(device) ?? [];
    this.external.set(device, memories);
    memories[slot]?.release();
    memories[slot] = memory;
  }

  private spend(slot: SpentSlot): void {
    if (slot.kind === 'host') {
      if (this.arriving.has(slot.slot)) return;
      releaseTensor(this.host[slot.slot]);
      this.host[slot.slot] = undefined;
      return;
    }
    const memories = this.external.get(slot.device);
    memories?.[slot.slot]?.release();
    if (memories !== undefined) memories[slot.slot] = undefined;
  }

  /** Memory of a slot for `use` to name in work; external memory remembers that work. */
  private withRange(device: string, slot: number, bytes: number, use: (range: BufferRange) => Ticket): Ticket {
    const fixed = this.lease.ranges.get(device)?.[slot];
    if (fixed !== undefined) return this.track(use({ ...fixed, bytes }));
    const memory = this.memory(device, slot);
    const ticket = this.track(use({ ...memory.range, bytes }));
    memory.used(ticket);
    return ticket;
  }

  private upload(step: UploadStep): void {
    const owner = sessionDevice(this.devices, step.device);
    const bytes = toStored(this.hostValue(step.from), storedDType(owner.device.info, step.dtype) ?? step.dtype);
    if (this.lease.ranges.get(step.device)?.[step.slot] === undefined) this.setExternal(step.device, step.slot, owner.pool.take(bytes.byteLength));
    if (bytes.byteLength === 0) return;
    reportCopy(this.context, owner, step, 'upload', bytes.byteLength, this.withRange(step.device, step.slot, bytes.byteLength, (range) => owner.stream.upload(range, bytes)));
  }

  private download(step: DownloadStep): void {
    const owner = sessionDevice(this.devices, step.device);
    const { bytes, take } = fromStored(step.dtype, step.shape, storedDType(owner.device.info, step.dtype) ?? step.dtype);
    if (bytes.byteLength === 0) {
      this.host[step.to] = take();
      return;
    }
    const ticket = this.withRange(step.device, step.slot, bytes.byteLength, (range) => owner.stream.download(range, bytes));
    reportCopy(this.context, owner, step, 'download', bytes.byteLength, ticket);
    this.arriving.set(step.to, { ticket, take });
  }

  /** From device to device. */
  private async move({ from, device, slot, bytes, name }: MoveStep): Promise<void> {
    const [source, target] = [sessionDevice(this.devices, from.device), sessionDevice(this.devices, device)];
    if (this.lease.ranges.get(device)?.[slot] === undefined) this.setExternal(device, slot, target.pool.take(bytes));
    const located = (owner: string, place: number): Located => {
      const fixed = this.lease.ranges.get(owner)?.[place];
      const memory = fixed === undefined ? this.memory(owner, place) : undefined;
      return { range: { ...(fixed ?? this.memory(owner, place).range), bytes }, memory };
    };
    await carry(source, located(from.device, from.slot), target, located(device, slot), this.noted(name));
  }

  private noted(name: string): Note {
    return (owner, way, bytes, ticket) => { reportCopy(this.context, owner, { name }, way, bytes, this.track(ticket)); };
  }

  private fetch(step: FetchStep): void {
    const value = this.value({ kind: 'slot', slot: step.from, shape: null });
    if (value instanceof DeviceTensor) this.arriving.set(step.to, this.fetchTensor(value, step));
    else this.host[step.to] = value;
  }

  private fetchTensor(value: DeviceTensor, step: FetchStep): { ticket: Ticket; take: () => HostTensor } {
    const owner = sessionDevice(this.devices, value.device);
    const download = downloadTensor(value, owner);
    reportCopy(this.context, owner, step, 'download', value.memory.range.bytes, this.track(download.ticket));
    return download;
  }

  private async bring(step: BringStep): Promise<void> {
    const value = this.value({ kind: 'slot', slot: step.from, shape: null });
    if (value.dtype !== step.dtype || sizeOf(value.shape) !== sizeOf(step.shape)) {
      throw new InternalError(`internal: ${step.name} was planned as ${step.dtype}${shapeText(step.shape)} and is ${value.dtype}${shapeText(value.shape)}`);
    }
    if (value instanceof DeviceTensor && value.device === step.device) {
      this.setExternal(step.device, step.slot, value.memory.retain());
      return;
    }
    const memory = await bringTensor(value, this.devices, sessionDevice(this.devices, step.device), this.noted(step.name));
    this.setExternal(step.device, step.slot, memory);
  }

  private run(step: RunStep, index: number): void {
    const owner = sessionDevice(this.devices, step.device);
    const slots = this.prepared.plan.devices.find(({ device }) => device === step.device)?.slots ?? [];
    const made = step.makes.map((slot) => {
      const memory = owner.pool.take(slots[slot]?.bytes ?? 0);
      this.setExternal(step.device, slot, memory);
      return memory;
    });
    // A slot that is spent early stays bound: the variable still holds its memory.
    const early = new Map(step.updates.flatMap((update) => update.early.map((spent) => [spent.slot, this.memory(step.device, spent.slot)] as const)));
    for (const update of step.updates) {
      for (const spent of update.early) this.spend(spent);
      const { old, fresh } = this.updates.begin(update, owner);
      this.setExternal(step.device, update.old, old);
      this.setExternal(step.device, update.fresh, fresh);
      made.push(fresh);
    }
    const external: DeviceMemory[] = [];
    const bound = this.lease.bound(index, (slot) => {
      const memory = early.get(slot) ?? this.memory(step.device, slot);
      external.push(memory);
      return memory;
    });
    const ticket = this.track(owner.stream.run(bound, this.overrides(step, index)));
    for (const memory of external) memory.used(ticket);
    for (const memory of made) memory.madeBy(ticket);
    for (const update of step.updates) this.updates.commit(update, this.memory(step.device, update.fresh), ticket);
    const { stats } = this.context;
    if (stats === undefined) return;
    const turn = stats.turn();
    const report = (): void => {
      ticket.times?.forEach((time, i) => {
        // Launches in loops are told as often as they ran.
        const launch = step.loops.length === 0 ? step.launches[i] : step.launches.find(({ nodes }) => nodes[0] === time.nodes[0]);
        // A launch's slots: inputs, outputs, and scratch if it has any.
        const outputs = launch?.slots.slice(launch.program.inputs.length, launch.program.scratch > 0 ? -1 : undefined) ?? [];
        stats.add(step.device, time, launch?.label ?? '', outputs.reduce((sum, slot) => sum + (slots[slot]?.bytes ?? 0), 0), turn);
      });
    };
    // A failed run reports nothing; its error reaches the caller through the ticket.
    ticket.done.then(report, () => undefined);
  }

  private overrides(step: RunStep, index: number): ReadonlyMap<number, LaunchParams> | undefined {
    const dynamic = this.prepared.dynamicLaunches[index] ?? [];
    if (dynamic.length === 0) return undefined;
    const overrides = new Map<number, LaunchParams>();
    for (const i of dynamic) {
      const launch = step.launches[i];
      if (launch?.launchValues === undefined || launch.program.launchFor === undefined) continue;
      const values = launch.launchValues.map((ref) => (ref === undefined ? undefined : this.hostValue(ref)));
      try {
        overrides.set(i, launch.program.launchFor(values, this.context));
      } catch (error) {
        throw error instanceof OpError && error.node === undefined ? attachNode(error, launch.nodes[0] ?? '') : error;
      }
    }
    return overrides;
  }

  private async runHost(step: HostStep | ControlStep): Promise<void> {
    const { context } = this;
    const start = performance.now() * 1000;
    const inputs = step.inputs.map((ref) => this.value(ref));
    const outputs = step.kind === 'control' ? await this.control(step, inputs, context) : await runHostStep(step, inputs, context, this.devices);
    const time = { nodes: step.kind === 'host' ? step.nodes : [step.node.name], start, end: performance.now() * 1000 };
    context.stats?.add(step.device, time, step.node.op, outputs.reduce((sum, output) => sum + bytesOf(output), 0));
    step.outputs.forEach((slot, i) => { this.host[slot] = outputs[i]; });
    releaseAll(outputs.slice(step.outputs.length));
  }

  private track(ticket: Ticket): Ticket {
    if (!ticket.settled) {
      this.context.pending.track(ticket);
      this.tickets.push(ticket);
    }
    return ticket;
  }
}

function bytesOf(value: AnyTensor): number {
  return value instanceof DeviceTensor ? value.memory.range.bytes : value.byteLength;
}

function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}
