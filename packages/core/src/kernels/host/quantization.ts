/** Numbers of quantized dtypes, computed as TensorFlow's CPU kernels do: in float32, one rounding after the other. */
import { type DType, limitsOf } from '../../dtypes.js';
import { UnimplementedError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import type { HostContext } from '../hostContext.js';
import { host } from './define.js';
import { invalid, numbersOf, scalarOf, scalarTensor, sizeBetween, tensorOfNumbers } from './tensors.js';

const f = Math.fround;
const maxFloat = 3.4028234663852886e38;

/** The least and the largest number of a quantized dtype, and its number of steps less one. */
function stepsOf(dtype: DType): { low: number; high: number; steps: number } {
  const { lowest, highest } = limitsOf(dtype);
  const [low, high] = [Number(lowest), Number(highest)];
  return { low, high, steps: high - low };
}

/** Half away from zero. */
const round = (x: number): number => (x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5));

function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

/** Where a slice along `axis` lies in memory; without an axis (below 0) everything is one slice. */
interface Slices {
  readonly count: number;
  /** The slice of element i. */
  of(i: number): number;
}

function slicesOf({ shape }: HostTensor, axis: number): Slices {
  if (axis < 0) return { count: 1, of: () => 0 };
  const inner = sizeBetween(shape, axis + 1, shape.length);
  const count = shape[axis]!;
  return { count, of: (i) => Math.floor(i / inner) % count };
}

/** What a slice of QuantizeV2 does to a number, and the range it has afterwards. */
interface Quantizer {
  readonly min: number;
  readonly max: number;
  quantize(x: number): number;
}

function quantizerOf({ attrs, outputDtypes }: HostContext, givenMin: number, givenMax: number): Quantizer {
  if (givenMax < givenMin) invalid('input_max_range must be larger than input_min_range.');
  const ensured = attrs.float('ensure_minimum_range');
  let min = Math.min(0, givenMin);
  let max = Math.max(0, givenMax);
  if (ensured > 0) max = Math.max(max, f(min + f(Math.max(1, Math.abs(givenMin), Math.abs(givenMax)) * ensured)));
  const { low, high, steps } = stepsOf(outputDtypes[0]!);
  const clamp = (x: number): number => Math.max(Math.min(x, max), min);
  switch (attrs.string('mode')) {
    case 'MIN_COMBINED': {
      const scale = f(f(steps) / f(max - min));
      const half = low === 0 ? 0 : 2 ** (Math.log2(steps + 1) - 1);
      if (low === 0) return { min, max, quantize: (x) => Math.trunc(f(f(f(clamp(x) - min) * scale) + 0.5)) };
      return { min, max, quantize: (x) => round(f(f(f(clamp(x) - min) * scale) - half)) };
    }
    case 'MIN_FIRST': {
      const scale = max === min ? 0 : f(steps / f(max - min));
      const shift = f(f(round(f(min * scale))) - low);
      const [least, most] = [low, Math.min(f(high), 2147483520)];
      return { min, max, quantize: (x) => Math.min(Math.max(f(round(f(x * scale)) - shift), least), most) };
    }
    default: {
      const least = low + (attrs.bool('narrow_range') ? 1 : 0);
      const fromMin = least * min > 0 ? f(f(least) / min) : maxFloat;
      const fromMax = high * max > 0 ? f(f(high) / max) : maxFloat;
      const scale = Math.min(fromMin, fromMax);
      min = f(f(least) / scale);
      max = f(f(high) / scale);
      const rounded = attrs.string('round_mode') === 'HALF_TO_EVEN' ? roundHalfToEven : round;
      return { min, max, quantize: (x) => rounded(f(clamp(x) * scale)) };
    }
  }
}

/** The one range of a tensor, or one per slice; TensorFlow's errors where there are others. */
function checkRanges(input: HostTensor, axis: number, ranges: Readonly<Record<string, HostTensor>>): void {
  if (axis >= input.shape.length) {
    invalid("Axis is on a zero-based index, so its value must always be less than number of input's dims, but given axis value was " +
      `${axis} and input's dims was ${input.shape.length}`);
  }
  for (const [name, { shape, size }] of Object.entries(ranges)) {
    if (axis < 0) {
      if (size !== 1) invalid(`If axis is not specified, ${name} must contain a single float element, but it contains ${size} elements`);
    } else if (shape.length !== 1 || shape[0] !== input.shape[axis]) {
      invalid(`If axis is specified, ${name} must be a 1-D tensor whose size matches the axis dimension of the input and output tensors, ` +
        `but ${name} is a ${shape.length}-D tensor of size ${size} and input and output tensors have size ${input.shape[axis]} along the axis`);
    }
  }
}

export const QuantizeV2 = host(([input, minRange, maxRange], context) => {
  const { attrs, outputDtypes } = context;
  const [mode, axis] = [attrs.string('mode'), attrs.int('axis')];
  if (attrs.string('round_mode') === 'HALF_TO_EVEN' && mode !== 'SCALED') {
    invalid(`Round mode 'HALF_TO_EVEN' only supported for mode 'SCALED', but mode is '${mode}'.`);
  }
  checkRanges(input!, axis, { min_range: minRange!, max_range: maxRange! });
  const slices = slicesOf(input!, axis);
  if (slices.count > 1 && mode === 'MIN_FIRST') throw new UnimplementedError('MIN_FIRST mode is not implemented for Quantize with axis != -1.');
  const [mins, maxes] = [numbersOf(minRange!), numbersOf(maxRange!)];
  const quantizers = Array.from({ length: slices.count }, (_, slice) => quantizerOf(context, mins[slice]!, maxes[slice]!));
  // Numbers beyond the dtype become its least one, as the processor's conversion of floats has it; only qint32 has such.
  const values = Array.from(numbersOf(input!), (x, i) => quantizers[slices.of(i)]!.quantize(x));
  return [
    tensorOfNumbers(outputDtypes[0]!, input!.shape, values),
    tensorOfNumbers('float32', minRange!.shape, quantizers.map(({ min }) => min)),
    tensorOfNumbers('float32', maxRange!.shape, quantizers.map(({ max }) => max)),
  ];
});

/** The float of a quantized number. */
function dequantizerOf({ attrs }: HostContext, dtype: DType, min: number, max: number): (x: number) => number {
  const { low, high, steps } = stepsOf(dtype);
  switch (attrs.string('mode')) {
    case 'MIN_COMBINED': {
      const scale = f(f(max - min) / f(steps));
      const half = low === 0 ? 0 : (steps + 1) / 2;
      return (x) => f(f(f(f(x) + half) * scale) + min);
    }
    case 'MIN_FIRST': {
      const scale = f(f(max - min) / steps);
      const first = max === min ? min : f(f(round(f(min / scale))) * scale);
      const base = f(first - f(low * scale));
      return (x) => f(base + f(f(x) * scale));
    }
    default: {
      const least = low + (attrs.bool('narrow_range') ? 1 : 0);
      const scale = low === 0 ? f(max / f(high)) : Math.max(f(min / f(least)), f(max / f(high)));
      return (x) => f(f(x) * scale);
    }
  }
}

export const Dequantize = host(([input, minRange, maxRange], context) => {
  const { attrs, outputDtypes: [dtype] } = context;
  const [mode, axis] = [attrs.string('mode'), attrs.int('axis')];
  if (dtype === 'bfloat16' && mode !== 'MIN_COMBINED') invalid(`When output type is bfloat16, Mode string must be 'MIN_COMBINED', is '${mode}'`);
  if (axis >= input!.shape.length) invalid(`Axis must be less than input dimension(${input!.shape.length}), got ${axis}`);
  const slices = slicesOf(input!, axis);
  for (const [name, { size }] of [['input_min_tensor', minRange!], ['input_max_tensor', maxRange!]] as const) {
    if (size !== slices.count) {
      invalid(`${name} must have as many elements as input on the dequantization axis (${axis}), got ${size}, expected ${slices.count}`);
    }
  }
  if (slices.count > 1 && mode === 'MIN_FIRST') throw new UnimplementedError('MIN_FIRST mode is not implemented for Dequantize with axis != -1.');
  const [mins, maxes] = [numbersOf(minRange!), numbersOf(maxRange!)];
  const dequantizers = Array.from({ length: slices.count }, (_, slice) => dequantizerOf(context, input!.dtype, mins[slice]!, maxes[slice]!));
  return [tensorOfNumbers(dtype!, input!.shape, Array.from(numbersOf(input!), (x, i) => dequantizers[slices.of(i)]!(x)))];
});

/** What QuantizeAndDequantize makes of a number over a range, in the arithmetic of its dtype. */
function simulatorOf({ attrs }: HostContext, bits: number, dtype: DType, given: { min: number; max: number }): (x: number) => number {
  const r = dtype === 'float64' ? (x: number): number => x : f;
  const isSigned = attrs.bool('signed_input');
  const least = isSigned ? -(2 ** (bits - 1)) + (attrs.bool('narrow_range') ? 1 : 0) : 0;
  const most = isSigned ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const largest = dtype === 'float64' ? Number.MAX_VALUE : maxFloat;
  let { min, max } = given;
  const fromMin = r(r(least) * min) > 0 ? r(r(least) / min) : largest;
  const fromMax = r(r(most) * max) > 0 ? r(r(most) / max) : largest;
  const byMin = fromMin < fromMax;
  const scale = byMin ? fromMin : fromMax;
  const inverse = byMin ? r(min / r(least)) : r(max / r(most));
  if (byMin) max = r(r(most) * inverse);
  else min = r(r(least) * inverse);
  const rounded = attrs.has('round_mode') && attrs.string('round_mode') === 'HALF_UP' ? (x: number): number => Math.floor(r(x + 0.5)) : roundHalfToEven;
  if (!attrs.bool('range_given')) return (x) => r(rounded(r(x * scale)) * inverse);
  return (x) => r(rounded(r(Math.max(Math.min(x, max), min) * scale)) * inverse);
}

/** The ranges of the slices of a tensor: those given, or those of its elements. */
function rangesOf(input: HostTensor, slices: Slices, axis: number, [minRange, maxRange]: readonly [HostTensor, HostTensor], isGiven: boolean): { min: number; max: number }[] {
  if (!isGiven) {
    const ranges = Array.from({ length: slices.count }, () => ({ min: Infinity, max: -Infinity }));
    numbersOf(input).forEach((x, i) => {
      const range = ranges[slices.of(i)]!;
      range.min = Math.min(range.min, x);
      range.max = Math.max(range.max, x);
    });
    return ranges;
  }
  if (axis >= 0) {
    for (const [name, { size }] of [['input_min_tensor', minRange], ['input_max_tensor', maxRange]] as const) {
      if (size !== slices.count) invalid(`${name} has incorrect size, was ${size} expected ${slices.count} to match dim ${axis} of the input`);
    }
  }
  const [mins, maxes] = [numbersOf(minRange), numbersOf(maxRange)];
  return Array.from({ length: slices.count }, (_, slice) => {
    const [min, max] = [mins[slice]!, maxes[slice]!];
    if (axis < 0 && !(min <= max)) invalid(`Invalid range: input_min ${min} > input_max ${max}`);
    return { min, max };
  });
}

function simulate(input: HostTensor, range: readonly [HostTensor, HostTensor], bits: number, context: HostContext): readonly HostTensor[] {
  const { attrs } = context;
  const [axis, isSigned, isGiven] = [attrs.int('axis'), attrs.bool('signed_input'), attrs.bool('range_given')];
  if (axis < -1) invalid(`Axis must be at least -1. Found ${axis}`);
  if (axis >= input.shape.length) invalid(`Shape must be at least rank ${axis + 1} but is rank ${input.shape.length}`);
  if (!(bits > 0 && bits < (isSigned ? 62 : 63))) invalid(`num_bits is out of range: ${bits} with \`signed_input_\` ${isSigned ? 1 : 0}`);
  if (isGiven && axis < 0) for (const { size } of range) if (size !== 1) invalid(`The range must be a scalar, but has ${size} elements.`);
  const slices = slicesOf(input, axis);
  const simulators = rangesOf(input, slices, axis, range, isGiven).map((one) => simulatorOf(context, bits, input.dtype, one));
  return [tensorOfNumbers(input.dtype, input.shape, Array.from(numbersOf(input), (x, i) => simulators[slices.of(i)]!(x)))];
}

export const QuantizeAndDequantizeV2 = host(([input, min, max], context) => simulate(input!, [min!, max!], context.attrs.int('num_bits'), context));

export const QuantizeAndDequantizeV4 = QuantizeAndDequantizeV2;

export const QuantizeAndDequantizeV3 = host(([input, min, max, bits], context) => {
  if (bits!.shape.length > 0) invalid(`Invalid shape. The \`num_bits\` tensor should be a scalar. Got dimensions: ${bits!.shape.length}`);
  return simulate(input!, [min!, max!], scalarOf(bits!), context);
});

export const QuantizeAndDequantizeV4Grad = host(([gradients, input, min, max], { attrs }) => {
  const axis = attrs.int('axis');
  if (String(gradients!.shape) !== String(input!.shape)) invalid('gradient and input must be the same size');
  if (axis < -1) invalid(`Axis must be at least -1. Found ${axis}`);
  if (axis >= input!.shape.length) invalid(`Axis should be -1 or 0 or a positive value less than ${input!.shape.length}but given axis value was ${axis}`);
  const slices = slicesOf(input!, axis);
  for (const [name, { size }] of [['min', min!], ['max', max!]] as const) {
    if (size !== slices.count) invalid(`${name} has incorrect size, expected ${slices.count} was ${size}`);
  }
  const [mins, maxes, x] = [numbersOf(min!), numbersOf(max!), numbersOf(input!)];
  const passed = Array.from(numbersOf(gradients!), (gradient, i) => {
    const slice = slices.of(i);
    return gradient * (x[i]! >= mins[slice]! && x[i]! <= maxes[slice]! ? 1 : 0);
  });
  return [
    tensorOfNumbers(input!.dtype, input!.shape, passed),
    tensorOfNumbers(input!.dtype, min!.shape, Array.from(mins, () => 0)),
    tensorOfNumbers(input!.dtype, max!.shape, Array.from(maxes, () => 0)),
  ];
});

/** The float of a number of a quantized dtype over a range, as the operations on quantized tensors have it. */
function quantizedToFloat(value: number, dtype: DType, min: number, max: number): number {
  if (min === max) return min;
  const { low, steps } = stepsOf(dtype);
  const scale = (f(max - min) * ((steps + 1) / steps)) / (steps + 1);
  return f(round(f(min / f(scale))) * f(scale) + (value - low) * scale);
}

/** A number of a quantized dtype for a float over a range, within the dtype. */
function floatToQuantized(value: number, dtype: DType, min: number, max: number): number {
  const { low, high, steps } = stepsOf(dtype);
  if (min === max) return low;
  const scale = (steps + 1) / (f(max - min) * ((steps + 1) / steps));
  return Math.min(Math.max(round(value * scale) - round(min * scale) + low, low), high);
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** qint32 over another range as quint8, in TensorFlow's fixed-point arithmetic with 16 bits after the point. */
function requantizedToQuint8(values: ArrayLike<number>, from: Range, to: Range): number[] {
  const one = 2 ** 16;
  const [inputRange, outputRange] = [f(from.max - from.min), f(to.max - to.min)];
  const reciprocal = outputRange === 0 ? 0 : f(255 / outputRange);
  const middle = f(f(from.min + from.max) / 2);
  if (!Number.isFinite(middle)) invalid(`input_min and input_max must be finite, but are ${from.min} and ${from.max}`);
  const scale = outputRange === 0 ? 0n : BigInt(Math.trunc((255 * one * inputRange) / outputRange));
  const inputOffset = BigInt(Math.trunc(f(f(middle * reciprocal) * one)));
  const outputOffset = outputRange === 0 ? 0n : BigInt(round((one * (to.min * 255)) / outputRange));
  return Array.from(values, (value) => {
    const moved = ((BigInt(value) * scale) >> 32n) + inputOffset - outputOffset + 32768n;
    return Math.min(Math.max(Number(moved >> 16n), 0), 255);
  });
}

function requantized(input: HostTensor, dtype: DType, from: Range, to: Range): readonly HostTensor[] {
  const values = numbersOf(input);
  const results = dtype === 'quint8' ? requantizedToQuint8(values, from, to)
    : Array.from(values, (value) => floatToQuantized(quantizedToFloat(value, input.dtype, from.min, from.max), dtype, to.min, to.max));
  return [tensorOfNumbers(dtype, input.shape, results), scalarTensor('float32', to.min), scalarTensor('float32', to.max)];
}

/** One range of two inputs. */
function rangeOf(names: readonly [string, string], [min, max]: readonly [HostTensor, HostTensor]): Range {
  for (const [i, { shape }] of [min, max].entries()) if (shape.length > 0) invalid(`\`${names[i]}\` must be rank 0 but is rank ${shape.length}`);
  return { min: scalarOf(min), max: scalarOf(max) };
}

export const Requantize = host(([input, min, max, wantedMin, wantedMax], { outputDtypes: [dtype] }) => {
  const from = rangeOf(['input_min', 'input_max'], [min!, max!]);
  const to = rangeOf(['requested_output_min', 'requested_output_max'], [wantedMin!, wantedMax!]);
  if (to.min > 0) invalid(`requested_output_min must be <= 0, but got ${to.min}`);
  if (to.max < to.min) invalid(`requested_output_max must be >= requested_output_min, but got ${to.max} and ${to.min}`);
  return requantized(input!, dtype!, from, to);
});

/** The range of the values that are there; 0 is always in it from below. */
function usedRange(input: HostTensor, { min, max }: Range): Range {
  const { low, high } = stepsOf(input.dtype);
  let [least, most] = [high, low];
  for (const value of numbersOf(input)) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return { min: Math.min(0, quantizedToFloat(least, input.dtype, min, max)), max: quantizedToFloat(most, input.dtype, min, max) };
}

export const RequantizationRange = host(([input, min, max]) => {
  const used = usedRange(input!, rangeOf(['input_min', 'input_max'], [min!, max!]));
  return [scalarTensor('float32', used.min), scalarTensor('float32', used.max)];
});

export const QuantizeDownAndShrinkRange = host(([input, min, max], { outputDtypes: [dtype] }) => {
  const from = rangeOf(['input_min', 'input_max'], [min!, max!]);
  return requantized(input!, dtype!, from, usedRange(input!, from));
});
