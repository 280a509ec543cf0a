/**
 * Mutated messages: whatever the bytes, a decoder answers soon, with a message or with one of the two errors that it may throw.
 * SESSIONFLOW_FUZZ sets the number of mutations; a failure prints the seed and the input.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fuzzCount, mutate, random } from '@sessionflow/config/fuzz';
import { describe, expect, it } from 'vitest';
import { DataLossError, InvalidArgumentError } from '../errors.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { ConfigProto } from './generated/config.js';
import { MetaGraphDef } from './generated/savedModel.js';
import { decodeGraphDef, encodeGraphDef, graphDefFromJson, parseGraphDefText, printGraphDefText } from './graphDef.js';
import { printText } from './text/print.js';

const read = (name: string): Uint8Array => new Uint8Array(readFileSync(fileURLToPath(new URL(`../../proto/testdata/${name}`, import.meta.url))));

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const targets: [name: string, file: string, run: (bytes: Uint8Array) => unknown][] = [
  ['binary GraphDef, all attributes', 'attributes.pb', (bytes) => encodeGraphDef(decodeGraphDef(bytes))],
  ['binary GraphDef, all dtypes', 'constants.pb', (bytes) => printGraphDefText(decodeGraphDef(bytes)).length],
  ['binary ConfigProto', 'config.pb', (bytes) => encode(ConfigProto, decode(ConfigProto, bytes))],
  ['binary MetaGraphDef', 'metaGraph.pb', (bytes) => printText(MetaGraphDef, decode(MetaGraphDef, bytes))],
  ['text GraphDef', 'attributes.pbtxt', (bytes) => parseGraphDefText(text(bytes))],
  ['JSON GraphDef', 'attributes.json', (bytes) => {
    let json: unknown;
    try {
      json = JSON.parse(text(bytes));
    } catch {
      return;
    }
    graphDefFromJson(json);
  }],
];

describe.each(targets)('%s', (_, file, run) => {
  it('survives mutations', () => {
    const bytes = read(file);
    const rounds = Math.ceil(fuzzCount() / targets.length);
    for (let seed = 1; seed <= rounds; seed++) {
      const input = mutate(bytes, random(seed));
      const start = performance.now();
      try {
        run(input);
      } catch (error) {
        if (!(error instanceof DataLossError || error instanceof InvalidArgumentError)) {
          throw new Error(`${file}, seed ${seed}: ${String(error)}`, { cause: error });
        }
      }
      const took = performance.now() - start;
      if (took > 5000) expect.fail(`${file}, seed ${seed}: took ${took} ms`);
    }
  }, 600_000);
});
