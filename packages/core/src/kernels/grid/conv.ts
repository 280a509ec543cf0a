/**
 * Conv2D and Conv2DBackpropInput on NHWC images, as the matrix product of gemm.ts over an A that nobody lays out: a row is an output pixel, a
 * place in the depth is a place of the window and a channel. Groups are batches of the product.
 */
import type { Buffer, PassBuilder, ProgramBuilder } from '../../codegen/grid/builder.js';
import type { GridTarget } from '../../codegen/grid/types.js';
import { int, type Value } from '../../codegen/grid/value.js';
import type { DType } from '../../dtypes.js';
import { isPlainNhwc, neverPads, windowGeometry, type WindowGeometry } from '../geometry/window.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import { gridEpilogue } from './epilogue.js';
import { cutGemm, four, gemmLaunch, guarded, guardedGroup, type Gemm, type GemmOperands } from './gemm.js';
import type { GridLaunch } from './launch.js';
import { maySpanFour, supportsProduct } from './matmul.js';
import type { GridKernel } from './table.js';

/** The window's numbers; the image is what is read, `rowsWide` × `rowsHigh` are the pixels that are made. */
export function windowParams({ y, x, channels }: WindowGeometry): Record<string, number> {
  return {
    imageHeight: y.input, imageWidth: x.input, imageChannels: channels, rowsHigh: y.output, rowsWide: x.output, windowWide: x.window,
    strideY: y.stride, strideX: x.stride, dilationY: y.dilation, dilationX: x.dilation, beforeY: y.before, beforeX: x.before,
  };
}

interface Problem {
  readonly geometry: WindowGeometry;
  /** Signature inputs: the image that is read, and the filter. */
  readonly image: number;
  readonly filter: number;
  readonly groups: number;
  /** Channels of the image that a result reads, and results of a group. */
  readonly depth: number;
  readonly columns: number;
  readonly form: 'linear' | 'forward' | 'backward';
}

function forward(call: OpCall): Problem {
  const image = call.inputs[0]!.shape;
  const filter = call.inputs[1]!.shape;
  const geometry = windowGeometry(call.attrs, image, [filter[0]!, filter[1]!], call.outputs[0]!.shape);
  const groups = Math.max(1, image[3]! / Math.max(1, filter[2]!));
  const { y, x } = geometry;
  const isLinear = groups === 1 && y.window === 1 && x.window === 1 && y.stride === 1 && x.stride === 1 && y.input === y.output && x.input === x.output && neverPads(geometry);
  return { geometry, image: 0, filter: 1, groups, depth: filter[2]!, columns: filter[3]! / groups, form: isLinear ? 'linear' : 'forward' };
}

/** The pixels made are those of the forward op's input; what is read is its output's gradient. */
function backward(call: OpCall): Problem {
  const image = call.inputs[2]!.shape;
  const filter = call.inputs[1]!.shape;
  const output = call.outputs[0]!.shape;
  const real = windowGeometry(call.attrs, output, [filter[0]!, filter[1]!], image);
  const turn = (axis: WindowGeometry['x']): WindowGeometry['x'] => ({ ...axis, input: axis.output, output: axis.input });
  const groups = Math.max(1, output[3]! / Math.max(1, filter[2]!));
  return {
    geometry: { images: image[0]!, channels: image[3]!, y: turn(real.y), x: turn(real.x) }, image: 2, filter: 1, groups,
    depth: filter[3]! / groups, columns: filter[2]!, form: 'backward',
  };
}

function launch(call: OpCall, target: GridTarget, problem: Problem): GridLaunch {
  const { geometry, groups, depth, columns, form } = problem;
  const { images, y, x } = geometry;
  const sizes = { rows: images * y.output * x.output, columns, depth: y.window * x.window * depth, batches: groups };
  const groupA = depth % 4 === 0 && geometry.channels % 4 === 0 && maySpanFour(call, problem.image, target);
  const groupB = form !== 'backward' && columns % 4 === 0 && maySpanFour(call, problem.filter, target);
  const filterColumns = call.inputs[problem.filter]!.shape[3]!;
  const gemm: Gemm = {
    name: 'conv2d',
    key: `${form}:${groupA ? 4 : 1}${groupB ? 4 : 1}:${groups > 1 ? 'g' : ''}`,
    sizes, cut: cutGemm(sizes, target), dtype: call.inputs[problem.image]!.dtype, result: call.outputs[0]!.dtype,
    epilogue: gridEpilogue(call, target, target.bindings - 4)!,
    inputs: [problem.image, problem.filter],
    params: { ...windowParams(geometry), channels: depth, filterColumns, filterRows: call.inputs[problem.filter]!.shape[2]! },
    rowStride: columns * groups, batchStride: columns,
    operands: (program) => operandsOf(program, call, problem, groupA, groupB),
  };
  return gemmLaunch(gemm, target);
}

function operandsOf(program: ProgramBuilder, call: OpCall, { image, form, groups }: Problem, groupA: boolean, groupB: boolean): GemmOperands {
  const { dtype } = call.inputs[image]!;
  const a = program.input('image', dtype, { lanes: groupA ? 4 : 1 });
  const b = program.input('filter', dtype, { lanes: groupB ? 4 : 1 });
  const b1 = form === 'backward' ? backwardFilter(b, dtype, groups) : forwardFilter(b, dtype, groupB, groups);
  if (form === 'linear') {
    return { aAlongDepth: true, bAlongDepth: false, b: b1, a: (pass, row) => linearRow(pass, a, dtype, groupA, row) };
  }
  return {
    aAlongDepth: true,
    bAlongDepth: form === 'backward',
    b: b1,
    ...(groupA ? { aDepth: tapOf } : {}),
    a: (pass, row, batch) => {
      const isRow = pass.let('isRow', row.lt(pass.param('rows')));
      const line = pass.let('line', row.div(pass.param('rowsWide')));
      const rowX = row.sub(line.mul(pass.param('rowsWide')));
      const picture = pass.let('picture', line.div(pass.param('rowsHigh')));
      const rowY = line.sub(picture.mul(pass.param('rowsHigh')));
      const isBack = form === 'backward';
      const y = pass.let('y', isBack ? rowY.add(pass.param('beforeY')) : rowY.mul(pass.param('strideY')).sub(pass.param('beforeY')));
      const x = pass.let('x', isBack ? rowX.add(pass.param('beforeX')) : rowX.mul(pass.param('strideX')).sub(pass.param('beforeX')));
      const first = pass.let('first', picture.mul(pass.param('imageHeight')));
      const offset = groups === 1 ? int(0) : pass.let('offset', batch.mul(pass.param('channels')));
      const at = { isRow, y, x, first, offset, isBack };
      return (depth, shared) => {
        if (groupA) {
          const [isInside, place] = placeOf(pass, at, depth, shared);
          return guardedGroup(pass, dtype, isInside, () => pass.loadGroup(a, place.div(4)));
        }
        const places = four(depth).map((k) => placeOf(pass, at, k, tapOf(pass, k)));
        return guarded(pass, dtype, places.map(([isInside]) => isInside), (lane) => pass.load(a, places[lane]![1]));
      };
    },
  };
}

/** The place of the window, down and across, and the channel. */
function tapOf(pass: PassBuilder, depth: Value): readonly Value[] {
  const tap = pass.let('tap', depth.div(pass.param('channels')));
  const channel = pass.let('channel', depth.sub(tap.mul(pass.param('channels'))));
  const down = pass.let('down', tap.div(pass.param('windowWide')));
  const across = pass.let('across', tap.sub(down.mul(pass.param('windowWide'))));
  return [pass.let('tapY', down.mul(pass.param('dilationY'))), pass.let('tapX', across.mul(pass.param('dilationX'))), channel];
}

interface RowPlace {
  readonly isRow: Value;
  readonly y: Value;
  readonly x: Value;
  readonly first: Value;
  readonly offset: Value;
  readonly isBack: boolean;
}

/** Whether there is such an element of the image, and where. */
function placeOf(pass: PassBuilder, { isRow, y, x, first, offset, isBack }: RowPlace, depth: Value, [tapY, tapX, channel]: readonly Value[]): [Value, Value] {
  let [iy, ix] = [pass.let('iy', isBack ? y.sub(tapY!) : y.add(tapY!)), pass.let('ix', isBack ? x.sub(tapX!) : x.add(tapX!))];
  let isInside = isRow.and(depth.lt(pass.param('depth'))).and(iy.ge(0)).and(ix.ge(0));
  if (isBack) {
    const [down, across] = [pass.let('stepY', iy.div(pass.param('strideY'))), pass.let('stepX', ix.div(pass.param('strideX')))];
    isInside = isInside.and(down.mul(pass.param('strideY')).eq(iy)).and(across.mul(pass.param('strideX')).eq(ix));
    [iy, ix] = [down, across];
  }
  isInside = isInside.and(iy.lt(pass.param('imageHeight'))).and(ix.lt(pass.param('imageWidth')));
  const place = first.add(iy).mul(pass.param('imageWidth')).add(ix).mul(pass.param('imageChannels')).add(offset).add(channel!);
  return [pass.let('isInside', isInside), place];
}

function linearRow(pass: PassBuilder, image: Buffer, dtype: DType, groupA: boolean, row: Value): (depth: Value) => Value[] {
  const isRow = pass.let('isRow', row.lt(pass.param('rows')));
  const base = pass.let('base', row.mul(pass.param('depth')));
  return (depth) => {
    if (groupA) return guardedGroup(pass, dtype, isRow.and(depth.lt(pass.param('depth'))), () => pass.loadGroup(image, base.add(depth).div(4)));
    return guarded(pass, dtype, four(depth).map((k) => isRow.and(k.lt(pass.param('depth')))), (lane) => pass.load(image, base.add(depth).add(lane)));
  };
}

/** Filter values of a place in the window and channel (a row of the filter) for columns that lie side by side. */
function forwardFilter(filter: Buffer, dtype: DType, groupB: boolean, groups: number): GemmOperands['b'] {
  return (pass, column, batch) => {
    const start = groups === 1 ? column : pass.let('start', batch.mul(pass.param('columns')).add(column));
    return (depth) => {
      const isRow = pass.let('isRow', depth.lt(pass.param('depth')));
      const line = pass.let('line', depth.mul(pass.param('filterColumns')).add(start));
      if (groupB) return guardedGroup(pass, dtype, isRow.and(column.lt(pass.param('columns'))), () => pass.loadGroup(filter, line.div(4)));
      return guarded(pass, dtype, four(column).map((n) => isRow.and(n.lt(pass.param('columns')))), (lane) => pass.load(filter, line.add(lane)));
    };
  };
}

/** The filter [down, across, in, out] read with `in` as columns: they stand `out` apart. */
function backwardFilter(filter: Buffer, dtype: DType, groups: number): GemmOperands['b'] {
  return (pass, column, batch) => {
    const offset = groups === 1 ? int(0) : pass.let('offset', batch.mul(pass.param('channels')));
    return (depth) => {
      const tap = pass.let('tap', depth.div(pass.param('channels')));
      const channel = depth.sub(tap.mul(pass.param('channels')));
      const isRow = pass.let('isRow', depth.lt(pass.param('depth')));
      const base = pass.let('base', tap.mul(pass.param('filterRows')).mul(pass.param('filterColumns')).add(offset).add(channel));
      const places = four(column);
      return guarded(pass, dtype, places.map((n) => isRow.and(n.lt(pass.param('columns')))),
        (lane) => pass.load(filter, base.add(places[lane]!.mul(pass.param('filterColumns')))));
    };
  };
}

/** Channels first has a body that transposes around the op. */
export function supportsNhwc({ attrs, op }: SupportQuery): Support {
  return isPlainNhwc(attrs) ? true : `${op} of ${attrs.string('data_format')} has no kernel, nor have strides over images or channels; only NHWC has`;
}

const both = (...answers: readonly Support[]): Support => answers.find((answer) => answer !== true) ?? true;

export const convKernels: readonly GridKernel[] = [
  {
    op: 'Conv2D',
    supports: (query, target) => both(supportsNhwc(query), supportsProduct(query, [0, 1], target)),
    accepts: (call, target) => gridEpilogue(call, target, target.bindings - 4) !== undefined,
    launch: (call, target) => launch(call, target, forward(call)),
  },
  {
    op: 'Conv2DBackpropInput',
    supports: (query, target) => both(supportsNhwc(query), supportsProduct(query, [1, 2], target)),
    hostArgs: () => ['compile', undefined, undefined],
    accepts: (call, target) => gridEpilogue(call, target, target.bindings - 4) !== undefined,
    launch: (call, target) => launch(call, target, backward(call)),
  },
];
