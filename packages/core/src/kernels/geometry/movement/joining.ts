/** ConcatV2, Concat, Pack, Pad, PadV2, MirrorPad, Tile, BroadcastTo, Fill. */
import { stridesOf } from '../../../shape.js';
import type { HostArgs, OpCall } from '../../kernel.js';
import { fillAround, offsetOf, type Box, type HostValues, type Movement, type MovementOp } from './boxes.js';

/** Inputs side by side along an axis of the output. */
function concat(call: OpCall, axis: number | undefined, data: readonly number[]): Movement | undefined {
  if (axis === undefined) return undefined;
  const output = call.outputs[0]!.shape;
  const at = axis < 0 ? axis + output.length : axis;
  const toStrides = stridesOf(output);
  let begin = 0;
  const boxes = data.map((input, from): Box => {
    const { shape } = call.inputs[input]!;
    const box = { from, to: 0, shape, fromOffset: 0, toOffset: begin * toStrides[at]!, fromStrides: stridesOf(shape), toStrides };
    begin += shape[at]!;
    return box;
  });
  return { inputs: data, boxes };
}

const range = (count: number, first = 0): number[] => Array.from({ length: count }, (_, i) => first + i);

export const concatV2: MovementOp = {
  op: 'ConcatV2', data: 0,
  hostArgs: ({ inputDtypes }): HostArgs => inputDtypes.map((_, i) => (i === inputDtypes.length - 1 ? 'compile' : undefined)),
  plan: (call, values) => concat(call, values.ints(-1)?.[0], range(call.inputs.length - 1)),
};

export const concatFirst: MovementOp = {
  op: 'Concat', data: 1,
  hostArgs: ({ inputDtypes }): HostArgs => inputDtypes.map((_, i) => (i === 0 ? 'compile' : undefined)),
  plan: (call, values) => concat(call, values.ints(0)?.[0], range(call.inputs.length - 1, 1)),
};

export const pack: MovementOp = {
  op: 'Pack', data: 0,
  plan: (call) => {
    const output = call.outputs[0]!.shape;
    const given = call.attrs.int('axis');
    const axis = given < 0 ? given + output.length : given;
    const strides = stridesOf(output);
    return {
      inputs: range(call.inputs.length),
      boxes: call.inputs.map(({ shape }, from) => ({
        from, to: 0, shape, fromOffset: 0, toOffset: from * strides[axis]!, fromStrides: stridesOf(shape),
        toStrides: strides.filter((_, i) => i !== axis),
      })),
    };
  },
};

function pad(call: OpCall, values: HostValues): Movement | undefined {
  const paddings = values.ints(1);
  if (paddings === undefined) return undefined;
  const input = call.inputs[0]!.shape;
  const output = call.outputs[0]!.shape;
  const begin = input.map((_, axis) => paddings[2 * axis]!);
  const toStrides = stridesOf(output);
  const inner: Box = {
    from: 0, to: 0, shape: input, fromOffset: 0, toOffset: offsetOf(begin, toStrides), fromStrides: stridesOf(input), toStrides,
  };
  return { inputs: [0], boxes: [inner, ...fillAround(output, begin, input)], fill: call.inputs.length > 2 ? values.bytes(2) : undefined };
}

export const padZero: MovementOp = { op: 'Pad', data: 0, hostArgs: () => [undefined, 'compile'], plan: pad };
export const padV2: MovementOp = { op: 'PadV2', data: 0, hostArgs: () => [undefined, 'compile', 'value'], atLaunch: true, plan: pad };

export const mirrorPad: MovementOp = {
  op: 'MirrorPad', data: 0, hostArgs: () => [undefined, 'compile'],
  plan: (call, values) => {
    const paddings = values.ints(1);
    const input = call.inputs[0]!.shape;
    if (paddings === undefined) return undefined;
    const skip = call.attrs.string('mode') === 'REFLECT' ? 1 : 0;
    const fromStrides = stridesOf(input);
    const toStrides = stridesOf(call.outputs[0]!.shape);
    /** Along one axis: where a segment begins on either side, its length, and its direction in the source. */
    interface Segment { readonly from: number; readonly to: number; readonly size: number; readonly step: 1 | -1 }
    let regions: Segment[][] = [[]];
    input.forEach((size, axis) => {
      const [before, after] = [paddings[2 * axis]!, paddings[2 * axis + 1]!];
      const segments: Segment[] = [
        { from: before - 1 + skip, to: 0, size: before, step: -1 }, { from: 0, to: before, size, step: 1 },
        { from: size - 1 - skip, to: before + size, size: after, step: -1 },
      ];
      regions = regions.flatMap((region) => segments.filter((segment) => segment.size > 0).map((segment) => [...region, segment]));
    });
    return {
      inputs: [0],
      boxes: regions.map((region): Box => ({
        from: 0, to: 0, shape: region.map(({ size }) => size), fromOffset: offsetOf(region.map(({ from }) => from), fromStrides),
        toOffset: offsetOf(region.map(({ to }) => to), toStrides), fromStrides: region.map(({ step }, axis) => step * fromStrides[axis]!),
        toStrides,
      })),
    };
  },
};

export const tile: MovementOp = {
  op: 'Tile', data: 0, hostArgs: () => [undefined, 'compile'],
  plan: (call, values) => {
    const input = call.inputs[0]!.shape;
    const multiples = values.ints(1);
    if (multiples === undefined) return undefined;
    const fromStrides = stridesOf(input);
    const toStrides = stridesOf(call.outputs[0]!.shape);
    return {
      inputs: [0],
      boxes: [{
        from: 0, to: 0, shape: input.flatMap((size, axis) => [multiples[axis]!, size]), fromOffset: 0, toOffset: 0,
        fromStrides: input.flatMap((_, axis) => [0, fromStrides[axis]!]),
        toStrides: input.flatMap((size, axis) => [size * toStrides[axis]!, toStrides[axis]!]),
      }],
    };
  },
};

export const broadcastTo: MovementOp = {
  op: 'BroadcastTo', data: 0, hostArgs: () => [undefined, 'compile'],
  plan: (call) => {
    const input = call.inputs[0]!.shape;
    const shape = call.outputs[0]!.shape;
    const strides = stridesOf(input);
    const first = shape.length - input.length;
    const fromStrides = shape.map((_, axis) => (axis < first || input[axis - first] === 1 ? 0 : strides[axis - first]!));
    return { inputs: [0], boxes: [{ from: 0, to: 0, shape, fromOffset: 0, toOffset: 0, fromStrides, toStrides: stridesOf(shape) }] };
  },
};

export const fill: MovementOp = {
  op: 'Fill', data: 1, hostArgs: () => ['compile', undefined],
  plan: (call) => {
    const { shape } = call.outputs[0]!;
    return { inputs: [1], boxes: [{ from: 0, to: 0, shape, fromOffset: 0, toOffset: 0, fromStrides: shape.map(() => 0), toStrides: stridesOf(shape) }] };
  },
};
