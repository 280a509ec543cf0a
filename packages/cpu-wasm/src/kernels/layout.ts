/** Shared small code of kernels: reading the launch block, and the loop over items. */
import { detailOffset } from '../abi.js';
import { i32, type FunctionBuilder, type I32, type Local, type Value } from '../asm/index.js';

/** The launch block as a phase function sees it. */
export class LaunchBlock {
  readonly begin: Local<'i32'>;
  readonly end: Local<'i32'>;
  readonly thread: Local<'i32'>;
  private readonly params: Local<'i32'>;

  /** `slots`: how many buffers stand before the words. */
  constructor(readonly f: FunctionBuilder, private readonly slots: number) {
    this.params = f.param('i32', 0);
    this.begin = f.param('i32', 1);
    this.end = f.param('i32', 2);
    this.thread = f.param('i32', 3);
  }

  /** The address of a buffer. */
  address(slot: number): Value<'i32'> {
    if (slot >= this.slots) throw new Error(`internal: slot ${slot} of ${this.slots} was read.`);
    return i32.load(this.params, 4 * slot);
  }

  /** The address of the buffer whose slot number is computed. */
  slotAddress(slot: Value<'i32'>): Value<'i32'> {
    return i32.load(i32.add(this.params, i32.mul(slot, 4)));
  }

  word(index: number): Value<'i32'> {
    return i32.load(this.params, 4 * (this.slots + index));
  }

  /** The address of the words, for tables among them. */
  wordsAt(index: number): Value<'i32'> {
    return i32.add(this.params, 4 * (this.slots + index));
  }

  /** Stores a fault's detail and leaves with its code. */
  fault(code: I32, detail: Value<'i32'>): void {
    this.f.do(i32.store(i32.add(this.params, detailOffset), detail));
    this.f.return(i32.add(code, 0));
  }

  /** Runs `body` for every item of this call. */
  items(body: (item: Local<'i32'>) => void): void {
    const { f } = this;
    f.scope(() => {
      const item = f.let(this.begin);
      f.loop((again) => {
        f.scope(() => body(item));
        f.increase(item, 1);
        f.brIf(again, i32.ltS(item, this.end));
      });
    });
  }
}

/** The words of a launch by name: `words.at('rows')` in code is what `words.pack({ rows: … })` laid down. */
export class Words<Name extends string> {
  constructor(private readonly names: readonly Name[]) {}

  get count(): number {
    return this.names.length;
  }

  index(name: Name): number {
    return this.names.indexOf(name);
  }

  pack(values: Readonly<Record<Name, number>>, more: readonly number[] = []): Int32Array {
    return Int32Array.from([...this.names.map((name) => values[name]), ...more]);
  }

  /** A reader of the words in this block. */
  in(block: LaunchBlock): (name: Name) => Value<'i32'> {
    return (name) => block.word(this.index(name));
  }
}

export const ceilDivide = (x: number, y: number): number => Math.ceil(x / y);
export const roundUp = (x: number, unit: number): number => Math.ceil(x / unit) * unit;

/** min of two signed numbers; operands are computed twice. */
export function minimum(f: FunctionBuilder, x: Value<'i32'>, y: Value<'i32'>): Local<'i32'> {
  const result = f.let(x);
  const other = f.let(y);
  f.if(i32.ltS(other, result), () => f.set(result, other));
  return result;
}

/**
 * Reads a value of each cache line of a range in order, which the processor foresees, before code takes the range in an order that it does not:
 * that code would wait for each line that is not in the level 2 cache.
 */
export function readInOrder(f: FunctionBuilder, from: Value<'i32'>, bytes: Value<'i32'>): void {
  f.scope(() => {
    const at = f.let(from);
    const stop = f.let(i32.add(at, bytes));
    f.while(() => i32.ltU(at, stop), () => {
      f.drop(i32.load(at));
      f.increase(at, 64);
    });
  });
}

export function maximum(f: FunctionBuilder, x: Value<'i32'>, y: Value<'i32'>): Local<'i32'> {
  const result = f.let(x);
  const other = f.let(y);
  f.if(i32.gtS(other, result), () => f.set(result, other));
  return result;
}

/** A grain that leaves at least four calls to each thread where there is more than one, and is at least 1. */
export function clampGrain(items: number, wanted: number, threads: number): number {
  return Math.max(1, threads === 1 ? wanted : Math.min(wanted, ceilDivide(items, 4 * threads)));
}
