/** tfjs on its WebAssembly backend: the SIMD build, which has one thread in Node. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { Program } from './program.js';

export const tfjsName = 'tfjs-wasm, 1 thread';

/** Makes the wasm backend the current one. */
export async function useTfjs(): Promise<void> {
  if (tf.getBackend() === 'wasm') return;
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  tf.env().set('PROD', true);
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs has no wasm backend here');
}

export interface TfjsJob {
  readonly inputs: readonly { readonly values: Float32Array; readonly shape: readonly number[] }[];
  readonly compute: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** These inputs (all, when `resident`) are made once; the others are made from their arrays in every run. */
  readonly constants?: readonly number[];
  /** Time the ops alone: the result stays in the backend's memory. */
  readonly resident?: boolean;
}

export async function tfjs({ inputs, compute, constants = [], resident = false }: TfjsJob): Promise<Program> {
  await useTfjs();
  const kept = inputs.map(({ values, shape }, i) => (resident || constants.includes(i) ? tf.tensor(values, [...shape], 'float32') : undefined));
  const result = (): tf.Tensor => tf.tidy(() => compute(...inputs.map(({ values, shape }, i) => kept[i] ?? tf.tensor(values, [...shape], 'float32'))));
  const read = (): Float32Array => {
    const tensor = result();
    const values = tensor.dataSync<'float32'>();
    tensor.dispose();
    return values;
  };
  return {
    name: tfjsName,
    run: resident ? () => result().dispose() : read,
    results: async () => [read()],
    close: async () => {
      for (const tensor of kept) tensor?.dispose();
    },
  };
}
