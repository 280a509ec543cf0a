/** A tfjs graph model in tfjs itself, from the same files. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { Values } from '../agree.js';
import type { BenchModel } from '../models.js';
import type { Program } from './program.js';
import { tfjsName, useTfjs } from './tfjs.js';
import { computation, tfjsInputs } from './tfjsCalls.js';

interface ModelFile {
  readonly modelTopology: object;
  readonly signature?: object;
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: tf.io.WeightsManifestEntry[] }[];
}

/** Has run once: only a run tells in which of two ways the model may be run. */
export async function tfjsModel({ path, feeds, outputs }: BenchModel): Promise<Program> {
  await useTfjs();
  const model = await loadGraphModel(fileHandler(path));
  const compute = await computation(model, [...outputs], () => tfjsInputs(feeds));
  const run = async (): Promise<Values[]> => {
    const over = compute();
    const tensors = over instanceof Promise ? await over : over;
    const results = tensors.map((tensor) => tensor.dataSync());
    tf.dispose(tensors);
    return results;
  };
  return { name: tfjsName, run, results: run, close: async () => model.dispose() };
}

function fileHandler(path: string): tf.io.IOHandler {
  return {
    load: async () => {
      const file = JSON.parse(await readFile(path, 'utf8')) as ModelFile;
      const shards = await Promise.all(file.weightsManifest.flatMap(({ paths }) => paths).map((name) => readFile(join(dirname(path), name))));
      const bytes = Buffer.concat(shards);
      return {
        modelTopology: file.modelTopology,
        signature: file.signature ?? {},
        weightSpecs: file.weightsManifest.flatMap(({ weights }) => weights),
        weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      };
    },
  };
}
