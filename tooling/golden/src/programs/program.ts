/** What the short programs share; see program_case.py. */
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';

export type Say = (...values: readonly unknown[]) => void;
/** Programs by the names of their Python functions. */
export type Programs = Readonly<Record<string, (say: Say) => Promise<void>>>;

export const backends: readonly tf.Backend[] = [cpuWasm()];

export function open(graph?: tf.Graph): tf.Session {
  return new tf.Session({ backends, ...(graph === undefined ? {} : { graph }) });
}

/** As `plain` of program_case.py: floats rounded, tensors as nested arrays. */
export function plain(value: unknown): unknown {
  if (value instanceof tf.HostTensor) return plain(value.toArray());
  if (value instanceof tf.Tensor) throw new TypeError('a symbolic tensor was printed');
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number(value.toPrecision(6));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
}

/** The class of what a call throws, or the promise it gives rejects with. */
export async function errorOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** The classes of what calls throw, one call after the other. */
export async function errorsOf(...calls: readonly (() => unknown)[]): Promise<string[]> {
  const errors: string[] = [];
  for (const call of calls) errors.push(await errorOf(call));
  return errors;
}

/** Class and first line of what a call throws, or the promise it gives rejects with. */
export async function textOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'none';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message.split('\n')[0] ?? ''}` : String(error);
  }
}

/** Every operation of the default graph with its inputs and controls. */
export function nodes(): unknown[] {
  return tf.getDefaultGraph().getOperations().map((op) => [op.name, op.type.replace('AddV2', 'Add'), op.inputs.map(({ name }) => name), op.controlInputs.map(({ name }) => name).sort()]);
}
