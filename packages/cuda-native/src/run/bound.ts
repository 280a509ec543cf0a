/** A sequence over real memory. */
import { InternalError, attachNode, type Bound, type BufferRange, type LaunchTime, type OpError } from '@sessionflow/core/device';
import type { LaunchParams } from '@sessionflow/core/kernels';
import type { Handle } from '../addon/driver.js';
import { isFatal, opErrorOf } from '../addon/errors.js';
import type { CudaDevice } from '../device.js';
import type { StagingBlock } from '../staging.js';
import { commandsOf, type Command } from './commands.js';
import { CudaGraph, enqueueCommand } from './graph.js';
import type { CudaSequence } from './sequence.js';

/** From so many kernels on, one graph launch costs less than launching each. */
const graphFrom = 2;

export type Overrides = ReadonlyMap<number, LaunchParams> | undefined;

export class CudaBound implements Bound {
  isRunning = false;
  private isReleased = false;
  private readonly addresses: readonly number[];
  /** Fault words on the device, and where they are read. */
  private readonly faults: number;
  private readonly faultStaging: StagingBlock | undefined;
  /** By launch, without overrides. */
  private readonly commands: readonly (readonly Command[])[];
  private graph: CudaGraph | undefined;
  private events: readonly Handle[] = [];
  private startedAt = 0;

  constructor(private readonly device: CudaDevice, readonly sequence: CudaSequence, ranges: readonly BufferRange[]) {
    sequence.check(ranges, device.info.limits.alignment);
    this.addresses = sequence.slots.map((_, slot) => device.heap.addressOf(ranges[slot]!));
    this.faults = sequence.faultBytes === 0 ? 0 : device.heap.raw(sequence.faultBytes, 'allocating fault words');
    this.faultStaging = sequence.faultBytes === 0 ? undefined : device.staging.take(sequence.faultBytes);
    this.commands = sequence.launches.map((launch) => commandsOf(launch, this.addresses, this.faults, launch.launch.program.launch));
    device.holders.add(this);
  }

  /** Enqueues everything. Throws an error that names the node of the launch that was refused. */
  enqueue(stream: Handle, overrides: Overrides): void {
    if (this.isReleased) throw new InternalError('internal: a sequence was run after its release.');
    const { driver } = this.device;
    const byLaunch = overrides === undefined || overrides.size === 0 ? this.commands : this.overridden(overrides);
    const bytes = this.sequence.faultBytes;
    this.guard('clearing fault words', this.sequence.nodes, () => { if (bytes > 0) driver.clear(stream, this.faults, bytes); });
    if (this.sequence.timed) this.enqueueTimed(stream, byLaunch);
    else this.enqueueAll(stream, byLaunch);
    const { faultStaging } = this;
    if (faultStaging !== undefined) this.guard('reading fault words', this.sequence.nodes, () => { driver.downloadStaging(stream, faultStaging.handle, this.faults, bytes); });
  }

  /** What the launches reported, once they are over: the first launch in order counts. */
  fault(): OpError | undefined {
    if (this.faultStaging === undefined) return undefined;
    const bytes = new Uint8Array(this.sequence.faultBytes);
    this.device.driver.readStaging(this.faultStaging.handle, bytes);
    const words = new Int32Array(bytes.buffer);
    for (const { launch, faultOffset } of this.sequence.launches) {
      if (faultOffset === undefined) continue;
      const code = words[faultOffset >> 2]!;
      if (code !== 0) return attachNode(launch.program.fault!(code, words[(faultOffset >> 2) + 1]!), launch.nodes[0] ?? '?');
    }
    return undefined;
  }

  /** Of a timed sequence, once it is over. The first launch starts when the run was enqueued, as far as the host can tell. */
  times(): readonly LaunchTime[] {
    const { driver } = this.device;
    const first = this.events[0];
    if (first === undefined) return [];
    const at = this.events.map((event) => this.startedAt + driver.elapsed(first, event));
    return this.sequence.launches.map(({ launch }, i) => ({ nodes: launch.nodes, start: at[i]!, end: at[i + 1]! }));
  }

  release(): void {
    if (this.isReleased) return;
    if (this.graph !== undefined) this.sequence.giveGraph(this.graph);
    this.graph = undefined;
    this.dispose();
  }

  /** Gives everything back to the driver. */
  dispose(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    const { device } = this;
    device.holders.delete(this);
    device.giveBack([
      () => this.graph?.close(),
      ...this.events.map((event) => () => { device.driver.destroyEvent(event); }),
      () => { if (this.faultStaging !== undefined) device.staging.give(this.faultStaging); },
      () => { if (this.faults !== 0) device.heap.rawRelease(this.faults); },
    ]);
  }

  private overridden(overrides: ReadonlyMap<number, LaunchParams>): readonly (readonly Command[])[] {
    return this.sequence.launches.map((launch, i) => {
      const params = overrides.get(i);
      return params === undefined ? this.commands[i]! : commandsOf(launch, this.addresses, this.faults, params);
    });
  }

  private enqueueAll(stream: Handle, byLaunch: readonly (readonly Command[])[]): void {
    const commands = byLaunch.flat();
    const { device } = this;
    if (!device.options.graphs || commands.length < graphFrom) {
      byLaunch.forEach((list, i) => { this.enqueueLaunch(stream, i, list); });
      return;
    }
    const { nodes } = this.sequence;
    const many = nodes.length > 1 ? `running ${nodes.length} nodes as one, from '${nodes[0]}' to '${nodes.at(-1)}'` : 'running';
    this.guard(many, nodes, () => { this.graphOf(commands).launch(stream); });
  }

  /** The graph with these commands in it. */
  private graphOf(commands: readonly Command[]): CudaGraph {
    let graph = this.graph ?? this.sequence.takeGraph();
    this.graph = undefined;
    if (graph !== undefined && !graph.fits(commands)) {
      // An override that leaves a pass out changes the chain.
      graph.close();
      graph = undefined;
    }
    try {
      graph?.update(commands);
    } catch (error) {
      if (isFatal(error)) throw error;
      // A library may do the same in other steps on other memory, and a graph takes no other steps.
      graph?.close();
      graph = undefined;
    }
    return this.graph = graph ?? new CudaGraph(this.device.driver, this.device.context, this.device.captureStream, commands);
  }

  private enqueueTimed(stream: Handle, byLaunch: readonly (readonly Command[])[]): void {
    const { driver, context } = this.device;
    this.guard('taking the time', this.sequence.nodes, () => {
      if (this.events.length === 0) this.events = Array.from({ length: byLaunch.length + 1 }, () => driver.createEvent(context, true));
      this.startedAt = performance.now() * 1000;
      driver.recordEvent(this.events[0]!, stream);
    });
    byLaunch.forEach((list, i) => {
      this.enqueueLaunch(stream, i, list);
      this.guard('taking the time', this.sequence.nodes, () => { driver.recordEvent(this.events[i + 1]!, stream); });
    });
  }

  private enqueueLaunch(stream: Handle, index: number, commands: readonly Command[]): void {
    const { nodes } = this.sequence.launches[index]!.launch;
    this.guard('running', nodes, () => {
      for (const command of commands) enqueueCommand(this.device.driver, stream, command);
    });
  }

  private guard(doing: string, nodes: readonly string[], act: () => void): void {
    try {
      act();
    } catch (error) {
      this.device.noticed(error);
      throw opErrorOf(error, this.device.info, doing, nodes);
    }
  }
}
