/** The case files on disk, read. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { CaseFile, GraphCase, OpCase } from './caseFile.js';

const folder = fileURLToPath(new URL('../cases/', import.meta.url));

function read(name: string): unknown {
  return JSON.parse(readFileSync(folder + name, 'utf8'));
}

/** The families of single ops, in order of name. */
export function opCaseFiles(): CaseFile[] {
  return readdirSync(folder).filter((name) => name.endsWith('.json')).sort()
    .map((name) => read(name) as CaseFile & { readonly format: string })
    .filter((file) => file.format.startsWith('sessionflow conformance cases'));
}

/** The graphs. */
export function graphCases(): readonly GraphCase[] {
  return (read('graphs.json') as { readonly cases: readonly GraphCase[] }).cases;
}

/** The edge cases, which are derived from the others. */
export function edgeCases(): readonly OpCase[] {
  return (JSON.parse(gunzipSync(readFileSync(new URL('../edges.json.gz', import.meta.url))).toString()) as CaseFile).cases;
}
