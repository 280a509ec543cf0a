import { afterAll, beforeAll, expect, test } from 'vitest';
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { regions, visible } from '@sessionflow/vision';
import { feedsOf, find } from './find.js';
import { buildGraph, type PoseGraph } from './graph.js';

let models: PoseGraph;
let session: tf.Session;

beforeAll(async () => {
  models = await buildGraph();
  session = new tf.Session({ graph: models.graph, backends: [cpuWasm()] });
});
afterAll(() => session.close());

test.each(regions)('$name: one face, the eyes in it, the shoulders under it', async (region) => {
  const { keypoints, boxes } = await find(session, models, region, await feedsOf(region, models));
  expect(boxes).toHaveLength(1);
  const { left, top, right, bottom } = boxes[0]!;
  const margin = (right - left) / 4;
  for (const eye of [keypoints[1]!, keypoints[2]!]) {
    expect(eye.score).toBeGreaterThan(visible);
    expect(eye.x).toBeGreaterThan(left - margin);
    expect(eye.x).toBeLessThan(right + margin);
    expect(eye.y).toBeGreaterThan(top - margin);
    expect(eye.y).toBeLessThan(bottom);
  }
  const [shoulder, otherShoulder, hip, otherHip] = [keypoints[5]!, keypoints[6]!, keypoints[11]!, keypoints[12]!];
  expect(Math.min(shoulder.y, otherShoulder.y)).toBeGreaterThan((top + bottom) / 2);
  if (Math.min(hip.score, otherHip.score) > visible) expect(Math.min(hip.y, otherHip.y)).toBeGreaterThan(Math.max(shoulder.y, otherShoulder.y));
  for (const point of keypoints.filter(({ score }) => score > visible)) {
    expect(point.x).toBeGreaterThan(region.left - margin);
    expect(point.x).toBeLessThan(region.left + region.width + margin);
    expect(point.y).toBeGreaterThan(region.top - margin);
    expect(point.y).toBeLessThan(region.top + region.height + margin);
  }
});
