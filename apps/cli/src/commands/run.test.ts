import { existsSync, readFileSync } from 'node:fs';
import { constant, HostTensor } from '@sessionflow/core';
import { ConfigProto, encode, printText, toJson } from '@sessionflow/core/proto';
import { readNpy } from '@sessionflow/io';
import { afterAll, describe, expect, it } from 'vitest';
import { buildAffine, cli, failure, folder } from '../testing/cli.js';

const files = folder();
afterAll(() => { files[Symbol.dispose](); });

const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';
const model = files.graph('affine.pb', buildAffine);
const x = files.array('x.npy', HostTensor.from([[3, 1], [1, 4]], { dtype: 'float32' }));
const read = (path: string): unknown => readNpy(new Uint8Array(readFileSync(path)), path).toArray();

interface RunReport {
  readonly fetches: Readonly<Record<string, unknown>>;
  readonly plan_ms: number;
  readonly run_ms: readonly number[];
  readonly devices: Readonly<Record<string, number>>;
}
const reportOf = (text: string): RunReport => JSON.parse(text) as RunReport;

describe('run', () => {
  it('runs every output, and says what it is and where', async () => {
    const out = files.file('all');
    const { code, out: text, err } = await cli('run', model, '--feed', `x=${x}`, '--out', out);
    expect([code, err]).toEqual([0, '']);
    expect(text).toContain('layer/twice:0: float32 [2, 1] = [[10],[0]]');
    expect(text).toContain(`${cpu}: `);
    expect(read(`${out}/layer_twice_0.npy`)).toEqual([[10], [0]]);
  });

  it('prints one JSON object and nothing else on stdout; what placement logs goes to stderr', async () => {
    const out = files.file('json/deep');
    const names = ['layer/y', 'layer/y:0', 'layer/product'];
    const { code, out: text, err } = await cli('run', model, '--feed', `x:0=${x}`, ...names.flatMap((name) => ['--fetch', name]), '--out', out, '--repeat', '3', '--json', '--log-device-placement');
    expect(code).toBe(0);
    expect(text.trimEnd()).not.toContain('\n');
    const { fetches, plan_ms, run_ms, devices } = reportOf(text);
    expect(fetches).toEqual({
      'layer/y': { dtype: 'float32', shape: [2, 1], file: 'layer_y.npy' },
      'layer/y:0': { dtype: 'float32', shape: [2, 1], file: 'layer_y_0.npy' },
      'layer/product': { dtype: 'float32', shape: [2, 1], file: 'layer_product.npy' },
    });
    expect(plan_ms).toBeGreaterThan(0);
    expect(run_ms).toHaveLength(3);
    expect(Object.keys(devices)).toEqual([cpu]);
    expect(devices[cpu]).toBeGreaterThan(0);
    expect(err).toContain(`layer/product: (MatMul): ${cpu}`);
    expect(read(`${out}/layer_product.npy`)).toEqual([[5], [-2]]);
  });

  it('writes nothing without --out', async () => {
    const { out } = await cli('run', model, '--feed', `x=${x}`, '--json');
    expect(reportOf(out).fetches).toEqual({ 'layer/twice:0': { dtype: 'float32', shape: [2, 1], file: null } });
    expect(existsSync('layer_twice_0.npy')).toBe(false);
  });

  it('feeds inner tensors', async () => {
    const y = files.array('y.npy', HostTensor.from([[7]], { dtype: 'float32' }));
    const { out } = await cli('run', model, '--feed', `layer/y=${y}`);
    expect(out).toContain('layer/twice:0: float32 [1, 1] = [[14]]');
  });

  it('asks for a device of every node, and fails as the placer does unless placement is soft', async () => {
    const line = failure(await cli('run', model, '--feed', `x=${x}`, '--device', '/gpu:0'), 1);
    expect(line).toMatch(/Cannot assign a device for operation .*device:GPU:0.*available devices/);
    const soft = await cli('run', model, '--feed', `x=${x}`, '--device', '/gpu:0', '--soft-placement');
    expect([soft.code, soft.err]).toEqual([0, '']);
    expect(failure(await cli('run', model, '--feed', `x=${x}`, '--device', 'gpu0'), 2)).toContain('gpu0');
  });

  it.each(['config.json', 'config.pbtxt', 'config.pb'])('takes a ConfigProto from %s', async (name) => {
    const config = { allowSoftPlacement: true, logDevicePlacement: true };
    const content = name.endsWith('.json') ? JSON.stringify(toJson(ConfigProto, config)) : name.endsWith('.pbtxt') ? printText(ConfigProto, config) : encode(ConfigProto, config);
    const { code, out, err } = await cli('run', model, '--feed', `x=${x}`, '--device', '/gpu:0', '--config', files.file(name, content), '--json');
    expect(code).toBe(0);
    expect(Object.keys(reportOf(out).devices)).toEqual([cpu]);
    expect(err).toContain('layer/y: (Relu)');
  });

  it('keeps its number of threads', async () => {
    const { code, out } = await cli('run', model, '--feed', `x=${x}`, '--threads', '1', '--json');
    expect([code, reportOf(out).run_ms.length]).toEqual([0, 1]);
  });

  it.each([
    ['a fetch that is not there', ['--fetch', 'layer/yy'], /'layer\/yy', does not exist in the graph\. Did you mean 'layer\/y'/],
    ['an output that is not there', ['--fetch', 'layer/y:1'], /layer\/y.*1 output|only has 1|layer\/y:1/],
    ['a feed that is not there', ['--feed', `z=${x}`], /'z'.*does not exist in the graph/],
    ['a file that is not there', ['--feed', 'x=none.npy'], /none\.npy: no such file/],
    ['a file that is no array', ['--feed', `x=${files.file('bad.npy', 'hello')}`], /bad\.npy/],
    ['an array that is cut off', ['--feed', `x=${files.file('short.npy', readFileSync(x).subarray(0, -3))}`], /short\.npy/],
    ['an array of another shape', ['--feed', `x=${files.array('wide.npy', HostTensor.from([[1, 2, 3]], { dtype: 'float32' }))}`], /Cannot feed value of shape \(1, 3\) for Tensor 'x:0', which has shape '\(\?, 2\)'/],
    ['an array of strings', ['--feed', `x=${files.array('bytes.npy', HostTensor.from([['a', 'b']], { dtype: 'string' }))}`], /x:0|float32|string/],
    ['a ConfigProto that is none', ['--config', files.file('bad.pbtxt', 'allow_soft: maybe')], /bad\.pbtxt.*allow_soft/],
    ['a ConfigProto that is not there', ['--config', 'none.json'], /none\.json: no such file/],
    ['a placeholder without a value', [], /You must feed a value for placeholder tensor 'x' with dtype float[^]*Give it with --feed NAME=FILE.npy \(inputs of the model: /],
  ])('fails with one line for %s', async (_what, args, expected) => {
    const feed = args.includes('--fetch') ? ['--feed', `x=${x}`] : [];
    expect(failure(await cli('run', model, ...feed, ...args), 1)).toMatch(expected);
  });

  it('fails when two fetches would be one file', async () => {
    const twice = files.graph('twice.pb', () => {
      constant(1, { name: 'a_b' });
      constant(2, { name: 'a/b' });
    });
    const args = ['run', twice, '--fetch', 'a/b', '--fetch', 'a_b'];
    expect(failure(await cli(...args, '--out', files.file('same')), 1)).toContain("'a/b' and 'a_b' would both be written to a_b.npy");
    expect((await cli(...args)).code).toBe(0);
  });

  it.each([
    ['no model', []],
    ['two models', [model, model]],
    ['a feed without a file', [model, '--feed', 'x']],
    ['a feed twice', [model, '--feed', `x=${x}`, '--feed', `x:0=${x}`]],
    ['an unknown option', [model, '--fast']],
    ['no number', [model, '--repeat', 'often']],
    ['a number below 1', [model, '--threads', '0']],
    ['a shape that is none', [model, '--shape', 'x=two']],
    ['an option without its value', [model, '--feed']],
  ])('is used wrongly with %s', async (_what, args) => {
    failure(await cli('run', ...args), 2);
  });
});

describe('files that are no models', () => {
  it.each([
    ['none.pb', undefined],
    ['cut.pb', readFileSync(model).subarray(0, 60)],
    ['text.pb', 'certainly not a graph'],
    ['bad.pbtxt', 'node { name: "x" op: "Placeholder" '],
    ['broken.json', '{ "modelTopology": '],
    ['shardless.json', JSON.stringify({ format: 'graph-model', modelTopology: { node: [] }, weightsManifest: [{ paths: ['gone.bin'], weights: [{ name: 'w', shape: [1], dtype: 'float32' }] }] })],
    ['empty.pb', ''],
  ])('%s: one line that names the file', async (name, content) => {
    const path = files.file(name, content);
    for (const command of ['run', 'inspect', 'place', 'bench']) expect(failure(await cli(command, path), 1)).toMatch(name === 'shardless.json' ? /gone\.bin/ : new RegExp(name));
  });
});
