/**
 * The walker: a wasm function that every thread runs over the same command list. Threads take grains of a command's items from a counter,
 * meet at a barrier where the next command may depend on this one, and leave together when a command fails or the run is cancelled.
 *
 * The barrier spins a while and then sleeps (`memory.atomic.wait32`), so a partner that the system has taken off its core costs no core.
 * The last thread to arrive resets the counters before it lets the others go, which is why a list can be walked again, and loop, as it is.
 */
import { atomic, f64, i32, ModuleBuilder, select, type FunctionBuilder, type FunctionType, type I32, type Local } from '../asm/index.js';
import { command, commandFlag, commandKind, head, place, stopped } from './layout.js';

/** The type of every phase function: see abi.ts. */
export const phaseType: FunctionType = { params: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] };

/** Import names shared by the walker and the modules of programs. */
export const imports = { module: 's', memory: 'm', table: 't', now: 'n' } as const;

export interface MemoryImport {
  readonly pages: number;
  readonly shared: boolean;
}

export function importMemory(module: ModuleBuilder, { pages, shared }: MemoryImport): void {
  module.importMemory(imports.module, imports.memory, { initial: 1, maximum: pages, shared });
}

/** Turns of a barrier's spin between looks; some 20 µs in all. */
const barrierSpins = 4000;

/**
 * A module that exports `walk(list, place, thread, threads, budget) → 0 or a reason of `stopped``. One thread walks at most `budget` grains,
 * then stops as `paused` with its position in `place`; with several threads the budget is not looked at and the walk starts at the first command.
 */
export function walkerModule(memory: MemoryImport): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const now = module.importFunction(imports.module, imports.now, { params: [], results: ['f64'] });
  importMemory(module, memory);
  module.importTable(imports.module, imports.table, { initial: 0 });
  const walk = module.function({ params: ['i32', 'i32', 'i32', 'i32', 'i32'], results: ['i32'] }, (f) => {
    const list = f.param('i32', 0);
    const here = f.param('i32', 1);
    const thread = f.param('i32', 2);
    const threads = f.param('i32', 3);
    const budget = f.param('i32', 4);
    const alone = f.let(i32.eq(threads, 1));
    const commands = f.let(i32.load(list, head.commands));
    const count = f.let(i32.load(list, head.count));
    const times = f.let(i32.load(list, head.times));
    const timed = f.let(i32.and(i32.ne(times, 0), i32.eqz(thread)));
    const at = f.let(i32.load(here, place.at));
    const begin = f.let(i32.load(here, place.item));
    const entry = f.local('i32');
    const flags = f.local('i32');
    const launch = f.local('i32');
    const context: Walk = { f, list, here, thread, threads, alone, at, begin, entry, flags, budget };
    f.loop((next) => {
      f.if(i32.geU(at, count), () => f.return(i32.const(0)));
      const stop = f.let(atomic.i32.load(list, head.stop));
      f.if(stop, () => leave(context, stop));
      f.set(entry, i32.add(commands, i32.mul(at, command.bytes)));
      f.set(flags, i32.load(entry, command.flags));
      f.do(i32.store(here, at, place.at));
      const kind = f.let(i32.load(entry, command.kind));
      f.if(i32.eq(kind, commandKind.jump), () => {
        f.set(at, i32.load(entry, command.params));
        f.br(next);
      });
      f.if(i32.eq(kind, commandKind.branch), () => {
        const holds = f.let(i32.load8U(i32.load(entry, command.target)));
        // Nobody may write the bool again before all have read it.
        f.if(i32.eqz(alone), () => barrier(context, false));
        f.set(at, select('i32', i32.add(at, 1), i32.load(entry, command.params), holds));
        f.br(next);
      });
      f.if(timed, () => {
        f.set(launch, i32.add(times, i32.shl(i32.load(entry, command.launch), 4)));
        f.if(i32.and(i32.eqz(begin), i32.and(flags, commandFlag.first)), () => f.do(f64.store(launch, f.callValue('f64', now))));
      });
      f.if(i32.or(alone, i32.and(flags, commandFlag.serial)),
        () => f.if(i32.eqz(thread), () => walkAlone(context)),
        () => walkTogether(context));
      f.set(begin, 0);
      f.if(i32.and(i32.eqz(alone), i32.and(flags, commandFlag.barrier)), () => barrier(context, true));
      f.if(timed, () => f.if(i32.and(flags, commandFlag.last), () => f.do(f64.store(launch, f.callValue('f64', now), 8))));
      f.increase(at, 1);
      f.br(next);
    });
    f.unreachable();
  });
  module.exportFunction('walk', walk);
  return module.finish();
}

interface Walk {
  readonly f: FunctionBuilder;
  readonly list: Local<'i32'>;
  readonly here: Local<'i32'>;
  readonly thread: Local<'i32'>;
  readonly threads: Local<'i32'>;
  readonly alone: Local<'i32'>;
  readonly at: Local<'i32'>;
  readonly begin: Local<'i32'>;
  /** Address of the command. */
  readonly entry: Local<'i32'>;
  readonly flags: Local<'i32'>;
  readonly budget: Local<'i32'>;
}

/** Calls the kernel for [begin, begin + grain) and handles its fault. */
function callGrain(walk: Walk, grain: Local<'i32'>, items: Local<'i32'>): void {
  const { f, entry, begin, thread } = walk;
  const end = f.let(i32.add(begin, grain));
  const params = f.let(i32.load(entry, command.params));
  const fault = f.let(f.callIndirect('i32', phaseType, i32.load(entry, command.target),
    params, begin, select('i32', end, items, i32.ltS(end, items)), thread));
  f.if(fault, () => {
    // The first fault is the run's; later ones of other threads are forgotten.
    f.if(i32.eqz(atomic.i32.compareExchange(walk.list, 0, fault, head.faultCode)), () => {
      f.do(i32.store(walk.list, i32.load(i32.sub(params, 4)), head.faultDetail));
      f.do(i32.store(walk.list, walk.at, head.faultCommand));
    });
    f.drop(atomic.i32.compareExchange(walk.list, 0, stopped.fault, head.stop));
    leave(walk, atomic.i32.load(walk.list, head.stop));
  });
}

/** All items in order; between grains it looks whether to stop or to pause. */
function walkAlone(walk: Walk): void {
  const { f, entry, begin, budget, here } = walk;
  const items = f.let(i32.load(entry, command.items));
  const grain = f.let(i32.load(entry, command.grain));
  f.block((done) => f.loop((again) => {
    f.brIf(done, i32.geS(begin, items));
    f.if(i32.leS(budget, 0), () => {
      f.do(i32.store(here, begin, place.item));
      f.return(i32.const(stopped.paused));
    });
    f.increase(budget, -1);
    callGrain(walk, grain, items);
    f.increase(begin, grain);
    f.brIf(again, i32.eqz(atomic.i32.load(walk.list, head.stop)));
  }));
}

/** Grains from the shared counter until none is left. */
function walkTogether(walk: Walk): void {
  const { f, entry, begin } = walk;
  const items = f.let(i32.load(entry, command.items));
  const grain = f.let(i32.load(entry, command.grain));
  f.block((done) => f.loop((again) => {
    f.set(begin, atomic.i32.add(entry, grain, command.next));
    f.brIf(done, i32.geS(begin, items));
    callGrain(walk, grain, items);
    f.brIf(again, i32.eqz(atomic.i32.load(walk.list, head.stop)));
  }));
}

/** Moves the generation, so that whoever waits looks around. */
function release(walk: Walk): void {
  const { f, list } = walk;
  f.drop(atomic.i32.add(list, 1, head.generation));
  f.if(atomic.i32.load(list, head.sleepers), () => f.drop(atomic.notify(list, 0x7fffffff, head.generation)));
}

/** Returns from the walk early; threads that wait for this one are let go (they will see `stop`). */
function leave(walk: Walk, reason: I32): void {
  const { f, alone } = walk;
  f.if(i32.eqz(alone), () => release(walk));
  f.return(typeof reason === 'number' ? i32.const(reason) : reason);
}

/** Waits until all threads are here. The last one resets the command's counter if `counted`. */
function barrier(walk: Walk, counted: boolean): void {
  const { f, list, threads } = walk;
  const generation = f.let(atomic.i32.load(list, head.generation));
  const isLast = i32.eq(atomic.i32.add(list, 1, head.arrived), i32.sub(threads, 1));
  f.if(isLast, () => {
    if (counted) f.do(i32.store(walk.entry, 0, command.next));
    f.do(atomic.i32.store(list, 0, head.arrived));
    release(walk);
  }, () => {
    const spins = f.let(i32.const(barrierSpins));
    f.block((met) => f.loop((again) => {
      f.brIf(met, i32.ne(atomic.i32.load(list, head.generation), generation));
      const stop = f.let(atomic.i32.load(list, head.stop));
      f.if(stop, () => leave(walk, stop));
      f.increase(spins, -1);
      f.brIf(again, i32.gtS(spins, 0));
      f.drop(atomic.i32.add(list, 1, head.sleepers));
      f.drop(atomic.wait32(list, generation, -1n, head.generation));
      f.drop(atomic.i32.sub(list, 1, head.sleepers));
      f.set(spins, 1);
      f.br(again);
    }));
  });
}
