import { describe, expect, it } from 'vitest';
import { full, node, placed, typed, where } from './testing/fakes.js';

const float = { attr: typed('T', 'DT_FLOAT') };

describe('generators (heuristic A)', () => {
  it('go where all of their consumers are', () => {
    expect(where([node('in', 'Generator'), node('n', 'ReluOnCpu', ['in'])])).toEqual({ in: 'CPU:0', n: 'CPU:0' });
    expect(
      where([
        node('in', 'Generator'),
        node('a', 'Relu', ['in'], { device: '/device:FakeCPU:1' }),
        node('b', 'Relu', ['in'], { device: '/device:FakeCPU:1' }),
      ]),
    ).toMatchObject({ in: 'CPU:1' });
  });

  it('go their own way where consumers differ, or a consumer is where they cannot be, or nothing consumes them', () => {
    expect(where([node('in', 'Generator'), node('a', 'ReluOnCpu', ['in']), node('b', 'ReluOnGpu', ['in'])])).toMatchObject({
      in: 'GPU:0',
    });
    expect(where([node('in', 'GeneratorOnCpu'), node('n', 'ReluOnGpu', ['in'])])).toMatchObject({ in: 'CPU:0' });
    expect(where([node('in', 'Generator')])).toEqual({ in: 'GPU:0' });
    expect(where([node('in', 'Generator', [], { device: '/device:FakeCPU:1' }), node('n', 'ReluOnCpu', ['in'])])).toEqual({
      in: 'CPU:1',
      n: 'CPU:0',
    });
    expect(
      where([node('in', 'Generator', [], { device: '/device:FakeCPU:*' }), node('n', 'Relu', ['in'], { device: '/device:FakeCPU:1' })]),
    ).toMatchObject({ in: 'CPU:1' });
  });

  it('count those that only wait for them', () => {
    expect(where([node('in', 'Generator'), node('a', 'ReluOnCpu', ['in']), node('x', 'Input', ['^in'])])).toMatchObject({ in: 'CPU:0' });
    expect(where([node('in', 'Generator'), node('a', 'ReluOnCpu', ['in']), node('x', 'ReluOnGpu', ['a', '^in'])])).toMatchObject({
      in: 'GPU:0',
    });
  });

  it('count another generator that waits for them with what it has so far', () => {
    expect(
      where([node('in', 'Generator'), node('a', 'ReluOnCpu', ['in']), node('g', 'Generator', ['^in']), node('b', 'ReluOnCpu', ['g'])]),
    ).toMatchObject({ in: 'GPU:0', g: 'CPU:0' });
  });

  it('are handles too, but not variables', () => {
    expect(where([node('h', 'Handle'), node('r', 'Read', ['h']), node('v', 'Variable'), node('n', 'ReluOnCpu', ['v'])])).toEqual({
      h: 'GPU:0',
      r: 'GPU:0',
      v: 'GPU:0',
      n: 'CPU:0',
    });
  });

  it('are logged last, in order', () => {
    const nodes = [node('g', 'Generator'), node('v', 'Variable'), node('h', 'GeneratorOnCpu'), node('n', 'Add', ['g', 'h'])];
    expect(placed(nodes, { logDevicePlacement: true }).log).toEqual([
      `v: (Variable): ${full('GPU:0')}`,
      `n: (Add): ${full('GPU:0')}`,
      `g: (Generator): ${full('GPU:0')}`,
      `h: (GeneratorOnCpu): ${full('CPU:0')}`,
    ]);
    expect(placed(nodes).log).toEqual([]);
  });

  it('that are assigned already are logged with the others', () => {
    expect(
      placed([node('g', 'Generator'), node('n', 'Relu', ['g'])], { logDevicePlacement: true, assigned: { g: full('CPU:1') } }).log,
    ).toEqual([`g: (Generator): ${full('CPU:1')}`, `n: (Relu): ${full('GPU:0')}`]);
  });
});

describe('metadata (heuristic B)', () => {
  it('is placed beside its input', () => {
    expect(where([node('in', 'Input', [], { device: '/device:FakeCPU:1' }), node('s', 'Shape', ['in'], float)])).toMatchObject({
      s: 'CPU:1',
    });
    expect(where([node('v', 'VariableOnGpu', [], { device: '/device:FakeGPU:2' }), node('s', 'Shape', ['v'], float)])).toMatchObject({
      s: 'GPU:2',
    });
  });

  it('of a generator is not: that has no device yet', () => {
    expect(where([node('g', 'GeneratorOnCpu'), node('s', 'Shape', ['g'], float)])).toEqual({ g: 'CPU:0', s: 'GPU:0' });
    expect(where([node('g', 'Generator'), node('s', 'Shape', ['g'], float)], { assigned: { g: full('CPU:1') } })).toMatchObject({
      s: 'CPU:1',
    });
  });

  it('goes where it asks to be', () => {
    expect(where([node('in', 'Input'), node('s', 'Shape', ['in'], { ...float, device: '/device:FakeGPU:2' })])).toMatchObject({
      s: 'GPU:2',
    });
  });

  it('of other ops decides nothing', () => {
    expect(where([node('in', 'Input'), node('n', 'Relu', ['in'])])).toMatchObject({ n: 'GPU:0' });
  });
});

describe('order', () => {
  it('is the graph’s, where inputs stand before their users', () => {
    expect(
      placed([node('b', 'Input'), node('a', 'Input'), node('n', 'Add', ['a', 'b'])], { logDevicePlacement: true }).log.map(
        (line) => line.split(':')[0],
      ),
    ).toEqual(['b', 'a', 'n']);
  });

  it('takes the first ready node otherwise', () => {
    const nodes = [node('z', 'Add', ['x', 'y']), node('y', 'Relu', ['x']), node('x', 'Input'), node('w', 'Relu', ['x:1'])];
    expect(Object.keys(placed(nodes).placement)).toEqual(['x', 'y', 'z', 'w']);
  });

  it('goes through loops', () => {
    const nodes = [
      node('in', 'Input'),
      node('merge', 'Merge', ['in', 'next']),
      node('body', 'ReluOnCpu', ['merge']),
      node('next', 'NextIteration', ['body'], { classes: ['loc:@body'] }),
    ];
    expect(where(nodes)).toEqual({ in: 'CPU:0', merge: 'GPU:0', body: 'CPU:0', next: 'CPU:0' });
  });

  it('stops at other cycles, missing inputs and repeated names', () => {
    expect(() => placed([node('a', 'Relu', ['b']), node('b', 'Relu', ['a'])])).toThrow(
      'Graph is invalid, contains a cycle with 2 nodes, including: a, b',
    );
    expect(() => placed([node('a', 'Relu', ['nowhere'])])).toThrow("Node 'a': Unknown input node 'nowhere'");
    expect(() => placed([node('a', 'Relu', ['^nowhere'])])).toThrow("Node 'a': Unknown input node 'nowhere'");
    expect(() => placed([node('a', 'Input'), node('a', 'Input')])).toThrow("Node 'a' is not unique");
  });
});
