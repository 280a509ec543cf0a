// Real models on two devices, as a user runs them: `--device /gpu:0 --soft-placement` on WebGPU beside the CPU. Needs a build and an adapter.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { skipWithout, softwareVulkan } from '@sessionflow/config/softwareVulkan';
import { HostTensor, type DType, type PlacementExplanation } from '@sessionflow/core';
import { readNpy } from '@sessionflow/io';
import { afterAll, describe, expect, it } from 'vitest';
import { folder } from './testing/cli.js';
import { bundledModel, spawned } from './testing/installed.js';

const env = softwareVulkan();
const files = folder();
afterAll(() => { files[Symbol.dispose](); });

const { backends } = JSON.parse((await spawned(['devices', '--json'], env)).out) as { backends: { name: string; reason?: string; devices: unknown[] }[] };
const webgpu = backends.find(({ name }) => name === 'webgpu');
const reason = webgpu?.devices.length === 0 ? webgpu.reason ?? 'no adapter' : undefined;
const gpu = '/job:localhost/replica:0/task:0/device:GPU:0';
const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';
const onGpu = ['--device', '/gpu:0', '--soft-placement'];

interface TraceEvent {
  readonly ph: string;
  readonly pid: number;
  readonly name: string;
  readonly args?: { readonly name?: string };
}

/** What ran in each lane: op and node of its events, by the lane's device. */
function lanesOf(file: string): ReadonlyMap<string, readonly { readonly op: string; readonly node: string }[]> {
  const { traceEvents } = JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: TraceEvent[] };
  const events = (pid: number): { op: string; node: string }[] => traceEvents.filter((event) => event.ph === 'X' && event.pid === pid).map(({ name, args }) => ({ op: name, node: args?.name ?? '' }));
  return new Map(traceEvents.filter(({ ph, args }) => ph === 'M' && args?.name?.endsWith(' Compute') === true).map(({ pid, args }) => [args!.name!.slice(0, -' Compute'.length), events(pid)]));
}

const picture = (dtype: DType, size: number): HostTensor => {
  const shades = Array.from({ length: size * size * 3 }, (_, i) => (i * 7919) % 256);
  return HostTensor.from(dtype === 'float32' ? shades.map((shade) => shade / 128 - 1) : shades, { dtype, shape: [1, size, size, 3] });
};

const models = [
  // `same`: outputs in which nothing is sorted, so that rounding moves no rows.
  { name: 'movenet-lightning', input: 'input', image: picture('int32', 192), same: ['Identity'], kernels: 'all' },
  { name: 'blazeface', input: 'input', image: picture('float32', 256), same: ['Identity', 'Identity_1', 'Identity_2', 'Identity_3'], kernels: 'all' },
  { name: 'handtrack', input: 'input_tensor', image: picture('uint8', 64), same: ['Identity_6', 'Identity_7'], kernels: 'some' },
] as const;

describe.skipIf(skipWithout(reason)).each(models)('$name, asked to the GPU', { timeout: 300_000 }, ({ name, input, image, same, kernels }) => {
  const model = bundledModel(name);
  const run = async (...options: readonly string[]): Promise<{ err: string; values: readonly HostTensor[]; trace: string }> => {
    const out = files.file(`${name}${options.length}`);
    const trace = `${out}.trace.json`;
    const fed = files.array(`${name}.npy`, image);
    const { code, err, out: text } = await spawned(['run', model, '--feed', `${input}=${fed}`, '--json', '--out', out, '--trace', trace, ...options], env);
    expect(code, err).toBe(0);
    const { fetches } = JSON.parse(text) as { fetches: Record<string, { file: string }> };
    return { err, trace, values: same.map((fetch) => readNpy(new Uint8Array(readFileSync(join(out, fetches[`${fetch}:0`]!.file))), fetch)) };
  };

  it('gives the CPU\'s results, with its convolutions on the GPU and the rest where the placer says', async () => {
    const { nodes } = JSON.parse((await spawned(['place', model, ...onGpu, '--json'], env)).out) as PlacementExplanation;
    const elsewhere = nodes.filter(({ device }) => device === cpu);
    expect(elsewhere.length > 0).toBe(kernels === 'some');
    const both = await run(...onGpu, '--log-device-placement');
    const alone = await run('--device', '/cpu:0');
    both.values.forEach((value, i) => {
      const expected = alone.values[i]!;
      expect(value.shape).toEqual(expected.shape);
      const scale = Math.max(...(expected.data as Float32Array).map(Math.abs));
      const worst = (value.data as Float32Array).reduce((most, x, at) => Math.max(most, Math.abs(x - Number(expected.data[at]))), 0);
      expect(worst, `${same[i]!}: largest difference, of values up to ${scale}`).toBeLessThan(1e-4 * scale);
    });
    // The log says of every node what the placer's explanation says.
    for (const { name: node, op, device } of nodes) expect(both.err).toContain(`${node}: (${op}): ${device}\n`);
    const convolutions = nodes.filter(({ op }) => /Conv2[dD]/.test(op));
    expect(convolutions.length).toBeGreaterThan(20);
    expect(convolutions.every(({ device }) => device === gpu)).toBe(true);
    for (const { rule, reason: why } of elsewhere.filter(({ rule: decided }) => decided === 'soft')) expect([rule, why]).toEqual(['soft', expect.stringMatching(/cannot run it: |no kernel/) as string]);
    const lanes = lanesOf(both.trace);
    expect([...lanes.keys()]).toEqual([cpu, gpu, `${gpu}/memcpy`]);
    expect(lanes.get(gpu)!.filter(({ op }) => /Conv2[dD]/.test(op)).length).toBeGreaterThan(20);
    const ran = new Set(lanes.get(cpu)!.map(({ node }) => node));
    expect(elsewhere.some(({ name: node }) => ran.has(node))).toBe(kernels === 'some');
    // What goes between host and GPU: something there, each result back.
    const copies = lanes.get(`${gpu}/memcpy`)!.map(({ op }) => op);
    expect(new Set(copies)).toEqual(new Set(['MEMCPYHtoD', 'MEMCPYDtoH']));
    expect(copies.filter((op) => op === 'MEMCPYDtoH').length).toBeGreaterThanOrEqual(kernels === 'all' ? same.length : 1);
  });

  it(kernels === 'all' ? 'needs no soft placement' : 'fails without soft placement, with the placer\'s error for the first node that has no kernel', async () => {
    const place = await spawned(['place', model, '--device', '/gpu:0', '--json'], env);
    if (kernels === 'all') {
      expect(place.code, place.err).toBe(0);
      return;
    }
    const { nodes } = JSON.parse((await spawned(['place', model, ...onGpu, '--json'], env)).out) as PlacementExplanation;
    const unable = nodes.filter(({ rule }) => rule === 'soft');
    const { code, out, err } = await spawned(['run', model, '--feed', `${input}=${files.array('hard.npy', image)}`, '--device', '/gpu:0'], env);
    expect([code, out]).toEqual([1, '']);
    const named = /Cannot assign a device for operation (\S+): Could not satisfy explicit device specification '\/device:GPU:0' because no supported kernel for GPU devices is available\./.exec(err)?.[1];
    expect(unable.map(({ name: node }) => node)).toContain(named);
    expect(named).toBe(unable[0]!.name);
  });
});
