/** Slice, StridedSlice, Split, SplitV, Unpack, Reverse, ReverseV2, Roll. */
import { InvalidArgumentError } from '../../../errors.js';
import { stridesOf, type Shape } from '../../../shape.js';
import type { OpCall } from '../../kernel.js';
import { offsetOf, type Box, type HostValues, type Movement, type MovementOp } from './boxes.js';

/** A box that reads part of input 0 and fills output `to`. */
function part(input: Shape, output: Shape, begin: readonly number[], to = 0): Box {
  const strides = stridesOf(input);
  return {
    from: 0, to, shape: output, fromOffset: begin.reduce((sum, b, axis) => sum + b * strides[axis]!, 0), toOffset: 0, fromStrides: strides,
    toStrides: stridesOf(output),
  };
}

export const slice: MovementOp = {
  op: 'Slice', data: 0, atLaunch: true,
  hostArgs: () => [undefined, 'value', 'compile'],
  plan: (call, values) => {
    const input = call.inputs[0]!.shape;
    const output = call.outputs[0]!.shape;
    const begin = values.ints(1) ?? input.map(() => 0);
    begin.forEach((b, axis) => {
      if (b < 0 || b + output[axis]! > input[axis]!) {
        throw new InvalidArgumentError(
          `Expected begin[${axis}] in [0, ${input[axis]! - output[axis]!}], but got ${b}`, { node: call.node, op: call.op },
        );
      }
    });
    return { inputs: [0], boxes: [part(input, output, begin)] };
  },
};

/** First element, step and count along each input axis. Counts come from the output's shape, so `end` need not be known. */
function stridedSlice(call: OpCall, values: HostValues): Movement | undefined {
  const input = call.inputs[0]!.shape;
  const output = call.outputs[0]!.shape;
  const steps = values.ints(3);
  if (steps === undefined) return undefined;
  const begins = values.ints(1);
  const bit = (name: string): ((i: number) => boolean) => {
    const mask = call.attrs.int(name);
    return (i) => (mask & (1 << i)) !== 0;
  };
  const [beginMask, ellipsis, newAxis, shrink] = [bit('begin_mask'), bit('ellipsis_mask'), bit('new_axis_mask'), bit('shrink_axis_mask')];
  const strides = stridesOf(input);
  const outStrides = stridesOf(output);
  const dims: { size: number; from: number; to: number }[] = [];
  let offset = 0;
  let axis = 0;
  let outAxis = 0;
  const whole = (): void => {
    dims.push({ size: input[axis]!, from: strides[axis]!, to: outStrides[outAxis]! });
    axis++;
    outAxis++;
  };
  const hasEllipsis = steps.some((_, i) => ellipsis(i));
  const after = (i: number): number => steps.filter((_, j) => j > i && !newAxis(j)).length;
  steps.forEach((step, i) => {
    if (ellipsis(i)) {
      for (const end = input.length - after(i); axis < end;) whole();
      return;
    }
    if (newAxis(i)) {
      outAxis++;
      return;
    }
    const size = input[axis]!;
    const given = begins?.[i] ?? 0;
    const wrapped = given < 0 ? given + size : given;
    if (shrink(i)) {
      const begin = beginMask(i) ? 0 : wrapped;
      if (begin < 0 || begin >= size) {
        throw new InvalidArgumentError(`slice index ${given} of dimension ${axis} out of bounds.`, { node: call.node, op: call.op });
      }
      offset += begin * strides[axis]!;
      axis++;
      return;
    }
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const begin = beginMask(i) ? (step > 0 ? 0 : size - 1) : Math.min(Math.max(wrapped, low), high);
    const count = output[outAxis]!;
    if (count > 0) offset += begin * strides[axis]!;
    dims.push({ size: count, from: step * strides[axis]!, to: outStrides[outAxis]! });
    axis++;
    outAxis++;
  });
  if (!hasEllipsis) while (axis < input.length) whole();
  return {
    inputs: [0],
    boxes: [{
      from: 0, to: 0, shape: dims.map(({ size }) => size), fromOffset: offset, toOffset: 0,
      fromStrides: dims.map(({ from }) => from), toStrides: dims.map(({ to }) => to),
    }],
  };
}

export const stridedSliceKernel: MovementOp = {
  op: 'StridedSlice', data: 0, atLaunch: true, hostArgs: () => [undefined, 'value', 'value', 'compile'], plan: stridedSlice,
};

/** Outputs that are neighbouring parts of the input along an axis. */
function splitParts(call: OpCall, data: number, axis: number): Movement {
  const input = call.inputs[data]!.shape;
  const at = axis < 0 ? axis + input.length : axis;
  let begin = 0;
  const boxes = call.outputs.map(({ shape }, to) => {
    const box = part(input, shape, input.map((_, i) => (i === at ? begin : 0)), to);
    begin += shape[at]!;
    return box;
  });
  return { inputs: [data], boxes };
}

export const split: MovementOp = {
  op: 'Split', data: 1, hostArgs: () => ['compile', undefined],
  plan: (call, values) => {
    const axis = values.ints(0)?.[0];
    return axis === undefined ? undefined : splitParts(call, 1, axis);
  },
};

export const splitV: MovementOp = {
  op: 'SplitV', data: 0, hostArgs: () => [undefined, 'compile', 'compile'],
  plan: (call, values) => {
    const axis = values.ints(2)?.[0];
    return axis === undefined ? undefined : splitParts(call, 0, axis);
  },
};

export const unpack: MovementOp = {
  op: 'Unpack', data: 0,
  plan: (call) => {
    const input = call.inputs[0]!.shape;
    const given = call.attrs.int('axis');
    const axis = given < 0 ? given + input.length : given;
    const strides = stridesOf(input);
    return {
      inputs: [0],
      boxes: call.outputs.map(({ shape }, to) => ({
        from: 0, to, shape, fromOffset: to * strides[axis]!, toOffset: 0, fromStrides: strides.filter((_, i) => i !== axis),
        toStrides: stridesOf(shape),
      })),
    };
  },
};

/** The same elements, counted down along some axes. */
function turned({ inputs }: OpCall, axes: readonly number[]): Movement {
  const { shape } = inputs[0]!;
  const strides = stridesOf(shape);
  const fromStrides = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
  const fromOffset = axes.reduce((sum, axis) => sum + Math.max(0, shape[axis]! - 1) * strides[axis]!, 0);
  return { inputs: [0], boxes: [{ from: 0, to: 0, shape, fromOffset, toOffset: 0, fromStrides, toStrides: strides }] };
}

export const reverseV2: MovementOp = {
  op: 'ReverseV2', data: 0, hostArgs: () => [undefined, 'compile'],
  plan: (call, values) => {
    const axes = values.ints(1)?.map((axis) => (axis < 0 ? axis + call.inputs[0]!.shape.length : axis));
    return axes === undefined ? undefined : turned(call, axes);
  },
};

/** Axes as a vector of bools. */
export const reverse: MovementOp = {
  op: 'Reverse', data: 0, hostArgs: () => [undefined, 'compile'],
  plan: (call, values) => {
    const axes = values.ints(1)?.flatMap((flag, axis) => (flag === 0 ? [] : [axis]));
    return axes === undefined ? undefined : turned(call, axes);
  },
};

/** Along each axis the elements fall into two runs: those that stay in range, and those that wrap round. A box for each choice of runs. */
export const roll: MovementOp = {
  op: 'Roll', data: 0, hostArgs: () => [undefined, 'compile', 'compile'],
  plan: (call, values) => {
    const [shifts, axes] = [values.ints(1), values.ints(2)];
    if (shifts === undefined || axes === undefined) return undefined;
    const { shape } = call.inputs[0]!;
    const by = shape.map(() => 0);
    axes.forEach((given, i) => {
      const axis = given < 0 ? given + shape.length : given;
      if (axis < 0 || axis >= shape.length) throw new InvalidArgumentError(`axis ${given} is out of range`, { node: call.node, op: call.op });
      const size = Math.max(1, shape[axis]!);
      by[axis] = (((by[axis]! + shifts[i]!) % size) + size) % size;
    });
    const strides = stridesOf(shape);
    const runs = shape.map((size, axis) => [{ from: 0, to: by[axis]!, size: size - by[axis]! }, { from: size - by[axis]!, to: 0, size: by[axis]! }].filter((run) => run.size > 0));
    const regions = runs.reduce<{ from: number; to: number; size: number }[][]>((all, choices) => all.flatMap((region) => choices.map((run) => [...region, run])), [[]]);
    return {
      inputs: [0],
      boxes: regions.map((region): Box => ({
        from: 0, to: 0, shape: region.map(({ size }) => size), fromOffset: offsetOf(region.map(({ from }) => from), strides),
        toOffset: offsetOf(region.map(({ to }) => to), strides), fromStrides: strides, toStrides: strides,
      })),
    };
  },
};
