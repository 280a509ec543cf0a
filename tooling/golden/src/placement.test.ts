/** Random graphs over four CPUs, placed by TensorFlow: the same devices in the same order, or the same error. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { OpError } from '@sessionflow/core';
import { placeGraph, type PlaceGraphDevice } from '@sessionflow/core/placer';
import { comparableMessage, comparablePlaces } from './placementTexts.js';

interface PlacementCase {
  readonly seed: number;
  readonly soft: boolean;
  /** In GraphDef's JSON form; missing where it is that of the case before. */
  readonly graph?: GraphJson;
  /** `node@3` for each line of the log, in its order. */
  readonly placed?: string;
  readonly error?: string;
  readonly message?: string;
}

interface GraphJson {
  readonly node?: readonly { readonly name?: string }[];
}

const path = process.env['SESSIONFLOW_PLACEMENT'] ?? new URL('../vectors/placement.json.gz', import.meta.url);
const { cases, cpus, kernels } = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as {
  readonly cases: readonly PlacementCase[];
  readonly cpus: number;
  /** Op → the device types that have a kernel for it. */
  readonly kernels: Readonly<Record<string, readonly string[]>>;
};

const task = '/job:localhost/replica:0/task:0';

function device(type: string, index: number): PlaceGraphDevice {
  const supports = Object.fromEntries(Object.entries(kernels).flatMap(([op, types]) => (types.includes(type) ? [[op, true] as const] : [])));
  return { name: `${task}/device:${type}:${index}`, type, supports };
}

const devices = [...Array.from({ length: cpus }, (_, i) => device('CPU', i)), device('XLA_CPU', 0)];

function answer(graph: GraphJson, soft: boolean): Pick<PlacementCase, 'placed' | 'error' | 'message'> {
  try {
    const { log } = placeGraph(graph, { devices, allowSoftPlacement: soft, logDevicePlacement: true, isolateFunctionResources: true });
    const lines = log.flatMap((line) => /^(\S+): \(\S+\): \S*\/device:(\S*)$/.exec(line)?.slice(1, 3).join('@').replace('@CPU:', '@') ?? []);
    return { placed: comparablePlaces(lines.join(' '), graph) };
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    return { error: error.codeName, message: comparableMessage(error.message) };
  }
}

describe('placement as TensorFlow places', () => {
  let graph: GraphJson = {};
  const bySeed = new Map<number, { readonly soft: boolean; readonly graph: GraphJson; readonly expected: object }[]>();
  for (const { seed, soft, graph: own, ...told } of cases) {
    graph = own ?? graph;
    const expected = { ...told, ...(told.message === undefined ? {} : { message: comparableMessage(told.message) }), ...(told.placed === undefined ? {} : { placed: comparablePlaces(told.placed, graph) }) };
    bySeed.set(seed, [...(bySeed.get(seed) ?? []), { soft, graph, expected }]);
  }
  it.each([...bySeed])('graph %i', (_seed, variants) => {
    for (const { soft, graph: given, expected } of variants) expect({ soft, ...answer(given, soft) }).toEqual({ soft, ...expected });
  });
});
