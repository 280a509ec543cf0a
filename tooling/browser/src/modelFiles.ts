/** A bundled model of the golden vectors on a server of a test: its files, and those of its feeds. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { writeNpy } from '@sessionflow/io';
import { readModelVectors, type ModelVectors } from '../../golden/src/modelVectors.js';

const models = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/human')), '../models');

export const vectorsOf = (model: string): ModelVectors => readModelVectors(new URL(`../../golden/vectors/models/${model}.json`, import.meta.url));

/** Where the server has a feed. */
export function feedFile(model: string, testCase: string, key: string): string {
  return `/${model}-${testCase}-${key.replace(/:/g, '_')}.npy`;
}

export function modelFiles(model: string): [string, Uint8Array][] {
  return [
    ...['json', 'bin'].map((ending): [string, Uint8Array] => [`/${model}.${ending}`, readFileSync(join(models, `${model}.${ending}`))]),
    ...vectorsOf(model).cases.flatMap(({ name, feeds }) => [...feeds].map(([key, value]): [string, Uint8Array] => [feedFile(model, name, key), writeNpy(value)])),
  ];
}
