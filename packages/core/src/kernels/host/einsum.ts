/** Einsum: every operand is brought to [batch, kept, summed] by transposes and sums, then it is a batched matrix product. */
import type { HostTensor } from '../../hostTensor.js';
import { type Shape, shapeText, sizeOf, stridesOf } from '../../shape.js';
import { gathered, transposed } from './copy.js';
import { host } from './define.js';
import { broadcastStrides } from './evaluate/evaluate.js';
import { product } from './matmul.js';
import { reduce } from './reduceLoops.js';
import { input } from '../../codegen/expr.js';
import { invalid, reshaped } from './tensors.js';

/** A tensor whose axes have labels, each once. */
interface Labelled {
  readonly tensor: HostTensor;
  readonly labels: readonly string[];
}

/** Labels of an operand; an ellipsis becomes labels of its own, counted from the right so that they broadcast. */
function labelsOf(text: string, rank: number): string[] {
  const at = text.indexOf('...');
  if (at < 0) return Array.from(text);
  const named = text.length - 3;
  const hidden = Array.from({ length: rank - named }, (_, i) => `.${rank - named - 1 - i}`);
  return [...Array.from(text.slice(0, at)), ...hidden, ...Array.from(text.slice(at + 3))];
}

/** Takes the diagonal of labels that stand twice. */
function diagonals(tensor: HostTensor, labels: readonly string[]): Labelled {
  const unique = [...new Set(labels)];
  if (unique.length === labels.length) return { tensor, labels };
  const strides = stridesOf(tensor.shape);
  const shape = unique.map((label) => tensor.shape[labels.indexOf(label)]!);
  const steps = unique.map((label) => labels.reduce((sum, other, axis) => (other === label ? sum + strides[axis]! : sum), 0));
  return { tensor: gathered(tensor, shape, 0, steps), labels: unique };
}

/** Sums over the labels that nobody else needs. */
function summed(operand: Labelled, needed: ReadonlySet<string>): Labelled {
  const axes = operand.labels.flatMap((label, axis) => (needed.has(label) ? [] : [axis]));
  if (axes.length === 0) return operand;
  const { tensor } = operand;
  const shape = tensor.shape.filter((_, axis) => !axes.includes(axis));
  const element = input(0, tensor.dtype);
  return {
    tensor: reduce('add', { inputs: [tensor.dtype], outputs: [element] }, [tensor], tensor.shape, axes, shape),
    labels: operand.labels.filter((_, axis) => !axes.includes(axis)),
  };
}

/** The operand with exactly these labels in this order; labels that it lacks are repeated to their size. */
function arranged(operand: Labelled, labels: readonly string[], sizes: ReadonlyMap<string, number>): HostTensor {
  const present = labels.filter((label) => operand.labels.includes(label));
  const turned = transposed(operand.tensor, present.map((label) => operand.labels.indexOf(label)));
  const widened: Shape = labels.map((label) => (operand.labels.includes(label) ? turned.shape[present.indexOf(label)]! : 1));
  const full: Shape = labels.map((label) => sizes.get(label)!);
  return gathered(reshaped(turned, widened), full, 0, broadcastStrides(widened, full));
}

function contract(a: Labelled, b: Labelled, output: readonly string[], sizes: ReadonlyMap<string, number>): HostTensor {
  const [inA, inB, out] = [new Set(a.labels), new Set(b.labels), new Set(output)];
  const batch = output.filter((label) => inA.has(label) && inB.has(label));
  const rows = output.filter((label) => inA.has(label) && !inB.has(label));
  const columns = output.filter((label) => !inA.has(label) && inB.has(label));
  const inner = a.labels.filter((label) => inB.has(label) && !out.has(label));
  const size = (labels: readonly string[]): number => sizeOf(labels.map((label) => sizes.get(label)!));
  const left = reshaped(arranged(a, [...batch, ...rows, ...inner], sizes), [size(batch), size(rows), size(inner)]);
  const right = reshaped(arranged(b, [...batch, ...inner, ...columns], sizes), [size(batch), size(inner), size(columns)]);
  const labels = [...batch, ...rows, ...columns];
  const result = reshaped(product(left, right), labels.map((label) => sizes.get(label)!));
  return transposed(result, output.map((label) => labels.indexOf(label)));
}

export const Einsum = host((operands, { attrs }) => {
  const equation = attrs.string('equation').replace(/\s/g, '');
  const [left, right] = equation.split('->');
  if (left === undefined || right === undefined) invalid(`Expecting exactly one '->' in einsum equation: ${equation}`);
  const texts = left.split(',');
  if (texts.length !== operands.length) {
    invalid(`Expected ${texts.length} inputs for equation ${equation} but got: ${operands.length}`);
  }
  const sizes = new Map<string, number>();
  const labelled = operands.map((tensor, i) => {
    const labels = labelsOf(texts[i]!, tensor.shape.length);
    if (labels.length !== tensor.shape.length) {
      invalid(`Expected input ${i} to have rank ${labels.length} but got: ${tensor.shape.length}`);
    }
    labels.forEach((label, axis) => {
      const dim = tensor.shape[axis]!;
      const known = sizes.get(label);
      if (known !== undefined && known !== dim && !(label.startsWith('.') && (known === 1 || dim === 1))) {
        invalid(`Expected dimension ${known} at axis ${axis} of the input shaped ${shapeText(tensor.shape)} but got dimension ${dim}`);
      }
      sizes.set(label, known === undefined || known === 1 ? dim : known);
    });
    return diagonals(tensor, labels);
  });
  const hidden = [...sizes.keys()].filter((label) => label.startsWith('.')).sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  const at = right.indexOf('...');
  const output = at < 0 ? Array.from(right) : [...Array.from(right.slice(0, at)), ...hidden, ...Array.from(right.slice(at + 3))];
  for (const label of output) if (!sizes.has(label)) invalid(`Einsum output label ${label} is in no input of ${equation}`);
  if (labelled.length === 1) return [arranged(summed(labelled[0]!, new Set(output)), output, sizes)];
  let result = labelled[0]!;
  labelled.slice(1).forEach((next, i) => {
    const later = labelled.slice(i + 2).flatMap((operand) => operand.labels);
    const kept = new Set([...output, ...later]);
    const a = summed(result, new Set([...kept, ...next.labels]));
    const b = summed(next, new Set([...kept, ...result.labels]));
    const isLast = i === labelled.length - 2;
    const labels = isLast ? output : [...new Set([...a.labels, ...b.labels])].filter((label) => kept.has(label));
    result = { tensor: contract(a, b, labels, sizes), labels };
  });
  return [result.tensor];
});
