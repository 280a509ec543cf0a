/**
 * Runs a prepared plan: walks its steps in order, enqueuing device work without waiting for it. The host waits only where it reads a value
 * that a device is still making. However a run ends, it ends only when everything it enqueued has.
 */
import { storedDType, type Ticket } from '../device/device.js';
import { CancelledError, InternalError, OpError, attachNode } from '../errors.js';
import { AttrReader } from '../graph/attrs.js';
import { HostTensor } from '../hostTensor.js';
import type { LaunchParams } from '../kernels/program.js';
import type { ControlStep, DownloadStep, HostRef, HostStep, RunStep, UploadStep } from '../plan/plan.js';
import { sessionDevice, type Lease, type PreparedPlan, type SessionDevice } from './preparedPlan.js';
import type { RunContext } from './runContext.js';
import { fromStored, toStored } from './storage.js';

/** Runs If, While and calls. */
export type ControlRunner = (step: ControlStep, inputs: readonly HostTensor[], context: RunContext) => Promise<readonly HostTensor[]>;

export interface RunOutcome {
  /** Results that this plan made, by result number; undefined for those that come from the later graph. */
  readonly results: readonly (HostTensor | undefined)[];
  /** The later graph's arguments. */
  readonly captures: readonly HostTensor[];
}

export async function runPlan(
  prepared: PreparedPlan, devices: ReadonlyMap<string, SessionDevice>, args: readonly HostTensor[], context: RunContext, control: ControlRunner,
): Promise<RunOutcome> {
  const lease = prepared.lease();
  const run = new PlanRun(prepared, devices, lease, context, control);
  const stopListening = context.cancellation.onCancel(() => { run.cancel(); });
  try {
    return await run.execute(args);
  } finally {
    stopListening();
    await run.settle();
    prepared.giveBack(lease);
  }
}

class PlanRun {
  private readonly host: (HostTensor | undefined)[];
  /** Tickets of device work that is not known to be done. */
  private readonly pending: Ticket[] = [];
  /** Downloads under way, by host slot. */
  private readonly arriving = new Map<number, { ticket: Ticket; take: () => HostTensor }>();

  constructor(
    private readonly prepared: PreparedPlan, private readonly devices: ReadonlyMap<string, SessionDevice>, private readonly lease: Lease,
    private readonly context: RunContext, private readonly control: ControlRunner,
  ) {
    this.host = new Array<HostTensor | undefined>(prepared.plan.hostSlots);
  }

  async execute(args: readonly HostTensor[]): Promise<RunOutcome> {
    const { plan } = this.prepared;
    plan.args.forEach((arg, i) => { this.host[arg.slot] = args[i]; });
    for (const [index, step] of plan.steps.entries()) {
      if (this.context.cancellation.cancelled) throw new CancelledError('Run call was cancelled');
      switch (step.kind) {
        case 'upload':
          if (this.mustWait(step.from)) await this.arrive(step.from);
          this.upload(step);
          break;
        case 'download':
          this.download(step);
          break;
        case 'run': {
          for (const i of this.prepared.dynamicLaunches[index] ?? []) {
            for (const ref of step.launches[i]?.launchValues ?? []) if (ref !== undefined && this.mustWait(ref)) await this.arrive(ref);
          }
          this.run(step, index);
          break;
        }
        case 'host':
        case 'control':
          for (const ref of step.inputs) if (this.mustWait(ref)) await this.arrive(ref);
          await this.runHost(step);
          break;
        default:
          step satisfies never;
      }
    }
    for (const ticket of this.pending) if (!ticket.settled) await ticket.done;
    const results = plan.results.map((result) => (result.kind === 'later' ? undefined : this.value(result.ref)));
    return { results, captures: plan.later?.captures.map((ref) => this.value(ref)) ?? [] };
  }

  cancel(): void {
    for (const ticket of this.pending) if (!ticket.settled) ticket.cancel();
  }

  /** Waits for everything enqueued, whatever becomes of it. */
  async settle(): Promise<void> {
    for (const ticket of this.pending) if (!ticket.settled) await ticket.done.catch(() => undefined);
  }

  private mustWait(ref: HostRef): boolean {
    return ref.kind === 'slot' && this.arriving.has(ref.slot);
  }

  private async arrive(ref: HostRef): Promise<void> {
    const download = ref.kind === 'slot' ? this.arriving.get(ref.slot) : undefined;
    if (download !== undefined && !download.ticket.settled) await download.ticket.done;
  }

  private value(ref: HostRef): HostTensor {
    if (ref.kind === 'constant') return ref.value;
    const download = this.arriving.get(ref.slot);
    if (download !== undefined) {
      this.host[ref.slot] = download.take();
      this.arriving.delete(ref.slot);
    }
    const value = this.host[ref.slot];
    if (value === undefined) throw new InternalError(`internal: host slot ${ref.slot} is read before it is written`);
    return ref.shape === null || sameDims(ref.shape, value.shape) ? value : new HostTensor(value.dtype, ref.shape, value.data);
  }

  private upload(step: UploadStep): void {
    const { device, stream } = sessionDevice(this.devices, step.device);
    const range = this.lease.ranges.get(step.device)?.[step.slot];
    if (range === undefined) throw new InternalError(`internal: no slot ${step.slot} on ${step.device}`);
    const bytes = toStored(this.value(step.from), storedDType(device.info, step.dtype) ?? step.dtype);
    if (bytes.byteLength > 0) this.track(stream.upload({ ...range, bytes: bytes.byteLength }, bytes));
  }

  private download(step: DownloadStep): void {
    const { device, stream } = sessionDevice(this.devices, step.device);
    const range = this.lease.ranges.get(step.device)?.[step.slot];
    if (range === undefined) throw new InternalError(`internal: no slot ${step.slot} on ${step.device}`);
    const { bytes, take } = fromStored(step.dtype, step.shape, storedDType(device.info, step.dtype) ?? step.dtype);
    if (bytes.byteLength === 0) {
      this.host[step.to] = take();
      return;
    }
    const ticket = stream.download({ ...range, bytes: bytes.byteLength }, bytes);
    this.track(ticket);
    this.arriving.set(step.to, { ticket, take });
  }

  private run(step: RunStep, index: number): void {
    const bound = this.lease.bound[index];
    if (bound === undefined) throw new InternalError(`internal: step ${index} was not bound`);
    const ticket = sessionDevice(this.devices, step.device).stream.run(bound, this.overrides(step, index));
    this.track(ticket);
    const { stats } = this.context;
    if (stats === undefined) return;
    const report = (): void => {
      const slots = this.prepared.plan.devices.find(({ device }) => device === step.device)?.slots ?? [];
      ticket.times?.forEach((time, i) => {
        const launch = step.launches[i];
        // A launch's slots: inputs, outputs, and scratch if it has any.
        const outputs = launch?.slots.slice(launch.program.inputs.length, launch.program.scratch > 0 ? -1 : undefined) ?? [];
        stats.add(step.device, time, launch?.label ?? '', outputs.reduce((sum, slot) => sum + (slots[slot]?.bytes ?? 0), 0));
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
      overrides.set(i, launch.program.launchFor(launch.launchValues.map((ref) => (ref === undefined ? undefined : this.value(ref)))));
    }
    return overrides;
  }

  private async runHost(step: HostStep | ControlStep): Promise<void> {
    const inputs = step.inputs.map((ref) => this.value(ref));
    const { context } = this;
    const start = performance.now() * 1000;
    const outputs = step.kind === 'control' ? await this.control(step, inputs, context) : await hostOutputs(step, inputs, context);
    const time = { nodes: step.kind === 'host' ? step.nodes : [step.node.name], start, end: performance.now() * 1000 };
    context.stats?.add(step.device, time, step.node.op, outputs.reduce((sum, output) => sum + output.byteLength, 0));
    step.outputs.forEach((slot, i) => { this.host[slot] = outputs[i]; });
  }

  private track(ticket: Ticket): void {
    if (ticket.settled) return;
    // Its error is heard where the run waits for it; until then nobody else listens.
    ticket.done.catch(() => undefined);
    this.pending.push(ticket);
  }
}

async function hostOutputs(step: HostStep, inputs: readonly HostTensor[], context: RunContext): Promise<readonly HostTensor[]> {
  const { node } = step;
  try {
    return await step.program.run(inputs, {
      node: node.name, op: node.op, attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`), outputDtypes: node.outputs,
      session: context.session, step: context.step,
      // The platform's signal is made for the few programs that look at it.
      get signal() { return context.cancellation.signal; },
    });
  } catch (error) {
    if (error instanceof OpError) throw error.node === undefined ? attachNode(error, node.name, node.op) : error;
    throw new InternalError(`internal: ${node.op} '${node.name}' failed: ${error instanceof Error ? error.message : String(error)}`, { node: node.name, op: node.op, cause: error });
  }
}

function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}
