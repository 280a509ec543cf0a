/**
 * The loss of connectionist temporal classification and its gradient (Graves et al. 2006, equations 5 to 16), in logarithms, with the last
 * class as the blank.
 */
import type { AttrReader } from '../../graph/attrs.js';
import { shapeText } from '../../shape.js';
import { host } from './define.js';
import { intsOf, invalid, numbersOf, tensorOfNumbers } from './tensors.js';

/** ln(eᵃ + eᵇ). */
export function logSumExp(a: number, b: number): number {
  if (a === -Infinity) return b;
  if (b === -Infinity) return a;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** The labels of each batch, checked as a sparse tensor whose values stand in order. */
function labelsOf(indices: readonly number[], values: readonly number[], batch: number, classes: number): number[][] {
  const rows = Array.from({ length: batch }, (): number[] => []);
  const width = values.reduce((most, _, i) => Math.max(most, indices[2 * i + 1]! + 1), 0);
  let previous = [-1, -1];
  values.forEach((label, i) => {
    const [row, at] = [indices[2 * i]!, indices[2 * i + 1]!];
    const where = `label SparseTensor is not valid: indices[${i}] = [${row},${at}]`;
    if (row < 0 || row >= batch || at < 0) invalid(`${where} is out of bounds: need 0 <= index < [${batch},${width}]`);
    if (row === previous[0] && at === previous[1]) invalid(`${where} is repeated`);
    if (row < previous[0]! || (row === previous[0] && at < previous[1]!)) {
      invalid(`${where} is out of order. Many sparse ops require sorted indices.`);
    }
    previous = [row, at];
    rows[row]!.push(label);
  });
  rows.forEach((row, b) => {
    if (row.length === 0) invalid(`Labels length is zero in batch ${b}`);
    if (row.some((label) => label < 0)) invalid(`All labels must be nonnegative integers, batch: ${b} labels: ${row.join(',')}`);
    const end = row.findIndex((label) => label >= classes - 1);
    if (end >= 0 && row.slice(end).some((label) => label < classes - 1)) {
      invalid(`Saw a non-null label (index >= num_classes - 1) following a null label, batch: ${b} num_classes: ${classes} labels: ${row.join(',')} labels seen so far: ${row.slice(0, end).join(',')}`);
    }
  });
  return rows.map((row) => row.filter((label) => label < classes - 1));
}

/** Logarithms of the probabilities of all beginnings and of all endings of the labels, blanks between them. */
function paths(y: (label: number, t: number) => number, labels: readonly number[], steps: number, blank: number, merges: boolean): { alpha: Float64Array[]; beta: Float64Array[] } {
  const count = labels.length;
  /** Whether a path may go from label u - 2 to u. */
  const skips = (u: number): boolean => u > 1 && labels[u] !== blank && !(merges && labels[u] === labels[u - 2]);
  const stays = (u: number): boolean => merges || labels[u] === blank;
  const rows = (): Float64Array[] => Array.from({ length: steps }, () => new Float64Array(count).fill(-Infinity));
  const [alpha, beta] = [rows(), rows()];
  for (let u = 0; u < Math.min(2, count); u++) alpha[0]![u] = y(labels[u]!, 0);
  for (let t = 1; t < steps; t++) {
    for (let u = 0; u < count; u++) {
      let sum = stays(u) ? alpha[t - 1]![u]! : -Infinity;
      if (u > 0) sum = logSumExp(sum, alpha[t - 1]![u - 1]!);
      if (skips(u)) sum = logSumExp(sum, alpha[t - 1]![u - 2]!);
      alpha[t]![u] = sum + y(labels[u]!, t);
    }
  }
  for (let u = Math.max(0, count - 2); u < count; u++) beta[steps - 1]![u] = 0;
  for (let t = steps - 2; t >= 0; t--) {
    for (let u = 0; u < count; u++) {
      const after = (v: number): number => beta[t + 1]![v]! + y(labels[v]!, t + 1);
      let sum = stays(u) ? after(u) : -Infinity;
      if (u + 1 < count) sum = logSumExp(sum, after(u + 1));
      if (u + 2 < count && skips(u + 2)) sum = logSumExp(sum, after(u + 2));
      beta[t]![u] = sum;
    }
  }
  return { alpha, beta };
}

/** The labels with blanks before, between and after them. */
function withBlanks(labels: readonly number[], blank: number, attrs: AttrReader): number[] {
  const kept = attrs.bool('preprocess_collapse_repeated') ? labels.filter((label, i) => i === 0 || label !== labels[i - 1]) : labels;
  return [blank, ...kept.flatMap((label) => [label, blank])];
}

export const CTCLoss = host(([inputs, indicesArg, valuesArg, lengthsArg], { attrs }) => {
  if (inputs!.shape.length !== 3) invalid('inputs is not a 3-Tensor');
  if (lengthsArg!.shape.length !== 1) invalid('sequence_length is not a vector');
  if (indicesArg!.shape.length !== 2) invalid('labels_indices is not a matrix');
  if (valuesArg!.shape.length !== 1) invalid('labels_values is not a vector');
  const [steps, batch, classes] = inputs!.shape as [number, number, number];
  const lengths = intsOf(lengthsArg!);
  if (lengths.length !== batch) invalid(`len(sequence_length) != batch_size.  len(sequence_length):  ${lengths.length} batch_size: ${batch}`);
  if (indicesArg!.shape[0] !== valuesArg!.shape[0]) {
    invalid(`labels_indices and labels_values must contain the same number of rows, but saw shapes: ${shapeText(indicesArg!.shape)} vs. ${shapeText(valuesArg!.shape)}`);
  }
  if (batch === 0) invalid('batch_size must not be 0');
  lengths.forEach((length, b) => {
    if (length > steps) invalid(`sequence_length(${b}) <= ${steps}`);
    if (length < 0) invalid(`seq_len(${b}) < 0`);
  });
  const labels = labelsOf(intsOf(indicesArg!), intsOf(valuesArg!), batch, classes);
  const x = Float64Array.from(numbersOf(inputs!));
  const loss = new Float64Array(batch);
  const gradient = new Float64Array(x.length);
  const blank = classes - 1;
  lengths.forEach((length, b) => {
    const path = withBlanks(labels[b]!, blank, attrs);
    const needed = (path.length - 1) / 2;
    if (needed > length) {
      if (attrs.bool('ignore_longer_outputs_than_inputs')) return;
      invalid(`Not enough time for target transition sequence (required: ${needed}, available: ${length})${b}` +
        'You can turn this error into a warning by using the flag ignore_longer_outputs_than_inputs');
    }
    if (length === 0) return;
    const at = (t: number): number => (t * batch + b) * classes;
    const totals = Array.from({ length }, (_, t) => {
      const row = x.subarray(at(t), at(t) + classes);
      return row.reduce(logSumExp, -Infinity);
    });
    // A probability that float32 has no normal number for is none.
    const least = inputs!.dtype === 'float32' ? Math.log(2 ** -126) : -Infinity;
    const y = (label: number, t: number): number => (x[at(t) + label]! - totals[t]! < least ? -Infinity : x[at(t) + label]! - totals[t]!);
    const { alpha, beta } = paths(y, path, length, blank, attrs.bool('ctc_merge_repeated'));
    const whole = alpha[0]!.reduce((sum, value, u) => logSumExp(sum, value + beta[0]![u]!), -Infinity);
    loss[b] = -whole;
    for (let t = 0; t < length; t++) {
      const sums = new Float64Array(classes).fill(-Infinity);
      path.forEach((label, u) => (sums[label] = logSumExp(sums[label]!, alpha[t]![u]! + beta[t]![u]!)));
      for (let label = 0; label < classes; label++) {
        gradient[at(t) + label] = Math.exp(y(label, t)) - (whole === -Infinity ? 0 : Math.exp(sums[label]! - whole));
      }
    }
  });
  return [tensorOfNumbers(inputs!.dtype, [batch], loss), tensorOfNumbers(inputs!.dtype, inputs!.shape, gradient)];
});
