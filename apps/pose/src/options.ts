/** The app's command line: `--device /gpu:0` puts the graph there, `--soft-placement` lets what cannot be there go elsewhere. */
import { parseArgs } from 'node:util';
import type * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { cudaNative } from '@sessionflow/cuda-native';
import { webgpu } from '@sessionflow/webgpu';

export interface PoseOptions {
  /** TensorFlow's name of a device, or of part of one; empty: the placer chooses. */
  readonly device: string;
  readonly softPlacement: boolean;
}

/** TypeError for an argument that is none. */
export function poseOptions(args: readonly string[]): PoseOptions {
  const { values } = parseArgs({ args: [...args], options: { device: { type: 'string' }, 'soft-placement': { type: 'boolean' } } });
  const { device = '' } = values;
  // Where nothing is asked for, nothing can be refused.
  return { device, softPlacement: values['soft-placement'] ?? device === '' };
}

/** Every backend that the app has: the CPU, and GPUs where the machine has them. */
export const installedBackends = (): readonly tf.Backend[] => [cpuWasm(), cudaNative(), webgpu()];
