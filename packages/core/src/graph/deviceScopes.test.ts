/** The tables of placement.md 1.4: what a new operation's device and colocation groups are. */
import { describe, expect, it } from 'vitest';
import { RuntimeError, ValueError } from '../errors.js';
import { makeDefinition } from '../ops/definition.js';
import { DeviceSpec } from './deviceSpec.js';
import { Graph } from './graph.js';
import type { Operation } from './operation.js';
import { mergeDevice, type DeviceScope } from './scopes.js';

const definition = makeDefinition({ signature: 'FloatOutput() -> (a: float)', shape: () => [null] });

function op(graph: Graph, name?: string): Operation {
  return graph.createOperation({ definition, inputs: [], attrs: {}, name });
}

/** Devices of operations made in each of the nested scopes, innermost last. */
function nested(scopes: readonly DeviceScope[]): string[] {
  const graph = new Graph();
  const devices: string[] = [];
  const open = (at: number): void => {
    const scope = scopes[at];
    if (at === scopes.length || scope === undefined) return;
    graph.device(scope, () => {
      devices.push(op(graph).device);
      open(at + 1);
    });
  };
  open(0);
  return devices;
}

describe('device scopes', () => {
  it.each<[string, DeviceScope[], string[]]>([
    ['a name', ['/job:worker/replica:2'], ['/job:worker/replica:2']],
    ['a spec', [new DeviceSpec({ job: 'worker', replica: 2, task: 0, deviceType: 'CPU', deviceIndex: 3 })], ['/job:worker/replica:2/task:0/device:CPU:3']],
    ['an inner job part', ['/job:worker/replica:2', '/job:worker/replica:3/task:0'], ['/job:worker/replica:2', '/job:worker/replica:3/task:0']],
    ['another type', ['/job:worker/replica:2/device:CPU:1', '/job:worker/replica:2/device:GPU:2'],
      ['/job:worker/replica:2/device:CPU:1', '/job:worker/replica:2/device:GPU:2']],
    ['merging names', ['/device:GPU:0', '/job:worker', '/device:CPU:0', '/job:ps', ''],
      ['/device:GPU:0', '/job:worker/device:GPU:0', '/job:worker/device:CPU:0', '/job:ps/device:CPU:0', '/job:ps/device:CPU:0']],
    ['merging functions', ['/device:GPU:0', '/job:worker', '/device:CPU:0', '/job:ps', null].map(mergeDevice),
      ['/device:GPU:0', '/job:worker/device:GPU:0', '/job:worker/device:CPU:0', '/job:ps/device:CPU:0', '/job:ps/device:CPU:0']],
    ['a wildcard inside', ['/device:GPU:7', '/device:GPU:*'], ['/device:GPU:7', '/device:GPU:7']],
    ['a wildcard outside', ['/device:CPU:*', '/device:CPU:5'], ['/device:CPU:*', '/device:CPU:5']],
    ['null inside a name', ['/job:worker', null], ['/job:worker', '']],
    ['null inside a function', [() => '/job:worker', null], ['/job:worker', '']],
    ['a function outside', [() => '/job:overwrite', '/job:ps'], ['/job:overwrite', '/job:overwrite']],
    ['a function outside a merging function', [() => '/job:overwrite', mergeDevice('/job:ps')], ['/job:overwrite', '/job:overwrite']],
    ['a function, null, a name', [() => '/job:overwrite', null, '/job:ps'], ['/job:overwrite', '', '/job:ps']],
    ['a function inside a name', ['/job:worker/task:1', () => '/job:ps'], ['/job:worker/task:1', '/job:ps/task:1']],
    ['a function that says null', ['/job:worker', () => null], ['/job:worker', '/job:worker']],
  ])('%s', (_, scopes, expected) => {
    expect(nested(scopes)).toEqual(expected);
  });

  it('gives no device outside, and the outer one again after an inner scope', () => {
    const graph = new Graph();
    expect(op(graph).device).toBe('');
    graph.device('/job:worker/replica:2', () => {
      graph.device('/job:worker/replica:3/task:0', () => op(graph));
      expect(op(graph).device).toBe('/job:worker/replica:2');
      graph.device(null, () => op(graph));
      expect(op(graph).device).toBe('/job:worker/replica:2');
    });
    expect(op(graph).device).toBe('');
  });

  it('lets functions look at the operation', () => {
    const graph = new Graph();
    const choose = (made: Operation): string => (made.type === 'FloatOutput' && made.name.endsWith('a') ? '/device:GPU:0' : '/device:CPU:0');
    graph.device(choose, () => expect([op(graph, 'a').device, op(graph, 'b').device]).toEqual(['/device:GPU:0', '/device:CPU:0']));
  });

  it('refuses malformed names when the scope opens', () => {
    const graph = new Graph();
    expect(() => graph.device('/foo:bar', () => 0)).toThrow(ValueError);
    expect(() => graph.device('/foo:bar', () => 0)).toThrow("Unknown attribute: 'foo' in '/foo:bar'");
  });

  it('refuses leaving scopes out of order', () => {
    const graph = new Graph();
    const outer = graph.device('/cpu:0');
    const inner = graph.device('/gpu:0');
    expect(op(graph).device).toBe('/device:GPU:0');
    expect(() => outer[Symbol.dispose]()).toThrow(RuntimeError);
    expect(() => outer[Symbol.dispose]()).toThrow('Exiting device scope without proper scope nesting.');
    inner[Symbol.dispose]();
    outer[Symbol.dispose]();
    expect(op(graph).device).toBe('');
  });

  it('applies to the graph it was opened on only, across await', async () => {
    const [a, b] = [new Graph(), new Graph()];
    await a.device('/gpu:0', async () => {
      expect([op(a).device, op(b).device]).toEqual(['/device:GPU:0', '']);
      await Promise.resolve();
      expect(op(a).device).toBe('/device:GPU:0');
      b.device('/cpu:0', () => expect([op(a).device, op(b).device]).toEqual(['/device:GPU:0', '/device:CPU:0']));
    });
    expect(op(a).device).toBe('');
  });

  it('runs again on demand', () => {
    const graph = new Graph();
    const made = op(graph);
    graph.device('/gpu:1', () => graph.applyDeviceFunctions(made));
    expect(made.device).toBe('/device:GPU:1');
  });
});

describe('colocateWith', () => {
  const groups = (made: Operation): readonly string[] => made.colocationGroups;

  it('shares the group; outside there is no _class', () => {
    const graph = new Graph();
    const a = op(graph, 'a');
    const b = graph.colocateWith(a, () => op(graph, 'b'));
    const c = op(graph, 'c');
    expect([groups(a), groups(b)]).toEqual([['loc:@a'], ['loc:@a']]);
    expect(() => c.getAttr('_class')).toThrow(ValueError);
    expect(() => c.getAttr('_class')).toThrow("Operation 'c' has no attr named '_class'.");
  });

  it('takes the device of the other operation, not that of scopes outside', () => {
    const graph = new Graph();
    graph.device('/cpu:0', () => {
      const a = graph.device('/device:GPU:0', () => op(graph, 'a'));
      const b = graph.colocateWith(a.outputs[0]!, () => op(graph, 'b'));
      expect(b.device).toBe(a.device);
    });
  });

  it('takes a device that a function chose', () => {
    const graph = new Graph();
    const b = graph.device(() => '/device:CPU:0', () => op(graph, 'b'));
    const c = graph.colocateWith(b, () => graph.device('/device:GPU:0', () => op(graph, 'c')));
    expect(c.device).toBe(b.device);
  });

  it('restores device scopes', () => {
    const graph = new Graph();
    const made: Operation[] = [];
    graph.device('/device:CPU:0', () => {
      graph.device('/device:GPU:0', () => {
        made.push(op(graph, 'a'));
        graph.colocateWith(made[0]!, () => made.push(op(graph, 'b')));
        made.push(op(graph, 'c'));
      });
      made.push(op(graph, 'd'));
    });
    expect(made.map((each) => each.device)).toEqual(['/device:GPU:0', '/device:GPU:0', '/device:GPU:0', '/device:CPU:0']);
  });

  it('lets scopes inside count until the other has a device', () => {
    const graph = new Graph();
    const a = op(graph, 'a');
    expect(graph.colocateWith(a, () => graph.device('/gpu:1', () => op(graph))).device).toBe('/device:GPU:1');
  });

  it('is transitive', () => {
    const graph = new Graph();
    const a = op(graph, 'a');
    graph.colocateWith(a, () => {
      const b = op(graph, 'b');
      graph.colocateWith(b, () => expect(groups(op(graph, 'c'))).toEqual(['loc:@a']));
    });
  });

  it('joins the groups of nested blocks, or of the innermost only', () => {
    const graph = new Graph();
    const [a, b] = [op(graph, 'a'), op(graph, 'b')];
    graph.colocateWith(a, () => {
      graph.colocateWith(b, () => expect(groups(op(graph))).toEqual(['loc:@a', 'loc:@b']));
      graph.colocateWith(b, { ignoreExisting: true }, () => expect(groups(op(graph))).toEqual(['loc:@b']));
    });
  });

  it('is forgotten by null', () => {
    const graph = new Graph();
    const a = op(graph, 'a');
    graph.colocateWith(a, () => {
      expect(groups(op(graph, 'b'))).toEqual(['loc:@a']);
      graph.colocateWith(null, { ignoreExisting: true }, () => {
        const c = op(graph, 'c');
        expect(groups(c)).toEqual(['loc:@c']);
        expect(groups(graph.colocateWith(c, () => op(graph, 'd')))).toEqual(['loc:@c']);
      });
    });
    expect(() => graph.colocateWith(null, () => 0)).toThrow('Trying to reset colocation (op is None) but ignore_existing is not True');
  });

  it('gives the outermost device among several', () => {
    const graph = new Graph();
    const a = graph.device('/cpu:0', () => op(graph, 'a'));
    const b = graph.device('/gpu:0', () => op(graph, 'b'));
    graph.colocateWith(a, () => graph.colocateWith(b, () => expect(op(graph).device).toBe('/device:CPU:0')));
  });
});
