/** What the models say about a region of the photograph, in the photograph's pixels. */
import * as tf from '@sessionflow/core';
import type { Found } from './draw.js';
import { faceSide, poseSide, type PoseGraph } from './graph.js';
import { bytesTensor, regionPixels, signedTensor, squareOf } from './pixels.js';
import type { Region } from './regions.js';

/** Feeds of the right shapes: what a plan is made for. */
export function blankFeeds({ poseInput, faceInput }: PoseGraph): Map<tf.Tensor, tf.HostTensor> {
  return new Map<tf.Tensor, tf.HostTensor>([
    [poseInput, tf.HostTensor.zeros([1, poseSide, poseSide, 3], 'int32')], [faceInput, tf.HostTensor.zeros([1, faceSide, faceSide, 3], 'float32')],
  ]);
}

/** The region as both models want it. */
export async function feedsOf(region: Region, { poseInput, faceInput }: PoseGraph): Promise<Map<tf.Tensor, tf.HostTensor>> {
  const [pose, face] = await Promise.all([regionPixels(region, poseSide), regionPixels(region, faceSide)]);
  return new Map<tf.Tensor, tf.HostTensor>([[poseInput, bytesTensor(pose, poseSide)], [faceInput, signedTensor(face, faceSide)]]);
}

/** One call: both models on one region. */
export async function find(session: tf.Session, { keypoints, faces, faceScores }: PoseGraph, region: Region, feeds: ReadonlyMap<tf.Tensor, tf.HostTensor>): Promise<Found> {
  const result = await session.run({ keypoints, faces, faceScores }, feeds);
  return inPhotograph(region, result.keypoints, result.faces, result.faceScores);
}

/** Results in the square of a region (0 to 1) → pixels of the photograph. */
function inPhotograph(region: Region, keypoints: tf.HostTensor, faces: tf.HostTensor, scores: tf.HostTensor): Found {
  const { side, left, top } = squareOf(region);
  const points = keypoints.data as Float32Array;
  const boxes = faces.data as Float32Array;
  return {
    name: region.name,
    side,
    keypoints: Array.from({ length: 17 }, (_, i) => ({ y: top + points[3 * i]! * side, x: left + points[3 * i + 1]! * side, score: points[3 * i + 2]! })),
    faces: Array.from(scores.data as Float32Array, (score, i) => ({
      top: top + boxes[4 * i]! * side, left: left + boxes[4 * i + 1]! * side, bottom: top + boxes[4 * i + 2]! * side, right: left + boxes[4 * i + 3]! * side, score,
    })),
  };
}
