/** Sequences of symbols: edit distances, greedy decoding, sizes of sets. */
import type { HostTensor } from '../../hostTensor.js';
import { shapeText, sizeOf, stridesOf } from '../../shape.js';
import { checkLength, ctcInputs } from './ctcInputs.js';
import { host } from './define.js';
import { intsOf, intTensor, invalid, numbersOf, tensorOfNumbers } from './tensors.js';

/** The symbols of a sparse tensor by row (its index but for the last), in their order. */
function rowsOf(indices: HostTensor, values: HostTensor): Map<string, string[]> {
  const [count = 0, rank = 0] = indices.shape;
  const at = intsOf(indices);
  const rows = new Map<string, string[]>();
  for (let i = 0; i < count; i++) {
    const key = at.slice(i * rank, (i + 1) * rank - 1).join();
    const row = rows.get(key) ?? [];
    row.push(symbolAt(values, i));
    rows.set(key, row);
  }
  return rows;
}

function symbolAt({ dtype, data }: HostTensor, i: number): string {
  return dtype === 'string' ? String.fromCharCode(...(data as Uint8Array[])[i]!) : String((data as Int32Array)[i]);
}

/** Levenshtein's distance, by rows of the table of prefixes. */
function editDistance(a: readonly string[], b: readonly string[]): number {
  let above = b.map((_, i) => i + 1);
  let corner = 0;
  for (const [i, symbol] of a.entries()) {
    let [left, diagonal] = [i + 1, corner];
    above = above.map((up, j) => {
      left = symbol === b[j] ? diagonal : 1 + Math.min(diagonal, left, up);
      diagonal = up;
      return left;
    });
    corner = i + 1;
  }
  return above.at(-1) ?? a.length;
}

function checkSparse(what: string, indices: HostTensor, values: HostTensor, shape: HostTensor): void {
  if (indices.shape.length !== 2) invalid(`${what}_indices should be a matrix, but got shape ${shapeText(indices.shape)}`);
  if (values.shape.length !== 1) invalid(`${what}_values should be a vector, but got shape ${shapeText(values.shape)}`);
  if (shape.shape.length !== 1) invalid(`${what}_shape should be a vector, but got shape ${shapeText(shape.shape)}`);
  if (values.size !== indices.shape[0]) invalid(`${what}_values.NumElements() should equal ${what}_indices.shape[0], but got ${values.size} and ${indices.shape[0]}`);
  if (shape.size !== indices.shape[1]) invalid(`${what}_shape.NumElements() should equal ${what}_indices.shape[1], but got ${shape.size} and ${indices.shape[1]}`);
}

/** Where a row's result goes; an error where there is no such row. */
function placeOf(key: string, shape: readonly number[], strides: readonly number[]): number {
  if (key === '') return 0;
  return key.split(',').reduce((sum, text, axis) => {
    const index = Number(text);
    if (index < 0 || index >= shape[axis]!) invalid(`An index is out of bounds: ${index} of ${shape[axis]} in dimension ${axis}`);
    return sum + index * strides[axis]!;
  }, 0);
}

export const EditDistance = host(([hypothesisIndices, hypothesisValues, hypothesisShape, truthIndices, truthValues, truthShape], { attrs }) => {
  checkSparse('hypothesis', hypothesisIndices!, hypothesisValues!, hypothesisShape!);
  checkSparse('truth', truthIndices!, truthValues!, truthShape!);
  const truthSizes = intsOf(truthShape!);
  if (truthSizes.length !== hypothesisShape!.size) invalid(`Expected hypothesis and truth tensors to have the same rank, but got ${hypothesisShape!.size} and ${truthSizes.length}`);
  if (truthSizes.length < 2) invalid('Input SparseTensors must have rank at least 2, but they are of rank 1');
  const shape = intsOf(hypothesisShape!).slice(0, -1).map((dim, axis) => Math.max(dim, truthSizes[axis]!));
  const strides = stridesOf(shape);
  const out = new Float32Array(sizeOf(shape));
  const [guessed, truth] = [rowsOf(hypothesisIndices!, hypothesisValues!), rowsOf(truthIndices!, truthValues!)];
  for (const key of new Set([...guessed.keys(), ...truth.keys()])) {
    const [a, b] = [guessed.get(key) ?? [], truth.get(key) ?? []];
    const distance = editDistance(a, b);
    out[placeOf(key, shape, strides)] = attrs.bool('normalize') ? distance / b.length : distance;
  }
  return [tensorOfNumbers('float32', shape, out)];
});

export const CTCGreedyDecoder = host(([inputs, lengthsArg], { attrs }) => {
  const { steps, batch, classes, lengths } = ctcInputs(inputs!, lengthsArg!);
  const given = attrs.int('blank_index');
  const blank = given < 0 ? classes + given : given;
  if (blank < 0 || blank >= classes) invalid(`blank_index expected to be between ${-classes} and ${classes - 1} but was ${given}`);
  const x = numbersOf(inputs!);
  const costs = new Float64Array(batch);
  const decoded = lengths.map((length, b) => {
    checkLength(length, b, steps);
    const symbols: number[] = [];
    let previous = -1;
    for (let t = 0; t < length; t++) {
      const row = x.subarray((t * batch + b) * classes, (t * batch + b + 1) * classes);
      let best = 0;
      for (let c = 1; c < classes; c++) if (row[c]! > row[best]!) best = c;
      costs[b]! -= row[best]!;
      if (best !== blank && !(attrs.bool('merge_repeated') && best === previous)) symbols.push(best);
      previous = best;
    }
    return symbols;
  });
  const longest = decoded.reduce((most, { length }) => Math.max(most, length), 0);
  const indices = decoded.flatMap((symbols, b) => symbols.flatMap((_, i) => [b, i]));
  return [
    intTensor('int64', indices, [indices.length / 2, 2]), intTensor('int64', decoded.flat()), intTensor('int64', [batch, longest]),
    tensorOfNumbers(inputs!.dtype, [batch, 1], costs),
  ];
});

export const SetSize = host(([indices, values, shapeArg]) => {
  checkSparse('set', indices!, values!, shapeArg!);
  if (shapeArg!.size < 2) invalid(`Invalid rank ${shapeArg!.size}.`);
  const shape = intsOf(shapeArg!).slice(0, -1);
  const strides = stridesOf(shape);
  const out = new Int32Array(sizeOf(shape));
  for (const [key, symbols] of rowsOf(indices!, values!)) out[placeOf(key, shape, strides)] = new Set(symbols).size;
  return [tensorOfNumbers('int32', shape, out)];
});
