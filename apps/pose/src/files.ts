/** Files that @vladmandic/human ships: a photograph, and models. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const humanFolder = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/human')), '..');

export const photograph = join(humanFolder, 'assets', 'samples.jpg');
export const modelFile = (name: string): string => join(humanFolder, 'models', `${name}.json`);
