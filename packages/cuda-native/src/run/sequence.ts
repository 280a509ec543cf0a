/** Launches recorded as one thing: checked once, replayed as a CUDA graph by each `CudaBound`. */
import { InternalError, type BufferRange, type Launch, type Sequence, type SequenceItem } from '@sessionflow/core/device';
import type { CudaDevice } from '../device.js';
import { CudaExecutable, type Programs } from '../programs.js';
import type { CudaSource } from '../source.js';
import type { CudaGraph } from './graph.js';

/** A launch of the sequence with what a run needs to know of it. */
export interface RecordedLaunch {
  readonly launch: Launch<CudaSource>;
  readonly executable: CudaExecutable;
  /** Where its two fault words lie in the sequence's fault buffer, in bytes; undefined if it reports none. */
  readonly faultOffset: number | undefined;
}

export class CudaSequence implements Sequence {
  readonly owner: Programs;
  readonly launches: readonly RecordedLaunch[];
  /** The nodes of all launches: what an error of the whole names. */
  readonly nodes: readonly string[];
  /** Bytes of fault words. */
  readonly faultBytes: number;
  /** Graphs that no bound sequence uses at the moment: a new one takes them over by giving them its addresses. */
  private readonly idle: CudaGraph[] = [];
  private isReleased = false;

  constructor(
    private readonly device: CudaDevice, items: readonly SequenceItem<CudaSource>[], readonly slots: readonly number[], readonly timed: boolean,
  ) {
    const owner = this.owner = device.programs;
    let faultBytes = 0;
    this.launches = items.map((item): RecordedLaunch => {
      if (item.kind === 'loop') throw new InternalError('internal: a CUDA sequence with a loop, which the device does not offer.');
      const { executable, program, nodes } = item;
      if (!(executable instanceof CudaExecutable) || executable.owner !== owner) throw new InternalError('internal: an executable of another device is launched.');
      for (const slot of item.slots) if (slots[slot] === undefined) throw new InternalError(`internal: slot ${slot} of ${slots.length} in ${nodes.join()}.`);
      const { ready } = executable;
      const reports = ready.kind === 'kernels' && ready.hasFault && program.fault !== undefined;
      const faultOffset = reports ? faultBytes : undefined;
      if (reports) faultBytes += 8;
      return { launch: item, executable, faultOffset };
    });
    this.nodes = this.launches.flatMap(({ launch }) => launch.nodes);
    this.faultBytes = faultBytes;
    device.holders.add(this);
  }

  /** Throws unless each slot has a range that is large enough. */
  check(ranges: readonly BufferRange[], alignment: number): void {
    if (this.isReleased) throw new InternalError('internal: a sequence was bound after its release.');
    this.slots.forEach((bytes, slot) => {
      const range = ranges[slot];
      // An empty value's slot may be planned with one byte and bound to none.
      if (range === undefined || range.bytes < (bytes === 1 ? 0 : bytes)) throw new InternalError(`internal: slot ${slot} needs ${bytes} bytes and is bound to ${range?.bytes ?? 'nothing'}.`);
      if (range.offset % alignment !== 0) throw new InternalError(`internal: slot ${slot} is bound at offset ${range.offset}, not a multiple of ${alignment}.`);
    });
  }

  takeGraph(): CudaGraph | undefined {
    return this.idle.pop();
  }

  giveGraph(graph: CudaGraph): void {
    if (this.isReleased) graph.close();
    else this.idle.push(graph);
  }

  release(): void {
    this.isReleased = true;
    this.dispose();
  }

  /** Gives its idle graphs back to the driver. */
  dispose(): void {
    this.device.holders.delete(this);
    this.device.giveBack(this.idle.splice(0).map((graph) => () => { graph.close(); }));
  }
}
