/**
 * Renders a scalar expression as SIMD code over four elements at a time. Map kernels, reductions and the epilogues of matmul and convolution
 * share it. What has no good SIMD form is refused by `supportsSimd` in words, and runs on core's host kernels instead.
 */
import { operands, type Expr } from '@sessionflow/core/codegen';
import type { DType } from '@sessionflow/core/device';
import { f32x4, f64x2, i32x4, v128, type FunctionBuilder, type Local } from '../asm/index.js';
import type { WasmFeatures } from '../info.js';
import { renderCast } from './casts.js';
import { float32Binary, float32Compare, float32Unary } from './float32.js';
import { float64Binary, float64Compare, float64Unary } from './float64.js';
import { int32Binary, int32Compare, int32Unary } from './int32.js';
import { int64Binary, int64Compare, int64Unary } from './int64.js';
import { evenWords, isSimdDType, partCount, widenMask, type Simd, type SimdDType, type Vector } from './lanes.js';

/** What rendering needs beside the expression. */
export interface RenderOptions {
  readonly features: WasmFeatures;
  /** Set to a fault code where an integer division by zero (1) or a negative integer power (2) was met. Needed where `mayFault` says so. */
  readonly fault?: Local<'i32'>;
  /** Nodes that are rendered already: in locals that are still alive. New ones are added. */
  readonly known?: Map<Expr, Simd>;
}

/** What the primitives' code may use. */
export interface Render extends RenderOptions {
  readonly f: FunctionBuilder;
}

/** One primitive on one dtype. Operands are locals or constants: free to use twice. */
export type UnaryCode = (render: Render, x: Simd, dtype: SimdDType) => Simd;
export type BinaryCode = (render: Render, x: Simd, y: Simd, dtype: SimdDType) => Simd;
export type UnaryTable = Readonly<Partial<Record<Extract<Expr, { kind: 'unary' }>['op'], UnaryCode>>>;
export type BinaryTable = Readonly<Partial<Record<Extract<Expr, { kind: 'binary' }>['op'], BinaryCode>>>;
/** Gives masks of the operands' own lane width. */
export type CompareCode = (x: Vector, y: Vector) => Vector;
export type CompareTable = Readonly<Record<Extract<Expr, { kind: 'compare' }>['op'], CompareCode>>;

interface Tables {
  readonly unary: UnaryTable;
  readonly binary: BinaryTable;
  readonly compare: (dtype: SimdDType) => CompareTable;
}

function tablesOf(dtype: SimdDType): Tables {
  switch (dtype) {
    case 'float32':
      return { unary: float32Unary, binary: float32Binary, compare: () => float32Compare };
    case 'float64':
      return { unary: float64Unary, binary: float64Binary, compare: () => float64Compare };
    case 'int64':
    case 'uint64':
      return { unary: int64Unary, binary: int64Binary, compare: int64Compare };
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'bool':
      return { unary: int32Unary(dtype), binary: int32Binary(dtype), compare: int32Compare };
    default:
      return dtype satisfies never;
  }
}

/** A constant in all four places. */
export function constantSimd(value: number | bigint | boolean, dtype: SimdDType): Simd {
  if (dtype === 'float32') return [f32x4.splat(Number(value))];
  if (dtype === 'float64') return [f64x2.const(Number(value), Number(value)), f64x2.const(Number(value), Number(value))];
  if (partCount(dtype) === 2) {
    const words = new BigInt64Array(2).fill(BigInt.asIntN(64, BigInt(value)));
    const part = v128.const(new Uint8Array(words.buffer));
    return [part, part];
  }
  if (dtype === 'bool') return [i32x4.splat(value ? -1 : 0)];
  return [i32x4.splat(Number(BigInt.asIntN(32, BigInt(value))))];
}

function isPlain(value: unknown): value is number | bigint | boolean {
  return typeof value !== 'object';
}

/** True, or why this expression has no SIMD form. */
export function supportsSimd(outputs: readonly Expr[], inputs: readonly DType[] = []): true | string {
  const seen = new Set<Expr>();
  const refuse = (node: Expr): string | undefined => {
    if (seen.has(node)) return undefined;
    seen.add(node);
    if (!isSimdDType(node.dtype)) return `${node.dtype} has no SIMD form`;
    for (const operand of operands(node)) {
      const reason = refuse(operand);
      if (reason !== undefined) return reason;
    }
    const table = node.kind === 'compare' ? undefined : tablesOf(node.dtype);
    if (node.kind === 'unary' && table?.unary[node.op] === undefined) return `${node.op} on ${node.dtype} has no SIMD form`;
    if (node.kind === 'binary' && table?.binary[node.op] === undefined) return `${node.op} on ${node.dtype} has no SIMD form`;
    if (node.kind === 'bitcast' && isSimdDType(node.x.dtype)) return refuseBitcast(node.x.dtype, node.dtype);
    return undefined;
  };
  for (const dtype of inputs) if (!isSimdDType(dtype)) return `${dtype} has no SIMD form`;
  for (const output of outputs) {
    const reason = refuse(output);
    if (reason !== undefined) return reason;
  }
  return true;
}

function refuseBitcast(from: SimdDType, to: SimdDType): string | undefined {
  const widths: Readonly<Record<SimdDType, number>> = {
    float32: 32, int32: 32, uint32: 32, float64: 64, int64: 64, uint64: 64, int8: 8, uint8: 8, int16: 16, uint16: 16, bool: 1,
  };
  return widths[from] === widths[to] ? undefined : `bitcast from ${from} to ${to} changes the width`;
}

/** Whether the code may report a fault: integer division and integer powers. */
export function mayFault(outputs: readonly Expr[]): boolean {
  const seen = new Set<Expr>();
  const faults = (node: Expr): boolean => {
    if (seen.has(node)) return false;
    seen.add(node);
    const integer = node.dtype !== 'float32' && node.dtype !== 'float64';
    if (node.kind === 'binary' && integer && (node.op === 'div' || node.op === 'mod' || node.op === 'pow')) return true;
    return operands(node).some(faults);
  };
  return outputs.some(faults);
}

/**
 * The code of `expr` on four elements. `inputs[i]` is what input i holds (only those that the expression uses are looked at); pass locals or
 * constants, since each may be used more than once. Statements go to `f` as needed; the result is in locals or constants, too.
 */
export function renderSimd(f: FunctionBuilder, expr: Expr, inputs: readonly (Simd | undefined)[], options: RenderOptions): Simd {
  const render: Render = { ...options, f };
  const known = options.known ?? new Map<Expr, Simd>();
  const visit = (node: Expr): Simd => {
    const done = known.get(node);
    if (done !== undefined) return done;
    const made = code(node);
    // A constant stays one: the engine decides where to keep it.
    const kept = node.kind === 'const' || node.kind === 'input' ? made : made.map((part) => f.let(part));
    known.set(node, kept);
    return kept;
  };
  const code = (node: Expr): Simd => {
    const dtype = node.dtype;
    if (!isSimdDType(dtype)) throw new Error(`internal: ${dtype} has no SIMD form.`);
    switch (node.kind) {
      case 'input': {
        const parts = inputs[node.index];
        if (parts === undefined) throw new Error(`internal: the expression reads input ${node.index}, which was not given.`);
        return parts;
      }
      case 'const':
        if (!isPlain(node.value)) throw new Error('internal: a complex constant has no SIMD form.');
        return constantSimd(node.value, dtype);
      case 'unary':
        return codeOf(tablesOf(dtype).unary[node.op], node.op, dtype)(render, visit(node.x), dtype);
      case 'binary':
        if (node.op === 'min' || node.op === 'max') {
          const bounded = boundByConstant(node.op, node.x, node.y, dtype, visit);
          if (bounded !== undefined) return bounded;
        }
        return codeOf(tablesOf(dtype).binary[node.op], node.op, dtype)(render, visit(node.x), visit(node.y), dtype);
      case 'compare': {
        const from = node.x.dtype as SimdDType;
        const test = tablesOf(from).compare(from)[node.op];
        const x = visit(node.x);
        const y = visit(node.y);
        const masks = x.map((part, i) => test(part, y[i]!));
        return masks.length === 1 ? masks : [evenWords(masks[0]!, masks[1]!)];
      }
      case 'select': {
        const mask = visit(node.condition)[0]!;
        const x = visit(node.x);
        const y = visit(node.y);
        const masks = x.length === 1 ? [mask] : widenMask(mask);
        return x.map((part, i) => v128.bitselect(part, y[i]!, masks[i]!));
      }
      case 'cast':
        return renderCast(node.x.dtype as SimdDType, dtype, visit(node.x));
      case 'bitcast': {
        const x = visit(node.x);
        return partCount(dtype) === 1 && dtype !== 'float32' ? renderCast('int32', dtype, x) : x;
      }
      default:
        return node satisfies never;
    }
  };
  return visit(expr);
}

/**
 * min or max of a float and a number that is not NaN: pmin and pmax are one machine instruction (min and max are seven), and give NaN where their
 * first operand is NaN. Halves the time of a fused relu6.
 */
function boundByConstant(op: 'min' | 'max', x: Expr, y: Expr, dtype: SimdDType, visit: (node: Expr) => Simd): Simd | undefined {
  if (dtype !== 'float32' && dtype !== 'float64') return undefined;
  const [value, bound] = y.kind === 'const' ? [x, y] : [y, x];
  if (bound.kind !== 'const' || Number.isNaN(Number(bound.value))) return undefined;
  const lanes = dtype === 'float32' ? f32x4 : f64x2;
  const limits = visit(bound);
  return visit(value).map((part, i) => (op === 'min' ? lanes.pmin(part, limits[i]!) : lanes.pmax(part, limits[i]!)));
}

function codeOf<C>(code: C | undefined, op: string, dtype: DType): C {
  if (code === undefined) throw new Error(`internal: ${op} on ${dtype} has no SIMD form; supportsSimd would have said so.`);
  return code;
}
