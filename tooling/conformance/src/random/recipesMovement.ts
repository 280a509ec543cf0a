/** Recipes that move elements: reshapes, slices, joins, ops of several outputs, and shapes computed in the graph. */
import * as tf from '@sessionflow/core';
import { type Tensor } from '@sessionflow/core';
import type { Generator } from './generate.js';
import { randomTensor } from './graphSpec.js';
import { ints, isBool, isNumber, isPlain, isStatic, sizeOf, type Recipe, type StaticKnown } from './recipes.js';


function findStatic(g: Generator, fits: (v: StaticKnown) => boolean): StaticKnown | undefined {
  return g.find((v) => isStatic(v) && fits(v)) as StaticKnown | undefined;
}

function reshape(g: Generator): void {
  const x = findStatic(g, isPlain);
  if (x === undefined) return;
  const dims = [...x.shape];
  for (let i = 0; i < 2; i++) {
    const at = g.random.int(0, dims.length);
    if (g.random.chance(0.5)) dims.splice(at, 0, 1);
    else if (at + 1 < dims.length) dims.splice(at, 2, (dims[at] ?? 1) * (dims[at + 1] ?? 1));
  }
  const shape = g.random.chance(0.3) ? g.random.shuffle(dims) : dims;
  const free = sizeOf(x) > 0 && shape.length > 0 && g.random.chance(0.3) ? g.random.int(0, shape.length - 1) : -1;
  const asked = ints(shape.map((dim, i) => (i === free ? -1 : dim)));
  g.add(`reshape [${[...asked.data].join()}]`, [x], ([a]) => [tf.reshape(a!, asked)]);
}

function transpose(g: Generator): void {
  const x = findStatic(g, (v) => isPlain(v) && v.shape.length > 1);
  if (x === undefined) return;
  const perm = g.random.shuffle([...x.shape.keys()]);
  g.add(`transpose [${perm.join()}]`, [x], ([a]) => [tf.transpose(a!, perm)]);
}

function slice(g: Generator): void {
  const x = findStatic(g, (v) => isPlain(v) && v.shape.length > 0);
  if (x === undefined) return;
  const begin = x.shape.map((dim) => g.random.int(0, dim));
  if (g.random.chance(0.5)) {
    const size = x.shape.map((dim, i) => (g.random.chance(0.3) ? -1 : g.random.int(0, dim - (begin[i] ?? 0))));
    g.add(`slice ${begin.join()};${size.join()}`, [x], ([a]) => [tf.slice(a!, begin, size)]);
    return;
  }
  const end = x.shape.map((dim, i) => g.random.int(begin[i] ?? 0, dim));
  const back = g.random.chance(0.3);
  const strides = x.shape.map(() => (back ? -1 : g.random.int(1, 2)));
  const shrink = !back && (x.shape[0] ?? 0) > (begin[0] ?? 0) && g.random.chance(0.3) ? 1 : 0;
  const [from, to] = back ? [end, begin] : [begin, end];
  g.add(`stridedSlice ${from.join()};${to.join()};${strides.join()} shrink ${shrink}`, [x], ([a]) =>
    [tf.stridedSlice(a!, ints(from), ints(to), ints(shrink === 1 ? [1, ...strides.slice(1)] : strides), { shrinkAxisMask: shrink })]);
}

/** A slice whose place is a value of the run. */
function movingSlice(g: Generator): void {
  const x = findStatic(g, (v) => isPlain(v) && v.shape.length > 0 && (v.shape[0] ?? 0) > 1);
  const at = x === undefined ? undefined : findStatic(g, (v) => v.dtype === 'int32' && sizeOf(v) > 0);
  if (x === undefined || at === undefined) return;
  const rows = x.shape[0] ?? 1;
  const rest = x.shape.length - 1;
  g.add('slice at a computed row', [x, at], ([a, index]) => {
    const row = tf.floorMod(tf.slice(tf.reshape(index!, [-1]), [0], [1]), rows);
    const begin = rest === 0 ? row : tf.concat([row as Tensor<'int32'>, ints(new Array<number>(rest).fill(0))], 0);
    return [tf.slice(a!, begin as Tensor<'int32'>, [1, ...x.shape.slice(1)])];
  });
}

function join(g: Generator): void {
  const x = findStatic(g, (v) => isPlain(v) && v.shape.length > 0);
  if (x === undefined) return;
  const axis = g.random.int(0, x.shape.length - 1);
  const y = findStatic(g, (v) => v.dtype === x.dtype && v.shape.length === x.shape.length && v.shape.every((dim, i) => i === axis || dim === x.shape[i])) ?? x;
  const constant = randomTensor(g.random, x.dtype as 'float32', x.shape.map((dim, i) => (i === axis ? g.random.int(0, 3) : dim)));
  const three = g.random.chance(0.4);
  if (g.random.chance(0.3) && x.shape.join() === y.shape.join() && x.shape.length < 4) {
    g.add(`stack ${axis}`, [x, y], ([a, b]) => [tf.stack([a!, b!], axis)]);
    return;
  }
  g.add(`concat ${axis}${three ? ' with a constant' : ''}`, [x, y], ([a, b]) => [tf.concat(three ? [a!, constant, b!] : [a!, b!], axis)], { bound: Math.max(9, x.bound, y.bound) });
}

function pad(g: Generator): void {
  const x = findStatic(g, (v) => isNumber(v) && v.shape.length > 0 && v.shape.length < 5);
  if (x === undefined) return;
  const reflect = g.random.chance(0.3) && x.shape.every((dim) => dim > 1);
  const paddings = x.shape.map(() => [g.random.int(0, reflect ? 1 : 2), g.random.int(0, reflect ? 1 : 2)]);
  g.add(`${reflect ? 'mirrorPad' : 'pad'} ${JSON.stringify(paddings)}`, [x], ([a]) => [tf.pad(a!, paddings, { mode: reflect ? 'REFLECT' : 'CONSTANT' })]);
}

function gather(g: Generator): void {
  const x = findStatic(g, (v) => isPlain(v) && v.shape.length > 0 && !v.shape.includes(0));
  if (x === undefined) return;
  const axis = g.random.int(0, x.shape.length - 1);
  const rows = x.shape[axis] ?? 1;
  const index = g.random.chance(0.5) ? g.find((v) => v.dtype === 'int32' && v.shape.length < 3) : undefined;
  if (index !== undefined) {
    g.add(`gather ${axis} by value`, [x, index], ([a, i]) => [tf.gather(a!, tf.floorMod(i!, rows) as Tensor<'int32'>, { axis })], { bound: x.bound });
    return;
  }
  const indices = ints(Array.from({ length: g.random.int(0, 5) }, () => g.random.int(0, rows - 1)));
  g.add(`gather ${axis}`, [x], ([a]) => [tf.gather(a!, indices, { axis })]);
}

function parts(g: Generator): void {
  const x = findStatic(g, (v) => isPlain(v) && v.shape.length > 0 && (v.shape.at(-1) ?? 0) > 0);
  if (x === undefined) return;
  const axis = g.random.int(0, x.shape.length - 1);
  const size = x.shape[axis] ?? 1;
  switch (g.random.int(0, 3)) {
    case 0: {
      const count = g.random.pick([1, 2, 3].filter((n) => size % n === 0));
      g.add(`split ${count} along ${axis}`, [x], ([a]) => tf.split(a!, count, axis));
      return;
    }
    case 1: {
      const first = g.random.int(0, size);
      g.add(`splitV ${first}, ${size - first} along ${axis}`, [x], ([a]) => tf.split(a!, [first, size - first], axis));
      return;
    }
    case 2:
      if (size > 0 && size <= 6) g.add(`unstack ${axis}`, [x], ([a]) => tf.unstack(a!, size, { axis }));
      return;
    default: {
      const last = x.shape.at(-1) ?? 0;
      if (!isNumber(x) || !x.exact) return;
      const k = g.random.int(0, last);
      g.add(`topK ${k}`, [x], ([a]) => {
        const { values, indices } = tf.nn.topK(a!, k);
        return [values, indices];
      }, { bound: Math.max(x.bound, last) });
    }
  }
}

function pass(g: Generator): void {
  const x = g.find(() => true);
  if (x === undefined) return;
  const y = g.find(() => true) ?? x;
  if (g.random.chance(0.6)) g.add('identity', [x], ([a]) => [tf.identity(a!)]);
  else if (g.random.chance(0.5)) g.add('stopGradient', [x], ([a]) => [tf.stopGradient(a!)]);
  else g.add('identityN', [x, y], ([a, b]) => tf.identityN([a!, b!]));
}

function shapes(g: Generator): void {
  const x = g.find(isPlain);
  if (x === undefined) return;
  const y = g.find((v) => isPlain(v) && isStatic(v) && isStatic(x) && sizeOf(v) === sizeOf(x));
  switch (g.random.int(0, 6)) {
    case 0: g.add('shape', [x], ([a]) => [tf.shape(a!)], { exact: true, bound: 4096 }); return;
    case 1: g.add('size, rank', [x], ([a]) => [tf.size(a!), tf.rank(a!)], { exact: true, bound: 4096 }); return;
    case 2: if (y !== undefined) g.add('reshape to a shape', [x, y], ([a, b]) => [tf.reshape(a!, tf.shape(b!))], { exact: x.exact, bound: x.bound }); return;
    case 3: g.add('zerosLike + onesLike', [x], ([a]) => (isBool(x) ? [tf.zerosLike(a!)] : [tf.add(tf.zerosLike(a!), tf.onesLike(a!))]), { exact: true, bound: 1 }); return;
    case 4: g.add('fill a shape', [x], ([a]) => [tf.fill(tf.shape(a!), 2)], { exact: true, bound: 2 }); return;
    case 5: g.add('reshape [-1]', [x], ([a]) => [tf.reshape(a!, [-1])]); return;
    default: g.add('range of the size', [x], ([a]) => [tf.range(tf.size(a!))], { exact: true, bound: 4096 });
  }
}

function other(g: Generator): void {
  const x = findStatic(g, (v) => isNumber(v) && v.shape.length > 0 && !v.shape.includes(0));
  if (x === undefined) return;
  const axis = g.random.int(0, x.shape.length - 1);
  switch (g.random.int(0, 4)) {
    case 0: g.add(`reverse ${axis}`, [x], ([a]) => [tf.reverse(a!, [axis])]); return;
    case 1: g.add(`tile 2 along ${axis}`, [x], ([a]) => [tf.tile(a!, ints(x.shape.map((_, i) => (i === axis ? 2 : 1))))]); return;
    case 2: g.add(`cumsum ${axis}`, [x], ([a]) => [tf.cumsum(a!, axis)], { bound: x.bound * (x.shape[axis] ?? 1) }); return;
    case 3: g.add(`expandDims ${axis}`, [x], ([a]) => [tf.expandDims(a!, axis)]); return;
    default: g.add('squeeze', [x], ([a]) => [tf.squeeze(a!)]);
  }
}

export const movementRecipes: readonly Recipe[] = [
  reshape, reshape, transpose, transpose, slice, slice, movingSlice, join, join, pad, gather, gather, parts, parts, parts, pass, pass, shapes, shapes, shapes, other, other,
];
