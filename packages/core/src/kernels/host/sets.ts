/** Set operations on the last axis of dense and sparse tensors; results are sorted. */
import type { DType } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { shapeText, sizeOf, stridesOf } from '../../shape.js';
import { copyElements, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { entriesOf, needInside } from './sparse.js';
import { stringsOf } from './strings.js';
import { intsOf, intTensor, invalid, unitsOf } from './tensors.js';

/** Groups of elements by the flat index of all axes but the last; of each element, the place of one that equals it. */
interface Sets {
  readonly lead: readonly number[];
  readonly values: HostTensor;
  readonly groups: ReadonlyMap<number, ReadonlyMap<string, number>>;
}

/** An element as text that is equal for equal elements. */
function keyAt(tensor: HostTensor, i: number): string {
  return tensor.dtype === 'string' ? String.fromCharCode(...stringsOf(tensor)[i]!) : String((tensor.data as Int32Array)[i]);
}

function order(dtype: DType, a: string, b: string): number {
  if (dtype === 'string') return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [BigInt(a), BigInt(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function denseSets(tensor: HostTensor): Sets {
  const lead = tensor.shape.slice(0, -1);
  const width = tensor.shape.at(-1)!;
  const row = (group: number): Map<string, number> => new Map(Array.from({ length: width }, (_, i) => [keyAt(tensor, group * width + i), group * width + i]));
  return { lead, values: tensor, groups: new Map(Array.from({ length: sizeOf(lead) }, (_, group) => [group, row(group)])) };
}

function sparseSets(indices: HostTensor, values: HostTensor, shapeArg: HostTensor, validates: boolean): Sets {
  const shape = intsOf(shapeArg);
  const entries = entriesOf(indices);
  const strides = stridesOf(shape);
  const flat = (index: readonly number[]): number => index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0);
  if (validates) {
    needInside(entries, shape, ({ index, value }) => `indices[${value}] = ${shapeText(index)} is out of bounds: need 0 <= index < ${shapeText(shape)}`);
    entries.forEach(({ index }, i) => {
      const before = entries[i - 1]?.index;
      if (before === undefined) return;
      if (flat(before) === flat(index)) invalid(`indices[${i}] = ${shapeText(index)} is repeated`);
      if (flat(before) > flat(index)) invalid(`indices[${i}] = ${shapeText(index)} is out of order. Many sparse ops require sorted indices.`);
    });
  }
  const lead = shape.slice(0, -1);
  const leadStrides = stridesOf(lead);
  const groups = new Map<number, Map<string, number>>();
  for (const { index, value } of entries) {
    const group = leadStrides.reduce((sum, stride, axis) => sum + index[axis]! * stride, 0);
    const found = groups.get(group) ?? new Map<string, number>();
    groups.set(group, found.set(keyAt(values, value), value));
  }
  return { lead, values, groups };
}

/** Whether a key stays, by where it is. */
function keeperOf(operation: string): (left: boolean, right: boolean) => boolean {
  switch (operation.toLowerCase()) {
    case 'a-b': return (left, right) => left && !right;
    case 'b-a': return (left, right) => right && !left;
    case 'intersection': return (left, right) => left && right;
    case 'union': return () => true;
    default: return invalid(`Invalid set_operation ${operation}.`);
  }
}

function combined(a: Sets, b: Sets, operation: string): readonly HostTensor[] {
  const keeps = keeperOf(operation);
  if (a.lead.join() !== b.lead.join()) invalid(`Mismatched shapes ${shapeText(a.lead)} vs ${shapeText(b.lead)}`);
  const { dtype } = a.values;
  const none: ReadonlyMap<string, number> = new Map();
  const groups = [...new Set([...a.groups.keys(), ...b.groups.keys()])].sort((x, y) => x - y);
  const found = groups.map((group) => {
    const [left, right] = [a.groups.get(group) ?? none, b.groups.get(group) ?? none];
    const keys = [...new Set([...left.keys(), ...right.keys()])].filter((key) => keeps(left.has(key), right.has(key))).sort((x, y) => order(dtype, x, y));
    return { group, elements: keys.map((key) => (left.has(key) ? { from: a.values, place: left.get(key)! } : { from: b.values, place: right.get(key)! })) };
  });
  const total = found.reduce((sum, { elements }) => sum + elements.length, 0);
  const longest = found.reduce((most, { elements }) => Math.max(most, elements.length), 0);
  const out = zeros(dtype, [total]);
  const to = unitsOf(out);
  const strides = stridesOf(a.lead);
  const indices: number[] = [];
  let at = 0;
  for (const { group, elements } of found) {
    elements.forEach(({ from, place }, i) => {
      copyElements(to, at++, unitsOf(from), place, 1);
      indices.push(...a.lead.map((dim, axis) => Math.floor(group / strides[axis]!) % dim), i);
    });
  }
  return [intTensor('int64', indices, [total, a.lead.length + 1]), out, intTensor('int64', [...a.lead, longest])];
}

const operation = (sets: (inputs: readonly HostTensor[], validates: boolean) => readonly [Sets, Sets]): HostCode => host((inputs, { attrs }) => {
  const [a, b] = sets(inputs, attrs.bool('validate_indices'));
  return combined(a, b, attrs.string('set_operation'));
});

export const DenseToDenseSetOperation = operation(([a, b]) => [denseSets(a!), denseSets(b!)]);
export const DenseToSparseSetOperation = operation(([a, indices, values, shape], validates) => [denseSets(a!), sparseSets(indices!, values!, shape!, validates)]);
export const SparseToSparseSetOperation = operation(([i1, v1, s1, i2, v2, s2], validates) => [
  sparseSets(i1!, v1!, s1!, validates), sparseSets(i2!, v2!, s2!, validates),
]);
