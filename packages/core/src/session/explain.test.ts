import { describe, expect, it } from 'vitest';
import { constant, placeholder } from '../api/values.js';
import { Graph } from '../graph/graph.js';
import * as ops from '../ops/families.js';
import { reference } from '../reference/reference.js';
import { Session } from './session.js';

describe('explain', () => {
  it('prints every stage, for the values that tell shapes', async () => {
    const graph = new Graph();
    const y = graph.asDefault(() => ops.neg(ops.fill(placeholder('int32', [2], { name: 'dims' }), constant(1)), { name: 'y' }));
    await using session = new Session({ graph, backends: [reference()] });
    const text = await session.explain(y, { 'dims:0': [2, 3] });
    expect(text.match(/^[\w, ]+:$/gm)).toEqual(['pruned and placed:', 'optimized:', 'partitioned:', 'lowered:', 'plan:']);
    expect(text).toContain('float32[2,3]');
  });

  it('tells what is planned later, and why no more can be told of it', async () => {
    const graph = new Graph();
    const y = graph.asDefault(() => ops.neg(ops.cast(ops.where(placeholder('bool', [null], { name: 'x' })), 'float32'), { name: 'y' }));
    await using session = new Session({ graph, backends: [reference()] });
    const text = await session.explain(y, { 'x:0': [true, false] });
    expect(text).toContain('later, placed:\n');
    expect(text).toMatch(/\n {2}y = Neg\(Cast\)/);
    expect(text).toContain('later, planned:\n  by the run, for the shapes that it finds');
  });
});
