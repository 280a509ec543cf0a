// `--device /gpu:0 --soft-placement` on a machine with CUDA (the fake driver), with WebGPU only, and with neither: the same graph, the same people.
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { cudaNative } from '@sessionflow/cuda-native';
import { fakeCuda, whyNoFake } from '@sessionflow/cuda-native/fake';
import { regions } from '@sessionflow/vision';
import { webgpu } from '@sessionflow/webgpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { skipWithout } from '@sessionflow/config/softwareVulkan';
import { feedsOf, find } from './find.js';
import { buildGraph } from './graph.js';
import { poseOptions } from './options.js';

const options = poseOptions(['--device', '/gpu:0', '--soft-placement']);
const region = regions[0]!;
const noAdapter = skipWithout((await webgpu().discover({})).reason);

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

type People = Awaited<ReturnType<typeof people>>;

/** Rounding differs from device to device; who is found and where does not. */
function expectSame({ found }: People, { found: other }: People): void {
  expect(found.boxes).toHaveLength(other.boxes.length);
  found.keypoints.forEach(({ x, y, score }, i) => {
    const expected = other.keypoints[i]!;
    expect(score).toBeCloseTo(expected.score, 2);
    if (expected.score <= 0.3) return;
    expect(Math.abs(x - expected.x)).toBeLessThan(2);
    expect(Math.abs(y - expected.y)).toBeLessThan(2);
  });
}

describe('--device /gpu:0 --soft-placement', () => {
  const noCuda = cudaNative({ libraryPath: '/nowhere' });
  let without: People;

  beforeAll(async () => {
    without = await people([cpuWasm(), noCuda]);
  }, 60_000);

  test('runs on the CPU with neither CUDA nor WebGPU', () => {
    expect(Object.keys(without.devices)).toEqual(['CPU:0']);
    expect(without.found.keypoints.some(({ score }) => score > 0.3)).toBe(true);
  });

  const noFake = whyNoFake();
  test.skipIf(noFake !== undefined)(`finds the same people with CUDA, which comes before WebGPU${noFake === undefined ? '' : `: ${noFake}`}`, { timeout: 300_000 }, async () => {
    const { misuses } = fakeCuda().counts();
    const withCuda = await people([cpuWasm(), webgpu(), cudaNative(fakeCuda().options)]);
    expect(withCuda.devices['GPU:0']).toBeGreaterThan(withCuda.devices['CPU:0'] ?? 0);
    expect(withCuda.devices['GPU:1']).toBeUndefined();
    expectSame(withCuda, without);
    expect(fakeCuda().counts().misuses).toBe(misuses);
  });

  test.skipIf(noAdapter)('finds the same people with WebGPU only', { timeout: 300_000 }, async () => {
    const withWebGpu = await people([cpuWasm(), noCuda, webgpu()]);
    expect(withWebGpu.devices['GPU:0']).toBeGreaterThan(withWebGpu.devices['CPU:0'] ?? 0);
    expectSame(withWebGpu, without);
  });

  test('without soft placement, a machine with no GPU refuses', { timeout: 60_000 }, async () => {
    const models = await buildGraph('/gpu:0');
    await using session = new tf.Session({ graph: models.graph, backends: [cpuWasm()] });
    await expect(find(session, models, region, await feedsOf(region, models))).rejects.toThrow(/GPU/);
  });
});
