/**
 * Who walks a list: this thread, at once, when the list is so short that waking others would cost more; else the workers; or, while there are
 * none, this thread in slices of some milliseconds with the event loop between them. Workers and slices take one list at a time, in order.
 */
import { InternalError, type OpError } from '@sessionflow/core/device';
import type { Block, Heap } from '../memory.js';
import { soon, TurnWatch } from '../soon.js';
import type { LoadedModule } from '../workers/protocol.js';
import type { WorkerPool } from '../workers/pool.js';
import type { Overrides, WasmBound } from './bound.js';
import { head, place, stopped } from './layout.js';
import { shortMicros } from './sequence.js';
import { imports } from './walker.js';

type Walk = (list: number, place: number, thread: number, budget: number) => number;
type Join = (list: number, place: number, thread: number, sleeps: number) => void;
type Finish = (error?: OpError) => void;

const sliceMillis = 8;
const everything = 0x7fffffff;

const internalError = (error: unknown): InternalError =>
  (error instanceof InternalError ? error : new InternalError(`internal: ${String(error)}`, { cause: error }));
const trapOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class Engine {
  private readonly table = new WebAssembly.Table({ initial: 1, element: 'anyfunc' });
  private readonly importObject: WebAssembly.Imports;
  private readonly walk: Walk;
  private readonly join: Join;
  /** Places of this thread: for lists walked at once, for the list in slices, for lists walked with workers. */
  private readonly places: Block;
  private readonly queue: (() => Promise<void>)[] = [];
  private isBusy = false;
  private readonly turns = new TurnWatch(sliceMillis);
  /** Some list went in slices. */
  private hasSliced = false;
  /** Most threads of any stream so far: so many workers are started ahead. */
  private threads = 1;

  constructor(private readonly heap: Heap, walker: WebAssembly.Module, private pool: WorkerPool | undefined, private readonly onNoWorkers: (reason: string) => void) {
    this.importObject = { [imports.module]: { [imports.memory]: heap.memory, [imports.table]: this.table, [imports.now]: () => performance.now() * 1000 } };
    const { walk, join } = new WebAssembly.Instance(walker, this.importObject).exports;
    this.walk = walk as Walk;
    this.join = join as Join;
    this.places = heap.take(3 * place.bytes);
    heap.u8.fill(0, this.places.address, this.places.address + this.places.bytes);
  }

  /** Instantiates a module on this thread and on every worker. */
  async load(loaded: LoadedModule): Promise<void> {
    const missing = loaded.base + loaded.count - this.table.length;
    if (missing > 0) this.table.grow(missing);
    await WebAssembly.instantiate(loaded.module, this.importObject);
    await new Promise<void>((resolve, reject) => {
      this.enqueue(async () => {
        await this.pool?.load(loaded).catch(reject);
        resolve();
      });
    });
  }

  /** Starts workers ahead of work that will want them. One worker alone makes nothing faster: the second run starts it. */
  warm(micros: number): void {
    if (micros >= shortMicros && this.threads > 1) void this.startPool(this.threads);
  }

  /** Streams of so many threads are about to come. */
  expect(threads: number): void {
    this.threads = Math.max(this.threads, threads);
  }

  /** Takes the memory of a list back once no thread can look at it. */
  retire(block: Block): void {
    if (this.pool === undefined) this.heap.give(block);
    else this.pool.retire(block);
  }

  /** Has `work` done on this thread: now, or, where one such work after the other has kept the event loop from its turn, after that. */
  inTurn(work: () => void): void {
    if (this.turns.isDue) soon(work);
    else work();
  }

  /** Walks a list now. */
  runInline(bound: WasmBound, overrides: Overrides | undefined): OpError | undefined {
    bound.begin(overrides);
    const at = this.places.address;
    const start = performance.now();
    const trap = this.step(bound, at, everything, true);
    bound.sequence.learnAlone((performance.now() - start) * 1000);
    return bound.end(trap ?? '');
  }

  /**
   * Walks a list with workers and this thread as the first of them: for work so short that hearing of its end from others would take a good
   * part of its time. False: the workers are not free.
   */
  runAlong(bound: WasmBound, overrides: Overrides | undefined, threads: number, finish: Finish): boolean {
    const { pool } = this;
    if (this.isBusy || pool?.isReady(threads) !== true || !pool.isIdle) return false;
    let trap: string | undefined;
    const start = performance.now();
    bound.begin(overrides);
    bound.open(0, 0);
    const rest = pool.walkAlong(bound.list, threads, () => { trap = this.help(bound); });
    const over = (): void => {
      bound.sequence.learnShared((performance.now() - start) * 1000, threads);
      finish(bound.end(trap ?? ''));
    };
    if (rest === undefined && (trap !== undefined || bound.stop !== stopped.trap)) over();
    else this.enqueue(async () => {
      try {
        await rest;
        if (bound.stop === stopped.trap) trap ??= await pool.trapText();
        over();
      } catch (error) {
        finish(internalError(error));
      }
    });
    return true;
  }

  /** Walks a list elsewhere or later. `onStart` comes right before it begins, and may say no. */
  run(bound: WasmBound, overrides: Overrides | undefined, threads: number, onStart: () => boolean, finish: Finish): void {
    this.enqueue(async () => {
      const workers = this.workersFor(threads);
      if (!onStart()) {
        finish();
        return;
      }
      try {
        bound.begin(overrides);
        finish(await (workers === undefined ? this.runSliced(bound, threads) : this.runOnWorkers(workers, bound, threads)));
      } catch (error) {
        finish(internalError(error));
      }
    });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.enqueue(async () => resolve()));
    await this.pool?.close();
    this.heap.give(this.places);
  }

  /** The workers, if there are so many; else those that lack are started, if there can be any. */
  private workersFor(threads: number): WorkerPool | undefined {
    if (this.pool?.isReady(threads) === true) return this.pool;
    if (threads > 1 || this.hasSliced) void this.startPool(threads);
    this.hasSliced = true;
    return undefined;
  }

  /** Until the workers are ready, and where there can be none, runs go in slices. */
  private async startPool(threads: number): Promise<void> {
    const { pool } = this;
    try {
      await pool?.start(threads);
    } catch (error) {
      if (this.pool === undefined) return;
      this.pool = undefined;
      this.onNoWorkers(trapOf(error));
      await pool?.close();
    }
  }

  private enqueue(task: () => Promise<void>): void {
    this.queue.push(task);
    if (!this.isBusy) void this.work();
  }

  private async work(): Promise<void> {
    this.isBusy = true;
    for (let task = this.queue.shift(); task !== undefined; task = this.queue.shift()) await task();
    this.isBusy = false;
  }

  private async runOnWorkers(pool: WorkerPool, bound: WasmBound, threads: number, at = 0, item = 0): Promise<OpError | undefined> {
    const start = performance.now();
    bound.open(at, item);
    await pool.walk(bound.list, threads);
    if (at === 0) bound.sequence.learnShared((performance.now() - start) * 1000, threads);
    return bound.end(bound.stop === stopped.trap ? await pool.trapText() : '');
  }

  /** On this thread, with turns of the event loop between slices; workers take over as soon as they are there. */
  private async runSliced(bound: WasmBound, threads: number): Promise<OpError | undefined> {
    const at = this.places.address + place.bytes;
    const start = performance.now();
    let budget = 1;
    let isFirst = true;
    // Runs that end within a slice would otherwise follow each other without a turn in which workers could say that they are there.
    await new Promise<void>(soon);
    for (;;) {
      const sliceEnd = performance.now() + sliceMillis;
      for (let now = performance.now(); now < sliceEnd;) {
        const trap = this.step(bound, at, budget, isFirst);
        isFirst = false;
        if (trap !== undefined) {
          bound.sequence.learnShared((performance.now() - start) * 1000, 1);
          return bound.end(trap);
        }
        // Steps of about a millisecond.
        const taken = performance.now() - now;
        now += taken;
        budget = taken < 0.5 ? Math.min(budget * 2, 1 << 20) : taken > 2 ? Math.max(1, budget >> 1) : budget;
      }
      await new Promise<void>(soon);
      if (this.pool?.isReady(threads) === true) {
        const words = this.heap.i32;
        return this.runOnWorkers(this.pool, bound, threads, words[(at + place.at) >>> 2], words[(at + place.item) >>> 2]);
      }
    }
  }

  /** This thread's part of a walk with others. Undefined: it went well; else the text of a trap. */
  private help(bound: WasmBound): string | undefined {
    const at = this.places.address + 2 * place.bytes;
    try {
      this.join(bound.list, at, 0, 0);
      return undefined;
    } catch (error) {
      bound.trapped(this.heap.i32[(at + place.at) >>> 2]!);
      return trapOf(error);
    }
  }

  /** One call of the walker on this thread. Undefined: paused, there is more to do; else the walk is over, and the text is that of a trap. */
  private step(bound: WasmBound, at: number, budget: number, fromStart: boolean): string | undefined {
    const words = this.heap.i32;
    if (fromStart) {
      words[(at + place.at) >>> 2] = 0;
      words[(at + place.item) >>> 2] = 0;
    }
    try {
      return this.walk(bound.list, at, 0, budget) === stopped.paused ? undefined : '';
    } catch (error) {
      const list = bound.list >>> 2;
      words[list + (head.stop >> 2)] = stopped.trap;
      words[list + (head.faultCommand >> 2)] = words[(at + place.at) >>> 2]!;
      return trapOf(error);
    }
  }
}
