/** Random state on a device: what its kernels draw, run after run, is what the host's kernels draw. */
import { expect, it } from 'vitest';
import { constant } from '../../api/values.js';
import { InvalidArgumentError } from '../../errors.js';
import { Graph } from '../../graph/graph.js';
import type { Tensor } from '../../graph/tensor.js';
import type { HostTensor } from '../../hostTensor.js';
import * as ops from '../../ops/families.js';
import { reference } from '../../reference/reference.js';
import { Session } from '../../session/session.js';
import { simulated } from '../../simulated/simulated.js';

const ints = (...values: number[]): Tensor<'int32'> => constant(values, { dtype: 'int32' });

/** What three runs draw where the device is `device`. */
async function drawn(device: string, build: () => Tensor): Promise<number[][]> {
  const graph = new Graph();
  const tensor = graph.asDefault(() => graph.device(device, build));
  await using session = new Session({ graph, backends: [reference(), simulated()] });
  const runs: number[][] = [];
  for (let run = 0; run < 3; run++) runs.push(Array.from(((await session.run(tensor)) as HostTensor<'float32'>).data));
  return runs;
}

const draws: Readonly<Record<string, () => Tensor>> = {
  RandomUniform: () => ops.randomUniform(ints(7, 31), 'float32', { seed: 3, seed2: 9 }),
  RandomStandardNormal: () => ops.randomStandardNormal(ints(301), 'float32', { seed: 3, seed2: 9 }),
  TruncatedNormal: () => ops.truncatedNormal(ints(301), 'float32', { seed: 3, seed2: 9 }),
  RandomUniformInt: () => ops.randomUniformInt(ints(50), constant(-7, { dtype: 'int32' }), constant(900, { dtype: 'int32' }), { seed: 4 }),
};

it.each(Object.entries(draws))('%s moves on from run to run as on the host', async (_, build) => {
  const [onDevice, onHost] = [await drawn('/gpu:0', build), await drawn('/cpu:0', build)];
  expect(new Set(onDevice.map(String)).size).toBe(3);
  onDevice.forEach((run, i) => run.forEach((value, k) => expect(value).toBeCloseTo(onHost[i]![k]!, 5)));
});

it('keeps a generator for each node', async () => {
  const graph = new Graph();
  const both = graph.asDefault(() => graph.device('/gpu:0', () => {
    const four = (): Tensor => ops.randomUniform(ints(4), 'float32', { seed: 1, seed2: 2 });
    return ops.concatV2([four(), four()], constant(0, { dtype: 'int32' }));
  }));
  await using session = new Session({ graph, backends: [reference(), simulated()] });
  const values = Array.from(((await session.run(both)) as HostTensor<'float32'>).data);
  // Two nodes of equal seeds draw the same numbers, each from its own generator.
  expect(values.slice(0, 4)).toEqual(values.slice(4));
});

it('refuses bounds that hold nothing, with the node', async () => {
  const graph = new Graph();
  const tensor = graph.asDefault(() => graph.device('/gpu:0', () => ops.randomUniformInt(ints(3), constant(5, { dtype: 'int32' }), constant(5, { dtype: 'int32' }), { name: 'none' })));
  await using session = new Session({ graph, backends: [reference(), simulated()] });
  const error: unknown = await session.run(tensor).then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidArgumentError);
  expect(String(error)).toContain('Need minval < maxval, got 5 >= 5');
  expect(String(error)).toContain('none');
});
