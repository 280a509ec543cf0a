import { describe, expect, it } from 'vitest';
import { constant, placeholder } from '../../api/values.js';
import { Graph } from '../../graph/graph.js';
import type { Tensor } from '../../graph/tensor.js';
import * as ops from '../../ops/families.js';
import { reference } from '../../reference/reference.js';
import { Session } from '../../session/session.js';

/** A session over what `build` makes, and the fetch. */
function session(build: () => Tensor): { session: Session; fetch: Tensor } {
  const graph = new Graph();
  const fetch = graph.asDefault(build);
  return { session: new Session({ graph, backends: [reference()] }), fetch };
}

describe('control flow of TensorFlow 1', () => {
  it('raises an N-way switch, whose last side takes what is out of range', async () => {
    const { session: sess, fetch } = session(() => {
      const x = placeholder('float32', [2], { name: 'x' });
      const sides = ops.switchN(x, placeholder('int32', [], { name: 'i' }), 3, { name: 'sides' });
      return ops.merge([ops.neg(sides[0]!), ops.exp(ops.mul(sides[1]!, constant(0))), ops.square(sides[2]!)]).output;
    });
    await using running = sess;
    for (const [index, expected] of [[0, [-2, -3]], [1, [1, 1]], [2, [4, 9]], [7, [4, 9]], [-1, [4, 9]]] as const) {
      expect((await running.run(fetch, { 'x:0': [2, 3], 'i:0': index })).toArray(), String(index)).toEqual(expected);
    }
  });

  it('computes outside what no switch guards, once', async () => {
    const { session: sess, fetch } = session(() => {
      const x = placeholder('float32', [2], { name: 'x' });
      const outside = ops.exp(x, { name: 'outside' });
      const { outputFalse, outputTrue } = ops.switch(x, placeholder('bool', [], { name: 'p' }));
      return ops.merge([ops.addV2(outputFalse, outside), ops.sub(outputTrue, outside)]).output;
    });
    await using running = sess;
    expect((await running.run(fetch, { 'x:0': [0, 0], 'p:0': true })).toArray()).toEqual([-1, -1]);
    expect((await running.run(fetch, { 'x:0': [0, 0], 'p:0': false })).toArray()).toEqual([1, 1]);
    const text = await running.explain(fetch, { 'x:0': [0, 0], 'p:0': true });
    expect(text).toMatch(/outside = Exp/);
  });

  it('runs by the rules of frames what is neither a loop nor a branch', async () => {
    const { session: sess, fetch } = session(() => {
      const x = placeholder('float32', [2], { name: 'x' });
      const one = ops.switch(x, placeholder('bool', [], { name: 'p' }));
      const other = ops.switch(ops.neg(x), placeholder('bool', [], { name: 'q' }));
      return ops.merge([one.outputFalse, other.outputTrue], { name: 'odd' }).output;
    });
    await using running = sess;
    const result = async (p: boolean, q: boolean): Promise<unknown> => (await running.run(fetch, { 'x:0': [1, 2], 'p:0': p, 'q:0': q })).toArray();
    expect(await running.explain(fetch, { 'x:0': [0, 0], 'p:0': true, 'q:0': true })).toMatch(/_Frames/);
    expect(await result(true, true)).toEqual([-1, -2]);
    expect(await result(false, false)).toEqual([1, 2]);
    await expect(result(true, false)).rejects.toThrow('Retval[0] does not have value');
  });
});
