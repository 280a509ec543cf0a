/**
 * Reductions: elements come in blocks from elementwise code and are folded into one accumulator per result. Float accumulators are float64
 * whatever the dtype (TensorFlow adds float32 in trees; this is at least as good) and are rounded once; integers wrap at their width.
 */
import type { MapFunction } from '../../codegen/expr.js';
import { dtypeInfo } from '../../dtypes.js';
import { InternalError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import type { ReductionMeaning } from '../../ops/opDef.js';
import { type Shape, sizeOf, stridesOf } from '../../shape.js';
import { identityOf } from '../geometry/reduction.js';
import { advance, runBlocks, seek } from './evaluate/evaluate.js';
import { type BigRegister, encode, newRegister, type NumberRegister, type Register, registerClass } from './evaluate/registers.js';
import { tensorOfNumbers, tensorOver } from './tensors.js';

type Reducer = ReductionMeaning['reducer'];

/** Strides that send each element of `space` to its result: 0 along reduced axes. */
function resultStrides(space: Shape, axes: readonly number[]): number[] {
  const kept = space.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const strides = stridesOf(kept);
  return space.map((_, axis) => (axes.includes(axis) ? 0 : strides[axis]!));
}

type NumberFold = (x: number, y: number) => number;

const numberFolds: Readonly<Record<Reducer, NumberFold>> = {
  add: (x, y) => x + y,
  mul: (x, y) => x * y,
  min: (x, y) => (x < y || x !== x ? x : y),
  max: (x, y) => (x > y || x !== x ? x : y),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
};

const bigFolds: Readonly<Record<Reducer, (x: bigint, y: bigint) => bigint>> = {
  add: (x, y) => x + y, mul: (x, y) => x * y, min: (x, y) => (x < y ? x : y), max: (x, y) => (x > y ? x : y), and: (x, y) => x & y, or: (x, y) => x | y,
};

/** Reduces `before(inputs)` over `axes` of `space`; `shape` is the result's. */
export function reduce(
  reducer: Reducer, before: MapFunction, inputs: readonly HostTensor[], space: Shape, axes: readonly number[], shape: Shape,
): HostTensor {
  const element = before.outputs[0];
  if (element === undefined) throw new InternalError('internal: a reduction without an element.');
  const { dtype } = element;
  const count = sizeOf(shape);
  const strides = resultStrides(space, axes);
  const index = new Int32Array(space.length);
  const kind = registerClass(dtype);
  /** Calls `fold(result, i)` for each element i of each block. */
  const visit = (fold: (result: number, register: Register, i: number) => void): void => {
    runBlocks(before, inputs, space, (code, start, length) => {
      const register = code.outputs[0]!;
      let result = seek(index, space, strides, start);
      for (let i = 0; i < length; i++) {
        fold(result, register, i);
        result += advance(index, space, strides);
      }
    });
  };
  if (kind === 'complex') {
    const sums = new Float64Array(2 * count);
    if (reducer === 'mul') for (let i = 0; i < count; i++) sums[2 * i] = 1;
    visit((result, register, i) => {
      const [re, im] = [(register as Float64Array)[2 * i]!, (register as Float64Array)[2 * i + 1]!];
      const [a, b] = [sums[2 * result]!, sums[2 * result + 1]!];
      sums[2 * result] = reducer === 'mul' ? a * re - b * im : a + re;
      sums[2 * result + 1] = reducer === 'mul' ? a * im + b * re : b + im;
    });
    return tensorOfNumbers(dtype, shape, sums);
  }
  const identity = identityOf(reducer, dtype);
  if (kind === 'bigint') {
    const results = newRegister(dtype, count) as BigRegister;
    results.fill(BigInt(identity));
    const fold = bigFolds[reducer];
    visit((result, register, i) => {
      results[result] = fold(results[result]!, (register as BigRegister)[i]!);
    });
    return tensorOver(dtype, shape, results);
  }
  if (dtypeInfo[dtype].kind === 'float') {
    const results = new Float64Array(count).fill(Number(identity));
    const fold = numberFolds[reducer];
    visit((result, register, i) => {
      results[result] = fold(results[result]!, (register as NumberRegister)[i]!);
    });
    return tensorOfNumbers(dtype, shape, results);
  }
  const results = newRegister(dtype, count) as NumberRegister;
  results.fill(Number(identity));
  const fold: NumberFold = reducer === 'mul' ? Math.imul : numberFolds[reducer];
  visit((result, register, i) => {
    results[result] = fold(results[result]!, (register as NumberRegister)[i]!);
  });
  return tensorOver(dtype, shape, encode(dtype, results));
}
