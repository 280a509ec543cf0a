import { describe, expect, it } from 'vitest';
import { error, full, node, placed, thrown, where } from './testing/fakes.js';

const soft = { allowSoftPlacement: true };
const cpu0 = '/device:FakeCPU:0';
const gpu0 = '/device:FakeGPU:0';
const both = [{}, soft];

describe('loc:@ classes', () => {
  it.each(both)('put a node beside the one that is named (%j)', (options) => {
    expect(
      where(
        [
          node('in', 'Input'),
          node('a', 'Relu', ['in'], { device: '/device:FakeCPU:1' }),
          node('b', 'Relu', ['in'], { classes: ['loc:@a'] }),
        ],
        options,
      ),
    ).toMatchObject({ a: 'CPU:1', b: 'CPU:1' });
  });

  it.each(both)('may name a node that comes later, and one that does not exist (%j)', (options) => {
    expect(
      where(
        [
          node('in', 'Input'),
          node('b', 'Relu', ['in'], { classes: ['loc:@a'] }),
          node('a', 'ReluOnCpu', ['in']),
          node('c', 'Relu', ['in'], { classes: ['loc:@ghost'] }),
          node('d', 'ReluOnCpu', ['in'], { classes: ['loc:@ghost'] }),
        ],
        options,
      ),
    ).toMatchObject({ a: 'CPU:0', b: 'CPU:0', c: 'CPU:0', d: 'CPU:0' });
  });

  it('do not reach a node that carries another class of its own', () => {
    expect(
      where([
        node('in', 'Input'),
        node('a', 'ReluOnCpu', ['in']),
        node('n', 'Relu', ['in'], { classes: ['loc:@a'] }),
        node('x', 'ReluOnGpu', ['in'], { classes: ['loc:@n'] }),
        node('y', 'Relu', ['in'], { classes: ['loc:@n'] }),
      ]),
    ).toMatchObject({ a: 'CPU:0', n: 'CPU:0', x: 'GPU:0', y: 'GPU:0' });
  });

  it('bring all groups that a node names together', () => {
    expect(
      where([
        node('in', 'Input'),
        node('a', 'Relu', ['in']),
        node('b', 'Relu', ['in'], { device: '/device:FakeGPU:2' }),
        node('c', 'Relu', ['in'], { classes: ['loc:@a', 'loc:@b', 'other class'] }),
      ]),
    ).toMatchObject({ a: 'GPU:2', b: 'GPU:2', c: 'GPU:2' });
  });

  it('merge what the members ask for', () => {
    expect(
      where([
        node('in', 'Input'),
        node('a', 'Relu', ['in'], { device: '/job:a' }),
        node('b', 'Relu', ['in'], { device: '/device:FakeCPU:*', classes: ['loc:@a'] }),
        node('c', 'Relu', ['in'], { device: '/device:FakeCPU:1', classes: ['loc:@a'] }),
      ]),
    ).toMatchObject({ a: 'CPU:1', b: 'CPU:1', c: 'CPU:1' });
  });

  it('fall back on types where members prefer different ones', () => {
    // Both have kernel priorities and order the types differently: the types' own rank decides, until one side has no priorities.
    expect(
      where([node('in', 'Input'), node('a', 'ReluPrefersCpu', ['in']), node('b', 'ReluPrefersGpu', ['in'], { classes: ['loc:@a'] })]),
    ).toMatchObject({ a: 'GPU:0', b: 'GPU:0' });
    expect(
      where([node('in', 'Input'), node('a', 'ReluPrefersCpu', ['in']), node('b', 'ReluWithPriorities', ['in'], { classes: ['loc:@a'] })]),
    ).toMatchObject({ a: 'CPU:0', b: 'CPU:0' });
    expect(
      where([node('in', 'Input'), node('a', 'Relu', ['in']), node('b', 'ReluPrefersCpu', ['in'], { classes: ['loc:@a'] })]),
    ).toMatchObject({ a: 'CPU:0', b: 'CPU:0' });
  });
});

describe('classes that cannot be kept', () => {
  const kernels = [node('in', 'Input'), node('a', 'ReluOnCpu', ['in']), node('b', 'ReluOnGpu', ['in'], { classes: ['loc:@a'] })];
  const names = [
    node('in', 'Input'),
    node('a', 'Relu', ['in'], { device: cpu0 }),
    node('b', 'Relu', ['in'], { device: gpu0, classes: ['loc:@a'] }),
  ];

  it('no common type: an error, or ignored by soft placement', () => {
    expect(thrown(() => placed(kernels))?.message).toMatch(
      new RegExp(
        '^Cannot colocate nodes {{colocation_node b}} and {{colocation_node a}} because no device type supports both of those nodes and the other nodes ' +
          'colocated with them\\.\\nColocation Debug Info:[^]*ReluOnGpu: FakeGPU [^]*ReluOnCpu: FakeCPU [^]*\\n\\n\\t \\[\\[{{node b}}\\]\\]$',
      ),
    );
    expect(where(kernels, soft)).toMatchObject({ a: 'CPU:0', b: 'GPU:0' });
    const { log } = placed(kernels, { ...soft, logDevicePlacement: true });
    expect(log.find((line) => line.startsWith('Ignoring'))).toMatch(
      new RegExp(
        "^Ignoring request to colocate node 'b' with nodes in colocation group 'a' because soft placement is on and an attempt at doing so resulted in the " +
          'following error: Invalid argument: Cannot colocate nodes {{colocation_node b}} and {{colocation_node a}} because[^]*\\[\\[{{node b}}\\]\\]$',
      ),
    );
  });

  it('different devices: an error, or none of them by soft placement', () => {
    expect(thrown(() => placed(names))).toEqual(
      error(
        'InvalidArgumentError',
        'Cannot colocate nodes {{colocation_node b}} and {{colocation_node a}}: Cannot merge devices with incompatible types: ' +
          "'/device:FakeGPU:0' and '/device:FakeCPU:0'\n\t [[{{node b}}]]",
      ),
    );
    expect(where(names, soft)).toMatchObject({ a: 'GPU:0', b: 'GPU:0' });
  });

  it('different numbers: soft placement keeps the type', () => {
    const nodes = [
      node('in', 'Input'),
      node('a', 'Relu', ['in'], { device: '/device:FakeCPU:0' }),
      node('b', 'Relu', ['in'], { device: '/device:FakeCPU:1', classes: ['loc:@a'] }),
    ];
    expect(() => placed(nodes)).toThrow(/incompatible ids: '\/device:FakeCPU:1' and '\/device:FakeCPU:0'/);
    expect(where(nodes, soft)).toMatchObject({ a: 'CPU:0', b: 'CPU:0' });
  });

  it('different jobs: soft placement lets the node go', () => {
    const nodes = [
      node('in', 'Input'),
      node('a', 'Relu', ['in'], { device: '/job:a/device:FakeCPU:1' }),
      node('b', 'Relu', ['in'], { device: '/job:b', classes: ['loc:@a'] }),
    ];
    expect(() => placed(nodes)).toThrow(/incompatible jobs/);
    expect(() => placed(nodes, soft)).toThrow('{{node b}} was explicitly assigned to /job:b but available devices are');
  });

  it('assigned apart: soft placement lets the node go', () => {
    const nodes = [node('in', 'Input'), node('a', 'Relu', ['in']), node('b', 'Relu', ['in'], { classes: ['loc:@a'] })];
    const assigned = { a: full('CPU:0'), b: full('GPU:0') };
    expect(() => placed(nodes, { assigned })).toThrow(/incompatible types/);
    expect(where(nodes, { ...soft, assigned })).toMatchObject({ a: 'CPU:0', b: 'GPU:0' });
  });

  it('a name that was merged before the types failed stays', () => {
    // b survives the attempt, so it keeps the number that a asks for; a, which had nothing to win, does not change.
    const nodes = [
      node('in', 'Input'),
      node('a', 'ReluOnCpu', ['in'], { device: '/device:*:2' }),
      node('b', 'ReluOnGpu', ['in'], { classes: ['loc:@a'] }),
    ];
    expect(where(nodes, soft)).toMatchObject({ a: 'CPU:0', b: 'GPU:2' });
    expect(where([nodes[0]!, nodes[1]!, node('b', 'ReluOnGpu', ['in'])], soft)).toMatchObject({ a: 'CPU:0', b: 'GPU:0' });
  });
});
