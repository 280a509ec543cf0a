/** How long elementwise code takes: for grains, for running short work inline, for traces. */
import { operands, type Expr } from '@sessionflow/core/codegen';

/** Operations per element of what takes more than one. */
const weights: Readonly<Record<string, number>> = {
  div: 4, mod: 30, sqrt: 4, rsqrt: 6, reciprocal: 4, exp: 14, expm1: 18, log: 20, log1p: 26, sigmoid: 14, tanh: 16, erf: 18, erfc: 60, pow: 60,
  sin: 40, cos: 40, tan: 50, asin: 20, acos: 20, atan: 20, atan2: 30, sinh: 24, cosh: 22, asinh: 40, acosh: 40, atanh: 34, lgamma: 120,
  digamma: 120, shl: 6, shr: 6,
};

/** Operations that one element takes. */
export function operationsOf(outputs: readonly Expr[]): number {
  const seen = new Set<Expr>();
  let sum = 0;
  const visit = (node: Expr): void => {
    if (seen.has(node)) return;
    seen.add(node);
    operands(node).forEach(visit);
    if (node.kind === 'unary' || node.kind === 'binary') sum += weights[node.op] ?? 1;
    else if (node.kind !== 'input' && node.kind !== 'const') sum += 1;
  };
  outputs.forEach(visit);
  return sum;
}

/** One thread's rough pace, per microsecond. */
const operationsPerMicro = 8_000;
const bytesPerMicro = 8_000;
/** Work that is not worth sharing. */
const aloneMicros = 15;
const grainMicros = 40;

/** How many of `items` equal items one call takes, when all of them need these operations and bytes. */
export function grainOf(items: number, operations: number, bytes: number): number {
  const micros = Math.max(operations / operationsPerMicro, bytes / bytesPerMicro);
  if (micros < aloneMicros) return Math.max(1, items);
  return Math.max(1, Math.ceil(items / Math.ceil(micros / grainMicros)));
}
