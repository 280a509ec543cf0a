/** Philox 4×32-10 in grid programs, by 32-bit words: every device has those. The params `key0`, `key1` and `counter0` to `counter3` say where it starts. */
import type { PassBuilder, Variable } from '../../codegen/grid/builder.js';
import { literal, type Value } from '../../codegen/grid/value.js';

const word = (value: number): Value => literal(value >>> 0, 'uint32');

/** A generator's counter, which `next` moves on. */
export interface Counter {
  readonly words: readonly Variable[];
  next(): void;
}

/** The counter that `skip` (and `high` times 2^32) calls leave. Both are int32 whose bits count. */
export function philoxStart(pass: PassBuilder, skip: Value, high?: Value): Counter {
  const words = [0, 1, 2, 3].map((i) => pass.var('counter', pass.param(`counter${i}`).bitcast('uint32')));
  const add = (by: readonly Value[]): void => {
    let carry: Value | undefined;
    words.forEach((variable, i) => {
      const own = by[i];
      const given = carry === undefined ? own! : own === undefined ? carry : pass.let('by', own.add(carry));
      pass.assign(variable, variable.add(given));
      // The parts of a skip are far from 2^32, so adding a carry to one does not overflow.
      carry = pass.let('carry', variable.lt(given).select(word(1), word(0)));
    });
  };
  add([skip.bitcast('uint32'), ...(high === undefined ? [] : [high.bitcast('uint32')])]);
  return { words, next: () => add([word(1)]) };
}

/** Both halves of the product of a word and a constant. */
function multiply(pass: PassBuilder, constant: number, x: Value): { high: Value; low: Value } {
  const [high, low] = [constant >>> 16, constant & 0xffff];
  const [xHigh, xLow] = [pass.let('xHigh', x.shr(word(16))), pass.let('xLow', x.and(0xffff))];
  const lowest = pass.let('lowest', xLow.mul(word(low)).shr(word(16)));
  const middle = pass.let('middle', xHigh.mul(word(low)).add(lowest));
  const other = pass.let('other', xLow.mul(word(high)).add(middle.and(0xffff)));
  return { high: xHigh.mul(word(high)).add(middle.shr(word(16))).add(other.shr(word(16))), low: x.mul(word(constant)) };
}

/** The four words of a counter. */
export function block(pass: PassBuilder, counter: Counter): readonly Value[] {
  const c = counter.words.map((variable) => pass.var('c', variable));
  const key = [pass.var('k', pass.param('key0').bitcast('uint32')), pass.var('k', pass.param('key1').bitcast('uint32'))];
  pass.for('round', 0, 10, () => {
    const [first, second] = [multiply(pass, 0xd2511f53, c[0]!), multiply(pass, 0xcd9e8d57, c[2]!)];
    const made = [second.high.xor(c[1]!).xor(key[0]!), second.low, first.high.xor(c[3]!).xor(key[1]!), first.low].map((value) => pass.let('made', value));
    made.forEach((value, i) => pass.assign(c[i]!, value));
    pass.increase(key[0]!, word(0x9e3779b9));
    pass.increase(key[1]!, word(0xbb67ae85));
  });
  return c.map((variable) => pass.let('sample', variable));
}
