/** Bodies of the neural-network ops that are arithmetic and reductions underneath. */
import { HostTensor } from '../hostTensor.js';
import { cast, inputOf, known, number, one, reduce, reshape } from './bodies.js';
import type { Shape } from '../shape.js';
import type { BodyBuilder, BodyValue, OpBody } from './opDef.js';

/** Without shapes a body is only asked which ops it would hold: this stands for any. */
const anyImage: Shape = [2, 2, 2, 2];

const isChannelsFirst = (format: string): boolean => format.startsWith('NC');

/** A vector of channels that broadcasts against x of this data format: [C], or [C, 1, …] where channels come first. */
export function channelVector(b: BodyBuilder, vector: BodyValue, x: BodyValue, format: string): BodyValue {
  if (!isChannelsFirst(format)) return vector;
  const rank = (x.shape ?? anyImage).length;
  return rank <= 2 ? vector : reshape(b, vector, [-1, ...new Array<number>(rank - 2).fill(1)]);
}

/** A bias along the channels is an addition. */
export const biasAddBody: OpBody = (b, inputs) => {
  const [value, bias] = [inputOf(inputs, 0), inputOf(inputs, 1)];
  const format = b.attrs.has('data_format') ? b.attrs.string('data_format') : 'NHWC';
  return [one(b, 'AddV2', [value, channelVector(b, bias, value, format)])];
};

/** All axes but the channels. */
export const biasGradBody: OpBody = (b, inputs) => {
  const gradient = inputOf(inputs, 0);
  const rank = (gradient.shape ?? anyImage).length;
  const channel = isChannelsFirst(b.attrs.string('data_format')) ? 1 : rank - 1;
  return [reduce(b, 'Sum', gradient, Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== channel), false)];
};

/** Logits minus their largest, so that exp cannot overflow. */
const shifted = (b: BodyBuilder, logits: BodyValue): BodyValue => one(b, 'Sub', [logits, reduce(b, 'Max', logits, [-1], true)]);

export const softmaxBody: OpBody = (b, inputs) => {
  const exp = one(b, 'Exp', [shifted(b, inputOf(inputs, 0))]);
  return [one(b, 'RealDiv', [exp, reduce(b, 'Sum', exp, [-1], true)])];
};

export const logSoftmaxBody: OpBody = (b, inputs) => {
  const logits = shifted(b, inputOf(inputs, 0));
  return [one(b, 'Sub', [logits, one(b, 'Log', [reduce(b, 'Sum', one(b, 'Exp', [logits]), [-1], true)])])];
};

/** loss = Σ labels · (log Σ exp(logits) - logits), backprop = softmax(logits) - labels. */
export const softmaxCrossEntropyBody: OpBody = (b, inputs) => {
  const logits = shifted(b, inputOf(inputs, 0));
  const labels = inputOf(inputs, 1);
  const exp = one(b, 'Exp', [logits]);
  const sum = reduce(b, 'Sum', exp, [-1], true);
  // One logit beside many labels stands for as many classes.
  const classes = logits.shape?.at(-1) === 1 ? labels.shape?.at(-1) ?? 1 : 1;
  const total = classes === 1 ? sum : one(b, 'Mul', [sum, number(b, classes, sum.dtype)]);
  const surprise = one(b, 'Sub', [one(b, 'Log', [total]), logits]);
  return [
    reduce(b, 'Sum', one(b, 'Mul', [labels, surprise]), [-1], false),
    one(b, 'Sub', [one(b, 'RealDiv', [exp, total]), labels]),
  ];
};

export const l2LossBody: OpBody = (b, inputs) => {
  const t = reshape(b, inputOf(inputs, 0), [-1]);
  return [reduce(b, 'Sum', one(b, 'Mul', [one(b, 'Square', [t]), number(b, 0.5, t.dtype)]), [0], false)];
};

/**
 * FusedBatchNorm and its versions. In inference: y from the given moments, which are passed on. In training: y from the batch's own
 * moments; out go the moving averages (with Bessel's correction for the variance) and the plain moments. `outputs` is how many the op has.
 */
export const batchNormBody = (outputs: number): OpBody => (b, inputs) => {
  const x = inputOf(inputs, 0);
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((i) => inputOf(inputs, i)) as [BodyValue, BodyValue, BodyValue, BodyValue];
  const format = b.attrs.string('data_format');
  const wide = cast(b, x, scale.dtype);
  const normalize = (m: BodyValue, v: BodyValue): BodyValue => {
    const spread = (vector: BodyValue): BodyValue => channelVector(b, vector, x, format);
    const factor = one(b, 'Mul', [scale, one(b, 'Rsqrt', [one(b, 'AddV2', [v, number(b, b.attrs.float('epsilon'), v.dtype)])])]);
    const y = one(b, 'AddV2', [one(b, 'Mul', [one(b, 'Sub', [wide, spread(m)]), spread(factor)]), spread(offset)]);
    return cast(b, y, x.dtype);
  };
  const rest = (): BodyValue[] => (outputs === 6 ? [b.constant(HostTensor.zeros([0], scale.dtype))] : []);
  if (!b.attrs.bool('is_training')) return [normalize(mean, variance), mean, variance, mean, variance, ...rest()];

  const shape = x.shape === null ? anyImage : known(x);
  if (shape === undefined) return undefined;
  const channel = isChannelsFirst(format) ? 1 : shape.length - 1;
  const count = shape.reduce((product, dim, axis) => (axis === channel ? product : product * dim), 1);
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== channel);
  const batchMean = reduce(b, 'Mean', wide, axes, false);
  const deviation = one(b, 'SquaredDifference', [wide, channelVector(b, batchMean, x, format)]);
  const batchVariance = reduce(b, 'Mean', deviation, axes, false);
  const scaled = (value: BodyValue, factor: number): BodyValue => (factor === 1 ? value : one(b, 'Mul', [value, number(b, factor, value.dtype)]));
  const corrected = scaled(batchVariance, count / Math.max(1, count - 1));
  const share = b.attrs.float('exponential_avg_factor');
  const moving = (old: BodyValue, now: BodyValue): BodyValue => (share === 1 ? now : one(b, 'AddV2', [scaled(old, 1 - share), scaled(now, share)]));
  return [normalize(batchMean, batchVariance), moving(mean, batchMean), moving(variance, corrected), batchMean, batchVariance, ...rest()];
};

/**
 * Gradients of FusedBatchNorm by x, scale and offset, and two reserves (0). The inputs are dy, x, scale and the moments that the forward
 * op gave out as reserves: the batch's in training, those it was given in inference.
 */
export const batchNormGradientBody: OpBody = (b, inputs) => {
  const [dy, x, scale, mean, variance] = [0, 1, 2, 3, 4].map((i) => inputOf(inputs, i)) as [BodyValue, BodyValue, BodyValue, BodyValue, BodyValue];
  const format = b.attrs.string('data_format');
  const shape = x.shape ?? anyImage;
  const channel = isChannelsFirst(format) ? 1 : shape.length - 1;
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== channel);
  const spread = (vector: BodyValue): BodyValue => channelVector(b, vector, x, format);
  const [gradient, image] = [cast(b, dy, scale.dtype), cast(b, x, scale.dtype)];
  const root = one(b, 'Rsqrt', [one(b, 'AddV2', [variance, number(b, b.attrs.float('epsilon'), variance.dtype)])]);
  const centred = one(b, 'Sub', [image, spread(mean)]);
  const product = one(b, 'Mul', [gradient, centred]);
  const factor = spread(one(b, 'Mul', [scale, root]));
  const byScale = one(b, 'Mul', [reduce(b, 'Sum', product, axes, false), root]);
  const byOffset = reduce(b, 'Sum', gradient, axes, false);
  const empty = number(b, 0, scale.dtype);
  if (!b.attrs.bool('is_training')) return [cast(b, one(b, 'Mul', [gradient, factor]), x.dtype), byScale, byOffset, empty, empty];

  const slope = one(b, 'Mul', [reduce(b, 'Mean', product, axes, false), one(b, 'Square', [root])]);
  const level = one(b, 'Sub', [gradient, spread(reduce(b, 'Mean', gradient, axes, false))]);
  const byX = one(b, 'Mul', [one(b, 'Sub', [level, one(b, 'Mul', [centred, spread(slope)])]), factor]);
  return [cast(b, byX, x.dtype), byScale, byOffset, empty, empty];
};
