/** The command in this process: its exit code and what it wrote; a folder with small models to call it on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@sessionflow/core';
import { frozenGraphBytes, writeNpy } from '@sessionflow/io';
import { main } from '../main.js';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function cli(...argv: readonly string[]): Promise<Outcome> {
  let out = '';
  let err = '';
  const code = await main(argv, { out: (text) => { out += text; }, err: (text) => { err += text; } });
  return { code, out, err };
}

/** The one line that a failed command leaves on stderr; it must have written nothing else. */
export function failure({ code, out, err }: Outcome, expected: 1 | 2): string {
  if (code !== expected || out !== '' || !/^[^\n]+\n$/.test(err)) throw new Error(`expected exit code ${expected} and one line on stderr, but got ${code}\nstdout: ${out}\nstderr: ${err}`);
  return err.trimEnd();
}

export interface Folder extends Disposable {
  readonly path: string;
  /** A file's path in the folder, written first if content is given. */
  file(name: string, content?: Uint8Array | string): string;
  array(name: string, value: tf.HostTensor): string;
  graph(name: string, build: () => void): string;
}

export function folder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'sessionflow-cli-'));
  const file = (name: string, content?: Uint8Array | string): string => {
    if (content !== undefined) writeFileSync(join(path, name), content);
    return join(path, name);
  };
  return {
    path, file,
    array: (name, value) => file(name, writeNpy(value)),
    graph: (name, build) => {
      const graph = new tf.Graph();
      graph.asDefault(build);
      return file(name, frozenGraphBytes(graph.asGraphDef(), name.endsWith('.pb') ? 'pb' : 'pbtxt'));
    },
    [Symbol.dispose]: () => { rmSync(path, { recursive: true, force: true }); },
  };
}

/** `layer/y = relu(x · w)` with w = [[2], [-1]], its double under a name with a scope, and a copy that nobody uses. */
export function buildAffine(): void {
  const x = tf.placeholder('float32', [null, 2], { name: 'x' });
  tf.nameScope('layer', () => {
    const product = tf.matMul(x, tf.constant([[2], [-1]], { dtype: 'float32', name: 'w' }), { name: 'product' });
    const y = tf.relu(product, { name: 'y' });
    tf.mul(y, 2, { name: 'twice' });
  });
}
