/**
 * Pools whose windows alternate between two sizes (Graham, Fractional max-pooling): where each window starts is drawn from the node's seeds,
 * by the generator and in the order of TensorFlow's CPU kernel, and given out for the gradient.
 */
import type { AttrReader } from '../../graph/attrs.js';
import { dtypeInfo } from '../../dtypes.js';
import { UnimplementedError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { sizeOf } from '../../shape.js';
import { host, type HostCode } from './define.js';
import { Philox, toDouble } from './philox.js';
import { freshSeed, shuffledOrder } from './random.js';
import { intsOf, intTensor, invalid, numbersOf, tensorOfNumbers } from './tensors.js';

function generatorOf(attrs: AttrReader): Philox {
  let [seed, seed2] = [attrs.bigint('seed'), attrs.bigint('seed2')];
  if (!attrs.bool('deterministic') && (seed !== 0n || seed2 !== 0n)) invalid('Both seed and seed2 should be 0 if deterministic is false.');
  if (seed === 0n && seed2 === 0n) [seed, seed2] = [freshSeed(), freshSeed()];
  return Philox.ofSeeds(seed, seed2);
}

/** As many samples as a caller reserves; the generator moves on past them. */
function reserved(generator: Philox, samples: number): () => number {
  const own = generator.copy();
  generator.skip(BigInt(Math.ceil(samples / 4)));
  return own.singles();
}

/** Starts of the windows, and the end of the last. */
function sequence(input: number, output: number, pseudoRandom: boolean, generator: Philox): number[] {
  const whole = Math.floor(input / output);
  const sizes = new Array<number>(output).fill(whole);
  if (input % output !== 0 && pseudoRandom) {
    const alpha = input / output;
    const limit = Math.min((whole + 2) / alpha - 1, (input + 1 - whole) / alpha - (output - 1));
    const next = reserved(generator, 2);
    const u = toDouble(next(), next()) * limit;
    const starts = Array.from({ length: output + 1 }, (_, i) => (i === 0 ? 1 : i === output ? input + 1 : Math.ceil(alpha * (i + u))));
    sizes.forEach((_, i) => (sizes[i] = starts[i + 1]! - starts[i]!));
  } else if (input % output !== 0) {
    for (let i = 0; i < input % output; i++) sizes[i]!++;
    const given = [...sizes];
    shuffledOrder(output, reserved(generator, output)).forEach((from, to) => (sizes[to] = given[from]!));
  }
  const starts = [0];
  for (const size of sizes) starts.push(starts.at(-1)! + size);
  return starts;
}

/** Calls `each` with an output element and the input elements of its window. */
function eachWindow(
  shape: readonly number[], rows: readonly number[], columns: readonly number[], overlapping: boolean, each: (out: number, elements: readonly number[]) => void,
): void {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const last = (starts: readonly number[], i: number, limit: number): number => Math.min(overlapping ? starts[i + 1]! : starts[i + 1]! - 1, limit - 1);
  let out = 0;
  for (let b = 0; b < batch; b++) {
    for (let row = 0; row + 1 < rows.length; row++) {
      for (let column = 0; column + 1 < columns.length; column++) {
        for (let c = 0; c < channels; c++, out++) {
          const elements: number[] = [];
          for (let y = rows[row]!; y <= last(rows, row, height); y++) {
            for (let x = columns[column]!; x <= last(columns, column, width); x++) elements.push(((b * height + y) * width + x) * channels + c);
          }
          each(out, elements);
        }
      }
    }
  }
}

/** The first of the largest elements; NaN is larger than none. */
const largest = (x: ArrayLike<number>, elements: readonly number[]): number =>
  elements.reduce((best, at) => (x[at]! > x[best]! || Number.isNaN(x[best]!) ? at : best), elements[0] ?? 0);

function mean(x: ArrayLike<number>, elements: readonly number[], isWhole: boolean): number {
  const average = elements.reduce((sum, at) => sum + x[at]!, 0) / elements.length;
  return isWhole ? Math.trunc(average) : average;
}

const isWhole = ({ dtype }: HostTensor): boolean => dtypeInfo[dtype].kind !== 'float';

const pooled = (take: (x: ArrayLike<number>, elements: readonly number[], whole: boolean) => number): HostCode => host(([value], { attrs }) => {
  const { shape, dtype } = value!;
  const ratios = attrs.floats('pooling_ratio');
  if (shape.length !== 4) invalid('value must be 4-dimensional');
  if (ratios.length !== 4) invalid('pooling_ratio field must specify 4 dimensions');
  if (ratios[0] !== 1 || ratios[3] !== 1) throw new UnimplementedError('Fractional pooling is not yet supported on the batch nor channel dimension.');
  shape.forEach((dim, axis) => {
    if (dim < ratios[axis]!) {
      invalid(`Pooling ratio is higher than input dimension size for dimension ${axis}. Input dim size: ${dim} pooling ratio: ${ratios[axis]}`);
    }
  });
  const output = shape.map((dim, axis) => Math.floor(dim / ratios[axis]!));
  const generator = generatorOf(attrs);
  const [rows, columns] = [1, 2].map((axis) => sequence(shape[axis]!, output[axis]!, attrs.bool('pseudo_random'), generator)) as [number[], number[]];
  const x = numbersOf(value!);
  const out = new Float64Array(sizeOf(output));
  eachWindow(shape, rows, columns, attrs.bool('overlapping'), (to, elements) => (out[to] = take(x, elements, isWhole(value!))));
  return [tensorOfNumbers(dtype, output, out), intTensor('int64', rows), intTensor('int64', columns)];
});

export const FractionalMaxPool = pooled((x, elements) => x[largest(x, elements)]!);
export const FractionalAvgPool = pooled(mean);

function checkGradient({ shape, size }: HostTensor, expected: number): void {
  if (shape.length !== 4) invalid('out_backprop must be 4-dimensional');
  for (const dim of shape) if (dim <= 0) invalid(`out_backprop must be positive for all dimension, got:${dim}`);
  if (size !== expected) invalid(`out_backprop must have the ${expected} elements of the pool's output, but has ${size}`);
}

export const FractionalMaxPoolGrad = host(([input, output, gradient, rows, columns], { attrs }) => {
  checkGradient(gradient!, output!.size);
  const [x, y, g] = [numbersOf(input!), numbersOf(output!), numbersOf(gradient!)];
  const out = new Float64Array(input!.size);
  eachWindow(input!.shape, intsOf(rows!), intsOf(columns!), attrs.bool('overlapping'), (at, elements) => {
    const from = largest(x, elements);
    if (x[from] !== y[at]) invalid('tensor_out_dup is not the same as tensor_out');
    out[from]! += g[at]!;
  });
  return [tensorOfNumbers(input!.dtype, input!.shape, out)];
});

export const FractionalAvgPoolGrad = host(([shapeArg, gradient, rows, columns], { attrs }) => {
  const shape = intsOf(shapeArg!);
  if (shape.length !== 4) invalid('original input tensor shape must be1-dimensional and 4 elements');
  checkGradient(gradient!, shape[0]! * (rows!.size - 1) * (columns!.size - 1) * shape[3]!);
  const g = numbersOf(gradient!);
  const out = new Float64Array(sizeOf(shape));
  eachWindow(shape, intsOf(rows!), intsOf(columns!), attrs.bool('overlapping'), (at, elements) => {
    for (const place of elements) out[place]! += g[at]! / elements.length;
  });
  return [tensorOfNumbers(gradient!.dtype, shape, isWhole(gradient!) ? out.map(Math.trunc) : out)];
});
