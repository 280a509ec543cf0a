/**
 * The device's workers. They start when work for them first comes, keep no process alive while they are idle, and walk one list at a time,
 * all together or the first few of them. This thread only gives orders and hears when the last of them has finished.
 */
import { InternalError } from '@sessionflow/core/device';
import type { Block, Heap } from '../memory.js';
import { head, place, stopped } from '../run/layout.js';
import type { FromWorker, LoadedModule, ToWorker } from './protocol.js';
import { spawnWorker, type WorkerHandle } from './spawn.js';

/** Looks at the order word before a worker sleeps: some 20 µs. */
const idleSpins = 2000;

/** How often a walk is looked after, so that a wake-up that the system loses costs time and no more. */
const watchMillis = 50;

interface WaitAsync {
  waitAsync?(words: Int32Array, index: number, value: number): { readonly async: boolean; readonly value: Promise<unknown> | string };
}

/** A promise with its ends in hand. */
class Deferred<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: Error) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Whoever cares awaits it; a failure that nobody waits for must not end the process.
    this.promise.catch(() => undefined);
  }
}

interface Member {
  readonly handle: WorkerHandle;
  /** Settled when it listens to orders again. */
  ready: Deferred<void>;
  /** How many of the pool's modules it has been sent. */
  loaded: number;
}

export class WorkerPool {
  private readonly members: Member[] = [];
  private readonly modules: LoadedModule[] = [];
  private readonly area: Block;
  /** Workers that were asked for, and those that take part in walks. */
  private wanted = 0;
  private ready = 0;
  private starting: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;
  private failure: Error | undefined;
  private walking: Deferred<void> | undefined;
  private list = 0;
  /** How many orders each worker was given. */
  private readonly orders: number[];
  private readonly retired: { readonly block: Block; readonly orders: readonly number[] }[] = [];
  private trapped: Deferred<string> = new Deferred();
  /** Runs while there are walks: looks after them. */
  private watch: ReturnType<typeof setInterval> | undefined;
  private isWatchIdle = false;

  constructor(private readonly heap: Heap, private readonly walker: WebAssembly.Module, readonly size: number) {
    this.area = heap.take(size * place.bytes);
    this.orders = new Array<number>(size).fill(0);
    heap.u8.fill(0, this.area.address, this.area.address + this.area.bytes);
  }

  /** Starts workers until there are `threads`. Rejects where there can be none. */
  start(threads: number): Promise<void> {
    const from = this.wanted;
    if (threads > from) {
      this.wanted = threads;
      this.starting = this.starting.then(() => this.startSome(from, threads));
    }
    return this.starting;
  }

  /** Whether so many workers can walk now. */
  isReady(threads: number): boolean {
    return this.ready >= threads;
  }

  /** Puts a module's functions into the table of every worker; those that have not started get it before they are ready. Not during a walk. */
  async load(module: LoadedModule): Promise<void> {
    this.modules.push(module);
    await this.update(0, this.ready);
  }

  /**
   * Walks a list on the first `threads` workers (all ready). Resolves when the run is over; its head says how. Rejects if a worker is
   * lost. A worker may still look at the list afterwards, so its memory goes back through `retire`.
   */
  walk(list: number, threads: number): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.trapped = new Deferred();
    for (let thread = 0; thread < threads; thread++) this.order(thread, list);
    return this.attend(list);
  }

  /**
   * Walks a list with this thread in the place of the first worker: `help` does its part, and throws nothing. Undefined: the run is over;
   * else `help` found nothing more to do, and the promise is that of `walk`. Call only while the first worker `isIdle`.
   */
  walkAlong(list: number, threads: number, help: () => void): Promise<void> | undefined {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.trapped = new Deferred();
    for (let thread = 1; thread < threads; thread++) this.order(thread, list);
    help();
    this.list = list;
    if (!this.isFinished || this.isStopping) return this.attend(list);
    this.sweep();
    return undefined;
  }

  /** Whether the first worker is done with all orders, and looks at no list. */
  get isIdle(): boolean {
    return Atomics.load(this.heap.i32, (this.placeOf(0) + place.answered) >>> 2) === this.orders[0];
  }

  /** Hears of the end of a run that is under way. */
  private attend(list: number): Promise<void> {
    const walking = new Deferred<void>();
    this.walking = walking;
    this.list = list;
    this.hold(true);
    this.listen();
    this.isWatchIdle = false;
    this.watch ??= this.startWatch();
    return walking.promise;
  }

  /** Gives a list's memory back to the heap once no worker can look at it. */
  retire(block: Block): void {
    this.retired.push({ block, orders: [...this.orders] });
    this.sweep();
  }

  /** The text of the trap that ended the last walk: it comes by message, maybe a little later than the end of the walk. */
  async trapText(): Promise<string> {
    this.hold(true);
    const text = await this.trapped.promise;
    this.hold(false);
    return text;
  }

  /** Ends the workers, whatever they do. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    this.fail(new InternalError('internal: the device was closed during a walk.'));
    clearInterval(this.watch);
    await this.starting.catch(() => undefined);
    await Promise.all(this.members.splice(0).map((member) => member.handle.terminate()));
    for (const { block } of this.retired.splice(0)) this.heap.give(block);
    this.heap.give(this.area);
  }

  /** Gives back what every worker is done with. */
  private sweep(): void {
    if (this.retired.length === 0) return;
    const words = this.heap.i32;
    const answered = this.orders.map((_, thread) => Atomics.load(words, (this.placeOf(thread) + place.answered) >>> 2));
    for (let index = this.retired.length - 1; index >= 0; index--) {
      const { block, orders } = this.retired[index]!;
      if (orders.some((order, thread) => ((answered[thread]! - order) | 0) < 0)) continue;
      this.retired.splice(index, 1);
      this.heap.give(block);
    }
  }

  private placeOf(thread: number): number {
    return this.area.address + thread * place.bytes;
  }

  /** The interval ends after one turn without a walk; it keeps no process alive. */
  private startWatch(): ReturnType<typeof setInterval> {
    const watch = setInterval(() => {
      if (this.walking !== undefined) {
        this.members.forEach((_, thread) => this.wake(thread));
        this.lookForEnd();
        return;
      }
      if (this.isWatchIdle) {
        clearInterval(watch);
        this.watch = undefined;
      }
      this.isWatchIdle = true;
    }, watchMillis);
    (watch as { unref?: () => void }).unref?.();
    return watch;
  }

  /** Has `lookForEnd` called when the list's `finish` word is touched. */
  private listen(): void {
    const waited = (Atomics as WaitAsync).waitAsync?.(this.heap.i32, (this.list + head.finish) >>> 2, 0);
    if (waited?.async === true) void (waited.value as Promise<unknown>).then(() => {
      // A worker may have been late in telling of the run before, whose end was seen without it.
      if (this.walking !== undefined && !this.isFinished) this.listen();
      else this.lookForEnd();
    });
    else if (waited !== undefined) this.lookForEnd();
  }

  private get isFinished(): boolean {
    return Atomics.load(this.heap.i32, (this.list + head.finish) >>> 2) !== 0;
  }

  /** Whether the run was stopped, and threads are still in the list. */
  private get isStopping(): boolean {
    const words = this.heap.i32;
    return Atomics.load(words, (this.list + head.stop) >>> 2) !== 0 && Atomics.load(words, (this.list + head.inside) >>> 2) !== 0;
  }

  /** The run is over when its list says so, and, if it stopped early, when nobody is in it any more. */
  private lookForEnd(): void {
    const { walking } = this;
    if (walking === undefined || !this.isFinished) return;
    if (this.isStopping) {
      setTimeout(() => this.lookForEnd(), 0);
      return;
    }
    this.walking = undefined;
    this.hold(false);
    this.sweep();
    walking.resolve();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const member of this.members) member.ready.reject(error);
    this.trapped.reject(error);
    if (this.walking !== undefined) this.hold(false);
    this.walking?.reject(error);
    this.walking = undefined;
  }

  private hold(on: boolean): void {
    this.members[0]?.handle.hold(on);
  }

  /** An order that comes while the worker is not done with the one before replaces it: that list is over, or goes on without this worker. */
  private order(thread: number, list: number): void {
    const words = this.heap.i32;
    const at = this.placeOf(thread);
    this.orders[thread] = (this.orders[thread]! + 1) | 0;
    Atomics.store(words, (at + place.list) >>> 2, list | 0);
    Atomics.store(words, (at + place.order) >>> 2, this.orders[thread]);
    this.wake(thread);
  }

  /** A worker that is about to sleep finds that the order word has moved; only one that sleeps needs waking. */
  private wake(thread: number): void {
    const words = this.heap.i32;
    const at = this.placeOf(thread);
    if (Atomics.load(words, (at + place.asleep) >>> 2) === 1) Atomics.notify(words, (at + place.order) >>> 2);
  }

  private async startSome(from: number, to: number): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    try {
      for (let thread = from; thread < to; thread++) this.members.push(this.startOne(thread));
      const started = this.members.slice(from, to);
      started.forEach((member) => member.handle.hold(true));
      await Promise.all(started.map((member) => member.ready.promise));
      started.forEach((member) => member.handle.hold(false));
      while (started.some(({ loaded }) => loaded < this.modules.length)) await this.update(from, to);
      this.ready = to;
    } catch (error) {
      const failure = error instanceof Error ? error : new InternalError(String(error));
      this.fail(failure);
      this.ready = 0;
      await Promise.all(this.members.splice(0).map((member) => member.handle.terminate()));
      throw failure;
    }
  }

  private startOne(thread: number): Member {
    const handle = spawnWorker({
      onMessage: (message) => this.receive(member, message),
      onError: (text) => this.fail(new InternalError(`internal: worker ${thread} of the wasm CPU device failed: ${text}`)),
    });
    const member: Member = { handle, ready: new Deferred(), loaded: this.modules.length };
    this.post(member, thread, {
      kind: 'start',
      memory: this.heap.memory,
      walker: this.walker,
      modules: [...this.modules],
      thread,
      place: this.placeOf(thread),
      head,
      layout: place,
      trapReason: stopped.trap,
      timeOrigin: performance.timeOrigin,
      spins: idleSpins,
      byMessage: (Atomics as WaitAsync).waitAsync === undefined,
    });
    return member;
  }

  private post(member: Member, thread: number, message: ToWorker): void {
    Atomics.add(this.heap.i32, (this.placeOf(thread) + place.messages) >>> 2, 1);
    member.handle.post(message);
  }

  /** Sends some workers what they lack, and an order that makes them look for messages. */
  private async update(from: number, to: number): Promise<void> {
    const waiting: Member[] = [];
    for (let thread = from; thread < to; thread++) {
      const member = this.members[thread]!;
      if (member.loaded === this.modules.length) continue;
      waiting.push(member);
      const modules = this.modules.slice(member.loaded);
      member.loaded = this.modules.length;
      member.ready = new Deferred();
      member.handle.hold(true);
      this.post(member, thread, { kind: 'modules', modules });
      this.order(thread, 0);
    }
    await Promise.all(waiting.map((member) => member.ready.promise));
    for (const member of waiting) member.handle.hold(false);
  }

  private receive(member: Member, message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        member.ready.resolve();
        return;
      case 'left':
        this.lookForEnd();
        return;
      case 'trap':
        this.trapped.resolve(message.text);
        return;
      case 'failed':
        this.fail(new InternalError(`internal: a worker of the wasm CPU device could not load its code: ${message.text}`));
        return;
      default:
        return message satisfies never;
    }
  }
}
