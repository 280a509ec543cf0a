/** Colours of images: three neighbours of the last dimension make three. A thread makes one of them. */
import type { PassBuilder } from '../../codegen/grid/builder.js';
import { literal, type Value } from '../../codegen/grid/value.js';
import { InvalidArgumentError } from '../../errors.js';
import type { OpCall } from '../kernel.js';
import type { GridLaunch } from './launch.js';
import { pointwise, supportsNumbers } from './pointwise.js';
import type { GridKernel } from './table.js';

type Colour = readonly [Value, Value, Value];

function toHsv(pass: PassBuilder, [r, g, b]: Colour): Colour {
  const value = pass.let('value', r.max(g).max(b));
  const range = pass.let('range', value.sub(r.min(g).min(b)));
  const zero = literal(0, value.type);
  const saturation = pass.let('saturation', value.gt(0).select(range.div(value.gt(0).select(value, 1)), zero));
  const divisor = pass.let('divisor', range.gt(0).select(range, 1));
  const third = (x: Value, y: Value, turn: number): Value => x.sub(y).div(divisor).div(6).add(turn / 6);
  const hue = pass.let('hue', r.eq(value).select(third(g, b, 0), g.eq(value).select(third(b, r, 2), third(r, g, 4))));
  return [pass.let('hue', range.le(0).select(zero, hue.lt(0).select(hue.add(1), hue))), saturation, value];
}

function toRgb(pass: PassBuilder, [h, s, v]: Colour): Colour {
  const turn = pass.let('turn', h.mul(6));
  const channel = (x: Value): Value => pass.let('channel', literal(1, s.type).sub(s).add(s.mul(x.max(0).min(1))).mul(v));
  return [channel(turn.sub(3).unary('abs').sub(1)), channel(literal(2, s.type).sub(turn.sub(2).unary('abs'))), channel(literal(2, s.type).sub(turn.sub(4).unary('abs')))];
}

/** `change` gets the second input's one number, where there is one. */
function eachColour(call: OpCall, change: (pass: PassBuilder, colour: Colour, by: Value) => Colour): GridLaunch {
  const { shape, dtype } = call.inputs[0]!;
  if (shape.at(-1) !== 3) throw new InvalidArgumentError(`input must have 3 channels but instead has ${shape.at(-1)} channels.`, { node: call.node, op: call.op });
  const hasNumber = call.inputs.length > 1;
  return pointwise(call, {
    name: 'colour', key: call.op, inputs: hasNumber ? [0, 1] : [0], flops: 24,
    code: (program) => {
      const x = program.input('images', dtype);
      const number = hasNumber ? program.input('by', call.inputs[1]!.dtype) : undefined;
      return (pass, at) => {
        const pixel = pass.let('pixel', at.div(3));
        const which = pass.let('which', at.sub(pixel.mul(3)));
        const channel = (i: number): Value => pass.let('c', pass.load(x, pixel.mul(3).add(i)));
        const colour: Colour = [channel(0), channel(1), channel(2)];
        const by = number === undefined ? literal(0, x.type) : pass.let('by', pass.load(number, literal(0, 'int32')).cast(x.type));
        const [first, second, third] = change(pass, colour, by);
        return which.eq(0).select(first, which.eq(1).select(second, third));
      };
    },
  });
}

function turnHue(pass: PassBuilder, colour: Colour, by: Value): Colour {
  const [h, s, v] = toHsv(pass, colour);
  const turned = pass.let('turned', h.add(by));
  return toRgb(pass, [pass.let('hue', turned.sub(turned.unary('floor'))), s, v]);
}

function saturate(pass: PassBuilder, colour: Colour, by: Value): Colour {
  const [h, s, v] = toHsv(pass, colour);
  return toRgb(pass, [h, pass.let('saturation', s.mul(by).max(0).min(1)), v]);
}

const kernel = (op: string, change: (pass: PassBuilder, colour: Colour, by: Value) => Colour): GridKernel =>
  ({ op, supports: supportsNumbers(), launch: (call) => eachColour(call, change) });

export const colourKernels: readonly GridKernel[] = [
  kernel('RGBToHSV', toHsv), kernel('HSVToRGB', toRgb), kernel('AdjustHue', turnHue), kernel('AdjustSaturation', saturate),
];
