/** Public functions called as Python calls them (`api_calls.py`), by their names in camelCase: results, dtypes, static shapes and names are TensorFlow's. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';

type Argument = null | boolean | number | string | readonly Argument[] | { readonly dtype: tf.DType; readonly tensor?: tf.TensorValue; readonly shape?: readonly number[] };

interface Call {
  readonly path: string;
  readonly args: readonly Argument[];
  readonly kwargs: Readonly<Record<string, Argument>>;
  readonly results: readonly { readonly name?: string; readonly dtype?: string; readonly shape?: readonly number[]; readonly static?: readonly (number | null)[]; readonly value?: readonly (number | string)[] }[];
}

const { calls } = JSON.parse(readFileSync(new URL('../vectors/apiCalls.json', import.meta.url), 'utf8')) as { calls: readonly Call[] };
const backends = [cpuWasm()];
const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function functionAt(path: string): (...args: unknown[]) => unknown {
  let found: unknown = tf;
  for (const part of path.split('.')) found = (found as Readonly<Record<string, unknown>>)[camelCase(part)];
  if (typeof found !== 'function') throw new TypeError(`There is no tf.${path.split('.').map(camelCase).join('.')}`);
  return found as (...args: unknown[]) => unknown;
}

function made(argument: Argument): unknown {
  if (Array.isArray(argument)) return argument.map(made);
  if (typeof argument !== 'object' || argument === null) return argument;
  const { dtype, tensor, shape } = argument as Exclude<Argument, null | boolean | number | string | readonly Argument[]>;
  return tensor === undefined ? dtype : tf.constant(tensor, { dtype, ...(dtype.startsWith('complex') ? {} : { shape }) });
}

/** Tensors and operations of a result, in order. */
function leavesOf(result: unknown): (tf.Tensor | tf.Operation)[] {
  if (result instanceof tf.Tensor || result instanceof tf.Operation) return [result];
  if (typeof result !== 'object' || result === null) return [];
  return (Symbol.iterator in result ? [...(result as Iterable<unknown>)] : Object.values(result)).flatMap(leavesOf);
}

function numbersOf(value: tf.HostTensor): (number | string)[] {
  const flat = [value.toArray()].flat(Infinity) as readonly (number | bigint | boolean | string | Uint8Array)[];
  return flat.map((item) => (typeof item === 'string' ? item : item instanceof Uint8Array ? new TextDecoder().decode(item) : Number(item)));
}

/** The call as a program has it. */
function title({ path, args, kwargs }: Call): string {
  const text = (argument: Argument): string => {
    if (Array.isArray(argument)) return `[${argument.map(text).join(', ')}]`;
    if (typeof argument !== 'object' || argument === null) return JSON.stringify(argument);
    const { dtype, shape } = argument as { dtype: string; shape?: readonly number[] };
    return shape === undefined ? dtype : `${dtype}[${shape.join('×')}]`;
  };
  return `${path}(${[...args.map(text), ...Object.entries(kwargs).map(([key, value]) => `${key}=${text(value)}`)].join(', ')})`;
}

it.each(calls.map((call): [string, Call] => [title(call), call]))('%s', async (_, { path, args, kwargs, results }) => {
  const graph = new tf.Graph();
  const leaves = graph.asDefault(() => {
    const options = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [camelCase(key), made(value)]));
    return leavesOf(functionAt(path)(...args.map(made), ...(Object.keys(options).length === 0 ? [] : [options])));
  });
  expect(leaves.length).toBe(results.length);
  await using session = new tf.Session({ graph, backends });
  for (const [i, leaf] of leaves.entries()) {
    const want = results[i]!;
    if (want.name !== undefined) expect(leaf.name).toBe(want.name);
    if (leaf instanceof tf.Operation) {
      expect(await session.run(leaf)).toBeNull();
      continue;
    }
    if (want.static !== undefined) expect(leaf.shape).toEqual(want.static);
    const value = await session.run(leaf);
    expect([value.dtype, value.shape]).toEqual([want.dtype, want.shape]);
    for (const [at, number] of numbersOf(value).entries()) {
      const right = want.value![at]!;
      if (typeof number === 'string' || typeof right === 'string') expect(String(number)).toBe(String(right).replace('inf', 'Infinity').replace('nan', 'NaN'));
      else expect(Math.abs(number - right)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(right)));
    }
  }
});
