/**
 * What shape functions share: reading values, checking ranks and axes, arithmetic on dimensions that may be unknown. An unknown rank is
 * `null`, an unknown dimension is `null`; every helper lets what is unknown pass and fails only on what contradicts TensorFlow's rule.
 */
import { fromBfloat16, fromFloat16 } from '../../half.js';
import type { HostTensor } from '../../hostTensor.js';
import { broadcastShapes, mergeShapes, shapeText, type PartialShape } from '../../shape.js';
import type { ShapeContext, ShapeFunction } from '../opDef.js';

export type Dim = number | null;
export type KnownRank = readonly Dim[];

/** A shape of this rank of which nothing else is known. */
export const unknownDims = (rank: number): Dim[] => new Array<Dim>(rank).fill(null);

/** The elements of a real tensor as numbers; an int64 beyond ±2^53 is rounded, which is right for limits like `end` of a slice. */
export function numbersOf(tensor: HostTensor): number[] {
  const { dtype, data } = tensor;
  const raw = Array.from(data as ArrayLike<number | bigint>, Number);
  if (dtype === 'float16') return raw.map(fromFloat16);
  return dtype === 'bfloat16' ? raw.map(fromBfloat16) : raw;
}

/** Input i as numbers, when its value is known; `isNeeded` as in ShapeContext.value. */
export function valuesOf(c: ShapeContext, i: number, isNeeded = true): number[] | undefined {
  const tensor = c.value(i, isNeeded);
  return tensor === undefined ? undefined : numbersOf(tensor);
}

/** Input i as one number, when its value is known. */
export function scalarOf(c: ShapeContext, i: number, isNeeded = true): number | undefined {
  return valuesOf(c, i, isNeeded)?.[0];
}

/** Shape of input i, which must have this rank. */
export function rankIs(c: ShapeContext, i: number, rank: number, what = `input ${i}`): KnownRank {
  const shape = c.shape(i);
  if (shape === null) return unknownDims(rank);
  if (shape.length !== rank) c.fail(`Shape must be rank ${rank} but is rank ${shape.length}: ${what} has shape ${shapeText(shape)}.`);
  return shape;
}

/** Shape of input i, which must have at least this rank; `null` while the rank is unknown. */
export function rankAtLeast(c: ShapeContext, i: number, rank: number, what = `input ${i}`): KnownRank | null {
  const shape = c.shape(i);
  if (shape !== null && shape.length < rank) {
    c.fail(`Shape must be at least rank ${rank} but is rank ${shape.length}: ${what} has shape ${shapeText(shape)}.`);
  }
  return shape;
}

/** Shape of input i, which must have at most this rank. */
export function rankAtMost(c: ShapeContext, i: number, rank: number, what = `input ${i}`): KnownRank | null {
  const shape = c.shape(i);
  if (shape !== null && shape.length > rank) {
    c.fail(`Shape must be at most rank ${rank} but is rank ${shape.length}: ${what} has shape ${shapeText(shape)}.`);
  }
  return shape;
}

/** Inputs that must be scalars. */
export function scalars(c: ShapeContext, ...inputs: readonly number[]): void {
  for (const i of inputs) rankIs(c, i, 0);
}

/** What is known of both dimensions together; fails when they differ. */
export function mergeDim(c: ShapeContext, a: Dim, b: Dim, what: string): Dim {
  if (a !== null && b !== null && a !== b) c.fail(`Dimensions must be equal, but are ${a} and ${b}: ${what}.`);
  return a ?? b;
}

/** A dimension that must have this size. */
export function dimIs(c: ShapeContext, dim: Dim, size: number, what: string): Dim {
  if (dim !== null && dim !== size) c.fail(`Dimension must be ${size} but is ${dim}: ${what}.`);
  return size;
}

/** In TensorFlow's words, how two shapes differ. */
function unlike(a: PartialShape, b: PartialShape): string {
  const [left, right] = [a ?? [], b ?? []];
  if (left.length !== right.length) return `Shapes must be equal rank, but are ${left.length} and ${right.length}. Shapes are ${shapeText(a)} and ${shapeText(b)}.`;
  const at = left.findIndex((dim, axis) => dim !== null && right[axis] !== null && dim !== right[axis]);
  return `Dimension ${at} in both shapes must be equal, but are ${left[at]} and ${right[at]}. Shapes are ${shapeText(a)} and ${shapeText(b)}.`;
}

/** What is known of both shapes together; fails when they differ. */
export function merge(c: ShapeContext, a: PartialShape, b: PartialShape, what: string): PartialShape {
  const merged = mergeShapes(a, b);
  if (merged === undefined) c.fail(`${unlike(a, b)} (${what})`);
  return merged;
}

/** The common shape of all the inputs named. */
export function mergeInputs(c: ShapeContext, inputs: readonly number[]): PartialShape {
  let shape: PartialShape = null;
  for (const i of inputs) shape = merge(c, shape, c.shape(i), `inputs ${inputs[0]} and ${i}`);
  return shape;
}

/** NumPy broadcast of shapes; fails in TensorFlow's words. */
export function broadcastAll(c: ShapeContext, shapes: readonly PartialShape[]): PartialShape {
  let result: PartialShape = [];
  for (const shape of shapes) {
    const next = broadcastShapes(result, shape);
    if (next === undefined) {
      c.fail(`Incompatible shapes: ${shapes.map(shapeText).join(' vs. ')}. Expected shapes that broadcast to each other.`);
    }
    result = next;
  }
  return result;
}

/** An axis in [-rank, rank) as one in [0, rank). */
export function axisIn(c: ShapeContext, axis: number, rank: number, what = 'axis'): number {
  if (axis < -rank || axis >= rank) c.fail(`${what} ${axis} is out of range: expected one in [${-rank}, ${rank}).`);
  return axis < 0 ? axis + rank : axis;
}

/** Product of dimensions, `null` when one is unknown (unless another is zero). */
export function product(dims: readonly Dim[]): Dim {
  if (dims.includes(0)) return 0;
  let total = 1;
  for (const dim of dims) {
    if (dim === null) return null;
    total *= dim;
  }
  return total;
}

export const addDims = (a: Dim, b: Dim): Dim => (a === null || b === null ? null : a + b);
export const mulDims = (a: Dim, b: Dim): Dim => product([a, b]);

/** `a / b`, which must be exact. */
export function divideDim(c: ShapeContext, a: Dim, b: number, what: string): Dim {
  if (a === null) return null;
  if (b <= 0 || a % b !== 0) c.fail(`${what}: ${a} is not a multiple of ${b}.`);
  return a / b;
}

/** The shape with dimension `axis` replaced. */
export function withDim(shape: KnownRank, axis: number, dim: Dim): Dim[] {
  return shape.map((old, at) => (at === axis ? dim : old));
}

/** Concatenation of shapes of which either may have an unknown rank. */
export function joinShapes(a: PartialShape, b: PartialShape): PartialShape {
  return a === null || b === null ? null : [...a, ...b];
}

/** Input i as a size that must not be negative; `null` when unknown. */
export function sizeValue(c: ShapeContext, i: number, what: string, isNeeded = true): Dim {
  const value = scalarOf(c, i, isNeeded);
  if (value === undefined) return null;
  if (!(value >= 0)) c.fail(`${what} must not be negative, but is ${value}.`);
  return value;
}

/** Input i as a shape vector; a size below zero fails (unless -1 is allowed to mean "unknown"). */
export function shapeVector(c: ShapeContext, i: number, what: string): PartialShape {
  rankAtMost(c, i, 1, what);
  for (const size of valuesOf(c, i) ?? []) if (size < 0) c.fail(`${what}: dimension ${size} must be >= 0.`);
  return c.shapeValue(i);
}


/** Output 0 has the shape of input 0. */
export const unchanged: ShapeFunction = (c) => [c.shape(0)];
/** Elementwise over inputs 0 and 1, broadcast. */
export const broadcast: ShapeFunction = (c) => [broadcastAll(c, [c.shape(0), c.shape(1)])];
/** All inputs and the output have one shape. */
export const sameShapes: ShapeFunction = (c) => [mergeInputs(c, Array.from({ length: c.inputCount }, (_, i) => i))];
/** Every output is a scalar. */
export const scalarOutputs: ShapeFunction = (c) => c.outputDtypes.map(() => []);
/** Nothing is known of any output. */
export const unknownOutputs: ShapeFunction = (c) => c.outputDtypes.map(() => null);
/** The op has no output. */
export const noOutputs: ShapeFunction = () => [];
