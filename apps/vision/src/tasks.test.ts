// Every task on the photograph, whose people stand where `regions` says.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel } from '@sessionflow/io/node';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { mapFinding, squareOf, visible, type Finding, type Rectangle } from './finding.js';
import { regions } from './photograph.js';
import { tasks } from './tasks.js';

const folder = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/human')), '..');
const photograph = join(folder, 'assets/samples.jpg');
const regionNamed = (name: string): Rectangle => regions.find((region) => region.name === name)!;

/** What a task finds in a part of the photograph, in the photograph's pixels. */
async function find(id: string, rectangle: Rectangle): Promise<Finding> {
  const task = tasks.find((candidate) => candidate.id === id)!;
  const models = await Promise.all(task.files.map((name) => loadModel(join(folder, 'models', `${name}.json`))));
  const { graph, image, results } = task.build(models.map(({ graphDef }) => graphDef));
  const { left, top, width, height } = rectangle;
  const pixels = await sharp(photograph).extract({ left, top, width, height }).resize(task.side, task.side, { fit: 'contain', background: '#000' }).removeAlpha().raw().toBuffer();
  await using session = new tf.Session({ graph, backends: [cpuWasm()] });
  const values = await session.run(results, new Map([[image, new tf.HostTensor('int32', [1, task.side, task.side, 3], Int32Array.from(pixels))]]));
  const square = squareOf(rectangle);
  return mapFinding(task.read(values), { left: square.left, top: square.top, width: square.side, height: square.side });
}

test('a pose: head over shoulders over hips over ankles', async () => {
  const region = regionNamed('romper');
  const { keypoints, bones } = await find('pose', region);
  const y = (at: number): number => keypoints[at]!.y;
  expect(Math.min(...[0, 5, 6, 11, 12, 15, 16].map((at) => keypoints[at]!.score))).toBeGreaterThan(visible);
  expect(y(0)).toBeLessThan(y(5));
  expect(y(5)).toBeLessThan(y(11));
  expect(y(11)).toBeLessThan(y(13));
  expect(y(13)).toBeLessThan(y(15));
  expect(y(0)).toBeLessThan(region.top + region.height * 0.25);
  expect(y(15)).toBeGreaterThan(region.top + region.height * 0.85);
  for (const [from, to] of bones) expect([keypoints[from], keypoints[to]]).not.toContain(undefined);
});

test('faces: one in the upper part of a whole person', async () => {
  const { boxes } = await find('faces', regionNamed('blue top'));
  expect(boxes).toHaveLength(1);
  const { left, right, top, bottom, score } = boxes[0]!;
  expect(score).toBeGreaterThan(0.8);
  expect([left > 190, right < 300, top > 0, bottom < 100]).toEqual([true, true, true, true]);
});

test('a mesh lies in the box that it was cut out by, where the detector sees the face', async () => {
  const region = regionNamed('blue top');
  const { boxes: [face] } = await find('faces', region);
  const { mesh, boxes: [cut] } = await find('mesh', region);
  expect(mesh).toHaveLength(468);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(mesh.map((point) => point.x)), mean(mesh.map((point) => point.y))];
  expect(Math.abs(x - (face!.left + face!.right) / 2)).toBeLessThan((face!.right - face!.left) / 4);
  expect(Math.abs(y - (face!.top + face!.bottom) / 2)).toBeLessThan((face!.bottom - face!.top) / 3);
  expect(mesh.every((point) => point.x > cut!.left && point.x < cut!.right && point.y > cut!.top && point.y < cut!.bottom)).toBe(true);
});

test('objects: a person, as large as she is', async () => {
  const region = regionNamed('romper');
  const { boxes } = await find('objects', region);
  const person = boxes.filter(({ label }) => label === 'person').sort((a, b) => b.score - a.score)[0]!;
  expect(person.score).toBeGreaterThan(0.5);
  expect(person.bottom - person.top).toBeGreaterThan(region.height * 0.8);
});

test('hands and faces', async () => {
  const { boxes } = await find('hands', regionNamed('blue top'));
  expect(boxes.map(({ label }) => label)).toContain('face');
});
