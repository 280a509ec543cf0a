/**
 * Random graphs over made-up device types and ops (kernel priorities and dtypes, several tasks, functions, references and resources, nodes placed
 * before), placed by TensorFlow's placer: the same devices in the same order, or the same error.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { OpError } from '@sessionflow/core';
import { placeGraph, type KernelSpec, type PlaceGraphDevice } from '@sessionflow/core/placer';
import { comparableMessage, comparablePlaces } from './placementTexts.js';

interface WorldCase {
  readonly seed: number;
  /** Full names. */
  readonly devices: readonly string[];
  readonly soft?: boolean;
  readonly isolate?: boolean;
  readonly default?: string;
  readonly assigned?: Readonly<Record<string, string>>;
  /** In GraphDef's JSON form. */
  readonly graph: { readonly node?: readonly { readonly name?: string }[] };
  /** `node@3` for each line of the log, in its order: the number of the device. */
  readonly placed?: string;
  /** A code, or `ANY` where TensorFlow itself may find one conflict or another first. */
  readonly error?: string;
  readonly message?: string;
}

const path = process.env['SESSIONFLOW_PLACEMENT_WORLDS'] ?? new URL('../vectors/placementWorlds.json.gz', import.meta.url);
const { types, kernels, opDefs, cases } = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as {
  /** Device type → rank. */
  readonly types: Readonly<Record<string, number>>;
  /** Op → device type → kernel. */
  readonly kernels: Readonly<Record<string, Readonly<Record<string, KernelSpec>>>>;
  readonly opDefs: readonly object[];
  readonly cases: readonly WorldCase[];
};

const supports = new Map(Object.keys(types).map((type) => [type, Object.fromEntries(
  Object.entries(kernels).flatMap(([op, table]) => (table[type] === undefined ? [] : [[op, table[type]] as const])))] as const));

const typeOf = (name: string): string => /device:(\w+)/.exec(name)?.[1] ?? '';

function device(name: string): PlaceGraphDevice {
  const type = typeOf(name);
  return { name, type, priority: types[type], supports: supports.get(type) ?? {} };
}

function answer({ devices, soft, isolate, default: defaultDevice, assigned, graph }: WorldCase): Pick<WorldCase, 'placed' | 'error' | 'message'> {
  try {
    const options = { devices: devices.map(device), opDefs, assigned, defaultDevice, allowSoftPlacement: soft, logDevicePlacement: true, isolateFunctionResources: isolate };
    const { log } = placeGraph(graph, options);
    const lines = log.flatMap((line) => {
      const [, name, where = ''] = /^(\S+): \(\S+\): (\S+)$/.exec(line) ?? [];
      return name === undefined ? [] : [`${name}@${devices.indexOf(where)}`];
    });
    return { placed: comparablePlaces(lines.join(' '), graph) };
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    return { error: error.codeName, message: comparableMessage(error.message, devices.map(typeOf)) };
  }
}

describe('placement over made-up devices, as TensorFlow places', () => {
  it.each(cases.map((each) => [each.seed, each] as const))('graph %i', (_seed, each) => {
    const { placed, error, message } = each;
    const given = answer(each);
    if (error === 'ANY') expect(given.error).toMatch(/^(INVALID_ARGUMENT|INTERNAL|UNIMPLEMENTED)$/);
    else expect(given).toEqual(placed === undefined ? { error, message: comparableMessage(message ?? '', each.devices.map(typeOf)) } : { placed: comparablePlaces(placed, each.graph) });
  });
});
