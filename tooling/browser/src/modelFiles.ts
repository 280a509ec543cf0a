/** A bundled model of the golden vectors on a server of a test: its files, and those of its feeds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostTensor } from '@sessionflow/core';
import { readNpy, writeNpy } from '@sessionflow/io';
import { modelFile, readModelVectors, type ModelVectors } from '../../golden/src/modelVectors.js';

const golden = new URL('../../golden/', import.meta.url);

const folders: readonly URL[] = ['models', 'zoo'].map((set) => new URL(`vectors/${set}/`, golden));

/** All models that the golden vectors judge. */
export const allModels: readonly string[] = folders.flatMap((folder) => readdirSync(folder).flatMap((name) => /^(.+)\.json$/.exec(name)?.[1] ?? []));

export function vectorsOf(model: string): ModelVectors {
  const file = folders.map((folder) => new URL(`${model}.json`, folder)).find((one) => existsSync(one));
  if (file === undefined) throw new Error(`there are no vectors of ${model}`);
  return readModelVectors(file);
}

/** Where the server has a model. */
export const modelPath = (model: string): string => `/${model}/model.json`;

/** Where the server has a feed. */
export function feedFile(model: string, testCase: string, key: string): string {
  return `/${model}/${testCase}-${key.replace(/[:/]/g, '_')}.npy`;
}

export function modelFiles(model: string): [string, Uint8Array][] {
  const vectors = vectorsOf(model);
  const file = modelFile(golden, vectors);
  const description = readFileSync(file);
  const { weightsManifest } = JSON.parse(description.toString()) as { readonly weightsManifest: readonly { readonly paths: readonly string[] }[] };
  return [
    [modelPath(model), description],
    ...weightsManifest.flatMap(({ paths }) => paths).map((path): [string, Uint8Array] => [`/${model}/${path}`, readFileSync(join(dirname(file), path))]),
    ...vectors.cases.flatMap(({ name, feeds }) => [...feeds].map(([key, value]): [string, Uint8Array] => [feedFile(model, name, key), writeNpy(value)])),
  ];
}

/** An output as `runModel` gives it. */
export function fromPage(output: string): HostTensor {
  return readNpy(new Uint8Array(Buffer.from(output, 'base64')), 'an output of the page');
}
