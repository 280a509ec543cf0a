import { describe, expect, it } from 'vitest';
import { constant, placeholder } from './api/values.js';
import { Variable } from './api/variables.js';
import { Graph } from './graph/graph.js';
import * as ops from './ops/families.js';
import { recording } from './recording/recording.js';
import { reference } from './reference/reference.js';
import { Session } from './session/session.js';
import { finish, inParts, type Stage } from './stage.js';

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

function* counting(parts: number, milliseconds: number, log: string[], name: string): Stage<number> {
  for (let i = 0; i < parts; i++) {
    yield;
    log.push(name);
    busy(milliseconds);
  }
  return parts;
}

/** How often the event loop comes round while `work` is under way. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work;
  isOver = true;
  return turns;
}

describe('work in parts', () => {
  it('has the same result with pauses and without', async () => {
    expect(finish(counting(5, 0, [], 'a'))).toBe(5);
    expect(await inParts(counting(5, 3, [], 'a'))).toBe(5);
  });

  it('gives the loop back, and each of two a turn of its own', async () => {
    const log: string[] = [];
    const turns = await turnsDuring(Promise.all([inParts(counting(6, 3, log, 'a')), inParts(counting(6, 3, log, 'b'))]));
    expect(turns).toBeGreaterThan(8);
    // After the first parts, which run at once, neither goes twice in a row while the other has work left.
    expect(log.slice(2, 10).join('')).toMatch(/^(ab){4}$|^(ba){4}$/);
  });

  it('ends at once when it is short, and passes errors on', async () => {
    const log: string[] = [];
    const done = inParts(counting(3, 0, log, 'a'));
    expect(log).toEqual(['a', 'a', 'a']);
    await done;
    await expect(inParts((function* failing(): Stage<void> {
      yield;
      throw new RangeError('no');
    })())).rejects.toThrow(RangeError);
  });

  it('is how a session compiles: the loop goes round meanwhile', async () => {
    const graph = new Graph();
    const { x, y } = graph.asDefault(() => {
      const x = placeholder('float32', [8, 8], { name: 'x' });
      let y = ops.matMul(x, x);
      for (let i = 0; i < 150; i++) y = ops.add(ops.matMul(y, x), constant([[i]]));
      return { x, y };
    });
    await using session = new Session({ graph, backends: [reference()] });
    await session.listDevices();
    const turns = await turnsDuring(session.plan(y, new Map([[x, Array.from({ length: 8 }, () => new Float32Array(8))]])));
    expect(turns).toBeGreaterThan(2);
  });

  it.each([{}, { graphOptions: { placePrunedGraph: true } }])('is done once for runs that start together: %j', async (config) => {
    const graph = new Graph();
    const { x, y, init } = graph.asDefault(() => {
      const x = placeholder('float32', [8, 8], { name: 'x' });
      const v = new Variable(Array.from({ length: 8 }, () => new Array<number>(8).fill(1)), { name: 'v' });
      let y = ops.matMul(x, v.value());
      for (let i = 0; i < 60; i++) y = ops.add(ops.matMul(y, x), constant([[i]]));
      return { x, y, init: v.initializer };
    });
    const backend = recording({ deviceType: 'CPU' });
    await using session = new Session({ graph, backends: [backend], config });
    await session.run(init);
    const prepared = (): number => backend.log.filter(({ verb }) => verb === 'prepare').length;
    const before = prepared();
    await Promise.all(Array.from({ length: 5 }, () => session.run(y, new Map([[x, Array.from({ length: 8 }, () => new Float32Array(8))]]))));
    expect(prepared()).toBe(before + 1);
  });
});
