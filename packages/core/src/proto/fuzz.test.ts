/**
 * Mutated messages: whatever the bytes, a decoder answers soon, with a message or with one of the two errors that it may throw.
 * SESSIONFLOW_FUZZ sets the number of mutations; a failure prints the seed and the input.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DataLossError, InvalidArgumentError } from '../errors.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import { ConfigProto } from './generated/config.js';
import { MetaGraphDef } from './generated/savedModel.js';
import { decodeGraphDef, encodeGraphDef, graphDefFromJson, parseGraphDefText, printGraphDefText } from './graphDef.js';
import { printText } from './text/print.js';

const count = Number(process.env['SESSIONFLOW_FUZZ'] ?? 3000);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(fileURLToPath(new URL(`../../proto/testdata/${name}`, import.meta.url))));

/** A small seeded generator (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Bytes that formats trip over. */
const nasty = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x7b, 0x7d, 0x3c, 0x3a, 0x0a, 0x2d, 0x39];

function mutate(bytes: Uint8Array, next: () => number): Uint8Array {
  const out = [...bytes];
  const below = (n: number): number => Math.floor(next() * n);
  for (let edits = 1 + below(4); edits > 0; edits--) {
    const at = below(out.length);
    switch (below(6)) {
      case 0: out[at] = below(256); break;
      case 1: out[at] = nasty[below(nasty.length)]!; break;
      case 2: out.splice(at, 1 + below(20)); break;
      case 3: out.splice(at, 0, ...out.slice(below(out.length)).slice(0, below(40))); break;
      case 4: out.length = at; break;
      default: out.splice(at, 0, ...new Array<number>(1 + below(9)).fill(nasty[below(nasty.length)]!)); break;
    }
    if (out.length === 0) out.push(0);
  }
  return Uint8Array.from(out);
}

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
    const rounds = Math.ceil(count / targets.length);
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
