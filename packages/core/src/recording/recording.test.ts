import { describe, expect, it } from 'vitest';
import { constant, placeholder } from '../api/values.js';
import { Graph } from '../graph/graph.js';
import * as ops from '../ops/families.js';
import { Session } from '../session/session.js';
import { recording } from './recording.js';

describe('the recording backend', () => {
  it('writes down every verb of a run, and computes nothing', async () => {
    const backend = recording({ deviceType: 'CPU' });
    const graph = new Graph();
    const [x, y] = graph.asDefault(() => {
      const input = placeholder('float32', [2, 2], { name: 'x' });
      return [input, ops.matMul(input, constant([[1, 2], [3, 4]], { dtype: 'float32' }), { name: 'y' })];
    });
    {
      await using session = new Session({ graph, backends: [backend] });
      const out = await session.run(y, new Map([[x, [[1, 0], [0, 1]]]]));
      expect(out.toArray()).toEqual([[0, 0], [0, 0]]);
    }
    const verbs = backend.log.map(({ verb }) => verb);
    expect(verbs.slice(0, 2)).toEqual(['discover', 'open']);
    expect(verbs.indexOf('prepare')).toBeLessThan(verbs.indexOf('sequence'));
    expect(verbs.indexOf('bind')).toBeLessThan(verbs.indexOf('run'));
    expect(verbs.indexOf('run')).toBeLessThan(verbs.indexOf('download'));
    expect(verbs.at(-1)).toBe('close');
    expect(backend.text()).toContain('prepare MatMul(float32[2,2], float32[2,2])');
    const count = (verb: string): number => verbs.filter((other) => other === verb).length;
    expect(count('allocate')).toBe(count('release'));
    backend.clear();
    expect(backend.log).toEqual([]);
  });

  it('refuses ops over dtypes that it is told not to hold', () => {
    const { kernels } = recording({ without: ['int64'] });
    const fn = { inputs: ['int64' as const], outputs: [{ kind: 'input' as const, index: 0, dtype: 'int64' as const }] };
    expect(kernels.map[0]!.supports(fn)).toBe('the device does not hold int64');
  });
});
