import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@sessionflow/core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { buildAffine, cli, failure, folder } from './testing/cli.js';

const files = folder();
afterAll(() => { files[Symbol.dispose](); });

const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';
const model = files.graph('affine.pb', buildAffine);

describe('sessionflow', () => {
  it('helps when asked, and is used wrongly without a command', async () => {
    const asked = await cli('--help');
    expect([asked.code, asked.err]).toEqual([0, '']);
    for (const name of ['devices', 'inspect', 'place', 'run', 'convert', 'bench']) expect(asked.out).toContain(`\n  ${name} `);
    expect((await cli('run', '--help')).out).toContain('--log-device-placement');
    expect((await cli()).code).toBe(2);
    expect(failure(await cli('dance'), 2)).toContain("unknown command 'dance'");
  });
});

describe('devices', () => {
  it('lists what each backend found', async () => {
    const { code, out } = await cli('devices');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^cpu-wasm \\(CPU\\)\n  ${cpu}  .*memory .*threads \\d+`));
  });

  it('as JSON', async () => {
    const { backends } = JSON.parse((await cli('devices', '--json')).out) as { backends: { devices: Record<string, unknown>[] }[] };
    expect(backends).toMatchObject([{ name: 'cpu-wasm', deviceType: 'CPU', devices: [{ name: cpu }] }, { name: 'cuda-native', deviceType: 'GPU' }, { name: 'webgpu', deviceType: 'GPU' }]);
    expect(backends[0]).not.toHaveProperty('reason');
    const device = backends[0]!.devices[0]!;
    expect(device['memoryLimit']).toBeGreaterThan(2 ** 20);
    expect(device['threads']).toBeGreaterThan(0);
    expect(device['simd']).toContain('128');
  });

  it('says why there are none', async () => {
    const config = files.file('none.json', '{"deviceCount":{"CPU":0,"GPU":0}}');
    const { backends } = JSON.parse((await cli('devices', '--json', '--config', config)).out) as { backends: { reason?: string }[] };
    expect(backends).toMatchObject([{ devices: [] }, { devices: [] }, { devices: [] }]);
    for (const { reason } of backends) expect(reason).toContain('device_count');
    expect((await cli('devices', '--config', config)).out).toContain(': none: device_count');
  });
});

describe('backends', () => {
  const application = join(files.path, 'application');
  const abacus = fileURLToPath(new URL('../../../tooling/example-backend', import.meta.url));

  /** An application that depends on a backend of somebody else. */
  function install(name: string, target: string): void {
    mkdirSync(join(application, 'node_modules', '@sessionflow'), { recursive: true });
    writeFileSync(join(application, 'package.json'), JSON.stringify({ dependencies: { [name]: '*' } }));
    symlinkSync(target, join(application, 'node_modules', name), 'junction');
  }

  it('of the application are found where the command is called', async () => {
    install('@sessionflow/example-backend', abacus);
    using _spy = vi.spyOn(process, 'cwd').mockReturnValue(application);
    const { out, err } = await cli('devices');
    expect(err).toBe('');
    expect(out).toContain('\nabacus (ABACUS)\n  /job:localhost/replica:0/task:0/device:ABACUS:0  an abacus of 16 million beads');
    const { out: json } = await cli('place', model, '--device', '/device:ABACUS:0', '--soft-placement', '--json');
    const { nodes } = JSON.parse(json) as tf.PlacementExplanation;
    expect(nodes.filter(({ device }) => device.endsWith('ABACUS:0')).map(({ name }) => name)).toContain('layer/product');
    expect(nodes.find(({ name }) => name === 'layer/y')).toMatchObject({ device: cpu, reason: 'soft placement: /device:ABACUS:0 was asked for, but cannot run it: no kernel for Relu' });
    const { out: text } = await cli('place', model, '--device', '/cpu:0');
    expect(text).toMatch(/\n {2}product +MatMul +CPU:0 +any +\/device:CPU:0 was asked for and can run it\n/);
    expect(text).toMatch(/\n {2}y +Relu +CPU:0 +CPU:0 +\/device:CPU:0 was asked for and can run it; ABACUS:0 cannot: no kernel for Relu\n/);
  });

  it('that cannot be loaded are named, and the others used', async () => {
    const broken = join(files.path, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'package.json'), JSON.stringify({ name: 'broken-backend', sessionflow: { backend: 'broken' } }));
    install('broken-backend', broken);
    using _spy = vi.spyOn(process, 'cwd').mockReturnValue(application);
    const { code, out, err } = await cli('devices');
    expect(code).toBe(0);
    expect(out).toContain('cpu-wasm (CPU)');
    expect(err).toMatch(/^sessionflow: the backend broken-backend cannot be loaded: its main entry .* is not there\. Has the package been built\?\n$/);
  });
});

describe('inspect', () => {
  it('shows ports, ops and parameters', async () => {
    const { code, out } = await cli('inspect', model);
    expect(code).toBe(0);
    for (const line of ['format      graphdef', 'parameters  2', '  x:0  float32  [?, 2]', '  layer/twice:0  float32  [?, 1]', '  MatMul', 'every node has a kernel']) expect(out).toContain(line);
    expect(JSON.parse((await cli('inspect', model, '--json')).out)).toEqual({
      format: 'graphdef', inputs: [{ name: 'x:0', dtype: 'float32', shape: [null, 2] }], outputs: [{ name: 'layer/twice:0', dtype: 'float32', shape: [null, 1] }],
      ops: { Const: 2, MatMul: 1, Mul: 1, Placeholder: 1, Relu: 1 }, parameters: 2, unsupported: [],
    });
  });

  it('lists an unknown op instead of failing', async () => {
    const path = files.file('unknown.pbtxt', `
      node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { dim { size: 3 } } } } }
      node { name: "y" op: "Frobnicate" input: "x" }
      versions { producer: 1500 }`);
    const { code, out } = await cli('inspect', path, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      inputs: [{ name: 'x:0', dtype: 'float32', shape: [3] }], outputs: [{ name: 'y:0', dtype: 'unknown', shape: null }],
      ops: { Frobnicate: 1, Placeholder: 1 }, unsupported: [{ node: 'y', op: 'Frobnicate', reason: 'unknown op' }],
    });
    expect((await cli('inspect', path)).out).toContain('y (Frobnicate): unknown op');
    expect(failure(await cli('run', path), 1)).toMatch(/Frobnicate/);
  });
});

describe('place', () => {
  it('gives each node a device and a reason, as JSON', async () => {
    const { code, out } = await cli('place', model, '--json');
    expect(code).toBe(0);
    const told = JSON.parse(out) as tf.PlacementExplanation;
    expect(told.devices).toMatchObject([{ name: cpu, type: 'CPU', backend: 'cpu-wasm', nodes: 6 }]);
    expect(told.nodes.find(({ name }) => name === 'layer/product')).toEqual({
      name: 'layer/product', op: 'MatMul', scope: 'layer', device: cpu, requested: '', candidates: [{ device: cpu, refusal: null }], rule: 'only',
      reason: 'it is the only device', decidedBy: null,
    });
    expect(told.edges).toContainEqual({ kind: 'data', from: 'x', output: 0, to: 'layer/product', input: 0, copy: null });
    expect(told).toMatchObject({ copies: [], hostCopies: [], functions: [], warnings: [] });
    const pruned = JSON.parse((await cli('place', model, '--fetch', 'layer/y', '--json')).out) as tf.PlacementExplanation;
    expect(pruned.nodes.map(({ name }) => name)).toEqual(['x', 'layer/w', 'layer/product', 'layer/y']);
  });

  it('as a table by name scope', async () => {
    const { code, out } = await cli('place', model);
    expect(code).toBe(0);
    expect(out).toMatch(/^CPU:0 +6 nodes +cpu-wasm\n(no GPU of .*\n)*\nnode +op +is on +can be on +why\nx +Placeholder +CPU:0 +CPU:0 +it takes no input, and everything that uses it \('layer\/product'\) is here\nlayer\/\n/);
    expect(out).toMatch(/\n {2}y +Relu +CPU:0 +CPU:0 +it is the only device\n/);
    expect(out).toMatch(/\n\nno copies between devices\n$/);
  });

  it('prints the lines of log_device_placement before the table', async () => {
    const { out } = await cli('place', model, '--log-device-placement');
    expect(out.startsWith('Device mapping: no known devices.\n')).toBe(true);
    expect(out).toContain(`\nlayer/product: (MatMul): ${cpu}\n`);
    const { out: json, err } = await cli('place', model, '--log-device-placement', '--json');
    expect(err).toContain(`layer/product: (MatMul): ${cpu}\n`);
    expect(() => JSON.parse(json) as unknown).not.toThrow();
  });

  it('asks for devices as run does', async () => {
    expect(failure(await cli('place', model, '--device', '/gpu:0'), 1)).toMatch(/device:GPU:0/);
    const { nodes } = JSON.parse((await cli('place', model, '--device', 'GPU:0', '--soft-placement', '--json')).out) as tf.PlacementExplanation;
    expect(new Set(nodes.map(({ device }) => device))).toEqual(new Set([cpu]));
    expect(nodes[0]).toMatchObject({ requested: '/device:GPU:0', rule: 'soft', reason: 'soft placement: /device:GPU:0 was asked for, but there is no such device' });
  });

  it.each(['place', 'run', 'bench'])('%s says what is wrong with a --device', async (command) => {
    const hint = 'Expected one like /cpu:0, /gpu:1 or /job:localhost/replica:0/task:0/device:CPU:0';
    for (const [spec, why] of [
      ['foobar', "Unknown attribute: 'foobar' in 'foobar'"],
      ['/gpu:x', "invalid literal for int() with base 10: 'x'"],
      ['/cpu:0/device:GPU:1', 'Cannot specify multiple device types: /cpu:0/device:GPU:1'],
    ] as const) {
      expect(failure(await cli(command, model, '--device', spec), 2)).toBe(`sessionflow: --device '${spec}' is no device name: ${why}. ${hint}`);
    }
  });

  it('takes shapes of placeholders only', async () => {
    expect((await cli('place', model, '--shape', 'x=4,2')).code).toBe(0);
    expect(failure(await cli('place', model, '--shape', 'z=4,2'), 1)).toContain("'z', which is no placeholder of the model. Its placeholders: x");
    expect(failure(await cli('place', model, '--shape', 'x=4,3'), 1)).toMatch(/MatMul.*layer\/product|layer\/product.*MatMul|[Dd]imensions|inner/);
  });
});

describe('convert', () => {
  it.each(['.pb', '.pbtxt'])('writes %s, which reads as the same graph', async (ending) => {
    const out = files.file(`converted${ending}`);
    expect(await cli('convert', model, out)).toEqual({ code: 0, out: `${out}\n`, err: '' });
    const [before, after] = await Promise.all([model, out].map(async (path) => JSON.parse((await cli('inspect', path, '--json')).out) as { format: string }));
    expect({ ...after, format: '' }).toEqual({ ...before, format: '' });
  });

  it('spells fused ops of tfjs as TensorFlow does', async () => {
    const path = files.file('model.json', JSON.stringify({
      format: 'graph-model',
      modelTopology: {
        node: [
          { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [{ size: '-1' }, { size: '2' }] } } } },
          { name: 'w', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' }, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '2' }, { size: '1' }] } } } } },
          { name: 'b', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' }, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '1' }] } } } } },
          { name: 'y', op: '_FusedMatMul', input: ['x', 'w', 'b'], attr: { T: { type: 'DT_FLOAT' }, num_args: { i: '1' }, fused_ops: { list: { s: ['Qmlhc0FkZA==', 'UmVsdQ=='] } } } },
        ],
      },
      weightsManifest: [{ paths: ['w.bin'], weights: [{ name: 'w', shape: [2, 1], dtype: 'float32' }, { name: 'b', shape: [1], dtype: 'float32' }] }],
    }));
    files.file('w.bin', new Uint8Array(Float32Array.of(2, -1, 0.5).buffer));
    const out = files.file('standard.pb');
    expect((await cli('convert', path, out)).code).toBe(0);
    const { ops } = JSON.parse((await cli('inspect', out, '--json')).out) as { ops: Record<string, number> };
    expect(ops).toMatchObject({ MatMul: 1, BiasAdd: 1, Relu: 1 });
    expect(ops).not.toHaveProperty('_FusedMatMul');
  });

  it('wants an ending that it knows, and a folder that is there', async () => {
    expect(failure(await cli('convert', model, files.file('out.onnx')), 2)).toContain('.pb or .pbtxt');
    expect(failure(await cli('convert', model, files.file('no/such/folder/out.pb')), 1)).toContain('out.pb');
    failure(await cli('convert', model), 2);
  });
});

describe('bench', () => {
  it('tells median and spread, and the time of each launch', async () => {
    const { code, out } = await cli('bench', model, '--warmup', '1', '--repeat', '3', '--threads', '1', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(out) as { runs: number; median_ms: number; min_ms: number; ops: { nodes: string[]; device: string; ms: number }[] };
    expect(report.runs).toBe(3);
    expect(report.median_ms).toBeGreaterThanOrEqual(report.min_ms);
    expect(report.ops.length).toBeGreaterThan(0);
    expect(report.ops[0]!.device).toBe(cpu);
    const { out: text } = await cli('bench', model, '--warmup', '0', '--repeat', '1');
    expect(text).toMatch(/^plan .* ms; run median .*\nms +GFLOP\/s +GB\/s +op +nodes\n/);
  });

  it('asks for the shapes that the model leaves open', async () => {
    const open = files.graph('open.pb', () => { tf.relu(tf.placeholder('float32', [null, null], { name: 'x' }), { name: 'y' }); });
    expect(failure(await cli('bench', open), 2)).toContain('--shape x=');
    expect((await cli('bench', open, '--shape', 'x=2,3', '--repeat', '1')).code).toBe(0);
  });
});
