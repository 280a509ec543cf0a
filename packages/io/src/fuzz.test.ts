/**
 * Mutated files: whatever the bytes, a loader answers soon, with a model or with an error of the classes that it names; and what it accepts,
 * importGraphDef takes or refuses in its own words. SESSIONFLOW_FUZZ sets the number of mutations; a failure prints file and seed.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fuzzCount, mutate, random } from '@sessionflow/config/fuzz';
import { Graph, importGraphDef, OpError, ValueError } from '@sessionflow/core';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from './files.js';
import { loadModel } from './loadModel.js';
import { readNpy } from './npy/readNpy.js';

const read = (name: string): Uint8Array => new Uint8Array(readFileSync(fileURLToPath(new URL(`../testdata/${name}`, import.meta.url))));
const { read: arrays } = JSON.parse(new TextDecoder().decode(read('arrays.json'))) as { read: { name: string; file: string }[] };
const array = (name: string): Uint8Array => Buffer.from(arrays.find((one) => one.name === name)!.file, 'base64');

const tfjs = new TextEncoder().encode(JSON.stringify({
  format: 'graph-model',
  signature: { inputs: { x: { name: 'x:0', dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '-1' }, { size: '2' }] } } }, outputs: { y: { name: 'y:0' } } },
  modelTopology: {
    node: [
      { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [{ size: '-1' }, { size: '2' }] } } } },
      { name: 'w', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' }, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '2' }, { size: '3' }] } } } } },
      { name: 'b', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' }, value: { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '3' }] } } } } },
      { name: 'y', op: '_FusedMatMul', input: ['x', 'w', 'b'], attr: { T: { type: 'DT_FLOAT' }, num_args: { i: '1' }, fused_ops: { list: { s: ['Qmlhc0FkZA==', 'UmVsdQ=='] } } } },
    ],
    versions: { producer: 440 },
  },
  weightsManifest: [{ paths: ['w.bin'], weights: [{ name: 'w', shape: [2, 3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.1, min: -1 } }, { name: 'b', shape: [3], dtype: 'float32' }] }],
}));
const parsed = JSON.parse(new TextDecoder().decode(tfjs)) as unknown;
const shard = new Uint8Array(18);

/** Values that JSON readers trip over. */
const odd: readonly unknown[] = [null, true, -1, 0, 1.5, 2 ** 53, 1e300, '', '-1', '9223372036854775808', 'NaN', '__proto__', 'DT_STRING', [], [[]], {}, { a: 1 }, [{}]];

/** The JSON with one to three of its values replaced, removed or swapped. */
function mutateJson(json: unknown, next: () => number): unknown {
  const copy = structuredClone(json);
  const slots: [holder: Record<string, unknown>, key: string][] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      slots.push([value as Record<string, unknown>, key]);
      walk((value as Record<string, unknown>)[key]);
    }
  };
  walk(copy);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  for (let edits = 1 + Math.floor(next() * 3); edits > 0; edits--) {
    const [holder, key] = pick(slots);
    const way = next();
    if (way < 0.6) holder[key] = pick(odd);
    else if (way < 0.8 && !Array.isArray(holder)) Reflect.deleteProperty(holder, key);
    else {
      const [other, otherKey] = pick(slots);
      holder[key] = structuredClone(other[otherKey]);
    }
  }
  return copy;
}

async function importModel(name: string, files: Record<string, Uint8Array>): Promise<void> {
  const { graphDef } = await loadModel(name, memoryFiles(files));
  const graph = new Graph();
  graph.asDefault(() => { importGraphDef(graphDef, { name: '' }); });
}

const targets: [name: string, bytes: Uint8Array, run: (bytes: Uint8Array) => unknown][] = [
  ['.npy', array('f4 in Fortran order'), (bytes) => readNpy(bytes, 'x.npy')],
  ['.npy of text', array('text'), (bytes) => readNpy(bytes, 'x.npy')],
  ['model.json', tfjs, (bytes) => importModel('model.json', { 'model.json': bytes, 'w.bin': shard })],
  ['model.json, its values', tfjs, (bytes) => {
    // The bytes only seed the choice of values.
    const seed = bytes.reduce((sum, byte) => Math.imul(sum, 31) + byte, 0);
    const json = bytes === tfjs ? parsed : mutateJson(parsed, random(seed));
    return importModel('model.json', { 'model.json': new TextEncoder().encode(JSON.stringify(json)), 'w.bin': shard });
  }],
  ['.pb', read('network.pb'), (bytes) => importModel('x.pb', { 'x.pb': bytes })],
  ['.pb with a loop', read('loop.pb'), (bytes) => importModel('x.pb', { 'x.pb': bytes })],
  ['.pbtxt', read('network.pbtxt'), (bytes) => importModel('x.pbtxt', { 'x.pbtxt': bytes })],
];

describe.each(targets)('%s', (name, bytes, run) => {
  it('is read as it is', async () => {
    await run(bytes);
  });

  it('survives mutations', async () => {
    const rounds = Math.ceil(fuzzCount() / targets.length);
    for (let seed = 1; seed <= rounds; seed++) {
      const input = mutate(bytes, random(seed));
      const start = performance.now();
      try {
        await run(input);
      } catch (error) {
        const isTold = (error instanceof OpError && error.codeName !== 'INTERNAL') || error instanceof ValueError || (error instanceof TypeError && error.stack?.includes('internal') === false && !isCrash(error));
        if (!isTold) throw new Error(`${name}, seed ${seed}: ${String(error)}`, { cause: error });
      }
      const took = performance.now() - start;
      if (took > 5000) expect.fail(`${name}, seed ${seed}: took ${took} ms`);
    }
  }, 600_000);
});

/** The engine's own TypeErrors are crashes, not answers. */
function isCrash(error: TypeError): boolean {
  return /is not (a function|iterable|defined)|Cannot (read|set|convert|mix)|undefined|of null|Invalid/.test(error.message);
}
