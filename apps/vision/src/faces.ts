/** BlazeFace: what the model gives (offsets from anchors, and logits) is decoded by ops that are built here, beside the imported ones. */
import * as tf from '@sessionflow/core';
import { nothing, type Finding } from './finding.js';

/** Side of the square that the model sees: float32 from -1 to 1, [1, 256, 256, 3]. */
export const faceSide = 256;

/** The model's outputs as it names them: scores and boxes, of the fine grid and of the coarse one. */
export const faceOutputs = ['Identity:0', 'Identity_1:0', 'Identity_2:0', 'Identity_3:0'] as const;

/** Faces as tensors. */
export interface FaceTensors {
  /** [n, 4]: y1, x1, y2, x2 (0 to 1). */
  readonly faces: tf.Tensor;
  /** [n]: 0 to 1. */
  readonly faceScores: tf.Tensor;
}

/** Corners [896, 4] (y1, x1, y2, x2, 0 to 1) and scores [896] of all anchors, from the model's outputs in the order of `faceOutputs`. */
export function decodeAnchors([fineScores, coarseScores, fineBoxes, coarseBoxes]: readonly tf.Tensor[]): { corners: tf.Tensor<'float32'>; scores: tf.Tensor<'float32'> } {
  const boxes = tf.reshape(tf.concat([fineBoxes, coarseBoxes] as tf.Tensor<'float32'>[], 1), [-1, 16]);
  const scores = tf.reshape(tf.sigmoid(tf.concat([fineScores, coarseScores] as tf.Tensor<'float32'>[], 1)), [-1]);
  const centers = tf.add(tf.slice(boxes, [0, 0], [-1, 2]), tf.constant(anchors(), { dtype: 'float32' }));
  const halfSizes = tf.mul(tf.slice(boxes, [0, 2], [-1, 2]), 0.5);
  const corners = tf.div(tf.concat([tf.reverse(tf.sub(centers, halfSizes), [1]), tf.reverse(tf.add(centers, halfSizes), [1])], 1), faceSide);
  return { corners, scores };
}

/** The best boxes that do not overlap: `most` at most, scores of 0.6 and more. */
export function decodeFaces(outputs: readonly tf.Tensor[], most: number): FaceTensors {
  const { corners, scores } = decodeAnchors(outputs);
  const best = tf.nonMaxSuppressionV3(corners, scores, most, 0.3, 0.6);
  return { faces: tf.gather(corners, best), faceScores: tf.gather(scores, best) };
}

/** Values of `FaceTensors`. */
export function readFaces(faces: tf.HostTensor, faceScores: tf.HostTensor): Finding {
  const corners = faces.data as Float32Array;
  return {
    ...nothing,
    boxes: Array.from(faceScores.data as Float32Array, (score, i) => ({ top: corners[4 * i]!, left: corners[4 * i + 1]!, bottom: corners[4 * i + 2]!, right: corners[4 * i + 3]!, score, label: '' })),
  };
}

/** BlazeFace's anchors: two per cell of a 16×16 grid, then six per cell of an 8×8 grid; [896, 2] centres (x, y) in pixels. */
function anchors(): number[][] {
  return [[16, 2], [8, 6]].flatMap(([cells = 0, perCell = 0]) => {
    const stride = faceSide / cells;
    return Array.from({ length: cells * cells * perCell }, (_, i) => {
      const cell = Math.floor(i / perCell);
      return [stride * ((cell % cells) + 0.5), stride * (Math.floor(cell / cells) + 0.5)];
    });
  });
}
