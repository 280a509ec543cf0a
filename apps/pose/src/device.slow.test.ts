// `--device /gpu:0 --soft-placement` on a machine with CUDA (the fake driver), and on one without any GPU: the same graph, the same people.
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { cudaNative } from '@sessionflow/cuda-native';
import { fakeCuda, whyNoFake } from '@sessionflow/cuda-native/fake';
import { regions } from '@sessionflow/vision';
import { describe, expect, test } from 'vitest';
import { feedsOf, find } from './find.js';
import { buildGraph } from './graph.js';
import { poseOptions } from './options.js';

const options = poseOptions(['--device', '/gpu:0', '--soft-placement']);
const region = regions[0]!;

async function people(backends: readonly tf.Backend[]): Promise<{ found: Awaited<ReturnType<typeof find>>; devices: Record<string, number> }> {
  const models = await buildGraph(options.device);
  await using session = new tf.Session({ graph: models.graph, backends: [...backends], config: { allowSoftPlacement: options.softPlacement } });
  const found = await find(session, models, region, await feedsOf(region, models));
  const devices: Record<string, number> = {};
  const { placement } = await session.placement();
  for (const device of placement.values()) {
    const short = /device:(.*)$/.exec(device)![1]!;
    devices[short] = (devices[short] ?? 0) + 1;
  }
  return { found, devices };
}

test('options', () => {
  expect(poseOptions([])).toEqual({ device: '', softPlacement: true });
  expect(poseOptions(['--device=/cpu:0'])).toEqual({ device: '/cpu:0', softPlacement: false });
  expect(() => poseOptions(['--devise', 'x'])).toThrow(/--devise/);
});

const noFake = whyNoFake();
describe.skipIf(noFake !== undefined)(`--device /gpu:0 --soft-placement${noFake === undefined ? '' : `: ${noFake}`}`, () => {
  test('finds with CUDA whom it finds with neither CUDA nor WebGPU', { timeout: 300_000 }, async () => {
    const without = await people([cpuWasm()]);
    expect(Object.keys(without.devices)).toEqual(['CPU:0']);
    const withCuda = await people([cpuWasm(), cudaNative(fakeCuda().options)]);
    expect(withCuda.devices['GPU:0']).toBeGreaterThan(withCuda.devices['CPU:0'] ?? 0);
    expect(withCuda.found.boxes).toHaveLength(without.found.boxes.length);
    withCuda.found.keypoints.forEach(({ x, y, score }, i) => {
      const other = without.found.keypoints[i]!;
      expect(score).toBeCloseTo(other.score, 2);
      if (other.score > 0.3) {
        expect(Math.abs(x - other.x)).toBeLessThan(2);
        expect(Math.abs(y - other.y)).toBeLessThan(2);
      }
    });
  });

  test('without soft placement, a machine with no GPU refuses', { timeout: 60_000 }, async () => {
    const models = await buildGraph('/gpu:0');
    await using session = new tf.Session({ graph: models.graph, backends: [cpuWasm()] });
    await expect(find(session, models, region, await feedsOf(region, models))).rejects.toThrow(/GPU/);
  });
});
