/** 3D pools, pools with the place of their maximum, and the gradients of pools: an element a thread. */
import type { Buffer, PassBuilder, Variable } from '../../codegen/grid/builder.js';
import { refuseDtype, type GridTarget } from '../../codegen/grid/types.js';
import { int, literal, type Value } from '../../codegen/grid/value.js';
import { dtypeInfo, type DType } from '../../dtypes.js';
import { sizeOf, type Shape } from '../../shape.js';
import { intsOf } from '../geometry/movement/boxes.js';
import type { HostArgs, OpCall, Support, SupportQuery } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import { pointwise, takeApart } from './pointwise.js';
import type { GridKernel } from './table.js';
import { pixelsInWindow, placeOf, spatial, supportsLast, volumeOf, volumeParams, walkInputsFrom, walkOutputs, type Volume } from './volumes.js';

const threads = 64;

/** Windows and strides are attributes, or inputs of V2 ops. */
function poolOf(call: OpCall, image: Shape, sizes?: number): Volume {
  const list = (name: string, i: number): readonly number[] => (sizes === undefined ? call.attrs.ints(name) : intsOf(call.inputs[sizes + i]!.constant)!);
  return volumeOf(call, image, spatial(call, list('ksize', 0)), list('strides', 1));
}

const channelOf = (pass: PassBuilder, at: Value): [pixel: Value, channel: Value] => takeApart(pass, at, [pass.param('channels')]) as [Value, Value];

/** The first of the largest elements of a window, and where it is; NaN is larger than all. −1 for an empty window. */
function largestIn(pass: PassBuilder, x: Buffer, image: Value, place: readonly Value[], channel: Value): { value: Variable; at: Variable } {
  const value = pass.var('largest', literal(0, x.type));
  const at = pass.var('place', int(-1));
  walkInputsFrom(pass, image, place, ({ pixel }) => {
    const here = pass.let('here', pixel.mul(pass.param('channels')).add(channel));
    const candidate = pass.let('candidate', pass.load(x, here));
    const isNaN = candidate.ne(candidate).and(value.eq(value));
    const isFloat = x.type === 'float32' || x.type === 'float64';
    pass.if(at.lt(0).or(candidate.gt(value)).or(isFloat ? isNaN : literal(false, 'bool')), () => {
      pass.assign(value, candidate);
      pass.assign(at, here);
    });
  });
  return { value, at };
}

function lowestOf(dtype: DType): number {
  return dtypeInfo[dtype].kind === 'float' ? -Infinity : 0;
}

function maxPool(call: OpCall, sizes?: number): GridLaunch {
  const { shape, dtype } = call.inputs[0]!;
  const volume = poolOf(call, shape, sizes);
  return pointwise(call, {
    name: 'maxPool', key: '', inputs: [0], params: volumeParams(volume), flops: sizeOf(volume.axes.map(({ window }) => window)),
    code: (program) => {
      const x = program.input('image', dtype);
      return (pass, at) => {
        const [pixel, channel] = channelOf(pass, at);
        const { image, place } = placeOf(pass, 'out', pixel);
        const { value, at: found } = largestIn(pass, x, image, place, channel);
        return found.lt(0).select(literal(lowestOf(dtype), x.type), value);
      };
    },
  });
}

/** Outputs: the maxima, and their places in the image (with the images before it, where the op is asked for those). */
function maxPoolWithArgmax(call: OpCall): GridLaunch {
  const { shape, dtype } = call.inputs[0]!;
  const volume = poolOf(call, shape);
  const size = sizeOf(call.outputs[0]!.shape);
  const places = call.outputs[1]!.dtype;
  const withBatch = call.attrs.bool('include_batch_in_index');
  return {
    name: 'maxPoolPlaces', key: `${dtype}:${places}:${withBatch ? 'batch' : ''}`, inputs: [0], params: { size, ...volumeParams(volume) }, workgroups: [ceilDivide(size, threads)],
    flops: size * sizeOf(volume.axes.map(({ window }) => window)),
    build(program) {
      const x = program.input('image', dtype);
      const [values, argmax] = [program.output('values', dtype), program.output('argmax', places)];
      program.pass('main', [threads, 1, 1], (pass) => {
        const at = pass.let('at', pass.globalIndex());
        pass.if(at.lt(pass.param('size')), () => {
          const [pixel, channel] = channelOf(pass, at);
          const { image, place } = placeOf(pass, 'out', pixel);
          const found = largestIn(pass, x, image, place, channel);
          pass.store(values, at, found.value);
          const perImage = pass.param('inD').mul(pass.param('inH')).mul(pass.param('inW')).mul(pass.param('channels'));
          pass.store(argmax, at, (withBatch ? found.at : found.at.sub(image.mul(perImage))).cast(argmax.type));
        });
      });
    },
  };
}

function averagePool(call: OpCall): GridLaunch {
  const { shape, dtype } = call.inputs[0]!;
  const volume = poolOf(call, shape);
  return pointwise(call, {
    name: 'averagePool', key: '', inputs: [0], params: volumeParams(volume), flops: sizeOf(volume.axes.map(({ window }) => window)),
    code: (program) => {
      const x = program.input('image', dtype);
      return (pass, at) => {
        const [pixel, channel] = channelOf(pass, at);
        const { image, place } = placeOf(pass, 'out', pixel);
        const sum = pass.var('sum', literal(0, x.type));
        walkInputsFrom(pass, image, place, ({ pixel: from }) => pass.assign(sum, sum.add(pass.load(x, from.mul(pass.param('channels')).add(channel)))));
        return sum.div(pixelsInWindow(pass, place).cast(x.type));
      };
    },
  });
}

/** Inputs: the image, the output, its gradient (and for V2, windows and strides). A window's gradient goes to the first of its maxima. */
function maxPoolGrad(call: OpCall, sizes?: number): GridLaunch {
  const { shape, dtype } = call.inputs[0]!;
  const volume = poolOf(call, shape, sizes);
  const window = sizeOf(volume.axes.map((axis) => axis.window));
  return pointwise(call, {
    name: 'maxPoolGrad', key: '', inputs: [0, 2], params: volumeParams(volume), flops: window * window,
    code: (program) => {
      const [x, g] = [program.input('image', dtype), program.input('gradient', call.inputs[2]!.dtype)];
      return (pass, at) => {
        const [pixel, channel] = channelOf(pass, at);
        const sum = pass.var('sum', literal(0, g.type));
        walkOutputs(pass, pixel, ({ pixel: from, place }, image) => {
          const found = largestIn(pass, x, image, place, channel);
          pass.if(found.at.eq(at), () => pass.assign(sum, sum.add(pass.load(g, from.mul(pass.param('channels')).add(channel)))));
        });
        return sum;
      };
    },
  });
}

/** Inputs: the image's shape, the gradient. */
function averagePoolGrad(call: OpCall): GridLaunch {
  const volume = poolOf(call, call.outputs[0]!.shape);
  return pointwise(call, {
    name: 'averagePoolGrad', key: '', inputs: [1], params: volumeParams(volume), flops: 2 * sizeOf(volume.axes.map(({ window }) => window)),
    code: (program) => {
      const g = program.input('gradient', call.inputs[1]!.dtype);
      return (pass, at) => {
        const [pixel, channel] = channelOf(pass, at);
        const sum = pass.var('sum', literal(0, g.type));
        walkOutputs(pass, pixel, ({ pixel: from, place }) => {
          const value = pass.load(g, from.mul(pass.param('channels')).add(channel));
          pass.assign(sum, sum.add(value.div(pixelsInWindow(pass, place).cast(g.type))));
        });
        return sum;
      };
    },
  });
}

/** Over space alone; windows that inputs tell are looked at when the kernel is made. */
function supports(numbers: readonly number[], sizes?: number) {
  return (query: SupportQuery, target: GridTarget): Support => {
    const last = supportsLast(query);
    if (last !== true) return last;
    const lists = sizes === undefined ? [query.attrs.ints('ksize'), query.attrs.ints('strides')] : [intsOf(query.constants[sizes]), intsOf(query.constants[sizes + 1])];
    if (lists.some((list) => list !== undefined && list.length > 0 && (list[0] !== 1 || list.at(-1) !== 1))) return `${query.op} over images or channels has no kernel`;
    return [...numbers.map((i) => query.inputDtypes[i]!), ...query.outputDtypes].map((dtype) => refuseDtype(dtype, target)).find((reason) => reason !== undefined) ?? true;
  };
}

interface PoolKernel {
  /** Inputs that are bound. */
  readonly numbers?: readonly number[];
  readonly hostArgs?: HostArgs;
  /** The first of the two inputs that are window and strides. */
  readonly sizes?: number;
}

const kernel = (op: string, launch: GridKernel['launch'], { numbers = [0], hostArgs = [], sizes }: PoolKernel = {}): GridKernel =>
  ({ op, supports: supports(numbers, sizes), hostArgs: () => hostArgs, launch });
const [device, host] = [undefined, 'compile'] as const;

export const poolKernels: readonly GridKernel[] = [
  kernel('MaxPool3D', (call) => maxPool(call)),
  kernel('AvgPool3D', averagePool),
  kernel('MaxPoolWithArgmax', maxPoolWithArgmax),
  kernel('MaxPoolGrad', (call) => maxPoolGrad(call), { numbers: [0, 2] }),
  kernel('MaxPool3DGrad', (call) => maxPoolGrad(call), { numbers: [0, 2] }),
  kernel('MaxPoolV2', (call) => maxPool(call, 1), { hostArgs: [device, host, host], sizes: 1 }),
  kernel('MaxPoolGradV2', (call) => maxPoolGrad(call, 3), { numbers: [0, 2], hostArgs: [device, device, device, host, host], sizes: 3 }),
  kernel('AvgPoolGrad', averagePoolGrad, { numbers: [1], hostArgs: [host] }),
  kernel('AvgPool3DGrad', averagePoolGrad, { numbers: [1], hostArgs: [host] }),
];
