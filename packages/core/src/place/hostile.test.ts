/** What no program writes: every graph gets a placement or an error of the runtime that says what is wrong, never one of the engine. */
import { describe, expect, it } from 'vitest';
import { OpError } from '../errors.js';
import { placeGraph } from './placeGraph.js';
import { call, devices, functionDef, node, opDefs, placed, thrown, where } from './testing/fakes.js';

const resource = ['DT_RESOURCE'];

/** A graph with a bit of everything. */
function sample(): { node: object[]; library: { function: object[] } } {
  return {
    node: [
      node('in', 'Input'), node('v', 'Variable', [], { device: '/device:FakeGPU:0' }), node('set', 'Assign', ['v', 'in:1']), node('relu', 'Relu', ['in'], { device: '/job:a' }),
      node('h', 'Handle'), node('call', 'PartitionedCall', ['h'], { attr: { Tin: { list: { type: resource } }, Tout: { list: { type: resource } }, f: { func: { name: 'outer' } } } }),
      node('read', 'Read', ['call', '^set'], { classes: ['loc:@v', 'loc:@h'] }), node('size', 'Shape', ['relu'], { attr: { T: { type: 'DT_FLOAT' } } }),
      node('merge', 'Merge', ['relu', 'next']), node('next', 'NextIteration', ['merge']), node('direct', 'inner', ['h']),
    ],
    library: {
      function: [
        functionDef('inner', ['a: DT_RESOURCE'], ['b: DT_RESOURCE'], [node('id', 'Identity', ['a'], { attr: { T: { type: 'DT_RESOURCE' } } })], ['id:output:0']),
        functionDef('outer', ['a: DT_RESOURCE'], ['b: DT_RESOURCE'], [call('again', 'inner', ['a'], resource, resource)], ['again:output:0']),
      ],
    },
  };
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const odd: readonly unknown[] = [
  '', 'nosuch', '^', '^in', 'in:7', 'in:-1', ':0', '/device:FakeGPU:0', '/job:b', '/gpu:', '\u0000', '__proto__', 'constructor', 'inner', 'outer', 'PartitionedCall', 'Merge', 0, -1, 1.5, 1e300,
  true, [], {}, ['in'], { type: 'DT_FLOAT' }, { type: 'DT_RESOURCE' }, { type: 99_999 }, { i: '9223372036854775807' }, { list: { type: ['DT_FLOAT', 'DT_RESOURCE'] } }, { list: { s: ['bG9jOkB2'] } },
  { func: { name: 'outer' } }, { func: {} }, { placeholder: 'T' }, { tensor: {} }, { shape: { unknownRank: true } },
];

/** A copy in which one thing is another, is gone, or is there twice. */
function mutated(value: unknown, next: () => number): unknown {
  const copy = structuredClone(value);
  for (let i = 1 + Math.floor(next() * 3); i > 0; i--) {
    let at = copy as Record<string, unknown>;
    for (;;) {
      const keys = Object.keys(at);
      const key = keys[Math.floor(next() * keys.length)];
      if (key === undefined) break;
      const inner = at[key];
      if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 && next() < 0.85) {
        at = inner as Record<string, unknown>;
        continue;
      }
      const kind = next();
      if (kind < 0.2 && Array.isArray(at)) at.splice(Number(key), 1);
      else if (kind < 0.2) Reflect.deleteProperty(at, key);
      else if (kind < 0.35 && Array.isArray(at)) at.push(inner);
      else at[key] = odd[Math.floor(next() * odd.length)];
      break;
    }
  }
  return copy;
}

describe('hostile graphs', () => {
  it('are placed, or refused in words', () => {
    const outcomes = new Map<string, number>();
    for (let seed = 0; seed < 1500; seed++) {
      const next = random(seed);
      const graph = mutated(sample(), next) as object;
      const isolateFunctionResources = next() < 0.5;
      const allowSoftPlacement = next() < 0.5;
      let outcome = 'placed';
      try {
        const { placement } = placeGraph(graph, { devices, opDefs, isolateFunctionResources, allowSoftPlacement, logDevicePlacement: true });
        for (const [name, device] of Object.entries(placement)) expect(devices.some((each) => each.name === device), `${seed}: ${name} is on ${device}`).toBe(true);
      } catch (error) {
        if (!(error instanceof OpError)) throw new Error(`seed ${seed}: ${JSON.stringify(graph)}`, { cause: error });
        expect(error.message.length, `seed ${seed}`).toBeGreaterThan(10);
        expect(error.message, `seed ${seed}`).not.toMatch(/^internal:|\[object/);
        outcome = error.codeName;
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    // The mutations reach both ends.
    for (const outcome of ['placed', 'INVALID_ARGUMENT', 'NOT_FOUND']) expect(outcomes.get(outcome), outcome).toBeGreaterThan(40);
  });

  it.each([['null', null], ['a number', 3], ['a list', []], ['a text', 'node { }'], ['nodes that are no list', { node: 7 }], ['a node that is none', { node: ['x'] }]])('%s is no GraphDef', (_what, given) => {
    expect(thrown(() => placeGraph(given as object, { devices, opDefs }))).toMatchObject({ name: 'InvalidArgumentError', message: expect.stringMatching(/^GraphDef: /) as string });
  });

  it('nothing is placed nowhere', () => {
    expect(placed([])).toEqual({ placement: {}, log: [], reasons: {} });
    expect(placeGraph({}, { devices, opDefs }).placement).toEqual({});
  });

  it('assigned nodes that are not in the graph change nothing', () => {
    expect(where([node('in', 'Input')], { assigned: { nosuch: '/device:Nosuch:0' } })).toEqual({ in: 'CPU:0' });
  });

  it('a count that no memory holds is no count of arguments', () => {
    const many = { ...functionDef('many', [], [], [], []), signature: { name: 'many', inputArg: [{ name: 'a', type: 'DT_FLOAT', numberAttr: 'N' }], attr: [{ name: 'N', type: 'int' }] } };
    expect(() => placed([node('n', 'many', [], { attr: { N: { i: '9223372036854775807' } } })], {}, [many])).not.toThrow(RangeError);
  });

  it('opDefs that are none are refused, by name', () => {
    const none: readonly unknown[] = [3];
    expect(thrown(() => placed([], { opDefs: [{ name: 'Odd', attr: [{ name: 'x', type: 'list(number)' }] }] }))).toMatchObject({
      name: 'InvalidArgumentError', message: expect.stringMatching(/^OpDef Odd: attribute 'x' is of type 'list\(number\)'\. Expected one of: /) as string,
    });
    expect(thrown(() => placed([], { opDefs: none as readonly object[] }))).toMatchObject({ name: 'InvalidArgumentError' });
  });
});
