/** A tfjs graph model in tfjs itself, from the same files. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadGraphModel, type GraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '@sessionflow/core';
import type { Values } from '../agree.js';
import type { BenchModel } from '../models.js';
import type { Program } from './program.js';
import { tfjsName, useTfjs } from './tfjs.js';

interface ModelFile {
  readonly modelTopology: object;
  readonly signature?: object;
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: tf.io.WeightsManifestEntry[] }[];
}

/** Has run once: only a run tells in which of two ways the model may be run. */
export async function tfjsModel({ path, feeds, outputs }: BenchModel): Promise<Program> {
  await useTfjs();
  const model = await loadGraphModel(fileHandler(path));
  const inputs = (): tf.NamedTensorMap => Object.fromEntries([...feeds].map(([name, value]) => [name.replace(/:0$/, ''), tfjsTensor(value)]));
  const compute = await computation(model, [...outputs], inputs);
  const run = async (): Promise<Values[]> => {
    const over = compute();
    const tensors = over instanceof Promise ? await over : over;
    const results = tensors.map((tensor) => tensor.dataSync());
    tf.dispose(tensors);
    return results;
  };
  return { name: tfjsName, run, results: run, close: async () => model.dispose() };
}

/** tfjs has no small integers: they are int32 there. */
function tfjsTensor({ dtype, shape, data }: HostTensor): tf.Tensor {
  if (dtype === 'float32') return tf.tensor(data as Float32Array, [...shape], 'float32');
  if (dtype === 'bool') return tf.tensor(data as Uint8Array, [...shape], 'bool');
  return tf.tensor(data instanceof Int32Array ? data : Int32Array.from(data as ArrayLike<number>), [...shape], 'int32');
}

type Computed = tf.Tensor[] | Promise<tf.Tensor[]>;

/** `execute` where the model allows it: models with control flow or sizes born from data must use the asynchronous one. */
async function computation(model: GraphModel, outputs: string[], inputs: () => tf.NamedTensorMap): Promise<() => Computed> {
  const synchronous = (): Computed => tf.tidy(() => asArray(model.execute(inputs(), outputs)));
  try {
    tf.dispose(await synchronous());
    return synchronous;
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('executeAsync'))) throw error;
  }
  const asynchronous = async (): Promise<tf.Tensor[]> => {
    const fed = inputs();
    const results = asArray(await model.executeAsync(fed, outputs));
    tf.dispose(fed);
    return results;
  };
  tf.dispose(await asynchronous());
  return asynchronous;
}

function asArray(tensors: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return Array.isArray(tensors) ? tensors : [tensors];
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
