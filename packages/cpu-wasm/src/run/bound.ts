/** A sequence in memory, over real buffers: the list that threads walk. */
import { attachNode, CancelledError, InternalError } from '@sessionflow/core/device';
import type { Bound, BufferRange, LaunchTime , OpError } from '@sessionflow/core/device';
import type { LaunchParams } from '@sessionflow/core/kernels';
import type { Block, Heap } from '../memory.js';
import { command, finished, head, stopped } from './layout.js';
import type { WasmSequence } from './sequence.js';

export type Overrides = ReadonlyMap<number, LaunchParams>;

/** The address of a range; the buffer must be one of this device's. */
export function addressOf({ buffer, offset, bytes }: BufferRange): number {
  const { address } = buffer as Partial<Block>;
  if (address === undefined) throw new InternalError('internal: a buffer of another device was given to the wasm CPU device.');
  if (offset < 0 || bytes < 0 || offset + bytes > buffer.bytes) {
    throw new InternalError(`internal: bytes ${offset} to ${offset + bytes} were asked of a buffer of ${buffer.bytes} bytes.`);
  }
  return address + offset;
}

export class WasmBound implements Bound {
  private readonly block: Block;
  private overrides: Overrides | undefined;
  private isRunning = false;
  private isReleased = false;

  /** `free` takes the block back once no thread can look at it any more. */
  constructor(private readonly heap: Heap, readonly sequence: WasmSequence, ranges: readonly BufferRange[], private readonly free: (block: Block) => void) {
    const { slots, commands, launches, paramOffsets } = sequence;
    if (ranges.length < slots.length) throw new InternalError(`internal: ${ranges.length} buffers were bound to a sequence of ${slots.length} slots.`);
    const addresses = slots.map((bytes, slot) => {
      const range = ranges[slot]!;
      if (range.bytes < bytes) throw new InternalError(`internal: slot ${slot} takes ${bytes} bytes, and was bound to ${range.bytes}.`);
      return addressOf(range) | 0;
    });
    this.block = heap.take(sequence.bytes);
    const base = this.block.address;
    const words = heap.i32;
    const at = base >>> 2;
    words.set(sequence.template, at);
    words[at + (head.commands >> 2)] = (base + head.bytes) | 0;
    words[at + (head.current >> 2)] = finished;
    if (sequence.timed) words[at + (head.times >> 2)] = (base + sequence.timesOffset) | 0;
    for (const [index, plan] of commands.entries()) {
      const entry = at + ((head.bytes + index * command.bytes) >> 2);
      if (plan.kind === 'call') words[entry + (command.params >> 2)] = (base + paramOffsets[plan.launch]!) | 0;
      else if (plan.kind === 'branch') words[entry + (command.target >> 2)] = addresses[plan.test]!;
    }
    for (const [index, { slots: bound }] of launches.entries()) {
      const params = at + (paramOffsets[index]! >> 2);
      for (let i = 0; i < bound.length; i++) words[params + i] = addresses[bound[i]!]!;
    }
  }

  /** Address of the list. */
  get list(): number {
    return this.block.address;
  }

  /** Makes the list ready for one run. */
  begin(overrides: Overrides | undefined): void {
    if (this.isReleased) throw new InternalError('internal: a bound sequence was run after its release.');
    if (this.isRunning) throw new InternalError('internal: a bound sequence was run while it runs.');
    this.isRunning = true;
    const words = this.heap.i32;
    const base = this.list >>> 2;
    words[base + (head.stop >> 2)] = 0;
    words[base + (head.finish >> 2)] = 0;
    const { timed, timesOffset, launches } = this.sequence;
    if (timed) words.fill(0, base + (timesOffset >> 2), base + (timesOffset >> 2) + launches.length * 4);
    if (overrides !== undefined && overrides.size > 0) {
      this.overrides = overrides;
      this.seal(overrides);
      for (const [index, params] of overrides) this.sequence.writeWords(words, base, index, params);
      this.sequence.writeGrids(words, base, overrides);
    }
  }

  /**
   * Opens a command to all threads, from one of its items on: the first one, or where a walk on one thread has paused. A thread that is late
   * from an earlier run may come, too. Call after `begin`.
   */
  open(at: number, item: number): void {
    const words = this.heap.i32;
    const base = this.list >>> 2;
    const step = (words[base + (head.step >> 2)]! + 1) | 0;
    const first = base + ((head.bytes + at * command.bytes) >> 2);
    const call = item / words[first + (command.grain >> 2)]!;
    Atomics.store(words, first + (command.done >> 2), call);
    // The step before the calls: a thread that slept through the run before must never find them free under the step that it remembers.
    Atomics.store(words, first + (command.next >> 2) + 1, step);
    Atomics.store(words, first + (command.next >> 2), (words[first + (command.calls >> 2)]! << 16) | call);
    // While the low word says that the run is over, the high one may change; the low one opens.
    Atomics.store(words, base + (head.step >> 2), step);
    Atomics.store(words, base + (head.current >> 2), at);
  }

  /** Asks the threads to stop between launches. */
  cancel(): void {
    Atomics.compareExchange(this.heap.i32, (this.list + head.stop) >>> 2, 0, stopped.cancelled);
  }

  /** A kernel trapped on this thread, at a command, in a walk with others: stops them (as a worker does in workerMain.ts, which can share no code). */
  trapped(at: number): void {
    const words = this.heap.i32;
    const base = this.list >>> 2;
    if (Atomics.compareExchange(words, base + (head.faultCode >> 2), 0, -1) === 0) Atomics.store(words, base + (head.faultCommand >> 2), at);
    Atomics.compareExchange(words, base + (head.stop >> 2), 0, stopped.trap);
    Atomics.add(words, base + (head.step >> 2), 1);
    Atomics.notify(words, base + (head.step >> 2));
    Atomics.store(words, base + (head.finish >> 2), 1);
    Atomics.sub(words, base + (head.inside >> 2), 1);
  }

  /** Puts the list back as it was and tells how the walk ended. `trapText` says what a kernel trapped on. */
  end(trapText: string): OpError | undefined {
    this.isRunning = false;
    const words = this.heap.i32;
    const base = this.list >>> 2;
    const reason = words[base + (head.stop >> 2)]!;
    let error: OpError | undefined;
    if (reason !== 0) {
      error = this.failure(reason, trapText);
      this.reset();
    }
    if (this.overrides !== undefined) {
      this.seal(this.overrides);
      for (const index of this.overrides.keys()) this.sequence.writeWords(words, base, index, this.sequence.launches[index]!.program.launch);
      this.sequence.writeGrids(words, base, new Map());
      this.overrides = undefined;
    }
    if (this.isReleased) this.free(this.block);
    return error;
  }

  /** Why the walk stopped early; 0 if it did not. */
  get stop(): number {
    return this.heap.i32[(this.list + head.stop) >>> 2]!;
  }

  times(): LaunchTime[] {
    const { launches, timesOffset } = this.sequence;
    const values = new Float64Array(this.heap.memory.buffer, this.list + timesOffset, launches.length * 2);
    return launches.map(({ nodes }, index) => ({ nodes, start: values[2 * index]!, end: values[2 * index + 1]! }));
  }

  /** A list that still runs is freed when its run has ended. */
  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    if (!this.isRunning) this.free(this.block);
  }

  /**
   * Leaves no call of these launches to take, before their grids change: a thread that slept through a run may still look at a command of
   * it, and must find all of it taken.
   */
  private seal(overrides: Overrides): void {
    const words = this.heap.i32;
    const base = this.list >>> 2;
    for (const [index, plan] of this.sequence.commands.entries()) {
      if (plan.kind !== 'call' || !overrides.has(plan.launch)) continue;
      Atomics.store(words, base + ((head.bytes + index * command.bytes + command.next) >> 2), 0);
    }
  }

  private failure(reason: number, trapText: string): OpError {
    const words = this.heap.i32;
    const base = this.list >>> 2;
    if (reason === stopped.cancelled) return new CancelledError('The run was cancelled.');
    const plan = this.sequence.commands[words[base + (head.faultCommand >> 2)]!];
    const launch = plan?.kind === 'call' ? this.sequence.launches[plan.launch] : undefined;
    const node = launch?.nodes[0] ?? '(unknown)';
    if (reason === stopped.trap) return attachNode(new InternalError(`internal: the wasm code trapped: ${trapText}`), node);
    const code = words[base + (head.faultCode >> 2)]!;
    const detail = words[base + (head.faultDetail >> 2)]!;
    const error = launch?.program.fault?.(code, detail) ?? new InternalError(`internal: the wasm code reported fault ${code} (${detail}), which has no text.`);
    return attachNode(error, node);
  }

  /** After a walk that ended early: no thread is in the list any more. */
  private reset(): void {
    const words = this.heap.i32;
    const base = this.list >>> 2;
    for (const offset of [head.stop, head.faultCode, head.faultDetail, head.faultCommand]) words[base + (offset >> 2)] = 0;
    words[base + (head.current >> 2)] = finished;
  }
}
