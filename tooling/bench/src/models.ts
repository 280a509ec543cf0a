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
  /** Detections are sorted by scores that random feeds leave nearly equal: values are compared without their order. */
  readonly sortsByScore?: boolean;
}

const resolve = createRequire(import.meta.url).resolve;

function human(name: string, input: string, shape: readonly number[], range: readonly [number, number], more: { readonly dtype?: ModelInput['dtype']; readonly sortsByScore?: boolean } = {}): BenchModel {
  const path = join(dirname(resolve('@vladmandic/human')), '..', 'models', `${name}.json`);
  return { name, path, input: { name: input, dtype: more.dtype ?? 'float32', shape, range }, sortsByScore: more.sortsByScore ?? false };
}

export const benchModels: readonly BenchModel[] = [
  human('antispoof', 'conv2d_input', [1, 128, 128, 3], [0, 1]),
  human('blazeface', 'input', [1, 256, 256, 3], [-1, 1]),
  human('centernet', 'tower_0/images', [1, 512, 512, 3], [0, 255], { sortsByScore: true }),
  human('emotion', 'input_1', [1, 64, 64, 1], [-1, 1]),
  human('facemesh', 'input_1', [1, 192, 192, 3], [0, 1]),
  human('faceres', 'input_1', [1, 224, 224, 3], [0, 255]),
  human('handlandmark-lite', 'input_1', [1, 224, 224, 3], [0, 1]),
  human('handtrack', 'input_tensor', [1, 320, 320, 3], [0, 255], { dtype: 'uint8', sortsByScore: true }),
  human('iris', 'input_1', [1, 64, 64, 3], [0, 1]),
  human('liveness', 'conv2d_1_input', [1, 32, 32, 3], [0, 1]),
  human('movenet-lightning', 'input', [1, 192, 192, 3], [0, 255], { dtype: 'int32' }),
  {
    name: 'basic-pitch',
    path: join(dirname(resolve('@spotify/basic-pitch/package.json')), 'model', 'model.json'),
    input: { name: 'input_2', dtype: 'float32', shape: [1, 43844, 1], range: [-1, 1] },
  },
];
