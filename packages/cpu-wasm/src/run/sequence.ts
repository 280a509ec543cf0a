/**
 * A sequence laid out as the walker wants it: commands, parameter blocks and their place in one block of memory, all but the addresses.
 * Binding copies this template and fills the addresses in.
 */
import { InternalError } from '@sessionflow/core/device';
import type { Launch, Sequence, SequenceItem } from '@sessionflow/core/device';
import type { LaunchParams } from '@sessionflow/core/kernels';
import type { WasmSource } from '../abi.js';
import { command, commandFlag, commandKind, head, maxCalls } from './layout.js';
import type { WasmExecutable } from '../programs.js';

interface Call {
  readonly kind: 'call';
  readonly func: number;
  readonly launch: number;
  readonly phase: number;
  readonly first: boolean;
  readonly last: boolean;
}

/** Goes on to `target` when the bool in slot `test` is false. */
interface Branch {
  readonly kind: 'branch';
  readonly test: number;
  target: number;
}

interface Jump {
  readonly kind: 'jump';
  readonly target: number;
}

/** The first command: whoever takes it opens the list. */
interface Start {
  readonly kind: 'start';
}

export type CommandPlan = Call | Branch | Jump | Start;

/** One thread's rough pace before anything is measured, per microsecond. */
export const flopsPerMicro = 12_000;
const bytesPerMicro = 6_000;
const microsPerLaunch = 0.15;

/** Sequences that take one thread less are short: where others could help it, and where none do. */
export const shortMicros = 60;
const shortAloneMicros = 1000;
/** Those that workers finished in so many times that time, all threads together, may be short. */
const trialFactor = 6;
/** Those that take one thread less are modest: the calling thread may work at them without holding up its event loop for long. */
const modestMicros = 2000;

/** The first runs wait for compilers: so many count for nothing against the estimate. */
const patience = 4;

/** Largest item number: counters run past the end by a grain per thread and must stay positive. */
const maxItems = 2 ** 30;

export class WasmSequence implements Sequence {
  readonly commands: CommandPlan[] = [{ kind: 'start' }];
  readonly launches: Launch<WasmSource>[] = [];
  /** Offset of each launch's parameter block from the start of the list. */
  readonly paramOffsets: number[] = [];
  readonly bytes: number;
  /** Where the times stand, or 0. */
  readonly timesOffset: number;
  readonly template: Int32Array;
  /** Microseconds on one thread: first estimated from work and bytes. Infinite where a loop may run on. */
  estimate = 0;
  /** What runs on the calling thread took; undefined before the first. */
  private alone: number | undefined;
  /** What the last run on workers would have taken one thread at most. */
  private shared = Infinity;
  private runs = 0;
  isReleased = false;

  constructor(items: readonly SequenceItem<WasmSource>[], readonly slots: readonly number[], readonly timed: boolean) {
    this.flatten(items);
    let offset = head.bytes + this.commands.length * command.bytes;
    for (const { program, slots: bound } of this.launches) {
      // The word before the block takes a fault's detail.
      offset += 16;
      this.paramOffsets.push(offset);
      offset += Math.ceil((bound.length + program.launch.words.length) / 4) * 16;
    }
    this.timesOffset = timed ? offset : 0;
    if (timed) offset += this.launches.length * 16;
    this.bytes = offset;
    this.template = new Int32Array(offset >> 2);
    this.template[head.count >> 2] = this.commands.length;
    for (const [index, plan] of this.commands.entries()) this.writeCommand(index, plan);
    for (const index of this.launches.keys()) this.writeWords(this.template, 0, index, this.launches[index]!.program.launch);
    this.writeGrids(this.template, 0, new Map());
  }

  release(): void {
    this.isReleased = true;
  }

  /** Writes the words of launch `index` behind its addresses, into the list that starts at word `base`. */
  writeWords(words: Int32Array, base: number, index: number, { words: given }: LaunchParams): void {
    const { slots, program, nodes } = this.launches[index]!;
    if (given.length > program.launch.words.length) {
      throw new InternalError(`internal: launch '${nodes[0] ?? ''}' takes ${program.launch.words.length} words, and was given ${given.length}.`);
    }
    words.set(given, base + (this.paramOffsets[index]! >> 2) + slots.length);
  }

  /** Writes items, grains and flags of all calls. */
  writeGrids(words: Int32Array, base: number, overrides: ReadonlyMap<number, LaunchParams>): void {
    for (const [index, plan] of this.commands.entries()) {
      if (plan.kind !== 'call') continue;
      const [items, grain] = this.gridOf(plan, overrides.get(plan.launch));
      const at = base + ((head.bytes + index * command.bytes) >> 2);
      words[at + (command.items >> 2)] = items;
      words[at + (command.grain >> 2)] = grain;
      words[at + (command.calls >> 2)] = Math.ceil(items / grain);
      words[at + (command.flags >> 2)] = (items <= grain ? commandFlag.serial : 0) | (plan.first ? commandFlag.first : 0) | (plan.last ? commandFlag.last : 0);
    }
  }

  /**
   * Whether one thread walks it in so little time that handing it to `threads` others would cost more. What the workers took tells only an
   * upper bound, since their waking is in it, so a sequence that they finish quickly is tried on this thread now and then.
   */
  isShort(threads: number): boolean {
    const limit = threads === 1 ? shortAloneMicros : shortMicros;
    if ((this.runs < patience ? Math.min(this.estimate, this.alone ?? Infinity) : (this.alone ?? this.estimate)) < limit) return true;
    return this.estimate !== Infinity && this.shared < trialFactor * limit && (this.runs & 63) === 8;
  }

  /** Whether the calling thread may walk it with others. */
  get isModest(): boolean {
    return this.estimate !== Infinity && Math.min(this.runs < patience ? this.estimate : Infinity, this.alone ?? Infinity, this.shared) < modestMicros;
  }

  /** Takes a run on the calling thread into account (microseconds). The best runs count most: others waited for something. */
  learnAlone(micros: number): void {
    this.runs++;
    this.alone = this.alone === undefined || micros < this.alone ? micros : this.alone + (micros - this.alone) / 8;
  }

  learnShared(micros: number, threads: number): void {
    this.runs++;
    this.shared = micros * threads;
  }

  private gridOf({ launch, phase }: Call, override: LaunchParams | undefined): readonly [number, number] {
    const { grid } = override ?? this.launches[launch]!.program.launch;
    const items = grid[2 * phase] ?? 0;
    const grain = Math.max(1, grid[2 * phase + 1] ?? 1);
    if (!(items >= 0 && items <= maxItems)) {
      throw new InternalError(`internal: launch '${this.launches[launch]!.nodes[0] ?? ''}' asks for ${items} items; a grid holds 0 to ${maxItems}.`);
    }
    return [items, Math.max(Math.ceil(items / maxCalls), Math.min(grain, maxItems / 64))];
  }

  private flatten(items: readonly SequenceItem<WasmSource>[]): void {
    for (const item of items) {
      if (item.kind === 'launch') this.addLaunch(item);
      else {
        const start = this.commands.length;
        this.flatten(item.condition);
        const branch: Branch = { kind: 'branch', test: item.test, target: 0 };
        this.commands.push(branch);
        this.flatten(item.body);
        this.commands.push({ kind: 'jump', target: start });
        branch.target = this.commands.length;
        this.estimate = Infinity;
      }
    }
  }

  private addLaunch(item: Launch<WasmSource>): void {
    const { functions } = item.executable as WasmExecutable;
    const launch = this.launches.length;
    this.launches.push(item);
    const last = functions.length - 1;
    functions.forEach((func, phase) => this.commands.push({ kind: 'call', func, launch, phase, first: phase === 0, last: phase === last }));
    let bytes = 0;
    for (const slot of item.slots) bytes += this.slots[slot] ?? 0;
    this.estimate += microsPerLaunch + Math.max(item.program.flops / flopsPerMicro, bytes / bytesPerMicro);
  }

  private writeCommand(index: number, plan: CommandPlan): void {
    const at = (head.bytes + index * command.bytes) >> 2;
    const words = this.template;
    words[at] = commandKind[plan.kind];
    switch (plan.kind) {
      case 'start':
        words[at + (command.items >> 2)] = 1;
        words[at + (command.grain >> 2)] = 1;
        words[at + (command.calls >> 2)] = 1;
        break;
      case 'call':
        words[at + (command.target >> 2)] = plan.func;
        words[at + (command.launch >> 2)] = plan.launch;
        break;
      case 'branch':
      case 'jump':
        words[at + (command.params >> 2)] = plan.target;
        break;
      default:
        plan satisfies never;
    }
  }
}
