/**
 * Einsum in smaller ops, for one or two operands without repeated labels: labels that only one operand has are summed away first, then
 * both are brought into [batch…, own…, contracted] order and multiplied as matrices (or elementwise when nothing is contracted). The
 * dimensions under an ellipsis are batch dimensions, which broadcast.
 */
import type { AttrReader } from '../graph/attrs.js';
import { inputOf, known, one, reduce, reshape, transpose } from './bodies.js';
import type { BodyBuilder, BodyValue, OpBody } from './opDef.js';
import { expandEllipsis, outputLabels, parseEquation } from './shapes/einsum.js';
import { sizeOf, type Shape } from '../shape.js';

/** A value whose axes have labels. */
interface Labelled {
  readonly value: BodyValue;
  readonly labels: readonly string[];
  readonly shape: Shape;
}

const sizeAt = (operand: Labelled, label: string): number => operand.shape[operand.labels.indexOf(label)] ?? 1;

/** Sums away the labels that `keep` does not hold. */
function summed(b: BodyBuilder, operand: Labelled, keep: ReadonlySet<string>): Labelled {
  const axes = operand.labels.flatMap((label, axis) => (keep.has(label) ? [] : [axis]));
  if (axes.length === 0) return operand;
  const labels = operand.labels.filter((label) => keep.has(label));
  return { value: reduce(b, 'Sum', operand.value, axes, false), labels, shape: labels.map((label) => sizeAt(operand, label)) };
}

/** The operand with its axes in this order of labels (all of them). */
function ordered(b: BodyBuilder, operand: Labelled, labels: readonly string[]): BodyValue {
  return transpose(b, operand.value, labels.map((label) => operand.labels.indexOf(label)));
}

function productOf(b: BodyBuilder, left: Labelled, right: Labelled, wanted: ReadonlySet<string>): Labelled {
  const isEllipsis = (label: string): boolean => label.startsWith('.');
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const ellipsis = [...new Set([...left.labels, ...right.labels])].filter(isEllipsis).sort((x, y) => Number(y.slice(1)) - Number(x.slice(1)));
  const batch = [...ellipsis, ...shared.filter((label) => !isEllipsis(label) && wanted.has(label))];
  const contracted = shared.filter((label) => !isEllipsis(label) && !wanted.has(label));
  const own = (operand: Labelled): string[] => operand.labels.filter((label) => !batch.includes(label) && !contracted.includes(label));
  const [ownLeft, ownRight] = [own(left), own(right)];

  const sizes = (operand: Labelled, labels: readonly string[]): number[] => labels.map((label) => sizeAt(operand, label));
  const batchSizes = batch.map((label) => Math.max(sizeAt(left, label), sizeAt(right, label)));
  const resultLabels = [...batch, ...ownLeft, ...ownRight];
  const resultShape = [
    ...batch.map((label, i) => (sizeAt(left, label) === 0 || sizeAt(right, label) === 0 ? 0 : (batchSizes[i] ?? 1))),
    ...sizes(left, ownLeft), ...sizes(right, ownRight),
  ];
  const present = (operand: Labelled, labels: readonly string[]): string[] => labels.filter((label) => operand.labels.includes(label));
  if (contracted.length === 0) {
    const a = reshape(b, ordered(b, left, present(left, [...batch, ...ownLeft])), [...sizes(left, batch), ...sizes(left, ownLeft), ...ownRight.map(() => 1)]);
    const c = reshape(b, ordered(b, right, present(right, [...batch, ...ownRight])), [...sizes(right, batch), ...ownLeft.map(() => 1), ...sizes(right, ownRight)]);
    return { value: one(b, 'Mul', [a, c]), labels: resultLabels, shape: resultShape };
  }
  const inner = sizeOf(sizes(left, contracted));
  const rows = sizeOf(sizes(left, ownLeft));
  const columns = sizeOf(sizes(right, ownRight));
  const a = reshape(b, ordered(b, left, present(left, [...batch, ...ownLeft, ...contracted])), [...sizes(left, batch), rows, inner]);
  const c = reshape(b, ordered(b, right, present(right, [...batch, ...contracted, ...ownRight])), [...sizes(right, batch), inner, columns]);
  const product = batch.length === 0 ? one(b, 'MatMul', [a, c]) : one(b, 'BatchMatMulV2', [a, c]);
  return { value: reshape(b, product, resultShape), labels: resultLabels, shape: resultShape };
}

export const einsumBody: OpBody = (b, inputs) => {
  const equation = parseEquation(b.attrs.string('equation'));
  if (equation === undefined || inputs.length > 2) return undefined;
  const operands: Labelled[] = [];
  for (const [i, labels] of equation.operands.entries()) {
    const value = inputOf(inputs, i);
    const shape = known(value);
    const expanded = shape === undefined ? undefined : expandEllipsis(labels, shape.length);
    if (shape === undefined || expanded === undefined || new Set(expanded).size !== expanded.length) return undefined;
    operands.push({ value, labels: expanded, shape });
  }
  const ellipsis = Math.max(...operands.map(({ labels }) => labels.filter((label) => label.startsWith('.')).length));
  const output = outputLabels(equation, ellipsis);
  const wanted = new Set(output);
  const [first, second] = operands;
  if (first === undefined) return undefined;
  // An ellipsis that the output lacks is summed over after broadcasting; that case is left to the kernel.
  if (ellipsis > 0 && !equation.output.includes('.')) return undefined;
  if (second === undefined) return [ordered(b, summed(b, first, wanted), output)];
  const keepIn = (other: Labelled): ReadonlySet<string> => new Set([...output, ...other.labels]);
  const product = productOf(b, summed(b, first, keepIn(second)), summed(b, second, keepIn(first)), wanted);
  return [ordered(b, product, output)];
};

/** Without an ellipsis, ranks and order of the labels are all that decides which ops the body is made of. */
export function einsumShapes(attrs: AttrReader): readonly Shape[] | undefined {
  const equation = parseEquation(attrs.string('equation'));
  if (equation === undefined || equation.operands.some((labels) => [...labels].includes('.'))) return undefined;
  return equation.operands.map((labels) => [...labels].map(() => 2));
}
