/**
 * The fused ops that graph optimisers write (`_FusedConv2D`, `_FusedMatMul`, …): a product followed by what `fused_ops` names. The
 * result of the product, the extra arguments and the attributes go in, the last value comes out.
 */
import { channelVector } from './nnBodies.js';
import { attr, inputOf, number, one } from './bodies.js';
import type { BodyBuilder, BodyValue } from './opDef.js';

/** Activations without arguments. */
const activations: ReadonlySet<string> = new Set(['Relu', 'Relu6', 'Elu', 'Selu', 'Tanh', 'Sigmoid', 'Softplus', 'Softsign']);

/** Applies `fused_ops`; `undefined` when one of them is not known. `format` is the data format of `product`. */
export function applyFused(b: BodyBuilder, product: BodyValue, args: readonly BodyValue[], format: string): BodyValue | undefined {
  let value = product;
  let next = 0;
  for (const name of b.attrs.strings('fused_ops')) {
    if (name === 'BiasAdd') value = one(b, 'BiasAdd', [value, inputOf(args, next++)], { data_format: attr.string(format) });
    else if (name === 'Add') value = one(b, 'AddV2', [value, inputOf(args, next++)]);
    else if (name === 'Prelu') value = one(b, 'Prelu', [value, inputOf(args, next++)]);
    else if (name === 'LeakyRelu') value = one(b, 'LeakyRelu', [value], { alpha: attr.float(b.attrs.float('leakyrelu_alpha')) });
    else if (name === 'FusedBatchNorm') {
      const vectors = [next, next + 1, next + 2, next + 3].map((i) => channelVector(b, inputOf(args, i), value, format));
      next += 4;
      value = normalized(b, value, vectors);
    } else if (name === 'GeluExact' || name === 'GeluApproximate') value = gelu(b, value, name === 'GeluExact');
    else if (activations.has(name)) value = one(b, name, [value]);
    else return undefined;
  }
  return value;
}

/** (x - mean) · scale / √(variance + epsilon) + offset, with vectors that broadcast against x: scale, offset, mean, variance. */
function normalized(b: BodyBuilder, x: BodyValue, vectors: readonly BodyValue[]): BodyValue {
  const [scale, offset, mean, variance] = [0, 1, 2, 3].map((i) => inputOf(vectors, i)) as [BodyValue, BodyValue, BodyValue, BodyValue];
  const shifted = one(b, 'AddV2', [variance, number(b, b.attrs.float('epsilon'), variance.dtype)]);
  const factor = one(b, 'Mul', [one(b, 'Rsqrt', [shifted]), scale]);
  return one(b, 'AddV2', [one(b, 'Mul', [one(b, 'Sub', [x, mean]), factor]), offset]);
}

/** x/2 · (1 + erf(x/√2)), or with tanh(√(2/π)·(x + 0.044715·x³)) for the erf. */
function gelu(b: BodyBuilder, x: BodyValue, isExact: boolean): BodyValue {
  const scaled = (value: BodyValue, factor: number): BodyValue => one(b, 'Mul', [value, number(b, factor, x.dtype)]);
  const inner = isExact
    ? one(b, 'Erf', [scaled(x, Math.SQRT1_2)])
    : one(b, 'Tanh', [scaled(one(b, 'AddV2', [x, scaled(one(b, 'Mul', [one(b, 'Square', [x]), x]), 0.044715)]), Math.sqrt(2 / Math.PI))]);
  return one(b, 'Mul', [scaled(x, 0.5), one(b, 'AddV2', [inner, number(b, 1, x.dtype)])]);
}
