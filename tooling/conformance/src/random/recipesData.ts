/** Recipes whose results' shapes are born from data, and strings. */
import * as tf from '@sessionflow/core';
import { HostTensor, type Tensor } from '@sessionflow/core';
import type { Generator } from './generate.js';
import { randomTensor } from './graphSpec.js';
import { ints, isBool, isNumber, isPlain, isStatic, sizeOf, type Recipe, type StaticKnown } from './recipes.js';

function where(g: Generator): void {
  const x = g.find((v) => isBool(v) && v.shape.length > 0);
  if (x === undefined) return;
  g.add('where', [x], ([a]) => [tf.cast(tf.where(a as Tensor<'bool'>), 'int32')], { exact: true, bound: 4096 });
}

function mask(g: Generator): void {
  const flags = g.find((v) => isBool(v) && isStatic(v) && v.shape.length > 0);
  const x = flags === undefined ? undefined : g.find((v) => isPlain(v) && isStatic(v) && v.shape.slice(0, flags.shape.length).join() === flags.shape.join());
  if (flags === undefined || x === undefined) return;
  const { shape } = flags as StaticKnown;
  // The rank of the mask must be known when the graph is built, whatever the placeholder says.
  g.add('booleanMask', [x, flags], ([a, b]) => [tf.booleanMask(a!, tf.reshape(b as Tensor<'bool'>, ints(shape)))], { exact: x.exact, bound: x.bound });
}

function unique(g: Generator): void {
  const x = g.find((v) => isNumber(v) && v.exact);
  if (x === undefined) return;
  g.add('unique', [x], ([a]) => {
    const { y, idx } = tf.unique(tf.reshape(a!, [-1]));
    return [y, idx];
  }, { bound: Math.max(x.bound, 4096) });
}

function suppress(g: Generator): void {
  const scores = g.find((v) => v.dtype === 'float32' && v.exact && isStatic(v) && v.shape.length === 1 && sizeOf(v) > 0);
  if (scores === undefined) return;
  const corner = randomTensor(g.random, 'float32', [sizeOf(scores), 2]);
  const boxes = HostTensor.from(Array.from({ length: sizeOf(scores) }, (_, i) => {
    const [y, x] = [corner.data[2 * i] as number, corner.data[2 * i + 1] as number];
    return [y, x, y + 3, x + 2];
  }), { dtype: 'float32', shape: [sizeOf(scores), 4] });
  g.add('nonMaxSuppression', [scores], ([a]) => [tf.image.nonMaxSuppression(boxes, a as Tensor<'float32'>, 4)], { exact: true, bound: 64 });
}

function text(g: Generator): void {
  if (!g.random.chance(0.4)) return;
  const x = g.find((v) => (v.dtype === 'int32' || v.dtype === 'string') && sizeOf(v) < 64);
  if (x === undefined) return;
  if (x.dtype === 'int32') {
    g.add('asString', [x], ([a]) => [tf.asString(a as Tensor<'int32'>)], { exact: true });
    return;
  }
  switch (g.random.int(0, 2)) {
    case 0: g.add('stringJoin', [x], ([a]) => [tf.stringJoin([a as Tensor<'string'>, a as Tensor<'string'>], { separator: '-' })]); return;
    case 1: g.add('stringLength', [x], ([a]) => [tf.stringLength(a as Tensor<'string'>)], { exact: true, bound: 64 }); return;
    default: g.add('equal strings', [x], ([a]) => [tf.equal(a!, '1')], { exact: true, bound: 1 });
  }
}

export const dataRecipes: readonly Recipe[] = [where, mask, mask, unique, suppress, text];
