/** How a random graph grows: each recipe finds values that it can use and adds a step, or does nothing. */
import * as tf from '@sessionflow/core';
import { HostTensor, type Tensor, type TensorLike } from '@sessionflow/core';
import type { Generator, Known } from './generate.js';
import { randomTensor } from './graphSpec.js';
import { dataRecipes } from './recipesData.js';
import { callRecipes } from './recipesCalls.js';
import { movementRecipes } from './recipesMovement.js';
import { stateRecipes } from './recipesState.js';

export type Recipe = (g: Generator) => void;

export const isFloat = (v: Known): boolean => v.dtype === 'float32';
export const isInt = (v: Known): boolean => v.dtype === 'int32';
export const isBool = (v: Known): boolean => v.dtype === 'bool';
export const isNumber = (v: Known): boolean => isFloat(v) || isInt(v);
export const isPlain = (v: Known): boolean => isNumber(v) || isBool(v);
export type StaticKnown = Omit<Known, 'shape'> & { readonly shape: readonly number[] };

/** Every dimension is known when the graph is built. */
export const isStatic = (v: Known): v is StaticKnown => v.shape.every((dim) => dim !== null);
export const sizeOf = (v: Known): number => v.shape.reduce<number>((product, dim) => product * (dim ?? 8), 1);
export const ints = (values: readonly number[]): HostTensor<'int32'> => HostTensor.from(values, { dtype: 'int32', shape: [values.length] });

type Unary = readonly [string, (x: Tensor) => Tensor, (bound: number) => number, 'exact' | 'inexact'];

const floatUnary: readonly Unary[] = [
  ['relu', (x) => tf.relu(x), (b) => b, 'exact'], ['relu6', (x) => tf.relu6(x), () => 6, 'exact'], ['neg', (x) => tf.neg(x), (b) => b, 'exact'],
  ['abs', (x) => tf.abs(x), (b) => b, 'exact'], ['square', (x) => tf.square(x), (b) => b * b, 'exact'],
  ['tanh', (x) => tf.tanh(x), () => 1, 'inexact'], ['sigmoid', (x) => tf.sigmoid(x), () => 1, 'inexact'],
  ['sqrt∘abs', (x) => tf.sqrt(tf.add(tf.abs(x), 1)), (b) => 1 + b, 'inexact'], ['exp∘tanh', (x) => tf.exp(tf.tanh(x)), () => 3, 'inexact'],
  ['log1p∘square', (x) => tf.log1p(tf.square(x)), (b) => b, 'inexact'], ['elu', (x) => tf.elu(x), (b) => b, 'inexact'],
  ['leakyRelu', (x) => tf.leakyRelu(x, { alpha: 0.5 }), (b) => b, 'inexact'], ['softplus', (x) => tf.softplus(x), (b) => b + 1, 'inexact'],
  ['sin', (x) => tf.sin(x), () => 1, 'inexact'], ['reciprocal', (x) => tf.reciprocal(tf.add(tf.square(x), 1)), () => 1, 'inexact'],
];
const jumpy: readonly Unary[] = [
  ['floor', (x) => tf.floor(x), (b) => b, 'exact'], ['sign', (x) => tf.sign(x), () => 1, 'exact'], ['round', (x) => tf.round(x), (b) => b, 'exact'],
];
const intUnary: readonly Unary[] = [
  ['neg', (x) => tf.neg(x), (b) => b, 'exact'], ['abs', (x) => tf.abs(x), (b) => b, 'exact'], ['square', (x) => tf.square(x), (b) => b * b, 'exact'],
  ['floorMod 5', (x) => tf.floorMod(x, 5), () => 5, 'exact'], ['floorDiv -3', (x) => tf.floorDiv(x, -3), (b) => b, 'exact'], ['sign', (x) => tf.sign(x), () => 1, 'exact'],
];

function unary(g: Generator): void {
  const x = g.find(isNumber);
  if (x === undefined) return;
  const [name, fn, bound, kind] = g.random.pick(isInt(x) ? intUnary : x.exact && g.random.chance(0.3) ? jumpy : floatUnary);
  g.add(name, [x], ([a]) => [fn(a!)], { exact: x.exact && kind === 'exact', bound: Math.max(1, bound(x.bound)) });
}

type Binary = readonly [string, (x: TensorLike, y: TensorLike) => Tensor, (a: number, b: number) => number];
const binaries: readonly Binary[] = [
  ['add', (x, y) => tf.add(x, y), (a, b) => a + b], ['sub', (x, y) => tf.sub(x, y), (a, b) => a + b], ['mul', (x, y) => tf.mul(x, y), (a, b) => a * b],
  ['maximum', (x, y) => tf.maximum(x, y), Math.max], ['minimum', (x, y) => tf.minimum(x, y), Math.max],
  ['squaredDifference', (x, y) => tf.squaredDifference(x, y), (a, b) => (a + b) ** 2],
];
const comparisons: readonly (readonly [string, (x: TensorLike, y: TensorLike) => Tensor])[] = [
  ['less', (x, y) => tf.less(x, y)], ['greaterEqual', (x, y) => tf.greaterEqual(x, y)], ['equal', (x, y) => tf.equal(x, y)], ['notEqual', (x, y) => tf.notEqual(x, y)],
];

/** Whether two shapes of known dimensions broadcast. */
export function broadcasts(a: readonly (number | null)[], b: readonly (number | null)[]): boolean {
  for (let i = 1; i <= Math.min(a.length, b.length); i++) {
    const [p, q] = [a[a.length - i], b[b.length - i]];
    if (p === null || q === null || (p !== q && p !== 1 && q !== 1)) return false;
  }
  return true;
}

/** A shape that broadcasts against `shape`. */
function broadcastShape(g: Generator, shape: readonly (number | null)[]): number[] {
  const dims = shape.map((dim) => (dim === null || g.random.chance(0.25) ? 1 : dim));
  return dims.slice(g.random.chance(0.3) ? g.random.int(0, dims.length) : 0);
}

/** Another value or a constant for the right side of x. */
function partner(g: Generator, x: Known): { inputs: Known[]; value: HostTensor | undefined; bound: number; exact: boolean } {
  const other = g.random.chance(0.65) ? g.find((y) => y.dtype === x.dtype && ((isStatic(y) && broadcasts(x.shape, y.shape)) || y === x)) : undefined;
  if (other !== undefined) return { inputs: [x, other], value: undefined, bound: other.bound, exact: other.exact };
  const isSmooth = isFloat(x) && g.random.chance(0.3);
  const value = randomTensor(g.random, x.dtype as 'float32', broadcastShape(g, x.shape), isSmooth);
  return { inputs: [x], value, bound: 9, exact: !isSmooth };
}

function binary(g: Generator): void {
  const x = g.find(isNumber);
  if (x === undefined) return;
  const { inputs, value, bound, exact } = partner(g, x);
  const [name, fn, boundOf] = g.random.pick(binaries);
  const swap = g.random.chance(0.3);
  g.add(`${name}${value === undefined ? '' : ` const ${JSON.stringify(value.shape)}`}`, inputs, ([a, b]) => [swap ? fn(b ?? value!, a!) : fn(a!, b ?? value!)],
    { exact: x.exact && exact, bound: boundOf(x.bound, bound) });
}

function compare(g: Generator): void {
  const x = g.find((v) => isNumber(v) && v.exact);
  if (x === undefined) return;
  const { inputs, value, exact } = partner(g, x);
  if (!exact) return;
  const [name, fn] = g.random.pick(comparisons);
  g.add(name, inputs, ([a, b]) => [fn(a!, b ?? value!)], { bound: 1 });
}

function logic(g: Generator): void {
  const x = g.find(isBool);
  if (x === undefined) return;
  if (g.random.chance(0.3)) {
    g.add('logicalNot', [x], ([a]) => [tf.logicalNot(a as Tensor<'bool'>)]);
    return;
  }
  const { inputs, value } = partner(g, x);
  const and = g.random.chance(0.5);
  const fn = (a: TensorLike<'bool'>, b: TensorLike<'bool'>): Tensor => (and ? tf.logicalAnd(a, b) : tf.logicalOr(a, b));
  g.add(and ? 'logicalAnd' : 'logicalOr', inputs, ([a, b]) => [fn(a as Tensor<'bool'>, (b ?? value!) as Tensor<'bool'>)]);
}

function choose(g: Generator): void {
  const condition = g.find((v) => isBool(v) && isStatic(v));
  if (condition === undefined) return;
  const x = g.find((v) => isPlain(v) && isStatic(v) && broadcasts(v.shape, condition.shape));
  const y = x === undefined ? undefined : g.find((v) => v.dtype === x.dtype && isStatic(v) && broadcasts(v.shape, condition.shape) && broadcasts(v.shape, x.shape));
  if (x === undefined || y === undefined) return;
  const same = [x, y].every((v) => v.shape.join() === condition.shape.join());
  g.add(same ? 'select' : 'selectV2', [condition, x, y], ([c, a, b]) => [same ? tf.select(c as Tensor<'bool'>, a!, b!) : tf.selectV2(c as Tensor<'bool'>, a!, b!)]);
}

function cast(g: Generator): void {
  const x = g.find((v) => isPlain(v) && v.exact && v.bound <= 2 ** 20);
  if (x === undefined) return;
  const to = g.random.pick(['float32', 'int32', 'bool', 'int64', 'uint8'] as const);
  const inRange = to === 'uint8' ? tf.floorMod : undefined;
  if (inRange !== undefined && !isInt(x)) return;
  g.add(`cast ${to}`, [x], ([a]) => {
    const small = inRange === undefined ? a! : inRange(a!, 7);
    // Back to a dtype that the other recipes use.
    const there = tf.cast(small, to);
    return [to === 'int64' || to === 'uint8' ? tf.cast(tf.add(there, there), 'int32') : there];
  }, { exact: true, bound: x.bound * 2 });
}

function matrices(g: Generator): void {
  const a = g.find((v) => isNumber(v) && isStatic(v) && v.shape.length === 2);
  if (a === undefined) return;
  const [m, k] = a.shape as readonly [number, number];
  const transposeA = g.random.chance(0.3);
  const inner = transposeA ? m : k;
  const transposeB = g.random.chance(0.3);
  const b = g.random.chance(0.3) ? g.find((v) => v.dtype === a.dtype && isStatic(v) && v.shape.length === 2 && v.shape[transposeB ? 1 : 0] === inner) : undefined;
  const columns = g.random.pick([1, 2, 3, 5, 8, 17]);
  const value = b === undefined ? randomTensor(g.random, a.dtype as 'float32', transposeB ? [columns, inner] : [inner, columns]) : undefined;
  g.add('matMul', b === undefined ? [a] : [a, b], ([x, y]) => [tf.matMul(x!, y ?? value!, { transposeA, transposeB })], { bound: Math.max(1, inner) * a.bound * (b?.bound ?? 9) });
}

function batchMatrices(g: Generator): void {
  const a = g.find((v) => isFloat(v) && isStatic(v) && v.shape.length === 3);
  if (a === undefined) return;
  const inner = a.shape[2] ?? 1;
  const value = randomTensor(g.random, 'float32', [...(g.random.chance(0.5) ? [a.shape[0] ?? 1] : []), inner, g.random.int(1, 6)]);
  g.add('batchMatMulV2', [a], ([x]) => [tf.batchMatMulV2(x!, value)], { bound: Math.max(1, inner) * a.bound * 9 });
}

function images(g: Generator): void {
  if (!g.values.some((v) => isFloat(v) && v.shape.length === 4)) {
    if (g.random.chance(0.3)) g.feed([g.random.int(1, 2), g.random.int(4, 7), g.random.int(4, 7), g.random.int(1, 5)], 'float32');
    return;
  }
  const x = g.find((v) => isFloat(v) && isStatic(v) && v.shape.length === 4 && !v.shape.includes(0));
  if (x === undefined) return;
  const [, height = 1, width = 1, channels = 1] = x.shape as readonly number[];
  const padding = g.random.pick(['SAME', 'VALID'] as const);
  const [kh, kw] = [g.random.int(1, Math.min(3, height)), g.random.int(1, Math.min(3, width))];
  const strides = g.random.chance(0.3) ? 2 : 1;
  const out = g.random.int(1, 6);
  const grow = kh * kw * channels * x.bound * 9;
  switch (g.random.int(0, 3)) {
    case 0: {
      const filter = randomTensor(g.random, 'float32', [kh, kw, channels, out]);
      g.add(`conv2d ${kh}x${kw} /${strides} ${padding} -> ${out}`, [x], ([a]) => [tf.nn.conv2d(a!, filter, strides, padding)], { bound: grow });
      return;
    }
    case 1: {
      const filter = randomTensor(g.random, 'float32', [kh, kw, channels, g.random.int(1, 2)]);
      g.add(`depthwiseConv2d ${kh}x${kw}`, [x], ([a]) => [tf.nn.depthwiseConv2d(a!, filter, strides, padding)], { bound: grow / channels });
      return;
    }
    case 2:
      g.add(`maxPool ${kh}x${kw} /${strides} ${padding}`, [x], ([a]) => [tf.nn.maxPool(a!, [kh, kw], strides, padding)]);
      return;
    default: {
      const bias = randomTensor(g.random, 'float32', [channels]);
      g.add('biasAdd, relu', [x], ([a]) => [tf.relu(tf.biasAdd(a!, bias))], { bound: x.bound + 9 });
    }
  }
}

function normalize(g: Generator): void {
  const x = g.find((v) => isFloat(v) && isStatic(v) && v.shape.length === 4 && v.bound < 100);
  if (x !== undefined) {
    const channels = x.shape[3] ?? 1;
    const [scale, offset, mean] = [0, 1, 2].map(() => HostTensor.from(randomTensor(g.random, 'float32', [channels], true), { dtype: 'float32' }));
    const variance = HostTensor.full([channels], 0.75, 'float32');
    g.add('fusedBatchNorm', [x], ([a]) => [tf.nn.fusedBatchNorm(a!, scale!, offset!, { mean: mean!, variance, isTraining: false }).y], { exact: false, bound: 2 * x.bound + 4 });
  }
  const y = g.find((v) => isFloat(v) && isStatic(v) && v.shape.length >= 1 && (v.shape.at(-1) ?? 0) > 0 && v.bound < 30);
  if (y !== undefined && g.random.chance(0.5)) g.add('softmax', [y], ([a]) => [tf.nn.softmax(a!)], { exact: false, bound: 1 });
}

function reduce(g: Generator): void {
  const x = g.find((v) => isPlain(v) && v.shape.length > 0 && !v.shape.includes(0));
  if (x === undefined) return;
  const rank = x.shape.length;
  const axes = g.random.shuffle([...x.shape.keys()]).slice(0, g.random.int(1, rank)).map((axis) => (g.random.chance(0.3) ? axis - rank : axis));
  const keepDims = g.random.chance(0.4);
  const size = sizeOf(x);
  if (isBool(x)) {
    const all = g.random.chance(0.5);
    g.add(all ? 'reduceAll' : 'reduceAny', [x], ([a]) => [all ? tf.reduceAll(a as Tensor<'bool'>, axes, { keepdims: keepDims }) : tf.reduceAny(a as Tensor<'bool'>, axes, { keepdims: keepDims })]);
    return;
  }
  const text = `[${axes.join()}]${keepDims ? ' keepDims' : ''}`;
  switch (g.random.int(0, isStatic(x) ? 4 : 0)) {
    case 0: g.add(`reduceSum ${text}`, [x], ([a]) => [tf.reduceSum(a!, axes, { keepdims: keepDims })], { bound: size * x.bound }); return;
    case 1: g.add(`reduceMax ${text}`, [x], ([a]) => [tf.reduceMax(a!, axes, { keepdims: keepDims })]); return;
    case 2: g.add(`reduceMin ${text}`, [x], ([a]) => [tf.reduceMin(a!, axes, { keepdims: keepDims })]); return;
    case 3: if (isFloat(x)) g.add(`reduceMean ${text}`, [x], ([a]) => [tf.reduceMean(a!, axes, { keepdims: keepDims })], { exact: false }); return;
    default: if (x.exact) g.add(`argmax ${axes[0] ?? 0}`, [x], ([a]) => [tf.argmax(a!, axes[0] ?? 0, { outputType: 'int32' })], { exact: true, bound: 64 });
  }
}

export const recipes: readonly Recipe[] = [
  unary, unary, unary, binary, binary, binary, binary, compare, logic, choose, choose, cast, matrices, matrices, batchMatrices, images, images, images, normalize, reduce, reduce,
  (g) => { if (g.count > 3 && g.random.chance(0.5)) g.repeat(); },
  ...movementRecipes, ...dataRecipes, ...stateRecipes, ...stateRecipes, ...callRecipes,
];
