/**
 * Random runs on random state: variables and kept tensors on several devices, changed and read by runs one after the other and at once, give
 * what arithmetic says. 60 seeds; SESSIONFLOW_SEED=7 runs one.
 */
import { afterAll, expect, it } from 'vitest';
import { Graph, HostTensor, Session, TensorHandle, Variable, constant, getSessionHandle, getSessionTensor, globalVariablesInitializer, placeholder, reference, simulated, type Tensor } from '@sessionflow/core';
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { keptOpen } from './keptOpen.js';
import { Random } from './random/random.js';
import { accelerator } from './random/simulated.js';

const only = process.env['SESSIONFLOW_SEED'];
const seeds = only === undefined ? Array.from({ length: 60 }, (_, i) => i) : [Number(only)];
const steps = 14;

const backends = [
  keptOpen(cpuWasm({ threads: 2 })), keptOpen(reference({ name: 'second CPU' })),
  keptOpen(accelerator({ name: 'accelerator', priority: 60, hasOp: () => true, map: true, reduce: true })), keptOpen(simulated({ priority: 50 })),
];
const quiet = { info: () => undefined, warning: () => undefined, error: (line: string) => { throw new Error(line); } };

// Devices stay open from seed to seed, so that what a session leaves on them shows.
afterAll(async () => { await Promise.all(backends.map(({ close }) => close())); });

/** A variable with what changes and reads it, and what its elements are by arithmetic. */
interface Cell {
  readonly variable: Variable;
  readonly size: number;
  readonly set: Tensor;
  readonly add: Tensor;
  readonly subtract: Tensor;
  readonly scatter: Tensor;
  readonly twice: Tensor;
  readonly handle: Tensor;
  value: number[];
}

function cellOf(random: Random, index: number): Cell {
  const size = random.int(1, 40);
  const value = Array.from({ length: size }, () => random.int(-4, 4));
  const device = random.pick(['', '/cpu:0', '/cpu:1', '/gpu:0', '/gpu:1']);
  const graph = tf.getDefaultGraph();
  return graph.device(device === '' ? null : device, () => {
    const variable = new Variable(constant(HostTensor.from(value, { dtype: 'float32' })), { name: `v${index}`, useResource: random.chance(0.5) });
    const by = placeholder('float32', [size], { name: `by${index}` });
    return {
      variable, size, value, set: variable.assign(by), add: variable.assignAdd(by), subtract: variable.assignSub(by),
      scatter: graph.device('/cpu:0', () => variable.scatterUpdate(constant([size - 1], { dtype: 'int32' }), constant([7]))),
      twice: tf.add(variable.value(), variable.value()), handle: getSessionHandle(tf.mul(variable.value(), constant(3))),
    };
  });
}

async function checkSeed(seed: number): Promise<void> {
  const random = new Random(seed);
  const graph = new Graph();
  const { cells, init, sums } = graph.asDefault(() => {
    const cells = Array.from({ length: random.int(1, 3) }, (_, i) => cellOf(random, i));
    const sums = cells.map(({ size }) => {
      const [holding, kept] = getSessionTensor('', 'float32');
      return { holding, plusOne: tf.add(kept, constant(HostTensor.full([size], 1, 'float32'))) };
    });
    return { cells, sums, init: globalVariablesInitializer() };
  });
  const session = new Session({ graph, backends: backends.map(({ backend }) => backend), config: { allowSoftPlacement: true }, logger: quiet });
  try {
    await session.run(init);
    for (let step = 0; step < steps; step++) {
      const index = random.int(0, cells.length - 1);
      const cell = cells[index];
      if (cell === undefined) continue;
      const by = Array.from({ length: cell.size }, () => random.int(-4, 4));
      const feeds = { [`by${index}:0`]: HostTensor.from(by, { dtype: 'float32' }) };
      switch (random.int(0, 6)) {
        case 0:
          await session.run(cell.set.op, feeds);
          cell.value = by;
          break;
        case 1:
          await session.run(cell.add.op, feeds);
          cell.value = cell.value.map((value, i) => value + (by[i] ?? 0));
          break;
        case 2: {
          const count = random.int(2, 5);
          await Promise.all(Array.from({ length: count }, async (_, i) => session.run(i % 2 === 0 ? cell.add.op : cell.subtract.op, feeds)));
          if (count % 2 === 1) cell.value = cell.value.map((value, i) => value + (by[i] ?? 0));
          break;
        }
        case 3:
          await session.run(cell.scatter.op);
          cell.value = cell.value.with(-1, 7);
          break;
        case 4: {
          const kept = await session.run(cell.handle);
          const sum = sums[index];
          if (!(kept instanceof TensorHandle) || sum === undefined) throw new TypeError('no handle came');
          await session.run(cell.add.op, feeds);
          // What was kept is what it was.
          expect((await session.run(sum.plusOne, new Map([[sum.holding, kept]]))).toArray()).toEqual(cell.value.map((value) => 3 * value + 1));
          kept.delete();
          cell.value = cell.value.map((value, i) => value + (by[i] ?? 0));
          break;
        }
        default:
          expect((await session.run(cell.twice)).toArray()).toEqual(cell.value.map((value) => 2 * value));
      }
      expect((await session.run(cells.map(({ variable }) => variable))).map((value) => value.toArray()), `seed ${seed}, step ${step}`).toEqual(cells.map(({ value }) => value));
    }
  } finally {
    await session.close();
  }
  for (const { leftovers } of backends) expect(leftovers()).toEqual([]);
}

it.each(seeds)('seed %i', checkSeed, 60_000);
