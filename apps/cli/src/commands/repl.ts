/** `sessionflow repl`: a Node REPL whose default session is an InteractiveSession. */
import { start } from 'node:repl';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { inspect } from 'node:util';
import { Command } from 'commander';
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import type { Streams } from '../streams.js';

export function repl(streams: Streams): Command {
  return new Command('repl')
    .description('a shell with `tf`, `graph` and `sess`; awaits, completes, prints tensors')
    .action(() => shell(process.stdin, streams));
}

/** Runs until the input ends, or `.exit`; then the session is closed, which cancels what still runs. `isTerminal`: edits lines and completes. */
export async function shell(input: Readable, streams: Streams, isTerminal = input === process.stdin && process.stdin.isTTY): Promise<void> {
  const logger = { info: () => undefined, warning: (text: string) => { streams.err(`${text}\n`); }, error: (text: string) => { streams.err(`${text}\n`); } };
  const graph = new tf.Graph();
  // The session is the default in everything that is started from here: every line of the shell.
  const sess = new tf.InteractiveSession({ graph, backends: [cpuWasm()], logger });
  const output: Writable = isTerminal && input === process.stdin ? process.stdout : new PassThrough().on('data', (chunk: Buffer) => { streams.out(chunk.toString()); });
  const server = start({ prompt: 'sessionflow> ', input, output, terminal: isTerminal, writer: readable, useGlobal: true });
  // In this realm: what a line makes is then a Map or an array like any other.
  const given = { tf, graph, sess };
  Object.assign(globalThis, given);
  await new Promise<void>((resolve) => { server.once('exit', resolve); });
  for (const name of Object.keys(given)) Reflect.deleteProperty(globalThis, name);
  await sess.close();
}

/** As Node prints it, tensors by their values. */
function readable(value: unknown): string {
  if (value instanceof tf.Session) return `<${value.constructor.name} on a graph of ${value.graph.version} operations>`;
  if (value instanceof tf.Graph) return `<Graph of ${value.version} operations>`;
  return inspect(value, { depth: 8, maxArrayLength: 20 });
}
