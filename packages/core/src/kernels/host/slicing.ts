/** Slices, strided slices, and the ops that move blocks between space, batch and depth. */
import type { AttrReader } from '../../graph/attrs.js';
import type { HostTensor } from '../../hostTensor.js';
import { sameShape, type Shape, shapeText, sizeOf, stridesOf } from '../../shape.js';
import { cloned, copyBox, gathered, placeOf, transposed, zeros } from './copy.js';
import { host } from './define.js';
import { broadcastStrides } from './evaluate/evaluate.js';
import { intsOf, invalid, reshaped, unitsOf } from './tensors.js';

export const Slice = host(([input, beginArg, sizeArg]) => {
  const { shape } = input!;
  const begin = intsOf(beginArg!);
  const size = intsOf(sizeArg!);
  if (begin.length !== shape.length || size.length !== shape.length) {
    invalid(`Expected begin and size arguments to be 1-D tensors of size ${shape.length}, but got shapes ${shapeText(beginArg!.shape)} and ` +
      `${shapeText(sizeArg!.shape)} instead.`);
  }
  const out = shape.map((dim, axis) => {
    const [b, s] = [begin[axis]!, size[axis]!];
    if (b < 0 || b > dim) invalid(`Expected begin[${axis}] in [0, ${dim}], but got ${b}`);
    const length = s === -1 ? dim - b : s;
    if (length < 0 || b + length > dim) invalid(`Expected size[${axis}] in [0, ${dim - b}], but got ${s}`);
    return length;
  });
  const strides = stridesOf(shape);
  return [gathered(input!, out, begin.reduce((sum, b, axis) => sum + b * strides[axis]!, 0), strides)];
});

/** A strided slice, resolved against a shape. */
export interface StridedSliceSpec {
  /** First element along each input axis, step, and count of elements. */
  readonly begin: readonly number[];
  readonly step: readonly number[];
  readonly count: readonly number[];
  /** The result's shape: shrunk axes dropped, new ones added. */
  readonly shape: Shape;
}

/** TensorFlow's ValidateStridedSliceOp. */
export function stridedSliceSpec(
  shape: Shape, begins: readonly number[], ends: readonly number[], strides: readonly number[], attrs: AttrReader,
): StridedSliceSpec {
  const mask = (name: string): ((bit: number) => boolean) => {
    const bits = attrs.int(name);
    return (bit) => (bits & (1 << bit)) !== 0;
  };
  const [beginMask, endMask, ellipsis, newAxis, shrink] =
    [mask('begin_mask'), mask('end_mask'), mask('ellipsis_mask'), mask('new_axis_mask'), mask('shrink_axis_mask')];
  if (ends.length !== begins.length || strides.length !== begins.length) {
    invalid(`Expected begin, end, and strides to be 1D equal size tensors, but got shapes [${begins.length}], [${ends.length}], and ` +
      `[${strides.length}] instead.`);
  }
  const begin: number[] = [];
  const step: number[] = [];
  const count: number[] = [];
  const result: number[] = [];
  const ellipsisAt = begins.findIndex((_, i) => ellipsis(i));
  if (begins.filter((_, i) => ellipsis(i)).length > 1) invalid('Multiple ellipses in slice spec not allowed');
  const after = ellipsisAt < 0 ? 0 : begins.slice(ellipsisAt + 1).filter((_, k) => !newAxis(ellipsisAt + 1 + k)).length;
  const whole = (axis: number): void => {
    begin.push(0);
    step.push(1);
    count.push(shape[axis]!);
    result.push(shape[axis]!);
  };
  begins.forEach((b, i) => {
    const axis = begin.length;
    if (ellipsis(i)) {
      while (begin.length < shape.length - after) whole(begin.length);
    } else if (newAxis(i)) {
      result.push(1);
    } else {
      const dim = shape[axis];
      if (dim === undefined) invalid(`Index out of range using input dim ${axis}; input has only ${shape.length} dims`);
      const s = strides[i]!;
      if (s === 0) invalid(`strides[${i}] must be non-zero`);
      step.push(s);
      if (shrink(i)) {
        const at = b < 0 ? b + dim : b;
        if (s <= 0) invalid('only stride 1 allowed on non-range indexing.');
        const from = beginMask(i) ? 0 : at;
        if (from < 0 || from >= dim) invalid(`slice index ${b} of dimension ${axis} out of bounds.`);
        begin.push(from);
        count.push(1);
      } else {
        const [low, high] = s > 0 ? [0, dim] : [-1, dim - 1];
        const clamp = (value: number): number => Math.min(Math.max(value < 0 ? value + dim : value, low), high);
        const from = beginMask(i) ? (s > 0 ? 0 : dim - 1) : clamp(b);
        const to = endMask(i) ? (s > 0 ? dim : -1) : clamp(ends[i]!);
        const length = Math.max(0, Math.ceil((to - from) / s));
        begin.push(from);
        count.push(length);
        result.push(length);
      }
    }
  });
  while (begin.length < shape.length) whole(begin.length);
  return { begin, step, count, shape: result };
}

function specOf(shape: Shape, [begin, end, strides]: readonly (HostTensor | undefined)[], attrs: AttrReader): StridedSliceSpec {
  return stridedSliceSpec(shape, intsOf(begin!), intsOf(end!), intsOf(strides!), attrs);
}

function placeIn(tensor: HostTensor, spec: StridedSliceSpec): { offset: number; strides: number[] } {
  const strides = stridesOf(tensor.shape);
  return { offset: spec.begin.reduce((sum, b, axis) => sum + b * strides[axis]!, 0), strides: strides.map((s, axis) => s * spec.step[axis]!) };
}

export const StridedSlice = host(([input, ...rest], { attrs }) => {
  const spec = specOf(input!.shape, rest, attrs);
  const { offset, strides } = placeIn(input!, spec);
  return [reshaped(gathered(input!, spec.count, sizeOf(spec.count) === 0 ? 0 : offset, strides), spec.shape)];
});

/** A copy of `target` with a strided slice of it replaced by `value` (broadcast). */
export function withSlice(target: HostTensor, spec: StridedSliceSpec, value: HostTensor): HostTensor {
  const out = cloned(target);
  const { offset, strides } = placeIn(out, spec);
  if (!sameShape(value.shape, spec.shape) && value.size !== 1) {
    invalid(`Expected value shape ${shapeText(spec.shape)}, but got ${shapeText(value.shape)}`);
  }
  const from = value.size === 1 ? spec.count.map(() => 0) : broadcastStrides(spec.count, spec.count);
  if (sizeOf(spec.count) > 0) copyBox({ units: unitsOf(out), offset, strides }, { units: unitsOf(value), offset: 0, strides: from }, spec.count);
  return out;
}

export const TensorStridedSliceUpdate = host(([input, begin, end, strides, value], { attrs }) => [
  withSlice(input!, specOf(input!.shape, [begin, end, strides], attrs), value!),
]);

export const StridedSliceGrad = host(([shapeArg, begin, end, strides, gradient], { attrs }) => {
  const shape = intsOf(shapeArg!);
  for (const dim of shape) if (dim < 0) invalid(`Dimension ${dim} must be >= 0`);
  return [withSlice(zeros(gradient!.dtype, shape), specOf(shape, [begin, end, strides], attrs), gradient!)];
});

/** The (before, after) pairs of crops or paddings of block ops. */
function blockPairs(block: readonly number[], arg: HostTensor, what: string): number[][] {
  if (arg.shape.length !== 2 || arg.shape[0] !== block.length || arg.shape[1] !== 2) {
    invalid(`${what} should have shape [${block.length}, 2] instead of ${shapeText(arg.shape)}`);
  }
  const values = intsOf(arg);
  return block.map((_, i) => [values[2 * i]!, values[2 * i + 1]!]);
}

function spaceToBatch(input: HostTensor, block: readonly number[], paddings: readonly (readonly number[])[]): HostTensor {
  const m = block.length;
  if (input.shape.length < m + 1) invalid(`input rank should be >= ${m + 1} instead of ${input.shape.length}`);
  block.forEach((b) => b < 1 && invalid(`All values in block_shape must be positive, got value, ${b}.`));
  const [batch, rest] = [input.shape[0]!, input.shape.slice(m + 1)];
  const paddedShape = input.shape.map((dim, axis) => (axis >= 1 && axis <= m ? dim + paddings[axis - 1]![0]! + paddings[axis - 1]![1]! : dim));
  block.forEach((b, i) => {
    if (paddedShape[i + 1]! % b !== 0) invalid(`padded_shape[${i}]=${paddedShape[i + 1]} is not divisible by block_shape[${i}]=${b}`);
  });
  const padded = zeros(input.dtype, paddedShape);
  const strides = stridesOf(paddedShape);
  const offset = paddings.reduce((sum, [before], i) => sum + before! * strides[i + 1]!, 0);
  copyBox({ units: unitsOf(padded), offset, strides }, placeOf(input), input.shape);
  const split = reshaped(padded, [batch, ...block.flatMap((b, i) => [paddedShape[i + 1]! / b, b]), ...rest]);
  const spaces = block.map((_, i) => 1 + 2 * i);
  const order = [...spaces.map((axis) => axis + 1), 0, ...spaces, ...rest.map((_, i) => 1 + 2 * m + i)];
  return reshaped(transposed(split, order), [sizeOf(block) * batch, ...block.map((b, i) => paddedShape[i + 1]! / b), ...rest]);
}

function batchToSpace(input: HostTensor, block: readonly number[], crops: readonly (readonly number[])[]): HostTensor {
  const m = block.length;
  if (input.shape.length < m + 1) invalid(`input rank should be >= ${m + 1} instead of ${input.shape.length}`);
  const product = sizeOf(block);
  const [batch, rest] = [input.shape[0]!, input.shape.slice(m + 1)];
  if (batch % product !== 0) invalid(`Input batch dimension (${batch}) is not divisible by product of block sizes (${product})`);
  const spaces = input.shape.slice(1, m + 1);
  const split = reshaped(input, [...block, batch / product, ...spaces, ...rest]);
  const order = [m, ...block.flatMap((_, i) => [m + 1 + i, i]), ...rest.map((_, i) => 2 * m + 1 + i)];
  const whole = reshaped(transposed(split, order), [batch / product, ...spaces.map((dim, i) => dim * block[i]!), ...rest]);
  const shape = whole.shape.map((dim, axis) => {
    if (axis < 1 || axis > m) return dim;
    const [before, after] = crops[axis - 1]!;
    if (before! < 0 || after! < 0) invalid('Crops must be non-negative');
    const size = dim - before! - after!;
    if (size < 0) invalid(`cropped_shape[${axis - 1}]=${size} must be non-negative`);
    return size;
  });
  const strides = stridesOf(whole.shape);
  return gathered(whole, shape, crops.reduce((sum, [before], i) => sum + before! * strides[i + 1]!, 0), strides);
}

export const SpaceToBatchND = host(([input, blockArg, paddings]) => {
  const block = intsOf(blockArg!);
  return [spaceToBatch(input!, block, blockPairs(block, paddings!, 'paddings'))];
});
export const SpaceToBatch = host(([input, paddings], { attrs }) => {
  const block = [attrs.int('block_size'), attrs.int('block_size')];
  return [spaceToBatch(input!, block, blockPairs(block, paddings!, 'paddings'))];
});
export const BatchToSpaceND = host(([input, blockArg, crops]) => {
  const block = intsOf(blockArg!);
  return [batchToSpace(input!, block, blockPairs(block, crops!, 'crops'))];
});
export const BatchToSpace = host(([input, crops], { attrs }) => {
  const block = [attrs.int('block_size'), attrs.int('block_size')];
  return [batchToSpace(input!, block, blockPairs(block, crops!, 'crops'))];
});

const plainFormats = ({ attrs }: { attrs: AttrReader }): true | string => {
  const format = attrs.string('data_format');
  return format === 'NHWC' || format === 'NCHW' || `data_format ${format} is not implemented`;
};

export const SpaceToDepth = host(([input], { attrs }) => {
  const b = attrs.int('block_size');
  const isNchw = attrs.string('data_format') === 'NCHW';
  const nhwc = isNchw ? transposed(input!, [0, 2, 3, 1]) : input!;
  const [n, h, w, c] = nhwc.shape as [number, number, number, number];
  if (h % b !== 0 || w % b !== 0) invalid(`Image width ${w} and height ${h} should be divisible by block_size: ${b}`);
  const split = reshaped(nhwc, [n, h / b, b, w / b, b, c]);
  const out = reshaped(transposed(split, [0, 1, 3, 2, 4, 5]), [n, h / b, w / b, b * b * c]);
  return [isNchw ? transposed(out, [0, 3, 1, 2]) : out];
}, { supports: plainFormats });

export const DepthToSpace = host(([input], { attrs }) => {
  const b = attrs.int('block_size');
  const isNchw = attrs.string('data_format') === 'NCHW';
  const nhwc = isNchw ? transposed(input!, [0, 2, 3, 1]) : input!;
  const [n, h, w, c] = nhwc.shape as [number, number, number, number];
  if (c % (b * b) !== 0) invalid(`Input depth dimension ${c} should be divisible by: ${b * b}`);
  const split = reshaped(nhwc, [n, h, w, b, b, c / (b * b)]);
  const out = reshaped(transposed(split, [0, 1, 3, 2, 4, 5]), [n, h * b, w * b, c / (b * b)]);
  return [isNchw ? transposed(out, [0, 3, 1, 2]) : out];
}, { supports: plainFormats });
