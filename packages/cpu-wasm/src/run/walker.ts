/**
 * The walker: a wasm function that every thread runs over the same command list.
 *
 * One command at a time is open. Threads take grains of its items; whoever finishes the last item owns the list for a moment: it runs the short
 * commands that follow itself, decides branches, and opens the next command that is worth sharing. Nobody waits for a thread that holds no
 * grain, so a thread that the system has taken off its core delays the others by one grain at most, and comes back when it can.
 *
 * Threads of even number take a command's grains from the first on, the others from the last: so each works, launch after launch, on what lies
 * in its own cache, and where they meet the faster one has done more. Grains are taken by compare-and-swap of (step, what is left). A step's
 * number never comes again, so a thread that slept through several steps,
 * or through the end of the run and the start of another, cannot take what is not there any more. Threads that find nothing to take spin
 * a little and then sleep (`memory.atomic.wait32`).
 */
import { phaseType } from '../abi.js';
import { atomic, f64, i32, i64, ModuleBuilder, select, type FunctionBuilder, type FunctionRef, type I32, type Label, type Local, type Value } from '../asm/index.js';
import { command, commandFlag, commandKind, finished, head, place, stopped } from './layout.js';

/** Import names shared by the walker and the modules of programs. */
export const imports = { module: 's', memory: 'm', table: 't', now: 'n' } as const;

export interface MemoryImport {
  readonly pages: number;
  readonly shared: boolean;
}

export function importMemory(module: ModuleBuilder, { pages, shared }: MemoryImport): void {
  module.importMemory(imports.module, imports.memory, { initial: 1, maximum: pages, shared });
}

/** Looks at the open command before a thread that has nothing to do sleeps: some 80 µs. Waking it costs 20 to 50 µs, on the path of the others too. */
const waitSpins = 30_000;
/** Nanoseconds after which a sleeping thread looks again by itself, so that a wake-up that the system loses costs time and no more. */
const napNanos = 50_000_000n;

/**
 * A module that exports
 *
 * * `walk(list, place, thread, budget)`: alone, from the position in `place`; after `budget` grains it gives `stopped.paused` with the new
 *   position in `place`, at the end 0, else why it stopped;
 * * `join(list, place, thread, sleeps)`: with others; returns when the run is over for this thread, and tells nothing. A thread that may not
 *   sleep also returns when it has found nothing to do for a while, and the others go on.
 */
export function walkerModule(memory: MemoryImport): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const now = module.importFunction(imports.module, imports.now, { params: [], results: ['f64'] });
  importMemory(module, memory);
  module.importTable(imports.module, imports.table, { initial: 0 });
  module.exportFunction('walk', module.function({ params: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] }, (f) => walkAlone(f, now)));
  module.exportFunction('join', module.function({ params: ['i32', 'i32', 'i32', 'i32'], results: [] }, (f) => walkTogether(f, now)));
  return module.finish();
}

/** What both walks hold in locals. */
interface Walk {
  readonly f: FunctionBuilder;
  readonly now: FunctionRef;
  readonly list: Local<'i32'>;
  readonly here: Local<'i32'>;
  readonly thread: Local<'i32'>;
  readonly commands: Local<'i32'>;
  readonly count: Local<'i32'>;
  readonly times: Local<'i32'>;
  /** Index and address of the command. */
  readonly at: Local<'i32'>;
  readonly entry: Local<'i32'>;
  readonly flags: Local<'i32'>;
  readonly items: Local<'i32'>;
  readonly grain: Local<'i32'>;
  readonly begin: Local<'i32'>;
}

function openWalk(f: FunctionBuilder, now: FunctionRef): Walk {
  const list = f.param('i32', 0);
  return {
    f, now, list,
    here: f.param('i32', 1),
    thread: f.param('i32', 2),
    commands: f.let(i32.load(list, head.commands)),
    count: f.let(i32.load(list, head.count)),
    times: f.let(i32.load(list, head.times)),
    at: f.local('i32'), entry: f.local('i32'), flags: f.local('i32'), items: f.local('i32'), grain: f.local('i32'), begin: f.local('i32'),
  };
}

const stopOf = ({ list }: Walk): Value<'i32'> => atomic.i32.load(list, head.stop);
const hasFlag = ({ flags }: Walk, flag: number): Value<'i32'> => i32.and(flags, flag);

/** Reads the command at `at`. */
function readCommand({ f, commands, at, entry, flags, items, grain }: Walk): void {
  f.set(entry, i32.add(commands, i32.mul(at, command.bytes)));
  f.set(flags, i32.load(entry, command.flags));
  f.set(items, i32.load(entry, command.items));
  f.set(grain, i32.load(entry, command.grain));
}

/** Branches, jumps and the start: moves `at` and goes on to `next`; calls fall through. */
function followControl({ f, at, entry }: Walk, next: Label): void {
  const kind = f.let(i32.load(entry, command.kind));
  f.if(kind, () => {
    f.if(i32.eq(kind, commandKind.jump), () => {
      f.set(at, i32.load(entry, command.params));
      f.br(next);
    });
    f.if(i32.eq(kind, commandKind.branch), () => f.if(i32.eqz(i32.load8U(i32.load(entry, command.target))), () => {
      f.set(at, i32.load(entry, command.params));
      f.br(next);
    }));
    f.increase(at, 1);
    f.br(next);
  });
}

/** Notes the time at the first or last command of a launch, if times are wanted. */
function noteTime(walk: Walk, flag: number, offset: number): void {
  const { f, times, entry, now } = walk;
  f.if(times, () => f.if(hasFlag(walk, flag), () => {
    f.do(f64.store(i32.add(times, i32.shl(i32.load(entry, command.launch), 4)), f.callValue('f64', now), offset));
  }));
}
const noteStart = (walk: Walk): void => noteTime(walk, commandFlag.first, 0);
const noteEnd = (walk: Walk): void => noteTime(walk, commandFlag.last, 8);

/** Calls the kernel for one grain. A fault is recorded, unless another came first, and `onFault` leaves. */
function callGrain(walk: Walk, onFault: () => void): void {
  const { f, list, here, at, entry, begin, items, grain, thread } = walk;
  const end = f.let(i32.add(begin, grain));
  const params = f.let(i32.load(entry, command.params));
  f.do(i32.store(here, at, place.at));
  const fault = f.let(f.callIndirect('i32', phaseType, i32.load(entry, command.target),
    params, begin, select('i32', end, items, i32.ltS(end, items)), thread));
  f.if(fault, () => {
    f.if(i32.eqz(atomic.i32.compareExchange(list, 0, fault, head.faultCode)), () => {
      f.do(i32.store(list, i32.load(i32.sub(params, 4)), head.faultDetail));
      f.do(i32.store(list, at, head.faultCommand));
    });
    f.drop(atomic.i32.compareExchange(list, 0, stopped.fault, head.stop));
    onFault();
  });
}

/** All grains of a command in order, from `begin`; `each` comes before each grain. */
function runGrains(walk: Walk, each: () => void, onFault: () => void): void {
  const { f, begin, items, grain } = walk;
  f.block((done) => f.loop((again) => {
    f.brIf(done, i32.geS(begin, items));
    each();
    callGrain(walk, onFault);
    f.increase(begin, grain);
    f.br(again);
  }));
}

function walkAlone(f: FunctionBuilder, now: FunctionRef): void {
  const walk = openWalk(f, now);
  const { here, at, begin, count } = walk;
  const budget = f.param('i32', 3);
  f.set(at, i32.load(here, place.at));
  f.set(begin, i32.load(here, place.item));
  const leave = (): void => f.return(stopOf(walk));
  f.loop((next) => {
    f.if(i32.geU(at, count), () => f.return(i32.const(0)));
    f.if(stopOf(walk), leave);
    readCommand(walk);
    followControl(walk, next);
    f.if(i32.eqz(begin), () => noteStart(walk));
    runGrains(walk, () => {
      f.if(i32.leS(budget, 0), () => {
        f.do(i32.store(here, at, place.at));
        f.do(i32.store(here, begin, place.item));
        f.return(i32.const(stopped.paused));
      });
      f.increase(budget, -1);
      f.if(stopOf(walk), leave);
    }, leave);
    f.set(begin, 0);
    noteEnd(walk);
    f.increase(at, 1);
    f.br(next);
  });
  f.unreachable();
}

const low = (x: Value<'i64'>): Value<'i32'> => i32.wrapI64(x);
const high = (x: Value<'i64'>): Value<'i32'> => i32.wrapI64(i64.shrU(x, 32n));
const pair = (step: Value<'i32'>, word: I32): Value<'i64'> =>
  i64.or(i64.shl(i64.extendI32U(step), 32n), i64.extendI32U(word));

function walkTogether(f: FunctionBuilder, now: FunctionRef): void {
  const walk = openWalk(f, now);
  const { list, at, entry, begin, grain, thread } = walk;
  const open = f.local('i64');
  const step = f.local('i32');
  const taken = f.local('i64');
  /** The end of what is left, and what taking a grain adds to the word. */
  const left = f.local('i32');
  const change = f.local('i64');
  f.drop(atomic.i32.add(list, 1, head.inside));
  const leave = (): void => {
    f.drop(atomic.i32.sub(list, 1, head.inside));
    f.return();
  };
  /** Closes the run, if no other thread has, and leaves. */
  const halt = (): void => {
    f.if(i64.eq(atomic.i64.compareExchange(list, open, pair(i32.add(step, 1), finished), head.current), open), () => announceEnd(walk));
    leave();
  };
  f.loop((again) => {
    f.set(open, atomic.i64.load(list, head.current));
    f.set(at, low(open));
    f.set(step, high(open));
    f.if(i32.eq(at, finished), leave);
    f.if(stopOf(walk), halt);
    readCommand(walk);
    f.loop((take) => {
      f.set(taken, atomic.i64.load(entry, command.next));
      // Another step by now: look what is open.
      f.brIf(again, i32.ne(high(taken), step));
      f.set(left, low(taken));
      f.set(begin, i32.and(left, 0xffff));
      f.set(left, i32.shrU(left, 16));
      f.if(i32.geU(begin, left), () => {
        waitForChange(walk, open, step, leave);
        f.br(again);
      });
      f.set(change, 1n);
      f.if(i32.and(thread, 1), () => {
        f.set(begin, i32.sub(left, 1));
        f.set(change, -0x10000n);
      });
      f.brIf(take, i64.ne(atomic.i64.compareExchange(entry, taken, i64.add(taken, change), command.next), taken));
      f.set(begin, i32.mul(begin, grain));
      f.if(i32.eqz(i32.load(entry, command.kind)), () => callGrain(walk, halt));
      f.if(i32.eq(i32.add(atomic.i32.add(entry, 1, command.done), 1), i32.load(entry, command.calls)), () => {
        advance(walk, open, step, halt, leave);
        f.br(again);
      });
      f.brIf(take, i32.eqz(stopOf(walk)));
    });
    f.br(again);
  });
}

/** Wakes whoever sleeps on the step. */
function wake({ f, list }: Walk): void {
  f.if(atomic.i32.load(list, head.sleepers), () => f.drop(atomic.notify(list, 0x7fffffff, head.step)));
}

/** Tells the device that the run is over. */
function announceEnd(walk: Walk): void {
  const { f, list } = walk;
  wake(walk);
  f.do(atomic.i32.store(list, 1, head.finish));
  f.drop(atomic.notify(list, 0x7fffffff, head.finish));
}

/** The command is done, and this thread owns the list: runs what is short, opens what is not. Falls out once a command is open to all. */
function advance(walk: Walk, open: Local<'i64'>, step: Local<'i32'>, halt: () => void, leave: () => void): void {
  const { f, list, at, count, entry, begin, items } = walk;
  noteEnd(walk);
  f.increase(at, 1);
  const publish = (word: I32): Value<'i32'> => i64.eq(atomic.i64.compareExchange(list, open, pair(i32.add(step, 1), word), head.current), open);
  f.block((opened) => f.loop((next) => {
    f.if(i32.geU(at, count), () => {
      f.if(publish(finished), () => announceEnd(walk));
      leave();
    });
    f.if(stopOf(walk), halt);
    readCommand(walk);
    followControl(walk, next);
    noteStart(walk);
    f.if(i32.or(hasFlag(walk, commandFlag.serial), i32.eqz(items)), () => {
      f.set(begin, 0);
      runGrains(walk, () => undefined, halt);
      noteEnd(walk);
      f.increase(at, 1);
      f.br(next);
    });
    f.do(i32.store(entry, 0, command.done));
    f.do(atomic.i64.store(entry, pair(i32.add(step, 1), i32.shl(i32.load(entry, command.calls), 16)), command.next));
    // Fails if the run was stopped meanwhile: the loop outside sees it.
    f.if(publish(at), () => wake(walk));
    f.br(opened);
  }));
}

/** Until another command is open: spins, then sleeps or leaves. */
function waitForChange(walk: Walk, open: Local<'i64'>, step: Local<'i32'>, leave: () => void): void {
  const { f, list } = walk;
  const spins = f.let(i32.const(waitSpins));
  f.block((changed) => f.loop((again) => {
    f.brIf(changed, i64.ne(atomic.i64.load(list, head.current), open));
    f.brIf(changed, stopOf(walk));
    f.increase(spins, -1);
    f.brIf(again, i32.gtS(spins, 0));
    f.if(i32.eqz(f.param('i32', 3)), leave);
    f.drop(atomic.i32.add(list, 1, head.sleepers));
    f.drop(atomic.wait32(list, step, napNanos, head.step));
    f.drop(atomic.i32.sub(list, 1, head.sleepers));
  }));
}
