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

/** Runs until the input ends, or `.exit`. */
export async function shell(input: Readable, streams: Streams): Promise<void> {
  const isTerminal = input === process.stdin && process.stdin.isTTY;
  const logger = { info: () => undefined, warning: (text: string) => { streams.err(`${text}\n`); }, error: (text: string) => { streams.err(`${text}\n`); } };
  const graph = new tf.Graph();
  // The session is the default in everything that is started from here: every line of the shell.
  const sess = new tf.InteractiveSession({ graph, backends: [cpuWasm()], logger });
  const output: Writable = isTerminal ? process.stdout : new PassThrough().on('data', (chunk: Buffer) => { streams.out(chunk.toString()); });
  const server = start({ prompt: 'sessionflow> ', input, output, terminal: isTerminal, writer: readable });
  Object.assign(server.context, { tf, graph, sess });
  await new Promise<void>((resolve) => { server.once('exit', resolve); });
  await sess.close();
}

/** Tensors by their values, everything else as Node prints it. */
function readable(value: unknown): string {
  if (value instanceof tf.HostTensor) return `${value.toString()} ${inspect(value.toArray(), { depth: 8, maxArrayLength: 20 })}`;
  if (value instanceof tf.Tensor || value instanceof tf.Operation || value instanceof tf.Variable) return value.toString();
  return inspect(value, { depth: 2 });
}
