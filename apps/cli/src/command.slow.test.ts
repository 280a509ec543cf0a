// The command as it is installed: bin/sessionflow.js on dist, in a process of its own, on real models. Needs a build.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostTensor } from '@sessionflow/core';
import { readNpy } from '@sessionflow/io';
import { afterAll, describe, expect, it } from 'vitest';
import { buildAffine, folder } from './testing/cli.js';
import { bundledModel, spawned } from './testing/installed.js';

const files = folder();
afterAll(() => { files[Symbol.dispose](); });

describe('the installed command', { timeout: 60_000 }, () => {
  it('ends with 0, 1 or 2', async () => {
    const model = files.graph('affine.pb', buildAffine);
    const x = files.array('x.npy', HostTensor.from([[3, 1]], { dtype: 'float32' }));
    const good = await spawned(['run', model, '--feed', `x=${x}`, '--json', '--log-device-placement']);
    expect(good.code).toBe(0);
    expect(JSON.parse(good.out)).toHaveProperty('fetches.layer/twice:0.shape', [1, 1]);
    expect(good.err).toContain('(MatMul): /job:localhost');
    expect(await spawned(['run', model])).toMatchObject({ code: 1, out: '' });
    expect(await spawned(['runn', model])).toMatchObject({ code: 2, out: '' });
  });

  it('gives the results of a real model, converted or not', async () => {
    const image = files.array('image.npy', HostTensor.from(Array.from({ length: 192 * 192 * 3 }, (_, i) => (i * 7919) % 256), { dtype: 'int32', shape: [1, 192, 192, 3] }));
    const model = bundledModel('movenet-lightning');
    const frozen = files.file('movenet.pb');
    expect(await spawned(['convert', model, frozen])).toMatchObject({ code: 0, err: '' });
    const values: Float32Array[] = [];
    for (const path of [model, frozen]) {
      const out = files.file(`out-${values.length}`);
      const { code, out: text, err } = await spawned(['run', path, '--feed', `input=${image}`, '--fetch', 'Identity', '--out', out, '--threads', '2', '--json']);
      expect([code, err]).toEqual([0, '']);
      expect(JSON.parse(text)).toMatchObject({ fetches: { Identity: { dtype: 'float32', shape: [1, 1, 17, 3], file: 'Identity.npy' } } });
      values.push(readNpy(new Uint8Array(readFileSync(join(out, 'Identity.npy'))), 'Identity.npy').data as Float32Array);
    }
    values[0]!.forEach((value, i) => { expect(values[1]![i]).toBeCloseTo(value, 4); });
  });

  it('inspects, places and measures a model with control flow', async () => {
    const model = bundledModel('handtrack');
    const { code, out } = await spawned(['inspect', model, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ format: 'tfjs-graph-model', inputs: [{ name: 'input_tensor:0', dtype: 'uint8', shape: [1, null, null, 3] }], unsupported: [] });
    expect((await spawned(['place', model])).code).toBe(0);
    const page = files.file('handtrack.html');
    expect(await spawned(['place', model, '--html', page])).toEqual({ code: 0, out: `${page}\n`, err: '' });
    const html = readFileSync(page, 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain('"title":"handtrack"');
    // Nothing is fetched from anywhere.
    expect(html).not.toMatch(/(src|href)=["']?(https?:|\/)|@import|url\((?!'?#)/);
    const bench = await spawned(['bench', model, '--shape', 'input_tensor=1,320,320,3', '--warmup', '0', '--repeat', '1', '--json']);
    expect([bench.code, bench.err]).toEqual([0, '']);
  });
});
