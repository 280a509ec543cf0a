/**
 * DepthwiseConv2dNative, MaxPool and AvgPool on NHWC images: a thread makes one output pixel of a group of channels and walks over the window.
 * The window's sizes are in the code, so that compilers unroll it.
 */
import type { PassBuilder, ProgramBuilder, Variable } from '../../codegen/grid/builder.js';
import { refuseDtype, type GridTarget, type Lanes } from '../../codegen/grid/types.js';
import { literal, type Value } from '../../codegen/grid/value.js';
import type { DType } from '../../dtypes.js';
import { sizeOf } from '../../shape.js';
import { identityOf } from '../geometry/reduction.js';
import { windowGeometry, type WindowGeometry } from '../geometry/window.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import { supportsNhwc, windowParams } from './conv.js';
import { applyEpilogue, extraBuffers, gridEpilogue, type GridEpilogue } from './epilogue.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import { maySpanFour, supportsProduct } from './matmul.js';
import type { GridKernel } from './table.js';

const threads = 64;

/** One window's place: its index in the window, and the group of the image there (counted as if all channels were groups). */
interface Tap {
  readonly number: Value;
  readonly pixel: Value;
}

interface WindowOp {
  readonly name: string;
  readonly key: string;
  readonly geometry: WindowGeometry;
  readonly dtype: DType;
  readonly epilogue: GridEpilogue;
  readonly inputs: readonly number[];
  /** Channels of the output. */
  readonly channels: number;
  readonly lanes: Lanes;
  readonly params?: Record<string, number>;
  readonly flops: number;
  /** Declares the op's inputs; gives the code of a pixel: what starts it, what each place adds, what ends it. */
  readonly code: (program: ProgramBuilder) => (pass: PassBuilder, group: Value) => { each: (tap: Tap) => void; end: (places: Value) => readonly Value[] };
}

function windowLaunch(op: WindowOp, call: OpCall): GridLaunch {
  const { geometry, lanes, epilogue } = op;
  const { y, x } = geometry;
  const groups = sizeOf(call.outputs[0]!.shape) / lanes;
  return {
    name: op.name,
    key: `${op.key}:${y.window}x${x.window}:${lanes}:${op.dtype}>${call.outputs[0]!.dtype}:${epilogue.key}`,
    inputs: [...op.inputs, ...epilogue.inputs],
    params: { groups, width: op.channels / lanes, ...windowParams(geometry), ...op.params },
    workgroups: [ceilDivide(groups, threads)],
    flops: op.flops,
    build(program) {
      const open = op.code(program);
      const extras = extraBuffers(program, epilogue, lanes);
      const out = program.output('out', call.outputs[0]!.dtype, { lanes });
      program.pass('main', [threads, 1, 1], (pass) => {
        const place = pass.let('place', pass.globalIndex());
        pass.if(place.lt(pass.param('groups')), () => {
          const pixel = pass.let('pixel', place.div(pass.param('width')));
          const group = pass.let('group', place.sub(pixel.mul(pass.param('width'))));
          const { each, end } = open(pass, group);
          const places = walkWindow(pass, pixel, y.window, x.window, each);
          const results = end(places).map((result) => pass.wrap(op.dtype, result));
          pass.storeGroup(out, place, applyEpilogue(pass, epilogue, extras, results, place, group));
        });
      });
    },
  };
}

/** Calls `each` for the places of the window that are on the image; gives how many those are. */
function walkWindow(pass: PassBuilder, pixel: Value, height: number, width: number, each: (tap: Tap) => void): Value {
  const line = pass.let('line', pixel.div(pass.param('rowsWide')));
  const picture = pass.let('picture', line.div(pass.param('rowsHigh')));
  const y = pass.let('y', line.sub(picture.mul(pass.param('rowsHigh'))).mul(pass.param('strideY')).sub(pass.param('beforeY')));
  const x = pass.let('x', pixel.sub(line.mul(pass.param('rowsWide'))).mul(pass.param('strideX')).sub(pass.param('beforeX')));
  const places = pass.var('places', literal(0, 'int32'));
  pass.for('down', 0, height, (down) => {
    const iy = pass.let('iy', y.add(down.mul(pass.param('dilationY'))));
    pass.if(iy.ge(0).and(iy.lt(pass.param('imageHeight'))), () => {
      const start = pass.let('start', picture.mul(pass.param('imageHeight')).add(iy).mul(pass.param('imageWidth')));
      pass.for('across', 0, width, (across) => {
        const ix = pass.let('ix', x.add(across.mul(pass.param('dilationX'))));
        pass.if(ix.ge(0).and(ix.lt(pass.param('imageWidth'))), () => {
          pass.increase(places, 1);
          each({ number: pass.let('tap', down.mul(width).add(across)), pixel: pass.let('source', start.add(ix)) });
        });
      });
    });
  });
  return places;
}

function depthwise(call: OpCall, target: GridTarget): GridLaunch {
  const [image, filter] = [call.inputs[0]!, call.inputs[1]!];
  const [height, width, channels, multiplier] = filter.shape as readonly [number, number, number, number];
  const output = call.outputs[0]!;
  const lanes = multiplier === 1 && channels % 4 === 0 && maySpanFour(call, 0, target) ? 4 : 1;
  return windowLaunch({
    name: 'depthwise', key: multiplier === 1 ? '1' : 'm', geometry: windowGeometry(call.attrs, image.shape, [height, width], output.shape), dtype: image.dtype,
    epilogue: gridEpilogue(call, target, target.bindings - 3)!, inputs: [0, 1], channels: channels * multiplier, lanes, params: { multiplier },
    flops: 2 * sizeOf(output.shape) * height * width,
    code: (program) => {
      const source = program.input('image', image.dtype, { lanes });
      const weights = program.input('filter', image.dtype, { lanes });
      return (pass, group) => {
        const sums = zeros(pass, image.dtype, lanes);
        const channel = multiplier === 1 ? group : pass.let('channel', group.div(pass.param('multiplier')));
        const imageWidth = pass.let('step', pass.param('imageChannels').div(lanes));
        return {
          each: ({ number, pixel }) => {
            const values = pass.loadGroup(source, pixel.mul(imageWidth).add(channel));
            const factors = pass.loadGroup(weights, number.mul(pass.param('width')).add(group));
            sums.forEach((sum, lane) => pass.assign(sum, values[lane]!.fma(factors[lane]!, sum)));
          },
          end: () => sums,
        };
      };
    },
  }, call);
}

const zeros = (pass: PassBuilder, dtype: DType, lanes: number): Variable[] =>
  Array.from({ length: lanes }, () => pass.var('sum', literal(0, pass.typeOf(dtype))));

function pool(call: OpCall, target: GridTarget): GridLaunch {
  const image = call.inputs[0]!;
  const output = call.outputs[0]!;
  const ksize = call.attrs.ints('ksize');
  const isMax = call.op === 'MaxPool';
  const channels = image.shape[3]!;
  const lanes = channels % 4 === 0 && maySpanFour(call, 0, target) ? 4 : 1;
  const { dtype } = image;
  return windowLaunch({
    name: 'pool', key: isMax ? 'max' : 'mean', geometry: windowGeometry(call.attrs, image.shape, [ksize[1]!, ksize[2]!], output.shape), dtype,
    epilogue: gridEpilogue(call, target, target.bindings - 2)!, inputs: [0], channels, lanes, flops: sizeOf(output.shape) * ksize[1]! * ksize[2]!,
    code: (program) => {
      const source = program.input('image', dtype, { lanes });
      return (pass, group) => {
        const start = isMax ? pass.constant(identityOf('max', dtype), dtype) : literal(0, pass.typeOf(dtype));
        const results = Array.from({ length: lanes }, () => pass.var('result', start));
        return {
          each: ({ pixel }) => {
            const values = pass.loadGroup(source, pixel.mul(pass.param('width')).add(group));
            results.forEach((result, lane) => pass.assign(result, isMax ? result.max(values[lane]!) : result.add(values[lane]!)));
          },
          end: (places) => (isMax ? results : results.map((sum) => sum.div(places.cast(sum.type)))),
        };
      };
    },
  }, call);
}

function supportsPool(query: SupportQuery, target: GridTarget): Support {
  const plain = supportsNhwc(query);
  if (plain !== true) return plain;
  const ksize = query.attrs.ints('ksize');
  if (ksize[0] !== 1 || ksize[3] !== 1) return `${query.op} over images or channels has no kernel`;
  return refuseDtype(query.inputDtypes[0]!, target) ?? true;
}

const fits = (buffers: number) => (call: OpCall, target: GridTarget): boolean => gridEpilogue(call, target, target.bindings - buffers) !== undefined;
const poolKernel = (op: string): GridKernel => ({ op, supports: supportsPool, accepts: fits(2), launch: pool });

export const windowKernels: readonly GridKernel[] = [
  {
    op: 'DepthwiseConv2dNative',
    supports: (query, target) => {
      const plain = supportsNhwc(query);
      return plain === true ? supportsProduct(query, [0, 1], target) : plain;
    },
    accepts: fits(3),
    launch: depthwise,
  },
  poolKernel('MaxPool'),
  poolKernel('AvgPool'),
];
