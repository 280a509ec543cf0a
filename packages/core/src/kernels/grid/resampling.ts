/** ResizeBicubic, ResizeArea, CropAndResize, and the gradients of resizes: an element a thread, places in float32 as TensorFlow's. */
import { firstKernelFault } from '../../codegen/grid/applyExpr.js';
import { float, type Buffer, type PassBuilder } from '../../codegen/grid/builder.js';
import { int, literal, type Value } from '../../codegen/grid/value.js';
import { OutOfRangeError } from '../../errors.js';
import type { OpCall } from '../kernel.js';
import type { GridLaunch } from './launch.js';
import { pointwise, supportsNumbers, takeApart } from './pointwise.js';
import { resizeOptions, resizeOptionsKey, resizeScale, type ResizeOptions } from './resize.js';
import type { GridKernel } from './table.js';

type Axis = 'Y' | 'X';
const sizeName = { Y: 'height', X: 'width' } as const;
const f32 = (value: Value): Value => value.cast('float32');

/** `small` is the image whose pixels are read (or, of a gradient, made); `large` the resized one. */
function params(image: readonly number[], resized: readonly number[], options: ResizeOptions): GridLaunch['params'] {
  return {
    height: image[1]!, width: image[2]!, outHeight: resized[1]!, outWidth: resized[2]!, channels: image[3]!,
    scaleY: float(resizeScale(image[1]!, resized[1]!, options)), scaleX: float(resizeScale(image[2]!, resized[2]!, options)),
  };
}

interface Pixel {
  readonly image: Value;
  readonly y: Value;
  readonly x: Value;
  readonly channel: Value;
}

function pixelOf(pass: PassBuilder, at: Value, height: string, width: string): Pixel {
  const [image, y, x, channel] = takeApart(pass, at, [pass.param(height), pass.param(width), pass.param('channels')]) as [Value, Value, Value, Value];
  return { image, y, x, channel };
}

const load = (pass: PassBuilder, buffer: Buffer, { image, y, x, channel }: Pixel): Value =>
  pass.load(buffer, image.mul(pass.param('height')).add(y).mul(pass.param('width')).add(x).mul(pass.param('channels')).add(channel));

/** Where a pixel of the resized image lies in the other. */
function placeOf(pass: PassBuilder, at: Value, axis: Axis, { halfPixels }: ResizeOptions): Value {
  const scale = pass.param(`scale${axis}`);
  return pass.let('place', halfPixels ? f32(at).add(0.5).mul(scale).sub(0.5) : f32(at).mul(scale));
}

interface Tap {
  readonly index: Value;
  readonly weight: Value;
}

/** The four pixels of a cubic and their weights, by TensorFlow's table of 1024 steps. */
function cubicTaps(pass: PassBuilder, at: Value, axis: Axis, options: ResizeOptions): Tap[] {
  const place = placeOf(pass, at, axis, options);
  const below = pass.let('below', place.unary('floor'));
  const step = pass.let('step', place.sub(below).mul(1024).add(0.5).unary('floor').mul(1 / 1024));
  const a = options.halfPixels ? -0.5 : -0.75;
  const near = (x: Value): Value => pass.let('near', x.mul(a + 2).sub(a + 3).mul(x).mul(x).add(1));
  const far = (x: Value): Value => {
    const y = pass.let('y', x.add(1));
    return pass.let('far', y.mul(a).sub(5 * a).mul(y).add(8 * a).mul(y).sub(4 * a));
  };
  const rest = pass.let('rest', literal(1, 'float32').sub(step));
  const weights = [far(step), near(step), near(rest), far(rest)];
  const last = pass.param(sizeName[axis]).sub(1);
  const taps = weights.map((weight, k): Tap => {
    const asked = pass.let('asked', below.cast('int32').add(k - 1));
    const index = pass.let('index', asked.max(0).min(last));
    return { index, weight: options.halfPixels ? pass.let('weight', index.eq(asked).select(weight, 0)) : weight };
  });
  if (!options.halfPixels) return taps;
  // Taps outside the image do not count; the others share their weight.
  const sum = pass.let('sum', taps.map(({ weight }) => weight).reduce((all, weight) => all.add(weight)));
  const isSome = pass.let('isSome', sum.unary('abs').ge(1000 * 1.1754943508222875e-38));
  return taps.map(({ index, weight }) => ({ index, weight: pass.let('weight', isSome.select(weight.div(sum), weight)) }));
}

function bicubic(call: OpCall): GridLaunch {
  const options = resizeOptions(call);
  return pointwise(call, {
    name: 'bicubic', key: resizeOptionsKey(options), inputs: [0], params: params(call.inputs[0]!.shape, call.outputs[0]!.shape, options), flops: 64,
    code: (program) => {
      const x = program.input('image', call.inputs[0]!.dtype);
      return (pass, at) => {
        const pixel = pixelOf(pass, at, 'outHeight', 'outWidth');
        const rows = cubicTaps(pass, pixel.y, 'Y', options);
        const columns = cubicTaps(pass, pixel.x, 'X', options);
        return rows.map(({ index: y, weight }) => {
          const line = columns.map((column) => f32(load(pass, x, { ...pixel, y, x: column.index })).mul(column.weight)).reduce((sum, part) => sum.add(part));
          return pass.let('line', line.mul(weight));
        }).reduce((sum, line) => sum.add(line));
      };
    },
  });
}

/** How much of each pixel a resized pixel covers. */
function area(call: OpCall): GridLaunch {
  const options = resizeOptions(call);
  return pointwise(call, {
    name: 'area', key: '', inputs: [0], params: params(call.inputs[0]!.shape, call.outputs[0]!.shape, options), flops: 16,
    code: (program) => {
      const x = program.input('image', call.inputs[0]!.dtype);
      return (pass, at) => {
        const pixel = pixelOf(pass, at, 'outHeight', 'outWidth');
        const covered = (place: Value, axis: Axis, each: (index: Value, weight: Value) => void): void => {
          const scale = pass.param(`scale${axis}`);
          const [start, end] = [pass.let('start', f32(place).mul(scale)), pass.let('end', f32(place.add(1)).mul(scale))];
          pass.for('covered', start.unary('floor').cast('int32'), end.unary('ceil').cast('int32'), (index) => {
            const [low, high] = [pass.let('low', f32(index)), pass.let('high', f32(index.add(1)))];
            const first = high.gt(end).select(scale, high.sub(start));
            const later = high.gt(end).select(end.sub(low), 1);
            each(pass.let('index', index.max(0).min(pass.param(sizeName[axis]).sub(1))), pass.let('weight', low.lt(start).select(first, later)));
          });
        };
        const sum = pass.var('sum', literal(0, 'float32'));
        covered(pixel.y, 'Y', (y, weightY) => covered(pixel.x, 'X', (xx, weightX) => {
          pass.assign(sum, sum.add(f32(load(pass, x, { ...pixel, y, x: xx })).mul(weightY).mul(weightX)));
        }));
        return sum.div(pass.param('scaleY').mul(pass.param('scaleX')));
      };
    },
  });
}

/** Inputs: the gradient, and the image (of ResizeNearestNeighborGrad: its height and width). */
function gradient(call: OpCall, weigh: (pass: PassBuilder, at: Value, own: Value, axis: Axis, options: ResizeOptions) => Value): GridLaunch {
  const options = resizeOptions(call);
  const [dtype, result] = [call.inputs[0]!.dtype, call.outputs[0]!.dtype];
  return pointwise(call, {
    name: 'resizeGrad', key: `${call.op}:${resizeOptionsKey(options)}`, inputs: [0], params: params(call.outputs[0]!.shape, call.inputs[0]!.shape, options), flops: 16,
    code: (program) => {
      const g = program.input('gradient', dtype);
      return (pass, at) => {
        const pixel = pixelOf(pass, at, 'height', 'width');
        const type = pass.typeOf(result);
        const sum = pass.var('sum', literal(0, type));
        // Resized pixels that may have been mixed from this one: those whose places are at most two away, and one more for rounding.
        const reach = (own: Value, axis: Axis, each: (index: Value) => void): void => {
          const scale = pass.param(`scale${axis}`);
          const last = pass.param(axis === 'Y' ? 'outHeight' : 'outWidth');
          const isPoint = scale.eq(0);
          const first = pass.let('first', isPoint.select(int(0), f32(own.sub(2)).div(scale.max(1e-30)).unary('floor').max(0).cast('int32').sub(1)).max(0));
          const end = pass.let('end', isPoint.select(last, f32(own.add(2)).div(scale.max(1e-30)).unary('ceil').min(f32(last)).cast('int32').add(2).min(last)));
          pass.for('from', first, end, each);
        };
        reach(pixel.y, 'Y', (y) => {
          const weightY = pass.let('weightY', weigh(pass, y, pixel.y, 'Y', options));
          pass.if(weightY.ne(0), () => reach(pixel.x, 'X', (x) => {
            const weight = pass.let('weight', weightY.mul(weigh(pass, x, pixel.x, 'X', options)));
            const from = pixel.image.mul(pass.param('outHeight')).add(y).mul(pass.param('outWidth')).add(x).mul(pass.param('channels')).add(pixel.channel);
            pass.if(weight.ne(0), () => pass.assign(sum, sum.add(pass.load(g, from).cast(type).mul(weight.cast(type)))));
          }));
        });
        return sum;
      };
    },
  });
}

/** What a resized pixel took of a pixel: the share of the lower neighbour, and of the upper (they may be one). */
function bilinearShare(pass: PassBuilder, at: Value, own: Value, axis: Axis, options: ResizeOptions): Value {
  const place = placeOf(pass, at, axis, options);
  const below = pass.let('below', place.unary('floor'));
  const weight = pass.let('share', place.sub(below));
  const low = below.cast('int32').max(0);
  const high = place.unary('ceil').cast('int32').min(pass.param(sizeName[axis]).sub(1));
  return low.eq(own).select(literal(1, 'float32').sub(weight), 0).add(high.eq(own).select(weight, 0));
}

function nearestShare(pass: PassBuilder, at: Value, own: Value, axis: Axis, options: ResizeOptions): Value {
  const scale = pass.param(`scale${axis}`);
  const place = (options.halfPixels ? f32(at).add(0.5) : f32(at)).mul(scale);
  const whole = (options.alignCorners ? place.add(0.5) : place).unary('floor').cast('int32');
  return whole.min(pass.param(sizeName[axis]).sub(1)).max(0).eq(own).select(literal(1, 'float32'), 0);
}

function cubicShare(pass: PassBuilder, at: Value, own: Value, axis: Axis, options: ResizeOptions): Value {
  return cubicTaps(pass, at, axis, options).map(({ index, weight }) => index.eq(own).select(weight, 0)).reduce((sum, share) => sum.add(share));
}

/** Inputs: images, boxes, the image of each box, the size of a crop. */
function cropAndResize(call: OpCall): GridLaunch {
  const [images, boxes, owners] = call.inputs;
  const [, height, width, channels] = images!.shape as readonly [number, number, number, number];
  const [, cropHeight, cropWidth] = call.outputs[0]!.shape as readonly [number, number, number, number];
  const isNearest = call.attrs.string('method') === 'nearest';
  return pointwise(call, {
    name: 'cropAndResize', key: `${isNearest ? 'nearest' : 'bilinear'}:${cropHeight > 1 ? 'h' : '1'}${cropWidth > 1 ? 'w' : '1'}`, inputs: [0, 1, 2], flops: 16,
    params: { height, width, outHeight: cropHeight, outWidth: cropWidth, channels, batch: images!.shape[0]!, outside: float(call.attrs.float('extrapolation_value')) },
    fault: () => new OutOfRangeError('box_index has values outside [0, batch_size)', { node: call.node, op: call.op }),
    code: (program) => {
      const [x, b, o] = [program.input('images', images!.dtype), program.input('boxes', boxes!.dtype), program.input('owners', owners!.dtype)];
      return (pass, at) => {
        const { image: box, y, x: column, channel } = pixelOf(pass, at, 'outHeight', 'outWidth');
        const owner = pass.let('owner', pass.load(o, box));
        const isOwned = pass.let('isOwned', owner.ge(0).and(owner.lt(pass.param('batch'))));
        pass.if(isOwned.not(), () => pass.fault(firstKernelFault, box));
        const place = (index: Value, corner: number, axis: Axis, count: number): Value => {
          const [low, high] = [pass.let('low', pass.load(b, box.mul(4).add(corner))), pass.let('high', pass.load(b, box.mul(4).add(corner + 2)))];
          const last = f32(pass.param(sizeName[axis]).sub(1));
          if (count === 1) return pass.let('place', low.add(high).mul(0.5).mul(last));
          const step = high.sub(low).mul(last).div(f32(pass.param(axis === 'Y' ? 'outHeight' : 'outWidth').sub(1)));
          return pass.let('place', low.mul(last).add(f32(index).mul(step)));
        };
        const [py, px] = [place(y, 0, 'Y', cropHeight), place(column, 1, 'X', cropWidth)];
        const inside = ([[py, 'Y'], [px, 'X']] as const).map(([p, axis]) => p.ge(0).and(p.le(f32(pass.param(sizeName[axis]).sub(1))))).reduce((both, one) => both.and(one));
        const result = pass.var('result', pass.param('outside'));
        pass.if(inside.and(isOwned), () => {
          const read = (yy: Value, xx: Value): Value => pass.let('pixel', f32(load(pass, x, { image: owner, y: yy, x: xx, channel })));
          const whole = (value: Value): Value => pass.let('whole', value.cast('int32'));
          if (isNearest) {
            pass.assign(result, read(whole(py.add(0.5).unary('floor')), whole(px.add(0.5).unary('floor'))));
            return;
          }
          const [floorY, floorX] = [pass.let('floorY', py.unary('floor')), pass.let('floorX', px.unary('floor'))];
          const [top, left, bottom, right] = [whole(floorY), whole(floorX), whole(py.unary('ceil')), whole(px.unary('ceil'))];
          const along = (yy: Value): Value => {
            const first = read(yy, left);
            return pass.let('along', first.add(read(yy, right).sub(first).mul(px.sub(floorX))));
          };
          const above = along(top);
          pass.assign(result, above.add(along(bottom).sub(above).mul(py.sub(floorY))));
        });
        return result;
      };
    },
  });
}

export const resamplingKernels: readonly GridKernel[] = [
  { op: 'ResizeBicubic', supports: supportsNumbers([0]), hostArgs: () => [undefined, 'compile'], launch: bicubic },
  { op: 'ResizeArea', supports: supportsNumbers([0]), hostArgs: () => [undefined, 'compile'], launch: area },
  { op: 'ResizeBilinearGrad', supports: supportsNumbers([0]), launch: (call) => gradient(call, bilinearShare) },
  { op: 'ResizeBicubicGrad', supports: supportsNumbers([0]), launch: (call) => gradient(call, cubicShare) },
  { op: 'ResizeNearestNeighborGrad', supports: supportsNumbers([0]), hostArgs: () => [undefined, 'compile'], launch: (call) => gradient(call, nearestShare) },
  { op: 'CropAndResize', supports: supportsNumbers([0, 1, 2]), hostArgs: () => [undefined, undefined, undefined, 'compile'], launch: cropAndResize },
];
