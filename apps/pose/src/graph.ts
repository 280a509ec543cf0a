/**
 * Both models in one graph. The pose model is used as it is; what the face model gives (offsets from anchors, and logits) is decoded by ops
 * that are built here, beside the imported ones.
 */
import * as tf from '@sessionflow/core';
import { loadModel } from '@sessionflow/io/node';
import { modelFile } from './regions.js';

/** Side of the square that each model sees. */
export const poseSide = 192;
export const faceSide = 256;
/** Faces that one region may hold. */
const maxFaces = 2;

export interface PoseGraph {
  readonly graph: tf.Graph;
  readonly poseInput: tf.Tensor;
  readonly faceInput: tf.Tensor;
  /** [1, 1, 17, 3]: y, x (0 to 1) and score of each keypoint. */
  readonly keypoints: tf.Tensor;
  /** [n, 4]: y1, x1, y2, x2 (0 to 1). */
  readonly faces: tf.Tensor;
  /** [n]: 0 to 1. */
  readonly faceScores: tf.Tensor;
}

export async function buildGraph(): Promise<PoseGraph> {
  const [pose, face] = await Promise.all([loadModel(modelFile('movenet-lightning')), loadModel(modelFile('blazeface'))]);
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const [poseInput, keypoints] = imported(pose.graphDef, 'pose', ['input:0', 'Identity:0']);
    const [faceInput, fineScores, coarseScores, fineBoxes, coarseBoxes] = imported(face.graphDef, 'face', ['input:0', 'Identity:0', 'Identity_1:0', 'Identity_2:0', 'Identity_3:0']);
    const { faces, faceScores } = tf.nameScope('faces', () => decodeFaces([fineBoxes!, coarseBoxes!], [fineScores!, coarseScores!]));
    return { graph, poseInput: poseInput!, faceInput: faceInput!, keypoints: keypoints!, faces, faceScores };
  });
}

function imported(graphDef: tf.GraphDefData, name: string, returnElements: readonly string[]): tf.Tensor[] {
  return (tf.importGraphDef(graphDef, { name, returnElements }) ?? []) as tf.Tensor[];
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

/** Offsets and sizes → corners; logits → scores; then the best boxes that do not overlap. */
function decodeFaces(boxParts: readonly tf.Tensor[], scoreParts: readonly tf.Tensor[]): { faces: tf.Tensor; faceScores: tf.Tensor } {
  const boxes = tf.reshape(tf.concat(boxParts as tf.Tensor<'float32'>[], 1), [-1, 16]);
  const scores = tf.reshape(tf.sigmoid(tf.concat(scoreParts as tf.Tensor<'float32'>[], 1)), [-1]);
  const centers = tf.add(tf.slice(boxes, [0, 0], [-1, 2]), tf.constant(anchors(), { dtype: 'float32' }));
  const halfSizes = tf.mul(tf.slice(boxes, [0, 2], [-1, 2]), 0.5);
  const corners = tf.div(tf.concat([tf.reverse(tf.sub(centers, halfSizes), [1]), tf.reverse(tf.add(centers, halfSizes), [1])], 1), faceSide);
  const best = tf.nonMaxSuppressionV3(corners, scores, maxFaces, 0.3, 0.6);
  return { faces: tf.gather(corners, best), faceScores: tf.gather(scores, best) };
}
