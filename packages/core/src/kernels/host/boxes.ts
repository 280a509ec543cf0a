/** Non-maximum suppression: boxes in order of score, each kept unless it overlaps one that was kept before. */
import { limitsOf as dtypeLimits } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import { shapeText } from '../../shape.js';
import { host, type HostCode } from './define.js';
import { intTensor, invalid, numbersOf, type Numbers, scalarOf, tensorOfNumbers } from './tensors.js';

const f = Math.fround;

/** How much two boxes are the same: from 0 to 1. */
type Similarity = (a: number, b: number) => number;

/** Intersection over union of boxes given by any two opposite corners; float32 like TensorFlow's, where a threshold decides. */
function intersectionOverUnion(boxes: Numbers, start = 0, stride = 4): Similarity {
  const count = Math.max(0, Math.ceil((boxes.length - start) / stride));
  const [top, left, bottom, right, area] = Array.from({ length: 5 }, () => new Float32Array(count)) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  for (let box = 0; box < count; box++) {
    const at = start + box * stride;
    top[box] = Math.min(boxes[at]!, boxes[at + 2]!);
    left[box] = Math.min(boxes[at + 1]!, boxes[at + 3]!);
    bottom[box] = Math.max(boxes[at]!, boxes[at + 2]!);
    right[box] = Math.max(boxes[at + 1]!, boxes[at + 3]!);
    area[box] = f(bottom[box]! - top[box]!) * f(right[box]! - left[box]!);
  }
  return (i, j) => {
    if (area[i]! <= 0 || area[j]! <= 0) return 0;
    const height = Math.max(f(Math.min(bottom[i]!, bottom[j]!) - Math.max(top[i]!, top[j]!)), 0);
    const width = Math.max(f(Math.min(right[i]!, right[j]!) - Math.max(left[i]!, left[j]!)), 0);
    const overlap = f(height * width);
    return f(overlap / f(f(area[i]! + area[j]!) - overlap));
  };
}

interface Candidate {
  readonly box: number;
  score: number;
  /** Boxes kept before this one have reduced its score already. */
  compared: number;
}

const before = (a: Candidate, b: Candidate): number => b.score - a.score || a.box - b.box;

interface Limits {
  readonly maxOutput: number;
  readonly overlap: number;
  readonly score: number;
  /** Above 0: scores shrink with overlap instead of dropping to none. */
  readonly softSigma: number;
}

/**
 * Keys of the boxes whose score passes: in their order best first, equal scores in order of box. A float32 score and a box number are packed
 * into one double that sorts as the pair does: plain numbers are compared many times faster than objects.
 */
function rankedKeys(scores: Numbers, lowest: number): Float64Array {
  const keys = new Float64Array(scores.length);
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  let count = 0;
  for (let box = 0; box < scores.length; box++) {
    if (!(scores[box]! > lowest)) continue;
    // + 0: the two zeros are equal. The order of the bits of a float is that of the float, turned around for negative ones.
    value[0] = scores[box]! + 0;
    const descending = bits[0]! >>> 31 === 1 ? bits[0]! : ~bits[0]! & 0x7fffffff;
    keys[count++] = descending * boxesPerScore + box;
  }
  return keys.subarray(0, count);
}

/** The smallest keys first, as many as are asked for: a hundred of ten thousand are wanted, so nothing is sorted that nobody looks at. */
function* boxesInOrder(keys: Float64Array): Generator<number> {
  let size = keys.length;
  const sink = (start: number): void => {
    const key = keys[start]!;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && keys[child + 1]! < keys[child]!) child++;
      if (!(keys[child]! < key)) break;
      keys[at] = keys[child]!;
      at = child;
    }
    keys[at] = key;
  };
  for (let at = (size >> 1) - 1; at >= 0; at--) sink(at);
  while (size > 0) {
    yield keys[0]! % boxesPerScore;
    keys[0] = keys[--size]!;
    sink(0);
  }
}

/** A double holds 32 bits of score and 21 of box. */
const boxesPerScore = 2 ** 21;

/** The kept boxes, best first, with their scores at the time they were kept. */
function suppress(scores: Numbers, similarity: Similarity, limits: Limits): { boxes: number[]; scores: number[] } {
  if (limits.softSigma > 0 || scores.length >= boxesPerScore) return suppressSoftly(scores, similarity, limits);
  const boxes: number[] = [];
  for (const box of boxesInOrder(rankedKeys(scores, limits.score))) {
    if (boxes.length >= limits.maxOutput) break;
    if (!boxes.some((kept) => similarity(box, kept) > limits.overlap)) boxes.push(box);
  }
  return { boxes, scores: boxes.map((box) => scores[box]!) };
}

/** The same where scores shrink with overlap, so that the order changes on the way. */
function suppressSoftly(scores: Numbers, similarity: Similarity, limits: Limits): { boxes: number[]; scores: number[] } {
  const queue: Candidate[] = [];
  scores.forEach((score: number, box: number) => {
    if (score > limits.score) queue.push({ box, score, compared: 0 });
  });
  queue.sort(before);
  const kept = { boxes: [] as number[], scores: [] as number[] };
  const isSoft = limits.softSigma > 0;
  const scale = isSoft ? f(-0.5 / limits.softSigma) : 0;
  for (let head = 0; head < queue.length && kept.boxes.length < limits.maxOutput; head++) {
    const next = queue[head]!;
    const score = next.score;
    let dropped = false;
    for (let k = kept.boxes.length - 1; k >= next.compared; k--) {
      const same = similarity(next.box, kept.boxes[k]!);
      if (isSoft) next.score = f(next.score * f(Math.exp(f(f(scale * same) * same))));
      else if (same > limits.overlap) {
        dropped = true;
        break;
      }
      if (next.score <= limits.score) break;
    }
    next.compared = kept.boxes.length;
    if (dropped) continue;
    if (next.score === score) {
      kept.boxes.push(next.box);
      kept.scores.push(score);
    } else if (next.score > limits.score) {
      // Its score fell: it waits for its new place in the order.
      let place = head + 1;
      while (place < queue.length && before(queue[place]!, next) < 0) place++;
      queue.splice(place, 0, next);
    }
  }
  return kept;
}

function checkBoxes(boxes: HostTensor, scores: HostTensor): void {
  if (boxes.shape.length !== 2) invalid(`boxes must be 2-D${shapeText(boxes.shape)}`);
  if (boxes.shape[1] !== 4) invalid('boxes must have 4 columns');
  if (scores.shape.length !== 1) invalid(`scores must be 1-D${shapeText(scores.shape)} (Shape must be rank 1 but is rank ${scores.shape.length})`);
  if (scores.shape[0] !== boxes.shape[0]) invalid('scores has incompatible shape');
}

function limitsOf(inputs: readonly (HostTensor | undefined)[], overlap?: number): Limits {
  const [, scores, maxOutput, iou, score, sigma] = inputs;
  const limits: Limits = {
    maxOutput: scalarOf(maxOutput!), overlap: overlap ?? scalarOf(iou!), score: score === undefined ? dtypeLimits(scores!.dtype).lowest as number : scalarOf(score),
    softSigma: sigma === undefined ? 0 : scalarOf(sigma),
  };
  if (limits.maxOutput < 0) invalid('output size must be non-negative');
  if (!(limits.overlap >= 0 && limits.overlap <= 1)) invalid('iou_threshold must be in [0, 1]');
  return limits;
}

export const NonMaxSuppression = host(([boxes, scores, size], { attrs }) => {
  checkBoxes(boxes!, scores!);
  const limits = limitsOf([boxes, scores, size], attrs.float('iou_threshold'));
  return [intTensor('int32', suppress(numbersOf(scores!), intersectionOverUnion(numbersOf(boxes!)), limits).boxes)];
});

const plain = (): HostCode => host((inputs) => {
  checkBoxes(inputs[0]!, inputs[1]!);
  return [intTensor('int32', suppress(numbersOf(inputs[1]!), intersectionOverUnion(numbersOf(inputs[0]!)), limitsOf(inputs)).boxes)];
});

export const NonMaxSuppressionV2 = plain();
export const NonMaxSuppressionV3 = plain();

/** Fills up to the asked count with zeros. */
function padded(values: readonly number[], count: number, pads: boolean): number[] {
  return pads ? [...values, ...new Array<number>(Math.max(0, count - values.length)).fill(0)] : [...values];
}

export const NonMaxSuppressionV4 = host((inputs, { attrs }) => {
  checkBoxes(inputs[0]!, inputs[1]!);
  const limits = limitsOf(inputs);
  const { boxes } = suppress(numbersOf(inputs[1]!), intersectionOverUnion(numbersOf(inputs[0]!)), limits);
  return [intTensor('int32', padded(boxes, limits.maxOutput, attrs.bool('pad_to_max_output_size'))), intTensor('int32', [boxes.length], [])];
});

export const NonMaxSuppressionV5 = host((inputs, { attrs }) => {
  checkBoxes(inputs[0]!, inputs[1]!);
  const limits = limitsOf(inputs);
  const kept = suppress(numbersOf(inputs[1]!), intersectionOverUnion(numbersOf(inputs[0]!)), limits);
  const pads = attrs.bool('pad_to_max_output_size');
  const scores = padded(kept.scores, limits.maxOutput, pads);
  return [
    intTensor('int32', padded(kept.boxes, limits.maxOutput, pads)),
    tensorOfNumbers(inputs[1]!.dtype, [scores.length], scores),
    intTensor('int32', [kept.boxes.length], []),
  ];
});

/** Overlaps are given as a matrix instead of boxes. */
export const NonMaxSuppressionWithOverlaps = host(([overlaps, scores, size, overlap, score]) => {
  const count = overlaps!.shape[0]!;
  if (overlaps!.shape.length !== 2 || overlaps!.shape[1] !== count) invalid('overlaps must be square');
  const x = numbersOf(overlaps!);
  const limits: Limits = { maxOutput: scalarOf(size!), overlap: scalarOf(overlap!), score: scalarOf(score!), softSigma: 0 };
  return [intTensor('int32', suppress(numbersOf(scores!), (i, j) => x[i * count + j]!, limits).boxes)];
});

/** Suppression per image and class; the best of all classes together are the image's detections. */
export const CombinedNonMaxSuppression = host(([boxes, scores, perClass, total, iou, score], { attrs }) => {
  const [batch, count, owners] = boxes!.shape as [number, number, number, number];
  const classes = scores!.shape[2]!;
  if (owners !== 1 && owners !== classes) invalid('third dimension of boxes must be either 1 or equal to the third dimension of scores');
  const [b, s] = [numbersOf(boxes!), numbersOf(scores!)];
  const most = scalarOf(total!);
  if (most <= 0) invalid('max_total_size must be > 0');
  const limits: Limits = { maxOutput: Math.min(scalarOf(perClass!), count), overlap: scalarOf(iou!), score: scalarOf(score!), softSigma: 0 };
  const size = attrs.bool('pad_per_class') ? Math.min(most, scalarOf(perClass!) * classes) : most;
  const clip = attrs.bool('clip_boxes') ? (x: number): number => Math.min(Math.max(x, 0), 1) : (x: number): number => x;
  const out = {
    boxes: new Float32Array(batch * size * 4), scores: new Float32Array(batch * size), classes: new Float32Array(batch * size), valid: new Int32Array(batch),
  };
  for (let image = 0; image < batch; image++) {
    const found: { score: number; type: number; start: number }[] = [];
    for (let type = 0; type < classes; type++) {
      const owner = owners === 1 ? 0 : type;
      const start = (image * count * owners + owner) * 4;
      const column = Float32Array.from({ length: count }, (_, box) => s[(image * count + box) * classes + type]!);
      const kept = suppress(column, intersectionOverUnion(b, start, owners * 4), limits);
      kept.boxes.forEach((box, i) => found.push({ score: kept.scores[i]!, type, start: start + box * owners * 4 }));
    }
    found.sort((x, y) => y.score - x.score);
    found.slice(0, size).forEach(({ score: value, type, start }, i) => {
      const to = image * size + i;
      for (let c = 0; c < 4; c++) out.boxes[4 * to + c] = clip(b[start + c]!);
      out.scores[to] = value;
      out.classes[to] = type;
    });
    out.valid[image] = Math.min(found.length, size);
  }
  return [
    tensorOfNumbers('float32', [batch, size, 4], out.boxes), tensorOfNumbers('float32', [batch, size], out.scores),
    tensorOfNumbers('float32', [batch, size], out.classes), tensorOfNumbers('int32', [batch], out.valid),
  ];
});
