/** When values are read last: units are numbered in their order, those inside a loop before the loop's own end. */
import type { LoopPart } from '../lower/item.js';
import type { Unit } from '../lower/lower.js';
import type { Value } from '../lower/value.js';

export interface Lifetimes {
  /** By root value: the number of the last unit that reads it; Infinity for what outlives the units. What a loop reads lives as long as the loop. */
  readonly lastUse: ReadonlyMap<Value, number>;
  readonly numberOf: ReadonlyMap<Unit, number>;
}

export function lifetimes(units: readonly Unit[], kept: readonly Value[]): Lifetimes {
  const lastUse = new Map<Value, number>();
  const numberOf = new Map<Unit, number>();
  let next = 0;
  const read = (value: Value, number: number): void => { lastUse.set(value.root, Math.max(lastUse.get(value.root) ?? 0, number)); };
  const visit = (unit: Unit | LoopPart): void => {
    if (unit.kind === 'loop') for (const part of [...unit.initial, ...unit.condition, ...unit.body]) visit(part);
    const number = next++;
    numberOf.set(unit, number);
    for (const input of unit.inputs) read(input, number);
    if (unit.kind === 'loop') for (const output of unit.outputs) read(output, number);
  };
  for (const unit of units) visit(unit);
  for (const value of kept) lastUse.set(value.root, Infinity);
  return { lastUse, numberOf };
}
