import { expect, test } from 'vitest';
import type { Capabilities } from '../engine/protocol.js';
import { statements } from './status.js';

const wasm = (details: Capabilities['backends'][number]['details']): Capabilities['backends'][number] => ({ name: 'cpu-wasm', deviceType: 'CPU', reason: undefined, description: '', details });

test('what is there, and why the rest is not', () => {
  const [gpu, threads, simd] = statements({ hardwareThreads: 8, backends: [
    { name: 'webgpu', deviceType: 'GPU', reason: 'no adapter', description: '', details: {} },
    wasm({ simd: '128-bit', threads: 1, 'no threads because': 'this page is not cross-origin isolated' }),
  ] });
  expect(gpu).toEqual({ title: 'WebGPU', isGood: false, text: 'not here', why: 'no adapter' });
  expect(threads).toMatchObject({ isGood: false, text: '1', why: expect.stringContaining('this page is not cross-origin isolated') as string });
  expect(simd).toMatchObject({ isGood: true, text: '128-bit' });
});

test('an adapter goes by its name', () => {
  const [gpu] = statements({ hardwareThreads: 8, backends: [{ name: 'webgpu', deviceType: 'GPU', reason: undefined, description: 'device: 0, name: some GPU, type: WebGPU', details: {} }, wasm({ threads: 8 })] });
  expect(gpu).toMatchObject({ isGood: true, text: 'some GPU' });
});
