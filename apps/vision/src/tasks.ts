/**
 * Tasks that a bundled model, or two in one graph, can be set: each builds a graph from a square picture of bytes to tensors that say what
 * was found. Scaling and decoding are ops of the graph, so that they are placed, traced and run like everything else.
 */
import * as tf from '@sessionflow/core';
import { decodeAnchors, decodeFaces, faceOutputs, faceSide, readFaces } from './faces.js';
import { nothing, type Finding } from './finding.js';
import { importModel } from './importModel.js';
import { handLabels, objectLabels } from './labels.js';
import { readPose } from './pose.js';
import { taskList, type TaskFacts } from './taskList.js';

export interface Task extends TaskFacts {
  /** `device`: what every node asks for; empty: nothing. */
  build(models: readonly tf.GraphDefData[], device?: string): TaskGraph;
  /** What the values of `results` say. */
  read(values: Readonly<Record<string, tf.HostTensor>>): Finding;
}

export interface TaskGraph {
  readonly graph: tf.Graph;
  /** int32 [1, side, side, 3]: the picture's bytes. */
  readonly image: tf.Tensor;
  readonly results: Readonly<Record<string, tf.Tensor>>;
}

/** A task without its facts. */
interface TaskParts {
  build(side: number, models: readonly tf.GraphDefData[], device: string | undefined): TaskGraph;
  read: Task['read'];
}

type Model = tf.GraphDefData | undefined;

/** A graph with a picture to feed; `results` makes the rest of it. */
function pictureGraph(side: number, device: string | undefined, results: (image: tf.Tensor<'int32'>) => Readonly<Record<string, tf.Tensor>>): TaskGraph {
  const graph = new tf.Graph();
  return graph.asDefault(() => tf.device(device ?? null, () => {
    const image = tf.placeholder('int32', [1, side, side, 3], { name: 'image' });
    return { graph, image, results: results(image) };
  }));
}

/** Bytes → -1 to 1. */
function signed(image: tf.Tensor): tf.Tensor<'float32'> {
  return tf.sub(tf.div(tf.cast(image, 'float32'), 127.5), 1);
}

function given(model: Model): tf.GraphDefData {
  if (model === undefined) throw new TypeError('a task needs one model for each of its files');
  return model;
}

const pose: TaskParts = {
  build: (side, [model], device) => pictureGraph(side, device, (image) => ({ keypoints: importModel(given(model), 'movenet', ['Identity:0'], { input: image })[0]! })),
  read: ({ keypoints }) => readPose(keypoints!),
};

const faces: TaskParts = {
  build: (side, [model], device) => pictureGraph(side, device, (image) => {
    const outputs = importModel(given(model), 'blazeface', faceOutputs, { input: tf.nameScope('scale', () => signed(image)) });
    const { faces: boxes, faceScores } = tf.nameScope('faces', () => decodeFaces(outputs, 20));
    return { faces: boxes, faceScores };
  }),
  read: ({ faces: boxes, faceScores }) => readFaces(boxes!, faceScores!),
};

const meshSide = 192;
const mesh: TaskParts = {
  build: (side, [detector, model], device) => pictureGraph(side, device, (image) => {
    const picture = tf.cast(image, 'float32');
    const small = tf.nameScope('scale', () => signed(tf.image.resizeBilinear(picture, [faceSide, faceSide])));
    const outputs = importModel(given(detector), 'blazeface', faceOutputs, { input: small });
    return tf.nameScope('crop', () => {
      const { corners, scores } = decodeAnchors(outputs);
      const best = tf.argMax(scores, 0);
      const faceScore = tf.gather(scores, best);
      const box = tf.gather(corners, best);
      const low = tf.slice(box, [0], [2]);
      const high = tf.slice(box, [2], [2]);
      // FaceMesh wants a quarter of the face's size around it on each side.
      const margin = tf.mul(tf.sub(high, low), 0.25);
      const cut = tf.expandDims(tf.concat([tf.sub(low, margin), tf.add(high, margin)], 0), 0);
      const face = tf.div(tf.image.cropAndResize(picture, cut, [0], [meshSide, meshSide]), 255);
      const [points] = importModel(given(model), 'facemesh', ['Identity_2:0'], { input_1: face });
      return { points: points!, cut, faceScore };
    });
  }),
  read: ({ points, cut, faceScore }) => {
    const [top = 0, left = 0, bottom = 0, right = 0] = cut!.data as Float32Array;
    const score = (faceScore!.data as Float32Array)[0]!;
    if (score < 0.5) return nothing;
    const values = points!.data as Float32Array;
    return {
      ...nothing,
      boxes: [{ left, top, right, bottom, score, label: 'face' }],
      mesh: Array.from({ length: values.length / 3 }, (_, i) => ({ x: left + (values[3 * i]! / meshSide) * (right - left), y: top + (values[3 * i + 1]! / meshSide) * (bottom - top), score: 1 })),
    };
  },
};

const hands: TaskParts = {
  build: (side, [model], device) => pictureGraph(side, device, (image) => {
    const [boxes, classes, scores] = importModel(given(model), 'handtrack', ['Identity_1:0', 'Identity_2:0', 'Identity_4:0'], { input_tensor: tf.cast(image, 'uint8') });
    return { boxes: boxes!, classes: classes!, scores: scores! };
  }),
  read: ({ boxes, classes, scores }) => {
    const corners = boxes!.data as Float32Array;
    const found = Array.from(scores!.data as Float32Array, (score, i) => ({
      top: corners[4 * i]!, left: corners[4 * i + 1]!, bottom: corners[4 * i + 2]!, right: corners[4 * i + 3]!, score, label: handLabels[(classes!.data as Float32Array)[i]! - 1] ?? '',
    }));
    return { ...nothing, boxes: found.filter(({ score }) => score > 0.5) };
  },
};

/** CenterNet gives boxes in pixels of its picture. */
const objectSide = 512;
const objects: TaskParts = {
  build: (side, [model], device) => pictureGraph(side, device, (image) => ({ detections: importModel(given(model), 'centernet', ['tower_0/detections:0'], { 'tower_0/images': tf.cast(image, 'float32') })[0]! })),
  read: ({ detections }) => {
    const rows = detections!.data as Float32Array;
    const found = Array.from({ length: rows.length / 6 }, (_, i) => {
      const [left = 0, top = 0, right = 0, bottom = 0, score = 0, kind = 0] = rows.subarray(6 * i, 6 * i + 6);
      return { left: left / objectSide, top: top / objectSide, right: right / objectSide, bottom: bottom / objectSide, score, label: objectLabels[kind] ?? '' };
    });
    return { ...nothing, boxes: found.filter(({ score }) => score > 0.35) };
  },
};

const parts: Readonly<Record<string, TaskParts>> = { pose, faces, mesh, hands, objects };

export const tasks: readonly Task[] = taskList.map((facts) => {
  const own = parts[facts.id];
  if (own === undefined) throw new TypeError(`taskList.json names '${facts.id}', for which there is no graph`);
  return { ...facts, build: (models, device) => own.build(facts.side, models, device), read: own.read };
});
