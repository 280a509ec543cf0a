import { DataLossError, HostTensor, InvalidArgumentError, NotFoundError } from '@sessionflow/core';
import type { NodeDefData } from '@sessionflow/core/proto';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../files.js';
import { loadModel, loadTfjsGraphModel } from '../loadModel.js';

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const bytesOf = (array: Float32Array | Int32Array | Uint16Array): Uint8Array => new Uint8Array(array.buffer);

const constant = (name: string, dtype: string): unknown => ({ name, op: 'Const', attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape: { dim: [{ size: '2' }] } } } } });
const weight = (name: string, dtype = 'float32', quantization?: unknown): unknown => ({ name, shape: [2], dtype, ...(quantization === undefined ? {} : { quantization }) });

interface Parts {
  readonly node: unknown[];
  readonly weights: unknown[];
  readonly shards: Readonly<Record<string, Uint8Array>>;
  readonly more?: object;
}

function files({ node, weights, shards, more }: Parts): ReturnType<typeof memoryFiles> {
  const model = { format: 'graph-model', modelTopology: { node, versions: { producer: 1 } }, weightsManifest: [{ paths: Object.keys(shards), weights }], ...more };
  const inFolder = Object.entries(shards).map(([name, bytes]) => [`m/${name}`, bytes] as const);
  return memoryFiles({ 'm/model.json': json(model), ...Object.fromEntries(inFolder) });
}

const load = async (parts: Parts): ReturnType<typeof loadModel> => loadModel('m/model.json', files(parts));

function valueOf(nodes: readonly NodeDefData[], name: string): HostTensor | undefined {
  const value = nodes.find((node) => node.name === name)?.attr['value'];
  return value?.kind === 'tensor' ? value.value : undefined;
}

describe('loadTfjsGraphModel', () => {
  it('puts weights into Const nodes, over shards that end anywhere', async () => {
    const bytes = bytesOf(new Float32Array([1, 2, 3, 4]));
    const { graphDef, format } = await load({
      node: [constant('a', 'DT_FLOAT'), constant('b', 'DT_FLOAT')], weights: [weight('a'), weight('b')],
      shards: { 'g1-shard1of2.bin': bytes.subarray(0, 5), 'g1-shard2of2.bin': bytes.subarray(5) },
    });
    expect(format).toBe('tfjs-graph-model');
    expect(valueOf(graphDef.nodes, 'a')?.toArray()).toEqual([1, 2]);
    expect(valueOf(graphDef.nodes, 'b')?.toArray()).toEqual([3, 4]);
    expect(graphDef.versions.producer).toBe(1);
  });

  it('dequantizes', async () => {
    const { graphDef } = await load({
      node: [constant('q8', 'DT_FLOAT'), constant('q16', 'DT_FLOAT'), constant('h', 'DT_FLOAT'), constant('i', 'DT_INT32')],
      weights: [
        weight('q8', 'float32', { dtype: 'uint8', scale: 0.1, min: -1 }), weight('q16', 'float32', { dtype: 'uint16', scale: 0.5, min: 2 }),
        weight('h', 'float32', { dtype: 'float16' }), weight('i', 'int32', { dtype: 'uint8', scale: 1.5, min: -2 }),
      ],
      shards: { 'w.bin': Uint8Array.of(0, 255, 2, 0, 0, 1, 0x00, 0x3c, 0x00, 0xc0, 1, 3) },
    });
    expect(valueOf(graphDef.nodes, 'q8')?.toArray()).toEqual([-1, Math.fround(255 * 0.1 - 1)]);
    expect(valueOf(graphDef.nodes, 'q16')?.toArray()).toEqual([3, 130]);
    expect(valueOf(graphDef.nodes, 'h')?.toArray()).toEqual([1, -2]);
    expect(valueOf(graphDef.nodes, 'i')).toEqual(HostTensor.from(new Int32Array([-0, 3])));
  });

  it('reads bool and string weights, and gives each Const the dtype that it declares', async () => {
    const { graphDef } = await load({
      node: [constant('b', 'DT_BOOL'), constant('s', 'DT_STRING'), constant('l', 'DT_INT64'), constant('h', 'DT_HALF')],
      weights: [weight('b', 'bool'), weight('s', 'string'), weight('l', 'int32'), weight('h')],
      shards: { 'w.bin': Uint8Array.from([0, 7, 1, 0, 0, 0, 65, 0, 0, 0, 0, ...bytesOf(new Int32Array([-1, 5])), ...bytesOf(new Float32Array([0.5, -2]))]) },
    });
    expect(valueOf(graphDef.nodes, 'b')?.toArray()).toEqual([false, true]);
    expect(valueOf(graphDef.nodes, 's')?.toArray()).toEqual(['A', '']);
    expect(valueOf(graphDef.nodes, 'l')).toEqual(HostTensor.from([-1n, 5n]));
    expect(valueOf(graphDef.nodes, 'h')).toEqual(HostTensor.from([0.5, -2], { dtype: 'float16' }));
  });

  it('keeps the signature, and reads ports from the graph without one', async () => {
    const parts: Parts = {
      node: [{ name: 'x', op: 'Placeholder' }, { name: 'r', op: 'Relu', input: ['x'] }, { name: 't', op: 'TopKV2', input: ['r', 'x'] }, { name: 'n', op: 'NoOp', input: ['^r'] }],
      weights: [], shards: {},
    };
    expect(await load(parts)).toMatchObject({ inputs: ['x:0'], outputs: ['t:0', 't:1'], signature: undefined });
    const signature = { inputs: { in: { name: 'x:0', dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '-1' }] } } }, outputs: { out: { name: 'r' } } };
    const model = await load({ ...parts, more: { signature } });
    expect(model).toMatchObject({ inputs: ['x:0'], outputs: ['r:0'] });
    expect(model.signature?.inputs?.get('in')).toMatchObject({ name: 'x:0', dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: -1 }] } });
    expect(await load({ ...parts, more: { userDefinedMetadata: { signature } } })).toMatchObject({ outputs: ['r:0'] });
    expect(await load({ ...parts, more: { signature: { outputs: { out: { name: 'gone' } } } } })).toMatchObject({ outputs: ['t:0', 't:1'] });
  });

  it('keeps values that the topology states, and fills functions', async () => {
    const own = { name: 'own', op: 'Const', attr: { dtype: { type: 'DT_INT32' }, value: { tensor: { dtype: 'DT_INT32', tensorShape: {}, intVal: [0] } } } };
    const library = { function: [{ signature: { name: 'f' }, nodeDef: [constant('f/w', 'DT_FLOAT')] }] };
    const { graphDef } = await load({
      node: [own], weights: [weight('f/w')], shards: { 'w.bin': bytesOf(new Float32Array([1, 2])) }, more: { modelTopology: { node: [own], library } },
    });
    expect(valueOf(graphDef.nodes, 'own')?.toArray()).toBe(0);
    expect(valueOf(graphDef.functions[0]!.nodes, 'f/w')?.toArray()).toEqual([1, 2]);
  });

  const good: Parts = { node: [constant('a', 'DT_FLOAT')], weights: [weight('a')], shards: { 'w.bin': new Uint8Array(8) } };

  it.each<[string, Parts, string, new (message: string) => Error]>([
    ['a short shard', { ...good, shards: { 'w.bin': new Uint8Array(7) } }, "m/model.json: weight 'a' (float32 [2]) needs 8 bytes at offset 0, but only 7 are left in the shard m/w.bin (7 bytes).", DataLossError],
    ['a long shard', { ...good, shards: { 'w.bin': new Uint8Array(9) } }, 'the manifest describes 8 bytes of weights, but there are 9 in the shard m/w.bin (9 bytes)', DataLossError],
    ['a Const without a weight', { ...good, node: [constant('b', 'DT_FLOAT')] }, "m/model.json: Const 'b' has no value, and weightsManifest has no weight of that name.", InvalidArgumentError],
    ['a weight of another kind', { ...good, node: [constant('a', 'DT_STRING')] }, "Const 'a' is string, but its weight is float32", InvalidArgumentError],
    ['an unknown dtype', { ...good, weights: [weight('a', 'float99')] }, "m/model.json: weightsManifest[0].weights[0]: 'a': dtype \"float99\" is given; expected one of float32", InvalidArgumentError],
    ['a wild shape', { ...good, weights: [{ name: 'a', shape: [-1], dtype: 'float32' }] }, "'a': shape [-1] is given; expected an array of sizes.", InvalidArgumentError],
    ['a huge shape', { ...good, weights: [{ name: 'a', shape: [2 ** 40, 2 ** 40], dtype: 'float32' }] }, 'but only 8 are left', DataLossError],
    ['a wild quantization', { ...good, weights: [weight('a', 'float32', { dtype: 'int4' })] }, 'quantization dtype "int4" is given', InvalidArgumentError],
    ['a quantized bool', { ...good, weights: [weight('a', 'bool', { dtype: 'uint8', scale: 1, min: 0 })] }, 'a bool weight cannot be quantized as uint8', InvalidArgumentError],
    ['a shard outside', { ...good, more: { weightsManifest: [{ paths: ['../../secret'], weights: [] }] } }, 'it names the file "../../secret"; expected a path inside the folder', InvalidArgumentError],
    ['a shard elsewhere', { ...good, more: { weightsManifest: [{ paths: ['https://x/y'], weights: [] }] } }, 'it names the file "https://x/y"', InvalidArgumentError],
    ['a missing shard', { ...good, more: { weightsManifest: [{ paths: ['gone.bin'], weights: [] }] } }, 'm/model.json: its weight shard m/gone.bin is missing. m/gone.bin: no such file among', NotFoundError],
    ['a manifest of another kind', { ...good, more: { weightsManifest: 5 } }, 'weightsManifest: expected an array of groups', InvalidArgumentError],
    ['a weight named twice', { ...good, more: { weightsManifest: [1, 2].map(() => ({ paths: ['w.bin'], weights: [weight('a')] })) } }, "weightsManifest names 'a' twice", InvalidArgumentError],
    ['a layers model', { ...good, more: { modelTopology: { class_name: 'Sequential' } } }, 'this is a tfjs layers model', InvalidArgumentError],
    ['no topology', { ...good, more: { modelTopology: undefined } }, 'm/model.json: modelTopology is missing', InvalidArgumentError],
    ['a node with a wrong attribute', { ...good, node: [{ name: 'n', op: 'Relu', attr: { T: { type: 'DT_FLOT' } } }] }, 'm/model.json: node[0].attr["T"].type: expected a DataType', InvalidArgumentError],
  ])('refuses %s, saying so', async (_, parts, message, type) => {
    await expect(load(parts)).rejects.toThrow(type);
    await expect(load(parts)).rejects.toThrow(message);
  });

  it('refuses JSON that is no tfjs model', async () => {
    const other = memoryFiles({ 'a.json': json({ a: 1 }), 'b.json': new TextEncoder().encode('{"modelTopology":') });
    await expect(loadTfjsGraphModel('a.json', other)).rejects.toThrow('a.json: not a tfjs model');
    await expect(loadModel('b.json', other)).rejects.toThrow('b.json: not JSON');
  });
});
