import { describe, expect, it } from 'vitest';
import type { PlaceGraphOptions } from './placeGraphOptions.js';
import type { Reason } from './reasons.js';
import { call, devices, full, functionDef, node, placed, typed } from './testing/fakes.js';

const cpu0 = '/device:FakeCPU:0';
const gpu0 = '/device:FakeGPU:0';
const soft = { allowSoftPlacement: true };

function reason(
  name: string,
  nodes: readonly object[],
  options: Partial<PlaceGraphOptions> = {},
  functions: readonly object[] = [],
): Reason | undefined {
  return placed(nodes, options, functions).reasons[name];
}

const input = node('in', 'Input');

describe('reasons', () => {
  it('requested and supported', () => {
    expect(reason('n', [input, node('n', 'Relu', ['in'], { device: '/device:FakeGPU:2' })])).toMatchObject({
      rule: 'requested',
      device: full('GPU:2'),
      requested: '/device:FakeGPU:2',
      text: '/device:FakeGPU:2 was asked for and can run it',
    });
  });

  it('the only device, with what the others say', () => {
    const two = devices.filter(({ name }) => name.endsWith(':0'));
    expect(reason('n', [input, node('n', 'ReluOnCpu', ['in'])], { devices: two })).toMatchObject({
      rule: 'only',
      text: `no other device can run it (${full('GPU:0')}: no kernel for ReluOnCpu)`,
      refused: [{ device: full('GPU:0'), why: 'no kernel for ReluOnCpu' }],
    });
    expect(reason('n', [input, node('n', 'Relu', ['in'])], { devices: devices.slice(0, 1) })).toMatchObject({
      rule: 'only',
      text: 'it is the only device',
    });
  });

  it('the preferred of several, and the default device', () => {
    expect(reason('n', [input, node('n', 'Relu', ['in'])])).toMatchObject({
      rule: 'preferred',
      among: [full('GPU:0'), full('GPU:10'), full('GPU:2'), full('CPU:0'), full('CPU:1')],
      text: 'it is the preferred of 5 devices that can run it',
      refused: [],
    });
    expect(reason('n', [input, node('n', 'Relu', ['in'], { device: '/job:a' })])).toMatchObject({
      rule: 'preferred',
      text: 'it is the preferred of 5 devices in /job:a that can run it',
    });
    expect(reason('n', [input, node('n', 'Relu', ['in'])], { defaultDevice: full('CPU:0') })).toMatchObject({ rule: 'default' });
  });

  it('moved, because it cannot run there', () => {
    expect(reason('n', [input, node('n', 'ReluOnCpu', ['in'], { device: gpu0 })], soft)).toMatchObject({
      rule: 'soft',
      cause: 'no kernel',
      device: full('CPU:0'),
      text: 'soft placement: /device:FakeGPU:0 was asked for, but cannot run it: no kernel for ReluOnCpu',
    });
    expect(reason('n', [input, node('n', 'Typed', ['in'], { device: gpu0, attr: typed('T', 'DT_INT32') })], soft)).toMatchObject({
      rule: 'soft',
      text: 'soft placement: /device:FakeGPU:0 was asked for, but cannot run it: its kernel for Typed takes float32, float16, not int32',
    });
  });

  it('moved, because there is no such device', () => {
    expect(reason('n', [input, node('n', 'Relu', ['in'], { device: '/device:FakeGPU:7' })], soft)).toMatchObject({
      rule: 'soft',
      cause: 'no such device',
      text: 'soft placement: /device:FakeGPU:7 was asked for, but there is no such device',
    });
  });

  it('moved, because what it is colocated with cannot run there, or is to be elsewhere', () => {
    const nodes = [input, node('a', 'Relu', ['in'], { device: gpu0 }), node('b', 'ReluOnCpu', ['in'], { classes: ['loc:@a'] })];
    expect(reason('a', nodes, soft)).toMatchObject({
      rule: 'soft',
      cause: 'no kernel',
      with: 'b',
      text: "soft placement: /device:FakeGPU:0 was asked for, but cannot run ReluOnCpu 'b', with which it is colocated: no kernel for ReluOnCpu",
    });
    const apart = [input, node('a', 'Relu', ['in'], { device: gpu0 }), node('b', 'Relu', ['in'], { device: cpu0, classes: ['loc:@a'] })];
    expect(reason('b', apart, soft)).toMatchObject({ rule: 'soft', cause: 'conflict', with: 'a' });
  });

  it('a reference, against its own wish or without one', () => {
    const nodes = (device: string): object[] => [
      node('v', 'Variable', [], { device: cpu0 }),
      input,
      node('a', 'Assign', ['v', 'in'], { device }),
    ];
    expect(reason('a', nodes(gpu0))).toMatchObject({
      rule: 'reference',
      from: 'v',
      text: "it takes a reference or resource from 'v', and must be where that is; the request for /device:FakeGPU:0 is overruled by that",
    });
    expect(reason('a', nodes(''))).toMatchObject({
      rule: 'reference',
      from: 'v',
      text: "it takes a reference or resource from 'v', and must be where that is",
    });
    // The other way round, the variable follows.
    expect(reason('v', [node('v', 'Variable'), input, node('a', 'Assign', ['v', 'in'], { device: gpu0 })])).toMatchObject({
      rule: 'colocated',
      with: 'a',
    });
  });

  it('a class', () => {
    const nodes = [input, node('a', 'Relu', ['in'], { device: cpu0 }), node('b', 'Relu', ['in'], { classes: ['loc:@a'] })];
    expect(reason('b', nodes)).toMatchObject({ rule: 'colocated', with: 'a', group: 'a', text: "it is colocated with 'a' (loc:@a)" });
  });

  it('a class that it was allowed to leave', () => {
    const nodes = [input, node('a', 'ReluOnCpu', ['in']), node('b', 'ReluOnGpu', ['in'], { classes: ['loc:@a'] })];
    expect(reason('b', nodes, soft)).toMatchObject({ rule: 'preferred', leftClasses: ['a'] });
    expect(reason('b', nodes, soft)?.text).toContain("; soft placement let it leave the colocation group 'a'");
  });

  it('a function', () => {
    const same = functionDef(
      'Same',
      ['x: DT_RESOURCE'],
      ['y: DT_RESOURCE'],
      [node('i', 'Identity', ['x'], { attr: typed('T', 'DT_RESOURCE') })],
      ['i:output:0'],
    );
    const nodes = [
      node('h', 'Handle', [], { device: cpu0 }),
      call('y', 'Same', ['h'], ['DT_RESOURCE'], ['DT_RESOURCE']),
      node('r', 'Read', ['y']),
    ];
    expect(reason('r', nodes, {}, [same])).toMatchObject({ rule: 'reference', from: 'h', device: full('CPU:0') });
    const both = functionDef(
      'Both',
      ['a: DT_RESOURCE', 'b: DT_RESOURCE'],
      ['y: DT_RESOURCE'],
      [node('t', 'TwoHandles', ['a', 'b'])],
      ['a'],
    );
    const tied = [
      node('h', 'Handle', [], { device: cpu0 }),
      node('g', 'Handle'),
      call('y', 'Both', ['h', 'g'], ['DT_RESOURCE', 'DT_RESOURCE'], ['DT_RESOURCE']),
      node('r', 'Read', ['y']),
    ];
    expect(reason('g', tied, {}, [both])).toMatchObject({
      rule: 'colocated',
      with: 'h',
      call: 'y',
      text: "the function called by 'y' ties it to 'h'",
      device: full('CPU:0'),
    });
  });

  it('consumers, and metadata', () => {
    expect(reason('g', [node('g', 'Generator'), node('n', 'ReluOnCpu', ['g'])])).toMatchObject({ rule: 'consumers', consumer: 'n' });
    expect(reason('s', [input, node('s', 'Shape', ['in'], { attr: typed('T', 'DT_FLOAT') })])).toMatchObject({
      rule: 'metadata',
      input: 'in',
    });
  });

  it('an earlier placement', () => {
    expect(reason('in', [input], { assigned: { in: full('CPU:1') } })).toMatchObject({ rule: 'assigned', device: full('CPU:1') });
  });

  it('are there for every node', () => {
    const { placement, reasons } = placed([node('g', 'Generator'), node('n', 'ReluOnCpu', ['g']), input]);
    expect(Object.keys(reasons)).toEqual(Object.keys(placement));
  });
});
