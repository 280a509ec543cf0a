/** Convolution and pooling in plain loops, straight from their definitions. */
import { newData, sizeOf, type HostTensor, type Shape } from '@sessionflow/core/device';

export interface ConvCase {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: 'SAME' | 'VALID' | readonly [number, number, number, number];
}

/** Output sizes and the padding before the first row and column. */
export function convSizes(
  input: Shape, window: readonly [number, number], { strides, dilations, padding }: ConvCase,
): { size: [number, number]; before: [number, number] } {
  const size: [number, number] = [0, 0];
  const before: [number, number] = [0, 0];
  for (const i of [0, 1] as const) {
    const length = input[1 + i]!;
    const span = (window[i] - 1) * dilations[i] + 1;
    if (padding === 'SAME') {
      size[i] = Math.ceil(length / strides[i]);
      before[i] = Math.max(0, (size[i] - 1) * strides[i] + span - length) >> 1;
    } else if (padding === 'VALID') size[i] = Math.ceil((length - span + 1) / strides[i]);
    else {
      before[i] = padding[2 * i]!;
      size[i] = Math.floor((length + padding[2 * i]! + padding[2 * i + 1]! - span) / strides[i]) + 1;
    }
  }
  return { size, before };
}

export function convAttrs(test: ConvCase): Record<string, string | readonly number[]> {
  const { strides, dilations, padding } = test;
  return {
    strides: [1, ...strides, 1], dilations: [1, ...dilations, 1], data_format: 'NHWC',
    padding: typeof padding === 'string' ? padding : 'EXPLICIT',
    explicit_paddings: typeof padding === 'string' ? [] : [0, 0, ...padding, 0, 0],
  };
}

/** Visits every (output pixel, window place) pair that falls on the image: indices of pixels, not values. */
export function forEachTap(
  input: Shape, window: readonly [number, number], test: ConvCase, visit: (outPixel: number, inPixel: number, tap: number) => void,
): void {
  const { size: [oh, ow], before } = convSizes(input, window, test);
  const [images, h, w] = input as [number, number, number];
  for (let n = 0; n < images; n++) for (let oy = 0; oy < oh; oy++) for (let ox = 0; ox < ow; ox++) {
    for (let ky = 0; ky < window[0]; ky++) for (let kx = 0; kx < window[1]; kx++) {
      const iy = oy * test.strides[0] - before[0] + ky * test.dilations[0];
      const ix = ox * test.strides[1] - before[1] + kx * test.dilations[1];
      if (iy >= 0 && iy < h && ix >= 0 && ix < w) visit((n * oh + oy) * ow + ox, (n * h + iy) * w + ix, ky * window[1] + kx);
    }
  }
}

export function naiveConv(
  image: HostTensor<'float32'>, filter: HostTensor<'float32'>, test: ConvCase,
): { shape: number[]; data: Float64Array } {
  const [kh, kw, depth, columns] = filter.shape as [number, number, number, number];
  const channels = image.shape[3]!;
  const perGroup = columns / (channels / depth);
  const shape = [image.shape[0]!, ...convSizes(image.shape, [kh, kw], test).size, columns];
  const data = new Float64Array(sizeOf(shape));
  forEachTap(image.shape, [kh, kw], test, (out, at, tap) => {
    for (let o = 0; o < columns; o++) {
      const group = Math.floor(o / perGroup);
      for (let k = 0; k < depth; k++) {
        const product = image.data[at * channels + group * depth + k]! * filter.data[(tap * depth + k) * columns + o]!;
        data[out * columns + o] = data[out * columns + o]! + product;
      }
    }
  });
  return { shape, data };
}

/** `input` is the shape of the forward convolution's input. */
export function naiveConvBackward(
  input: Shape, gradient: HostTensor<'float32'>, filter: HostTensor<'float32'>, test: ConvCase,
): Float64Array {
  const [kh, kw, inner, outer] = filter.shape as [number, number, number, number];
  const data = new Float64Array(sizeOf(input));
  forEachTap(input, [kh, kw], test, (out, at, tap) => {
    for (let i = 0; i < inner; i++) for (let o = 0; o < outer; o++) {
      data[at * inner + i] = data[at * inner + i]! + gradient.data[out * outer + o]! * filter.data[(tap * inner + i) * outer + o]!;
    }
  });
  return data;
}

export function naiveDepthwise(
  image: HostTensor<'float32'>, filter: HostTensor<'float32'>, test: ConvCase,
): { shape: number[]; data: Float64Array } {
  const [kh, kw, channels, multiplier] = filter.shape as [number, number, number, number];
  const shape = [image.shape[0]!, ...convSizes(image.shape, [kh, kw], test).size, channels * multiplier];
  const data = new Float64Array(sizeOf(shape));
  forEachTap(image.shape, [kh, kw], test, (out, at, tap) => {
    for (let c = 0; c < channels; c++) for (let m = 0; m < multiplier; m++) {
      const o = out * channels * multiplier + c * multiplier + m;
      data[o] = data[o]! + image.data[at * channels + c]! * filter.data[(tap * channels + c) * multiplier + m]!;
    }
  });
  return { shape, data };
}

/** Max or mean over the window's places on the image; null data of float32. */
export function naivePool(
  image: { readonly shape: Shape; readonly data: ArrayLike<number> }, window: readonly [number, number], test: ConvCase,
  kind: 'max' | 'mean',
): { shape: number[]; data: Float32Array<ArrayBuffer> } {
  const channels = image.shape[3]!;
  const shape = [image.shape[0]!, ...convSizes(image.shape, window, test).size, channels];
  const data = newData('float32', sizeOf(shape)) as Float32Array<ArrayBuffer>;
  const counts = new Int32Array(sizeOf(shape) / channels);
  // TensorFlow starts from the lowest float.
  if (kind === 'max') data.fill(-3.4028234663852886e38);
  forEachTap(image.shape, window, test, (out, at) => {
    counts[out] = counts[out]! + 1;
    for (let c = 0; c < channels; c++) {
      const value = image.data[at * channels + c]!;
      const o = out * channels + c;
      data[o] = kind === 'max' ? Math.max(data[o]!, value) : data[o]! + value;
    }
  });
  if (kind === 'mean') data.forEach((sum, i) => { data[i] = sum / counts[Math.floor(i / channels)]!; });
  return { shape, data };
}
