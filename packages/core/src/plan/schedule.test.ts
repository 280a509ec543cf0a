import { describe, expect, it } from 'vitest';
import { FIFOQueue } from '../api/queues.js';
import { constant, placeholder } from '../api/values.js';
import { Graph } from '../graph/graph.js';
import * as ops from '../ops/families.js';
import { reference } from '../reference/reference.js';
import { Session } from '../session/session.js';
import { printPlan } from './printPlan.js';

describe('steps that may wait', () => {
  it('come after what does not depend on one, and before a wait for those who do', async () => {
    const graph = new Graph();
    const { put, gated, free } = graph.asDefault(() => {
      const q = new FIFOQueue(1, 'float32', { name: 'q' });
      const put = q.enqueue(placeholder('float32', [], { name: 'x' }));
      const gated = graph.controlDependencies([put], () => ops.stringJoin([constant('a'), constant('b')], { name: 'gated' }));
      return { put, gated, free: ops.stringUpper(placeholder('string', [], { name: 's' }), { name: 'free' }) };
    });
    await using session = new Session({ graph, backends: [reference()], config: { graphOptions: { rewriteOptions: { constantFolding: 'OFF' } } } });
    const plan = await session.plan([gated, put, free], { 'x:0': 1, 's:0': 'x' });
    expect(plan.steps.map((step) => (step.kind === 'host' ? step.node.name : step.kind))).toEqual(['q', 'free', 'q_enqueue', 'wait', 'gated']);
    const waiting = plan.steps.findIndex((step) => step.kind === 'host' && step.mayWait);
    expect(plan.steps.find((step) => step.kind === 'wait')).toEqual({ kind: 'wait', for: [waiting] });
    expect(printPlan(plan)).toContain(`wait for ${waiting}`);
  });
});
