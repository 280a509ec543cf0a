/** Einsum equations: parsing and the output's shape. The dimensions under an ellipsis broadcast, aligned at the right. */
import { shapeText } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';
import type { Dim, KnownRank } from './common.js';

/** One term per operand, and the output; letters, and `.` for the ellipsis. */
export interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** Parses `ab,bc->ac`; `undefined` where it is not an equation. */
export function parseEquation(text: string): Equation | undefined {
  const [left, right, ...more] = text.replaceAll(' ', '').split('->');
  if (left === undefined || right === undefined || more.length > 0 || right.includes(',')) return undefined;
  const term = (part: string): string[] | undefined => {
    const labels = part.replace('...', '.');
    return /^[a-zA-Z]*\.?[a-zA-Z]*$/.test(labels) ? Array.from(labels) : undefined;
  };
  const operands = left.split(',').map(term);
  const output = term(right);
  if (output === undefined || operands.includes(undefined)) return undefined;
  return { operands: operands as string[][], output };
}

/** Labels of an operand of this rank, with the ellipsis written out as `.n` … `.1` (counted from the right); `undefined` if they do not fit. */
export function expandEllipsis(labels: readonly string[], rank: number): string[] | undefined {
  const at = labels.indexOf('.');
  const count = rank - (labels.length - (at < 0 ? 0 : 1));
  if (count < 0 || (at < 0 && count > 0)) return undefined;
  if (at < 0) return [...labels];
  return [...labels.slice(0, at), ...Array.from({ length: count }, (_, i) => `.${count - i}`), ...labels.slice(at + 1)];
}

/** The output's labels when the longest ellipsis has `count` dimensions. */
export function outputLabels(equation: Equation, count: number): string[] {
  return equation.output.flatMap((label) => (label === '.' ? Array.from({ length: count }, (_, i) => `.${count - i}`) : [label]));
}

function sizeOfLabel(c: ShapeContext, label: string, known: Dim | undefined, dim: Dim): Dim {
  if (known === undefined) return dim;
  if (known === null || dim === null) return label.startsWith('.') && (known === 1 || dim === 1) ? null : (known ?? dim);
  if (known === dim) return dim;
  if (label.startsWith('.')) {
    if (known === 1) return dim;
    if (dim === 1) return known;
  }
  return c.fail(`Expected dimension ${known} but got ${dim} for label '${label.startsWith('.') ? '...' : label}' of equation ${c.attrs.string('equation')}.`);
}

export const einsumShape: ShapeFunction = (c) => {
  const text = c.attrs.string('equation');
  const equation = parseEquation(text);
  if (equation === undefined) return c.fail(`equation '${text}' is not of the form 'ab,bc->ac'.`);
  if (equation.operands.length !== c.inputCount) c.fail(`equation '${text}' has ${equation.operands.length} operands, but ${c.inputCount} inputs were given.`);
  const sizes = new Map<string, Dim>();
  let ellipsis = 0;
  let ranksKnown = true;
  equation.operands.forEach((operand, i) => {
    const shape: KnownRank | null = c.shape(i);
    if (shape === null) {
      ranksKnown = false;
      return;
    }
    const labels = expandEllipsis(operand, shape.length);
    if (labels === undefined) return c.fail(`operand ${i} of '${text}' has ${operand.length} labels, but its shape is ${shapeText(shape)}.`);
    ellipsis = Math.max(ellipsis, labels.filter((label) => label.startsWith('.')).length);
    labels.forEach((label, axis) => sizes.set(label, sizeOfLabel(c, label, sizes.get(label), shape[axis] ?? null)));
  });
  if (!ranksKnown && equation.output.includes('.')) return [null];
  const output = outputLabels(equation, ellipsis);
  const unknown = output.find((label) => !label.startsWith('.') && !equation.operands.some((operand) => operand.includes(label)));
  if (unknown !== undefined) c.fail(`output label '${unknown}' of '${text}' is in no operand.`);
  if (new Set(output).size !== output.length) c.fail(`an output label of '${text}' is repeated.`);
  return [output.map((label) => sizes.get(label) ?? null)];
};
