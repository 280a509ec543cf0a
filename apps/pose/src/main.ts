/** Poses and faces of real people on a photograph: two models in one Session, drawn into a PNG. */
import { mkdir } from 'node:fs/promises';
import { relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Presets, SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { draw, visible, type Found } from './draw.js';
import { buildGraph, faceSide, poseSide, type PoseGraph } from './graph.js';
import { bytesTensor, regionPixels, signedTensor, squareOf } from './pixels.js';
import { regions, type Region } from './regions.js';

const outFolder = fileURLToPath(new URL('../out/', import.meta.url));
const picture = fileURLToPath(new URL('../out/pose.png', import.meta.url));

const bar = new SingleBar({ format: '{bar} {value}/{total} {step}', clearOnComplete: true, hideCursor: true }, Presets.shades_classic);
/** log_device_placement's lines, printed when the bar is gone. */
const placementLog: string[] = [];

bar.start(3 + regions.length, 0, { step: 'reading models' });
const models = await buildGraph();
bar.increment({ step: 'planning' });
await using session = new tf.Session({
  graph: models.graph, backends: [cpuWasm()], config: { allowSoftPlacement: true, logDevicePlacement: true }, log: (line) => placementLog.push(line),
});
const planStart = performance.now();
await session.plan([models.keypoints, models.faces, models.faceScores], blankFeeds(models));
const planMs = performance.now() - planStart;
bar.increment({ step: 'finding people' });
const found: Found[] = [];
const runMs: number[] = [];
for (const region of regions) {
  const feeds = await feedsOf(region, models);
  const start = performance.now();
  const result = await session.run({ keypoints: models.keypoints, faces: models.faces, scores: models.faceScores }, feeds);
  runMs.push(performance.now() - start);
  found.push(inPhotograph(region, result.keypoints, result.faces, result.scores));
  bar.increment({ step: region.name });
}
await mkdir(outFolder, { recursive: true });
await draw(found, picture);
bar.increment({ step: 'drawn' });
bar.stop();
await report();

async function report(): Promise<void> {
  const mapping = placementLog.filter((line) => line.startsWith('Device mapping'));
  console.log(mapping.join('\n'));
  const { placement } = await session.placement();
  const byDevice = new Table({ head: ['device', 'op', 'nodes'], style: { head: [], border: [] } });
  for (const [device, ops] of countOps(models.graph, placement)) {
    const rows = [...ops].sort(([, a], [, b]) => b - a);
    for (const [op, nodes] of rows.slice(0, 8)) byDevice.push([device, op, nodes]);
    const rest = rows.slice(8).reduce((sum, [, nodes]) => sum + nodes, 0);
    byDevice.push([device, `${Math.max(0, rows.length - 8)} more ops`, rest]);
  }
  console.log(byDevice.toString());
  console.log(`${placementLog.length - mapping.length} nodes placed; every line: npx sessionflow place MODEL`);
  const people = new Table({ head: ['person', 'keypoints', 'faces', 'best face', 'ms'], style: { head: [], border: [] } });
  found.forEach(({ name, keypoints, faces }, i) => {
    people.push([name, `${keypoints.filter(({ score }) => score >= visible).length} of 17`, faces.length, faces[0]?.score.toFixed(2) ?? '', runMs[i]?.toFixed(1) ?? '']);
  });
  console.log(people.toString());
  const sorted = [...runMs].sort((a, b) => a - b);
  console.log(`plan ${planMs.toFixed(0)} ms, both models on one region ${(sorted[sorted.length >> 1] ?? 0).toFixed(1)} ms (median)`);
  console.log(`picture: ${relative(process.cwd(), picture)}`);
}

function blankFeeds({ poseInput, faceInput }: PoseGraph): Map<tf.Tensor, tf.HostTensor> {
  return new Map<tf.Tensor, tf.HostTensor>([
    [poseInput, tf.HostTensor.zeros([1, poseSide, poseSide, 3], 'int32')], [faceInput, tf.HostTensor.zeros([1, faceSide, faceSide, 3], 'float32')],
  ]);
}

async function feedsOf(region: Region, { poseInput, faceInput }: PoseGraph): Promise<Map<tf.Tensor, tf.HostTensor>> {
  const [pose, face] = await Promise.all([regionPixels(region, poseSide), regionPixels(region, faceSide)]);
  return new Map<tf.Tensor, tf.HostTensor>([[poseInput, bytesTensor(pose, poseSide)], [faceInput, signedTensor(face, faceSide)]]);
}

/** Results in the square of a region (0 to 1) → pixels of the photograph. */
function inPhotograph(region: Region, keypoints: tf.HostTensor, faces: tf.HostTensor, scores: tf.HostTensor): Found {
  const { side, left, top } = squareOf(region);
  const points = keypoints.data as Float32Array;
  const boxes = faces.data as Float32Array;
  return {
    name: region.name,
    keypoints: Array.from({ length: 17 }, (_, i) => ({ y: top + points[3 * i]! * side, x: left + points[3 * i + 1]! * side, score: points[3 * i + 2]! })),
    faces: Array.from(scores.data as Float32Array, (score, i) => ({
      top: top + boxes[4 * i]! * side, left: left + boxes[4 * i + 1]! * side, bottom: top + boxes[4 * i + 2]! * side, right: left + boxes[4 * i + 3]! * side, score,
    })),
  };
}

function countOps(graph: tf.Graph, placement: ReadonlyMap<string, string>): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const op of graph.getOperations()) {
    const device = placement.get(op.name) ?? '';
    const ops = counts.get(device) ?? new Map<string, number>();
    counts.set(device, ops);
    ops.set(op.type, (ops.get(op.type) ?? 0) + 1);
  }
  return counts;
}
