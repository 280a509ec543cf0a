import { describe, expect, it } from 'vitest';
import { isSpecification, parseDeviceName } from '../device/deviceName.js';
import { devices, node, placed } from './testing/fakes.js';

/** Numbers from 0 to 1 that are the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

interface Made {
  readonly name: string;
  readonly op: string;
  readonly device: string;
  readonly input: readonly string[];
}

const requests = ['', '', '', '/device:FakeCPU:0', '/device:FakeGPU:2', '/device:FakeGPU:9', '/job:a', '/device:FakeCPU:*'];

function randomGraph(seed: number): { readonly nodes: readonly object[]; readonly made: readonly Made[] } {
  const next = random(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
  const made: Made[] = [
    { name: 'in', op: 'Input', device: '', input: [] },
    { name: 'v', op: 'Variable', device: pick(requests), input: [] },
  ];
  const refs = ['v'];
  const values = ['in', 'in:1', 'v'];
  const count = 5 + Math.floor(next() * 25);
  for (let i = 0; i < count; i++) {
    const op = pick(['Relu', 'ReluOnCpu', 'ReluOnGpu', 'ReluPrefersCpu', 'ReluPrefersGpu', 'Add', 'Generator', 'Assign', 'Variable']);
    const input =
      op === 'Add'
        ? [pick(values), pick(values)]
        : op === 'Assign'
          ? [pick(refs), pick(values)]
          : op.startsWith('Relu')
            ? [pick(values)]
            : [];
    const name = `n${i}`;
    made.push({ name, op, device: pick(requests), input });
    values.push(name);
    if (op === 'Assign' || op === 'Variable') refs.push(name);
  }
  const nodes = made.map(({ name, op, device, input }) =>
    node(name, op, input, { device, ...(next() < 0.2 ? { classes: [`loc:@${pick(made).name}`] } : {}) }),
  );
  return { nodes, made };
}

describe('random graphs with soft placement', () => {
  it('every node is where its kernel is, references stay together, and what could be granted was, with a reason otherwise', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { nodes, made } = randomGraph(seed);
      let result;
      try {
        result = placed(nodes, { allowSoftPlacement: true });
      } catch (error) {
        // Soft placement gives up only on what must be together.
        expect(String(error)).toMatch(/reference or resource edge|reference connection/);
        continue;
      }
      for (const { name, op, device, input } of made) {
        const on = devices.find((each) => each.name === result.placement[name]);
        expect(on?.supports, `${seed}: ${name} (${op})`).toHaveProperty(op);
        if (op === 'Assign') expect(result.placement[name]).toBe(result.placement[input[0]!]);
        const asked = parseDeviceName(device);
        const given = parseDeviceName(result.placement[name] ?? '');
        const reason = result.reasons[name];
        expect(reason?.device).toBe(on?.name);
        if (asked !== undefined && given !== undefined && !isSpecification(asked, given))
          expect(['soft', 'reference', 'colocated']).toContain(reason?.rule);
      }
    }
  });

  it('is a function of the graph', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { nodes } = randomGraph(seed);
      const once = (): unknown => {
        try {
          return placed(nodes, { allowSoftPlacement: true, logDevicePlacement: true });
        } catch (error) {
          return String(error);
        }
      };
      expect(once()).toEqual(once());
    }
  });
});

describe('large graphs', () => {
  it('place every one of 50,000 nodes', () => {
    const nodes: object[] = [node('in', 'Input'), node('v', 'Variable', [], { device: '/device:FakeCPU:0' })];
    for (let i = 0; nodes.length < 50_000; i++) {
      nodes.push(
        node(`g${i}`, 'Generator'),
        node(`a${i}`, 'Add', [`g${i}`, i === 0 ? 'in' : `r${i - 1}`]),
        node(`r${i}`, 'ReluOnCpu', [`a${i}`], { device: '/device:FakeGPU:0' }),
        node(`w${i}`, 'Assign', ['v', `r${i}`], { device: '/device:FakeGPU:0' }),
        node(`c${i}`, 'Relu', [`a${i}`], { classes: [`loc:@w${i}`] }),
      );
    }
    const { placement } = placed(nodes, { allowSoftPlacement: true });
    expect(Object.keys(placement)).toHaveLength(nodes.length);
  });
});
