/** ResizeBilinear and ResizeNearestNeighbor on NHWC images: a thread makes one pixel of a group of channels. Places are float32, as TensorFlow's. */
import { float, type PassBuilder } from '../../codegen/grid/builder.js';
import { refuseDtype, storedBytes, type GridTarget, type Lanes } from '../../codegen/grid/types.js';
import { literal, type Value } from '../../codegen/grid/value.js';
import { sizeOf } from '../../shape.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import { applyEpilogue, extraBuffers, gridEpilogue } from './epilogue.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import type { GridKernel } from './table.js';
import { refuseHeld, unitOf } from './units.js';

const threads = 64;

export interface ResizeOptions {
  readonly alignCorners: boolean;
  readonly halfPixels: boolean;
}

export const resizeOptions = ({ attrs }: OpCall): ResizeOptions => ({
  alignCorners: attrs.bool('align_corners'), halfPixels: attrs.has('half_pixel_centers') && attrs.bool('half_pixel_centers'),
});

export const resizeOptionsKey = ({ alignCorners, halfPixels }: ResizeOptions): string => (alignCorners ? 'corners' : halfPixels ? 'centers' : 'edges');

/** Pixels of the image for one of the resized. */
export function resizeScale(input: number, output: number, { alignCorners }: ResizeOptions): number {
  return Math.fround(alignCorners && output > 1 ? (input - 1) / (output - 1) : input / Math.max(1, output));
}

function resizeParams(call: OpCall, options: ResizeOptions, lanes: Lanes, words: number): GridLaunch['params'] {
  const [, height, width, channels] = call.inputs[0]!.shape as readonly [number, number, number, number];
  const output = call.outputs[0]!.shape;
  return {
    groups: sizeOf(output) * words / lanes, run: channels * words / lanes, height, width, outHeight: output[1]!, outWidth: output[2]!,
    scaleY: float(resizeScale(height, output[1]!, options)), scaleX: float(resizeScale(width, output[2]!, options)),
  };
}

interface Pixel {
  readonly group: Value;
  readonly channel: Value;
  readonly image: Value;
  readonly y: Value;
  readonly x: Value;
}

/** The output pixel of each thread. */
function eachPixel(pass: PassBuilder, body: (pixel: Pixel) => void): void {
  const group = pass.let('group', pass.globalIndex());
  pass.if(group.lt(pass.param('groups')), () => {
    const pixel = pass.let('pixel', group.div(pass.param('run')));
    const channel = pass.let('channel', group.sub(pixel.mul(pass.param('run'))));
    const line = pass.let('line', pixel.div(pass.param('outWidth')));
    const image = pass.let('image', line.div(pass.param('outHeight')));
    body({ group, channel, image, y: line.sub(image.mul(pass.param('outHeight'))), x: pixel.sub(line.mul(pass.param('outWidth'))) });
  });
}

const placeOf = (pass: PassBuilder, { image, channel }: Pixel, y: Value, x: Value): Value =>
  pass.let('place', image.mul(pass.param('height')).add(y).mul(pass.param('width')).add(x).mul(pass.param('run')).add(channel));

function bilinear(call: OpCall, target: GridTarget): GridLaunch {
  const { dtype, shape } = call.inputs[0]!;
  const options = resizeOptions(call);
  const lanes: Lanes = target.vectors && shape[3]! % 4 === 0 && storedBytes(dtype, target) <= 4 ? 4 : 1;
  const epilogue = gridEpilogue(call, target, target.bindings - 2)!;
  const result = call.outputs[0]!.dtype;
  const params = resizeParams(call, options, lanes, 1);
  return {
    name: 'bilinear', key: `${resizeOptionsKey(options)}:${dtype}>${result}:${lanes}:${epilogue.key}`, inputs: [0, ...epilogue.inputs], params,
    workgroups: [ceilDivide(Number(params['groups']), threads)], flops: 8 * sizeOf(call.outputs[0]!.shape),
    build(program) {
      const x = program.input('image', dtype, { lanes });
      const extras = extraBuffers(program, epilogue, lanes);
      const out = program.output('out', result, { lanes });
      program.pass('main', [threads, 1, 1], (pass) => eachPixel(pass, (pixel) => {
        const [top, bottom, weightY] = between(pass, pixel.y, 'Y', 'height', options);
        const [left, right, weightX] = between(pass, pixel.x, 'X', 'width', options);
        const corners = [[top, left], [top, right], [bottom, left], [bottom, right]].map(([y, xx]) => pass.loadGroup(x, placeOf(pass, pixel, y!, xx!)).map((value) => value.cast('float32')));
        const results = Array.from({ length: lanes }, (_, lane) => {
          const [a, b, c, d] = corners.map((corner) => corner[lane]!) as [Value, Value, Value, Value];
          const upper = pass.let('upper', a.add(b.sub(a).mul(weightX)));
          const lower = pass.let('lower', c.add(d.sub(c).mul(weightX)));
          return upper.add(lower.sub(upper).mul(weightY));
        });
        pass.storeGroup(out, pixel.group, applyEpilogue(pass, epilogue, extras, results, pixel.group, pixel.channel));
      }));
    },
  };
}

/** The pixels before and after a place, and how far it is between them. */
function between(pass: PassBuilder, at: Value, axis: 'X' | 'Y', size: 'width' | 'height', { halfPixels }: ResizeOptions): [Value, Value, Value] {
  const scale = pass.param(`scale${axis}`);
  const place = pass.let('at', halfPixels ? at.cast('float32').add(0.5).mul(scale).sub(0.5) : at.cast('float32').mul(scale));
  const below = pass.let('below', place.unary('floor'));
  const first = pass.let('first', below.cast('int32').max(0));
  const last = pass.let('last', place.unary('ceil').cast('int32').min(pass.param(size).sub(1)));
  return [first, last, pass.let('weight', place.sub(below))];
}

function nearest(call: OpCall, target: GridTarget): GridLaunch {
  const options = resizeOptions(call);
  const unit = unitOf(call.inputs[0]!.dtype, target);
  const lanes: Lanes = target.vectors && (call.inputs[0]!.shape[3]! * unit.words) % 4 === 0 ? 4 : 1;
  const params = resizeParams(call, options, lanes, unit.words);
  return {
    name: 'nearest', key: `${resizeOptionsKey(options)}:${unit.stored}:${lanes}`, inputs: [0], params,
    workgroups: [ceilDivide(Number(params['groups']), threads)], flops: 0,
    build(program) {
      const x = program.input('image', { stored: unit.stored }, { lanes });
      const out = program.output('out', { stored: unit.stored }, { lanes });
      program.pass('main', [threads, 1, 1], (pass) => eachPixel(pass, (pixel) => {
        const source = (at: Value, axis: 'X' | 'Y', size: 'width' | 'height'): Value => {
          const scale = pass.param(`scale${axis}`);
          const place = (options.halfPixels ? at.cast('float32').add(0.5) : at.cast('float32')).mul(scale);
          const whole = (options.alignCorners ? place.add(literal(0.5, 'float32')) : place).unary('floor').cast('int32');
          return pass.let('from', whole.min(pass.param(size).sub(1)).max(0));
        };
        const place = placeOf(pass, pixel, source(pixel.y, 'Y', 'height'), source(pixel.x, 'X', 'width'));
        pass.storeGroup(out, pixel.group, pass.loadGroup(x, place));
      }));
    },
  };
}

function supportsBilinear({ inputDtypes: [dtype], outputDtypes: [result] }: SupportQuery, target: GridTarget): Support {
  return refuseDtype(dtype!, target) ?? refuseDtype(result!, target) ?? true;
}

export const resizeKernels: readonly GridKernel[] = [
  {
    op: 'ResizeBilinear', supports: supportsBilinear, hostArgs: () => [undefined, 'compile'],
    accepts: (call, target) => gridEpilogue(call, target, target.bindings - 2) !== undefined, launch: bilinear,
  },
  { op: 'ResizeNearestNeighbor', supports: ({ inputDtypes }, target) => refuseHeld(inputDtypes[0], target) ?? true, hostArgs: () => [undefined, 'compile'], launch: nearest },
];
