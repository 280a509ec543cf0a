/** The models that are measured: where their packages put them, and what they are fed with. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DType } from '@sessionflow/core';

export interface ModelInput {
  /** Name of the placeholder. */
  readonly name: string;
  readonly dtype: DType & ('float32' | 'int32' | 'uint8');
  readonly shape: readonly number[];
  /** Range of the random values. */
  readonly range: readonly [low: number, high: number];
}

export interface BenchModel {
  readonly name: string;
  /** Path of the model.json. */
  readonly path: string;
  readonly input: ModelInput;
  /** Only these outputs are compared, where tfjs computes others in another way than TensorFlow. */
  readonly compared?: readonly string[];
}

const resolve = createRequire(import.meta.url).resolve;

function human(name: string, input: string, shape: readonly number[], range: readonly [number, number], more: Pick<BenchModel, 'compared'> & { readonly dtype?: ModelInput['dtype'] } = {}): BenchModel {
  const path = join(dirname(resolve('@vladmandic/human')), '..', 'models', `${name}.json`);
  return { name, path, input: { name: input, dtype: more.dtype ?? 'float32', shape, range }, ...(more.compared === undefined ? {} : { compared: more.compared }) };
}

export const benchModels: readonly BenchModel[] = [
  human('antispoof', 'conv2d_input', [1, 128, 128, 3], [0, 1]),
  human('blazeface', 'input', [1, 256, 256, 3], [-1, 1]),
  human('centernet', 'tower_0/images', [1, 512, 512, 3], [0, 255]),
  human('emotion', 'input_1', [1, 64, 64, 1], [-1, 1]),
  human('facemesh', 'input_1', [1, 192, 192, 3], [0, 1]),
  human('faceres', 'input_1', [1, 224, 224, 3], [0, 255]),
  human('handlandmark-lite', 'input_1', [1, 224, 224, 3], [0, 1]),
  // The network's own outputs. tfjs-wasm and TensorFlow differ in what comes after them: it finds other boxes, of size zero.
  human('handtrack', 'input_tensor', [1, 320, 320, 3], [0, 255], { dtype: 'uint8', compared: ['Identity_6:0', 'Identity_7:0'] }),
  human('iris', 'input_1', [1, 64, 64, 3], [0, 1]),
  human('liveness', 'conv2d_1_input', [1, 32, 32, 3], [0, 1]),
  human('movenet-lightning', 'input', [1, 192, 192, 3], [0, 255], { dtype: 'int32' }),
  {
    name: 'basic-pitch',
    path: join(dirname(resolve('@spotify/basic-pitch/package.json')), 'model', 'model.json'),
    input: { name: 'input_2', dtype: 'float32', shape: [1, 43844, 1], range: [-1, 1] },
  },
];
