/** Libraries that are not on the machine, or are not what their names say: the grid kernels do their work, and the device says why. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@sessionflow/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cudaNative } from '../backend.js';
import { fakeCuda, fakeFolder, whyNoFake } from '../testing/fake.js';

const reason = whyNoFake();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessionflow-absent-'));
  for (const name of ['libcuda.so.1', 'libnvrtc.so.13', 'shim.h']) symlinkSync(join(fakeFolder, name), join(folder, name));
  fakeCuda().configure({});
});
afterEach(() => { rmSync(folder, { recursive: true }); });

const filled = (shape: readonly number[], seed: number): tf.HostTensor =>
  new tf.HostTensor('float32', shape, Float32Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, (_, i) => ((i * 37 + seed) % 19) - 9));

/** A convolution with bias and relu, and a product behind it. Whole numbers, so that every order of sums gives the same. */
async function network(backend: tf.Backend): Promise<{ values: number[]; kernels: number; details: Readonly<Record<string, unknown>> }> {
  const graph = new tf.Graph();
  const [x, y] = graph.asDefault(() => {
    const given = tf.placeholder('float32', { shape: [2, 6, 5, 3], name: 'x' });
    const layer = tf.relu(tf.add(tf.conv2D(given, tf.constant(filled([3, 3, 3, 8], 5)), [1, 1, 1, 1], 'SAME'), tf.constant(filled([8], 1))));
    return [given, tf.matMul(tf.reshape(layer, [60, 8]), tf.constant(filled([8, 7], 3)))] as const;
  });
  await using session = new tf.Session({ graph, backends: [backend] });
  const before = fakeCuda().counts().kernels;
  const result = await session.run(y, { [x.name]: filled([2, 6, 5, 3], 2) });
  const { devices } = await backend.discover({});
  return { values: [...result.data as Float32Array], kernels: fakeCuda().counts().kernels - before, details: devices[0]!.details };
}

describe.skipIf(reason !== undefined)(`libraries that are missing${reason === undefined ? '' : `: ${reason}`}`, () => {
  const absent = (name: string): unknown => expect.stringMatching(new RegExp(`${name}\\.so\\.\\d+: cannot open shared object file`));

  it.each([
    // With both: the one kernel lays the filter out for cuDNN.
    ['none', ['libcublasLt.so.13', 'libcudnn.so.9'], { cuBLASLt: true, cuDNN: true }, 1],
    ['cuDNN', ['libcublasLt.so.13'], { cuBLASLt: true, cuDNN: absent('libcudnn') }, 1],
    ['cuBLASLt', ['libcudnn.so.9'], { cuBLASLt: absent('libcublasLt'), cuDNN: true }, 2],
    ['both', [], { cuBLASLt: absent('libcublasLt'), cuDNN: absent('libcudnn') }, 2],
  ])('%s', async (_, present, details, kernels) => {
    for (const name of present) symlinkSync(join(fakeFolder, name), join(folder, name));
    const got = await network(cudaNative({ ...fakeCuda().options, libraryPath: folder }));
    expect(got.details).toMatchObject(details);
    expect(got.kernels).toBe(kernels);
    expect(got.values).toEqual((await network(tf.reference())).values);
  });

  it('lack what they should have, or are no libraries', async () => {
    symlinkSync(join(fakeFolder, 'libnvrtc.so.13'), join(folder, 'libcudnn.so.9'));
    writeFileSync(join(folder, 'libcublasLt.so.13'), 'a text');
    const got = await network(cudaNative({ ...fakeCuda().options, libraryPath: folder }));
    expect(got.details).toMatchObject({
      cuBLASLt: expect.stringMatching(/libcublasLt\.so\.13: (file too short|invalid ELF header)/) as string, cuDNN: expect.stringMatching(/libcudnn\.so\.9 lacks the function cudnnCreate/) as string,
    });
    expect(got.values).toEqual((await network(tf.reference())).values);
  });
});
