/** Ragged tensors: values, and splits that say which of them make up a row. */
import type { HostTensor } from '../../hostTensor.js';
import { broadcastShapes, shapeText, sizeOf } from '../../shape.js';
import { copyElements, gathered, zeros } from './copy.js';
import { host } from './define.js';
import { broadcastStrides } from './evaluate/evaluate.js';
import { intsOf, intTensor, invalid, numbersOf, tensorOfNumbers, unitsOf } from './tensors.js';

export const RaggedRange = host(([starts, limits, deltas], { attrs, outputDtypes }) => {
  const args = [starts!, limits!, deltas!];
  const lengths = args.flatMap(({ shape }) => (shape.length === 1 ? [shape[0]!] : []));
  if (args.some(({ shape }) => shape.length > 1)) invalid('starts, limits and deltas must be scalars or vectors');
  if (lengths.some((length) => length !== lengths[0])) invalid('starts, limits, and deltas must have the same shape');
  const { dtype } = starts!;
  const [from, to, by] = [columnOf(starts!), columnOf(limits!), columnOf(deltas!)];
  const splits = [0];
  const rows = lengths[0] ?? 1;
  for (let row = 0; row < rows; row++) {
    const [start, limit, delta] = [at(from, row), at(to, row), at(by, row)];
    if (delta === 0) invalid('Requires delta != 0');
    const isEmpty = delta > 0 ? start >= limit : start <= limit;
    const count = isEmpty ? 0 : Math.ceil(Math.abs((limit - start) / delta));
    if (!(count < 2 ** 63)) invalid('Requires ((limit - start) / delta) <= 9223372036854775807');
    splits.push(splits[row]! + count);
    if (splits[row + 1]! >= (attrs.type('Tsplits') === 'int32' ? 2 ** 31 : 2 ** 63)) {
      invalid('The total range size overflowed. Consider using int64 instead of int32 for row_splits_dtype.');
    }
  }
  const values = new Float64Array(splits[rows]!);
  for (let row = 0; row < rows; row++) {
    let value = at(from, row);
    for (let i = splits[row]!; i < splits[row + 1]!; i++) {
      values[i] = value;
      value = dtype === 'float32' ? Math.fround(value + at(by, row)) : value + at(by, row);
    }
  }
  return [intTensor(attrs.type('Tsplits'), splits), tensorOfNumbers(outputDtypes[1]!, [values.length], values)];
});

interface Column {
  readonly values: ArrayLike<number>;
  readonly isScalar: boolean;
}

const columnOf = (arg: HostTensor): Column => ({ values: numbersOf(arg), isScalar: arg.shape.length === 0 });
const at = ({ values, isScalar }: Column, row: number): number => values[isScalar ? 0 : row]!;

/** Of each element of a dimension, the row that it belongs to. `rows`: how many there are, where they are told by row ids. */
function parentsOf(partition: HostTensor, type: string): number[] {
  const values = intsOf(partition);
  if (type === 'VALUE_ROWIDS') {
    values.forEach((row, i) => { if (i > 0 && row < values[i - 1]!) invalid(`invalid argument to VALUE_ROWIDS: row ids must be sorted, got ${values[i - 1]} before ${row}`); });
    return values;
  }
  if (type !== 'ROW_SPLITS') invalid(`Unsupported partition type: ${type}`);
  if (values.length === 0) invalid('Invalid row split argument: there must be one split');
  return values.slice(1).flatMap((end, row) => {
    if (end < values[row]!) invalid(`Invalid row split argument: splits must not decrease, got ${values[row]} before ${end}`);
    return new Array<number>(end - values[row]!).fill(row);
  });
}

export const RaggedTensorToTensor = host(([shapeArg, values, fallback, ...partitions], { attrs }) => {
  const types = attrs.strings('row_partition_types');
  if (types.length !== partitions.length) invalid(`Expected ${partitions.length} row_partition_types, got ${types.length}`);
  const isCounted = types[0] === 'FIRST_DIM_SIZE';
  const first = intsOf(partitions[0]!);
  const rows = isCounted ? first[0]! : first.length - 1;
  const levels = partitions.slice(isCounted ? 1 : 0).map((partition, i) => parentsOf(partition, types[i + (isCounted ? 1 : 0)]!));
  const element = values!.shape.slice(1);
  const rank = levels.length + 1 + element.length;
  const given = shapeArg!.shape.length === 0 ? new Array<number>(rank).fill(-1) : intsOf(shapeArg!);
  if (given.length !== rank) invalid(`Shape argument has rank ${given.length}, but the ragged tensor has rank ${rank}`);
  if (values!.shape.length === 0) invalid('The values must have one dimension at least.');
  const longest = levels.map((parents) => parents.reduce<readonly [number, number, number]>(([most, run, previous], parent) => {
    const length = parent === previous ? run + 1 : 1;
    return [Math.max(most, length), length, parent];
  }, [0, 0, -1])[0]);
  const shape = [rows, ...longest, ...element].map((dim, axis) => (given[axis]! < 0 ? dim : given[axis]!));
  if (element.some((dim, axis) => shape[levels.length + 1 + axis] !== dim)) invalid(`Shape ${shapeText(given)} does not fit values of shape ${shapeText(values!.shape)}`);
  // Where each element of a level goes in the dense dimensions down to it; -1 where it is cut off.
  let places = Array.from({ length: rows }, (_, row) => (row < shape[0]! ? row : -1));
  levels.forEach((parents, level) => {
    const size = shape[level + 1]!;
    let [previous, position] = [-1, 0];
    places = parents.map((parent) => {
      position = parent === previous ? position + 1 : 0;
      previous = parent;
      const above = places[parent] ?? invalid(`A row id is out of range: ${parent} of ${places.length} rows`);
      return above < 0 || position >= size ? -1 : above * size + position;
    });
  });
  if (places.length !== values!.shape[0]) invalid(`The partitions tell of ${places.length} values, but there are ${values!.shape[0]}`);
  const inner = sizeOf(element);
  const joined = broadcastShapes(element, fallback!.shape);
  if (joined === undefined || joined === null || joined.length !== element.length || joined.some((dim, axis) => dim !== element[axis])) {
    invalid(`default_value.shape=${shapeText(fallback!.shape)} and rt_input.flat_values.shape=${shapeText(values!.shape)} are incompatible`);
  }
  const out = gathered(fallback!, shape, 0, [...shape.slice(0, levels.length + 1).map(() => 0), ...broadcastStrides(fallback!.shape, element)]);
  const [to, from] = [unitsOf(out), unitsOf(values!)];
  places.forEach((place, i) => { if (place >= 0) copyElements(to, place * inner, from, i * inner, inner); });
  return [out];
});

/** Row splits over `count` values. */
function checkSplits(splits: readonly number[], count: number): void {
  splits.forEach((split, i) => {
    if (i > 0 && split < splits[i - 1]!) invalid('Ragged splits must be sorted');
    if (split < 0) invalid('Ragged splits must be non-negative');
    if (split > count) invalid('Ragged splits must not point past values');
  });
}

export const RaggedGather = host((inputs, { attrs }) => {
  const rank = attrs.int('PARAMS_RAGGED_RANK');
  const splits = inputs.slice(0, rank).map(intsOf);
  const [values, indices] = [inputs[rank]!, inputs[rank + 1]!];
  splits.forEach((split, level) => { checkSplits(split, splits[level + 1] === undefined ? (values.shape[0] ?? 0) : splits[level + 1]!.length - 1); });
  const count = splits[0]!.length - 1;
  const { shape } = indices;
  // The dimensions of the indices but the last are rows of one length.
  const regular = shape.slice(0, -1).map((_, axis) => {
    const next = shape[axis + 1]!;
    return Array.from({ length: sizeOf(shape.slice(0, axis + 1)) + 1 }, (__, i) => i * next);
  });
  let chosen = intsOf(indices);
  chosen.forEach((index, i) => { if (index < 0 || index >= count) invalid(`indices[${i}] = ${index} is not in [0, ${count})`); });
  const ragged = splits.map((split) => {
    const own = [0];
    chosen = chosen.flatMap((row) => {
      const [start, end] = [split[row]!, split[row + 1]!];
      own.push(own.at(-1)! + end - start);
      return Array.from({ length: end - start }, (_, i) => start + i);
    });
    return own;
  });
  const element = values.shape.slice(1);
  const inner = sizeOf(element);
  const out = zeros(values.dtype, [chosen.length, ...element]);
  const [to, from] = [unitsOf(out), unitsOf(values)];
  chosen.forEach((row, i) => { copyElements(to, i * inner, from, row * inner, inner); });
  return [...[...regular, ...ragged].map((split) => intTensor(attrs.type('Tsplits'), split)), out];
});
