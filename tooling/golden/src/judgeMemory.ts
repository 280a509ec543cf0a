/** Judges what models take of the device's memory, beside what they cannot do without: their weights, and the values that are alive at once. */
import { readdirSync } from 'node:fs';
import { Graph, importGraphDef, Session, type HostTensor, type Plan } from '@sessionflow/core';
import type { Device } from '@sessionflow/core/device';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel } from '@sessionflow/io/node';
import { describe, expect, it } from 'vitest';
import { modelFile, readModelVectors } from './modelVectors.js';

/** Of the sum of weights and live values; packing pads, placing leaves holes. */
const allowed = 1.3;
/** Lists of launches, places of threads, and the ends of lines. */
const records = 256 << 10;

/** Bytes of the plan's distinct weights as they are in the file, and the most that values take between two launches; not what kernels note for themselves. */
function needed({ steps, devices }: Plan): number {
  const [device] = devices;
  const weights = new Set<HostTensor>();
  for (const { place } of device!.slots) if (place.kind === 'constant') weights.add(place.value);
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  let time = 0;
  const use = (slot: number): void => {
    if (device!.slots[slot]!.place.kind !== 'arena') return;
    if (!first.has(slot)) first.set(slot, time);
    last.set(slot, time);
  };
  for (const step of steps) {
    if (step.kind === 'run') {
      for (const { slots, program } of step.launches) {
        slots.slice(0, program.scratch > 0 ? -1 : undefined).forEach(use);
        time++;
      }
    } else if (step.kind === 'upload' || step.kind === 'download') {
      use(step.slot);
      time++;
    }
  }
  let peak = 0;
  for (let now = 0; now < time; now++) {
    let alive = 0;
    for (const [slot, start] of first) if (start <= now && now <= last.get(slot)!) alive += device!.slots[slot]!.bytes;
    peak = Math.max(peak, alive);
  }
  return [...weights].reduce((sum, { byteLength }) => sum + byteLength, peak);
}

/** A test for each model of a set of golden vectors. */
export function judgeMemory(set: 'models' | 'zoo'): void {
  describe('device memory', () => {
    const folder = new URL(`../vectors/${set}/`, import.meta.url);
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

    it.for(names)('of %s is little more than weights and live values; a second session adds no weights', { timeout: 60_000 }, async (name, { skip }) => {
      const vectors = readModelVectors(new URL(name, folder));
      const { graphDef } = await loadModel(modelFile(new URL('..', import.meta.url), vectors));
      const backend = cpuWasm();
      let device: Device | undefined;
      const watched: typeof backend = { ...backend, open: async (info) => {
        const opened = await backend.open(info);
        device = opened;
        return opened;
      } };
      const open = (): Session => {
        const graph = new Graph();
        importGraphDef(graphDef, { name: '', graph });
        return new Session({ graph, backends: [watched], config: { intraOpParallelismThreads: 1 } });
      };
      const { feeds } = vectors.cases[0]!;
      await using session = open();
      const plan = await session.plan([...vectors.outputs], feeds);
      // The rest of a graph whose sizes are born from data, and the bodies of loops, have plans and memory of their own.
      const isWhole = plan.later === undefined && plan.steps.every(({ kind }) => kind !== 'control');
      await session.run([...vectors.outputs], feeds);
      const one = device!.memory().peakBytes;
      await using second = open();
      await second.run([...vectors.outputs], feeds);
      skip(!isWhole, 'parts of it have plans and memory of their own, which this plan does not tell');
      expect(one).toBeLessThanOrEqual(allowed * needed(plan) + records);
      const arenas = plan.devices.reduce((sum, { arenas: sizes }) => sum + sizes.reduce((total, bytes) => total + bytes, 0), 0);
      expect(device!.memory().bytes).toBeLessThanOrEqual(one + arenas + records);
    });
  });
}
