import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataLossError, HostTensor, InvalidArgumentError, NotFoundError, UnimplementedError } from '@sessionflow/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { chosenFiles, fetchFiles } from './files.js';
import * as io from './index.js';
import { loadFrozenGraph, loadModel, readNpyFile, writeFrozenGraph, writeNpyFile } from './node.js';

const at = (name: string): string => fileURLToPath(new URL(`../testdata/${name}`, import.meta.url));

let folder = '';
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'sessionflow-io-')); });
afterAll(async () => { await rm(folder, { recursive: true }); });

describe('loadModel', () => {
  it.each(['network', 'loop'])('reads %s, written by TensorFlow, in its three forms', async (name) => {
    const binary = await loadModel(at(`${name}.pb`));
    const text = await loadModel(at(`${name}.pbtxt`));
    const json = await loadModel(at(`${name}.json`));
    expect([binary.format, text.format, json.format]).toEqual(['graphdef', 'graphdef-text', 'graphdef-json']);
    expect(text.graphDef).toEqual(binary.graphDef);
    expect(json.graphDef).toEqual(binary.graphDef);
  });

  it('finds inputs and outputs', async () => {
    expect(await loadFrozenGraph(at('network.pb'))).toMatchObject({ inputs: ['x:0'], outputs: ['probabilities:0', 'best:0', 'best:1'] });
    expect(await loadModel(at('loop.pb'))).toMatchObject({ inputs: ['n:0'], outputs: ['loop/Exit:0', 'loop/Exit_1:0'] });
  });

  it('writes frozen graphs that read back the same', async () => {
    const { graphDef } = await loadModel(at('network.pb'));
    for (const ending of ['pb', 'pbtxt']) {
      await writeFrozenGraph(graphDef, join(folder, `n.${ending}`));
      expect((await loadModel(join(folder, `n.${ending}`))).graphDef).toEqual(graphDef);
    }
    await expect(writeFrozenGraph(graphDef, join(folder, 'n.txt'))).rejects.toThrow(InvalidArgumentError);
    expect(io.readFrozenGraph(io.frozenGraphBytes({ ...graphDef, versions: { producer: 0, minConsumer: 0, badConsumers: [] } }, 'pb')).graphDef.versions.producer).toBe(134);
  });

  it.each<[string, string | Uint8Array, string, new (message: string) => Error]>([
    ['an empty file', '', 'the file is empty', DataLossError],
    ['a gzip file', Uint8Array.of(0x1f, 0x8b, 8), 'gzip-compressed; unpack it first', UnimplementedError],
    ['a zip file', 'PK\x03\x04', 'a zip archive', UnimplementedError],
    ['an HDF5 file', Uint8Array.of(0x89, 0x48, 0x44, 0x46), 'HDF5', UnimplementedError],
    ['a TensorFlow Lite model', 'abcdTFL3', 'TensorFlow Lite', UnimplementedError],
    ['an array', Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0), 'a NumPy array', UnimplementedError],
    ['a SavedModel', Uint8Array.of(8, 1, 0x12, 0), 'this is a SavedModel', UnimplementedError],
    ['text of something else', 'hello world', "1:1: GraphDef has no field 'hello'", InvalidArgumentError],
    ['cut-off bytes', Uint8Array.of(0x0a, 5, 1), 'not a binary GraphDef: truncated', DataLossError],
    ['wild text', Uint8Array.of(0x23, 0xff, 0xfe), 'the text is not UTF-8', DataLossError],
    ['JSON of something else', '{"a": 1', 'not JSON', InvalidArgumentError],
  ])('refuses %s by name', async (_, content, message, type) => {
    const path = join(folder, 'bad.pb');
    await writeFile(path, content);
    const failure = loadModel(path);
    await expect(failure).rejects.toThrow(type);
    await expect(failure).rejects.toThrow(new RegExp(message.replaceAll('(', '\\(')));
    await expect(failure).rejects.toThrow(path);
  });

  it('names files that are not there', async () => {
    await expect(loadModel(join(folder, 'gone.pb'))).rejects.toThrow(NotFoundError);
    await expect(loadModel(join(folder, 'gone.pb'))).rejects.toThrow('gone.pb: no such file.');
    // A folder stands for its model.json.
    await expect(loadModel(folder)).rejects.toThrow(join(folder, 'model.json'));
    await expect(loadFrozenGraph(folder)).rejects.toThrow('is a folder');
  });
});

describe('sources', () => {
  it('read by fetch', async () => {
    const network = new Uint8Array(await readFile(at('network.pb')));
    const fetch = vi.fn(async (url: string) => (url.endsWith('network.pb') ? new Response(network) : new Response(null, { status: 404, statusText: 'Not Found' })));
    vi.stubGlobal('fetch', fetch);
    try {
      expect((await io.loadModel('network.pb', fetchFiles('https://example.org/models/'))).inputs).toEqual(['x:0']);
      expect(fetch).toHaveBeenCalledWith('https://example.org/models/network.pb', undefined);
      expect((await io.loadModel('https://example.org/network.pb')).format).toBe('graphdef');
      await expect(io.loadModel('https://example.org/gone.pb')).rejects.toThrow('https://example.org/gone.pb: the server answered 404 Not Found.');
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('read files that a user chose', async () => {
    const model = new TextEncoder().encode(JSON.stringify({ modelTopology: { node: [{ name: 'c', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } }] }, weightsManifest: [{ paths: ['w.bin'], weights: [{ name: 'c', shape: [1], dtype: 'float32' }] }] }));
    const files = chosenFiles([Object.assign(new Blob([model]), { name: 'model.json' }), Object.assign(new Blob([new Uint8Array(4)]), { name: 'w.bin' })]);
    expect((await io.loadModel('model.json', files)).graphDef.nodes[0]?.attr['value']).toEqual({ kind: 'tensor', value: HostTensor.from([0]) });
    await expect(files.read('x')).rejects.toThrow('x: not among the chosen files (model.json, w.bin).');
  });
});

describe('.npy files', () => {
  it('go to disk and back', async () => {
    const tensor = HostTensor.from([[1, 2], [3, 4]]);
    await writeNpyFile(join(folder, 'a.npy'), tensor);
    expect(await readNpyFile(join(folder, 'a.npy'))).toEqual(tensor);
    await expect(readNpyFile(join(folder, 'gone.npy'))).rejects.toThrow(NotFoundError);
  });
});
