/** Conv3D and the gradients of convolutions that gemm.ts does not make, and Dilation2D: sums over windows, an element a thread. */
import type { Buffer, PassBuilder } from '../../codegen/grid/builder.js';
import type { GridTarget } from '../../codegen/grid/types.js';
import { literal, type Value } from '../../codegen/grid/value.js';
import { InvalidArgumentError } from '../../errors.js';
import { shapeText, sizeOf, type Shape } from '../../shape.js';
import { identityOf } from '../geometry/reduction.js';
import { windowAxis } from '../host/windows.js';
import type { HostArgs, OpCall, Support, SupportQuery } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import { supportsProduct } from './matmul.js';
import { pointwise, supportsNumbers, takeApart } from './pointwise.js';
import { cutRows, shareValues, standInRow } from './shareRow.js';
import type { GridKernel } from './table.js';
import { placeOf, supportsLast, volumeOf, volumeParams, walkInputs, walkInputsFrom, walkOutputs, windowOf, type Volume } from './volumes.js';

/** Which channels belong together: input channels and results of a group. */
interface Groups {
  readonly perGroup: number;
  readonly perOut: number;
  readonly kernels: number;
}

/** A depthwise filter [H, W, C, M] is that of a convolution in C groups: [H, W, 1, C·M]. */
const grouped = (call: OpCall, filter: Shape): Shape => (call.op.startsWith('Depthwise') ? [filter[0]!, filter[1]!, 1, filter[2]! * filter[3]!] : filter);

function groupsOf(filter: Shape, channels: number): Groups {
  const [perGroup, kernels] = filter.slice(-2) as [number, number];
  return { perGroup, kernels, perOut: kernels / Math.max(1, channels / Math.max(1, perGroup)) };
}

const groupParams = ({ perGroup, perOut, kernels }: Groups): Record<string, number> => ({ perGroup, perOut, kernels });

/** The start of a sum: 16-bit floats are summed in float32. */
const zero = (pass: PassBuilder, { type }: Buffer): ReturnType<PassBuilder['var']> => pass.var('sum', literal(0, type));

function checkGradient(call: OpCall, { axes }: Volume, gradient: number): void {
  const { shape } = call.inputs[gradient]!;
  const space = shape.length === 5 ? shape.slice(1, 4) : [1, shape[1]!, shape[2]!];
  if (space.some((dim, i) => dim !== axes[i]!.output)) {
    throw new InvalidArgumentError(`Size of out_backprop doesn't match computed: actual = ${shapeText(space)}, computed = ${shapeText(axes.map(({ output }) => output))}`, { node: call.node, op: call.op });
  }
}

function conv3D(call: OpCall): GridLaunch {
  const [image, filter] = [call.inputs[0]!.shape, call.inputs[1]!.shape];
  const volume = volumeOf(call, image, windowOf(filter));
  const groups = groupsOf(filter, volume.channels);
  return pointwise(call, {
    name: 'conv3d', key: '', inputs: [0, 1], params: { ...volumeParams(volume), ...groupParams(groups) }, flops: 2 * sizeOf(windowOf(filter)) * groups.perGroup,
    code: (program) => {
      const [x, f] = [program.input('image', call.inputs[0]!.dtype), program.input('filter', call.inputs[1]!.dtype)];
      return (pass, at) => {
        const [pixel, result] = takeApart(pass, at, [pass.param('kernels')]) as [Value, Value];
        const first = pass.let('first', result.div(pass.param('perOut')).mul(pass.param('perGroup')));
        const sum = zero(pass, x);
        walkInputs(pass, pixel, ({ pixel: from, tap }) => {
          pass.for('c', 0, pass.param('perGroup'), (c) => {
            const value = pass.load(x, from.mul(pass.param('channels')).add(first).add(c));
            pass.assign(sum, value.fma(pass.load(f, tap.mul(pass.param('perGroup')).add(c).mul(pass.param('kernels')).add(result)), sum));
          });
        });
        return sum;
      };
    },
  });
}

/** Inputs: the image's shape, the filter, the gradient. */
function backToInput(call: OpCall): GridLaunch {
  const filter = grouped(call, call.inputs[1]!.shape);
  const volume = volumeOf(call, call.outputs[0]!.shape, windowOf(filter));
  checkGradient(call, volume, 2);
  const groups = groupsOf(filter, volume.channels);
  return pointwise(call, {
    name: 'convToInput', key: '', inputs: [1, 2], params: { ...volumeParams(volume), ...groupParams(groups) }, flops: 2 * sizeOf(windowOf(filter)) * groups.perOut,
    code: (program) => {
      const [f, g] = [program.input('filter', call.inputs[1]!.dtype), program.input('gradient', call.inputs[2]!.dtype)];
      return (pass, at) => {
        const [pixel, channel] = takeApart(pass, at, [pass.param('channels')]) as [Value, Value];
        const group = pass.let('group', channel.div(pass.param('perGroup')));
        const within = pass.let('within', channel.sub(group.mul(pass.param('perGroup'))));
        const first = pass.let('first', group.mul(pass.param('perOut')));
        const sum = zero(pass, g);
        walkOutputs(pass, pixel, ({ pixel: from, tap }) => {
          const row = pass.let('row', tap.mul(pass.param('perGroup')).add(within).mul(pass.param('kernels')).add(first));
          const place = pass.let('place', from.mul(pass.param('kernels')).add(first));
          pass.for('k', 0, pass.param('perOut'), (k) => pass.assign(sum, pass.load(f, row.add(k)).fma(pass.load(g, place.add(k)), sum)));
        });
        return sum;
      };
    },
  });
}

/** Inputs: the image, the filter's shape, the gradient. The threads of a workgroup share the pixels that an element of the filter sums over. */
function backToFilter(call: OpCall, target: GridTarget): GridLaunch {
  const filter = grouped(call, call.outputs[0]!.shape);
  const volume = volumeOf(call, call.inputs[0]!.shape, windowOf(filter));
  checkGradient(call, volume, 2);
  const groups = groupsOf(filter, volume.channels);
  const length = volume.images * volume.axes.reduce((product, { output }) => product * output, 1);
  const rows = sizeOf(filter);
  const cut = cutRows(length, target);
  const [{ dtype }, { dtype: result }] = [call.inputs[0]!, call.outputs[0]!];
  return {
    name: 'convToFilter', key: `${dtype}>${result}:${cut.threads}x${cut.rows}`, inputs: [0, 2], params: { rows, length, ...volumeParams(volume), ...groupParams(groups) },
    workgroups: [ceilDivide(rows, cut.rows)], flops: 2 * rows * length,
    build(program) {
      const [x, g] = [program.input('image', dtype), program.input('gradient', call.inputs[2]!.dtype)];
      const out = program.output('out', result);
      program.pass('main', [cut.threads * cut.rows, 1, 1], (pass) => {
        const stand = standInRow(pass, cut);
        const shared = cut.threads > 1 ? [pass.shared('sums', x.type, cut.threads * cut.rows)] : [];
        const isRow = pass.let('isRow', stand.row.lt(pass.param('rows')));
        const sum = zero(pass, x);
        pass.if(isRow, () => {
          const [line, result1] = takeApart(pass, stand.row, [pass.param('kernels')]) as [Value, Value];
          const [tap, within] = takeApart(pass, line, [pass.param('perGroup')]) as [Value, Value];
          const [tapD, tapH, tapW] = takeApart(pass, tap, [pass.param('windowH'), pass.param('windowW')]);
          const channel = pass.let('channel', result1.div(pass.param('perOut')).mul(pass.param('perGroup')).add(within));
          const offsets = (['D', 'H', 'W'] as const).map((axis, i) => pass.let('offset', [tapD!, tapH!, tapW!][i]!.mul(pass.param(`dilation${axis}`)).sub(pass.param(`before${axis}`))));
          pass.for('pixel', stand.first, pass.param('length'), (pixel) => {
            const { image, place } = placeOf(pass, 'out', pixel);
            const [d, h, w] = (['D', 'H', 'W'] as const).map((axis, i) => pass.let('at', place[i]!.mul(pass.param(`stride${axis}`)).add(offsets[i]!))) as [Value, Value, Value];
            const inside = ([[d, 'D'], [h, 'H'], [w, 'W']] as const).map(([at, axis]) => at.ge(0).and(at.lt(pass.param(`in${axis}`)))).reduce((both, one) => both.and(one));
            pass.if(inside, () => {
              const from = image.mul(pass.param('inD')).add(d).mul(pass.param('inH')).add(h).mul(pass.param('inW')).add(w);
              const value = pass.load(x, from.mul(pass.param('channels')).add(channel));
              pass.assign(sum, value.fma(pass.load(g, pixel.mul(pass.param('kernels')).add(result1)), sum));
            });
          }, cut.threads);
        });
        shareValues(pass, cut, stand, shared, [sum], ([a], [b]) => [a!.add(b!)]);
        pass.if(stand.first.eq(0).and(isRow), () => pass.store(out, stand.row, pass.wrap(result, sum)));
      });
    },
  };
}

/** The largest sum of image and filter over a window. */
function dilation2D(call: OpCall): GridLaunch {
  const [image, filter] = [call.inputs[0]!, call.inputs[1]!];
  const [strides, rates, padding] = [call.attrs.ints('strides'), call.attrs.ints('rates'), call.attrs.string('padding')];
  const axis = (i: 1 | 2): Volume['axes'][0] => windowAxis(image.shape[i]!, filter.shape[i - 1]!, strides[i]!, rates[i]!, padding);
  const volume: Volume = { images: image.shape[0]!, channels: image.shape[3]!, axes: [windowAxis(1, 1, 1, 1, 'VALID'), axis(1), axis(2)] };
  return pointwise(call, {
    name: 'dilation', key: '', inputs: [0, 1], params: volumeParams(volume), flops: 2 * filter.shape[0]! * filter.shape[1]!,
    code: (program) => {
      const [x, f] = [program.input('image', image.dtype), program.input('filter', filter.dtype)];
      return (pass, at) => {
        const [pixel, channel] = takeApart(pass, at, [pass.param('channels')]) as [Value, Value];
        const largest = pass.var('largest', pass.constant(identityOf('max', image.dtype), image.dtype));
        const { image: number, place } = placeOf(pass, 'out', pixel);
        walkInputsFrom(pass, number, place, ({ pixel: from, tap }) => {
          const sum = pass.let('sum', pass.load(x, from.mul(pass.param('channels')).add(channel)).add(pass.load(f, tap.mul(pass.param('channels')).add(channel))));
          pass.if(sum.gt(largest), () => pass.assign(largest, sum));
        });
        return largest;
      };
    },
  });
}

const both = (...answers: readonly Support[]): Support => answers.find((answer) => answer !== true) ?? true;
const product = (operands: readonly number[]) => (query: SupportQuery, target: GridTarget): Support => both(supportsLast(query), supportsProduct(query, operands, target));
/** Sizes of an image that say all four or five of its dimensions, as their constant. */
const sizes = (i: number): HostArgs => Array.from({ length: i + 1 }, (_, at) => (at === i ? 'compile' : undefined));

export const volumeConvKernels: readonly GridKernel[] = [
  { op: 'Conv3D', supports: product([0, 1]), launch: conv3D },
  { op: 'Conv3DBackpropInputV2', supports: product([1, 2]), hostArgs: () => sizes(0), launch: backToInput },
  { op: 'DepthwiseConv2dNativeBackpropInput', supports: product([1, 2]), hostArgs: () => sizes(0), launch: backToInput },
  { op: 'Conv3DBackpropFilterV2', supports: product([0, 2]), hostArgs: () => sizes(1), launch: backToFilter },
  { op: 'Conv2DBackpropFilter', supports: product([0, 2]), hostArgs: () => sizes(1), launch: backToFilter },
  { op: 'DepthwiseConv2dNativeBackpropFilter', supports: product([0, 2]), hostArgs: () => sizes(1), launch: backToFilter },
  { op: 'Dilation2D', supports: supportsNumbers(), launch: dilation2D },
];
