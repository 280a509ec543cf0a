/** What the models say about a region of the photograph, in the photograph's pixels. */
import * as tf from '@sessionflow/core';
import { faceSide, mapFinding, poseSide, readFaces, readPose, squareOf, type Region } from '@sessionflow/vision';
import type { Found } from './draw.js';
import type { PoseGraph } from './graph.js';
import { bytesTensor, regionPixels, signedTensor } from './pixels.js';

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
  const { left, top, side } = squareOf(region);
  const finding = { ...readPose(result.keypoints), boxes: readFaces(result.faces, result.faceScores).boxes };
  return { ...mapFinding(finding, { left, top, width: side, height: side }), name: region.name, side };
}
