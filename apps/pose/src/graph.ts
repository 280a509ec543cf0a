/** Both models in one graph: the pose model as it is, the face model with the ops that decode what it gives. */
import * as tf from '@sessionflow/core';
import { loadModel } from '@sessionflow/io/node';
import { decodeFaces, faceOutputs, importModel, type FaceTensors } from '@sessionflow/vision';
import { modelFile } from './files.js';

/** Faces that one region may hold. */
const maxFaces = 2;

export interface PoseGraph extends FaceTensors {
  readonly graph: tf.Graph;
  readonly poseInput: tf.Tensor;
  readonly faceInput: tf.Tensor;
  /** [1, 1, 17, 3]: y, x (0 to 1) and score of each keypoint. */
  readonly keypoints: tf.Tensor;
}

/** Both models, on `device` if one is named. */
export async function buildGraph(device = ''): Promise<PoseGraph> {
  const [pose, face] = await Promise.all([loadModel(modelFile('movenet-lightning')), loadModel(modelFile('blazeface'))]);
  const graph = new tf.Graph();
  return graph.asDefault(() => tf.device(device, () => {
    const [poseInput, keypoints] = importModel(pose.graphDef, 'pose', ['input:0', 'Identity:0']);
    const [faceInput, ...outputs] = importModel(face.graphDef, 'face', ['input:0', ...faceOutputs]);
    const { faces, faceScores } = tf.nameScope('faces', () => decodeFaces(outputs, maxFaces));
    return { graph, poseInput: poseInput!, faceInput: faceInput!, keypoints: keypoints!, faces, faceScores };
  }));
}
