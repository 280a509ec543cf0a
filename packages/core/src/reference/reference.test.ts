import { describe, expect, it } from 'vitest';
import { binary, constant, input } from '../codegen/expr.js';
import type { Device, DeviceBuffer, Launch } from '../device/device.js';
import { CancelledError, InvalidArgumentError, ResourceExhaustedError } from '../errors.js';
import { AttrReader } from '../graph/attrs.js';
import type { Arg, MapCall, OpCall } from '../kernels/kernel.js';
import type { DeviceProgram } from '../kernels/program.js';
import type { ReferenceSource } from './code.js';
import { reference, referenceTable } from './reference.js';

const arg = (dtype: Arg['dtype'], ...shape: number[]): Arg => ({ dtype, shape });

async function opened(memoryLimit?: number): Promise<Device<ReferenceSource>> {
  const backend = reference(memoryLimit === undefined ? {} : { memoryLimit });
  const { devices } = await backend.discover({});
  return backend.open(devices[0]!);
}

function deviceProgram(call: MapCall | OpCall, device: Device<ReferenceSource>): DeviceProgram<ReferenceSource> {
  const program = call.kind === 'map' ? referenceTable.map[0]!.program(call, device.info) : referenceTable.ops[call.op]![0]!.program(call, device.info);
  if (program.kind !== 'device') throw new Error('expected a device program');
  return program;
}

/** x + 1 over `n` int32 elements. */
function increment(n: number): MapCall {
  const fn = { inputs: ['int32' as const], outputs: [binary('add', input(0, 'int32'), constant(1, 'int32'))] };
  return { kind: 'map', node: 'inc', inputs: [arg('int32', n)], outputs: [arg('int32', n)], fn };
}

async function launchOf(device: Device<ReferenceSource>, program: DeviceProgram<ReferenceSource>, slots: number[], node: string): Promise<Launch<ReferenceSource>> {
  const [executable] = await device.prepare([program]);
  return { kind: 'launch', program, executable: executable!, slots, nodes: [node] };
}

const whole = (buffer: DeviceBuffer) => ({ buffer, offset: 0, bytes: buffer.bytes });
const bytesOf = (values: Int32Array): Uint8Array => new Uint8Array(values.buffer);

describe('the reference device', () => {
  it('uploads, runs a sequence twice and downloads, in order', async () => {
    const device = await opened();
    const buffer = device.allocate(16);
    const launch = await launchOf(device, deviceProgram(increment(4), device), [0, 0], 'inc');
    const bound = device.bind(device.sequence([launch], [16], { timed: true }), [whole(buffer)]);
    const stream = device.stream({ threads: 0, memoryLimit: 0 });
    stream.upload(whole(buffer), bytesOf(Int32Array.of(1, 2, 3, 2147483647)));
    stream.run(bound);
    const timed = stream.run(bound);
    const out = new Int32Array(4);
    const ticket = stream.download(whole(buffer), bytesOf(out));
    expect(ticket.settled).toBe(false);
    await ticket.done;
    expect([...out]).toEqual([3, 4, 5, -2147483647]);
    expect(timed.times?.map(({ nodes }) => nodes)).toEqual([['inc']]);
    expect(device.memory()).toEqual({ buffers: 1, bytes: 16, peakBytes: 16 });
    device.release(buffer);
    expect(device.memory().buffers).toBe(0);
    await stream.close();
    await device.close();
  });

  it('compiles a key once', async () => {
    const device = await opened();
    const [first] = await device.prepare([deviceProgram(increment(4), device)]);
    const [second, other] = await device.prepare([deviceProgram(increment(4), device), deviceProgram(increment(5), device)]);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('names the node of a failing launch and goes on with later work', async () => {
    const device = await opened();
    const fn = { inputs: ['int32' as const], outputs: [binary('div', constant(1, 'int32'), input(0, 'int32'))] };
    const call: MapCall = { kind: 'map', node: 'quotient', inputs: [arg('int32', 1)], outputs: [arg('int32', 1)], fn };
    const buffer = device.allocate(4);
    const bound = device.bind(device.sequence([await launchOf(device, deviceProgram(call, device), [0, 0], 'quotient')], [4], { timed: false }), [whole(buffer)]);
    const stream = device.stream({ threads: 0, memoryLimit: 0 });
    stream.upload(whole(buffer), bytesOf(Int32Array.of(0)));
    const failed = await stream.run(bound).done.catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(InvalidArgumentError);
    expect(failed).toMatchObject({ node: 'quotient', message: expect.stringContaining('Integer division by zero') as string });
    stream.upload(whole(buffer), bytesOf(Int32Array.of(1)));
    await stream.run(bound).done;
    expect(new Int32Array(device.view!(whole(buffer)).slice().buffer)[0]).toBe(1);
  });

  it('runs loops', async () => {
    const device = await opened();
    const less: MapCall = {
      kind: 'map', node: 'less', inputs: [arg('int32', 1)], outputs: [arg('bool', 1)],
      fn: { inputs: ['int32'], outputs: [{ kind: 'compare', op: 'lt', x: input(0, 'int32'), y: constant(5, 'int32'), dtype: 'bool' }] },
    };
    const [counter, test] = [device.allocate(4), device.allocate(1)];
    const condition = [await launchOf(device, deviceProgram(less, device), [0, 1], 'less')];
    const body = [await launchOf(device, deviceProgram(increment(1), device), [0, 0], 'inc')];
    const sequence = device.sequence([{ kind: 'loop', condition, test: 1, body }], [4, 1], { timed: false });
    const bound = device.bind(sequence, [whole(counter), whole(test)]);
    const stream = device.stream({ threads: 0, memoryLimit: 0 });
    stream.upload(whole(counter), bytesOf(Int32Array.of(0)));
    await stream.run(bound).done;
    expect(new Int32Array(device.view!(whole(counter)).slice().buffer)[0]).toBe(5);
  });

  it('stops an endless loop when it is cancelled', async () => {
    const device = await opened();
    const buffer = device.allocate(4);
    const body = [await launchOf(device, deviceProgram(increment(1), device), [0, 0], 'inc')];
    const bound = device.bind(device.sequence([{ kind: 'loop', condition: [], test: 1, body }], [4, 4], { timed: false }), [whole(buffer), whole(device.allocate(4))]);
    const stream = device.stream({ threads: 0, memoryLimit: 0 });
    const ticket = stream.run(bound);
    setTimeout(() => ticket.cancel(), 20);
    await expect(ticket.done).rejects.toBeInstanceOf(CancelledError);
  });

  it('takes launch params of one run', async () => {
    const device = await opened();
    const call: OpCall = {
      kind: 'op', op: 'Slice', node: 'slice', attrs: new AttrReader({}, 'Slice'), outputs: [arg('int32', 2)],
      inputs: [arg('int32', 4), arg('int32', 1), { ...arg('int32', 1), constant: new (await import('../hostTensor.js')).HostTensor('int32', [1], Int32Array.of(2)) }],
    };
    const program = deviceProgram(call, device);
    const [from, to] = [device.allocate(16), device.allocate(8)];
    const bound = device.bind(device.sequence([await launchOf(device, program, [0, 1], 'slice')], [16, 8], { timed: false }), [whole(from), whole(to)]);
    const stream = device.stream({ threads: 0, memoryLimit: 0 });
    stream.upload(whole(from), bytesOf(Int32Array.of(10, 20, 30, 40)));
    await stream.run(bound, new Map([[0, { words: Int32Array.of(1), grid: [1] }]])).done;
    expect([...new Int32Array(device.view!(whole(to)).slice().buffer)]).toEqual([20, 30]);
  });

  it('refuses more memory than its limit, and buffers that were released', async () => {
    const device = await opened(100);
    const buffer = device.allocate(90);
    expect(() => device.allocate(11)).toThrow(ResourceExhaustedError);
    device.release(buffer);
    expect(() => device.release(buffer)).toThrow('after its release');
    expect(device.memory()).toEqual({ buffers: 0, bytes: 0, peakBytes: 90 });
  });

  it('makes keys that hold what its code depends on', async () => {
    const device = await opened();
    const matMul = (transposed: boolean, ...shape: number[]): string => deviceProgram({
      kind: 'op', op: 'MatMul', node: 'm', inputs: [arg('float32', ...shape), arg('float32', 3, 3)], outputs: [arg('float32', 3, 3)],
      attrs: new AttrReader({ transpose_a: { kind: 'bool', value: transposed }, transpose_b: { kind: 'bool', value: false } }, 'MatMul'),
    }, device).key;
    expect(new Set([matMul(true, 3, 3), matMul(false, 3, 3), matMul(false, 2, 3)]).size).toBe(3);
    expect(matMul(true, 3, 3)).toBe(matMul(true, 3, 3));
  });

  it('keeps strings on the host and says so', () => {
    const query = { op: 'Reshape', attrs: new AttrReader({}, ''), inputDtypes: ['string' as const, 'int32' as const], outputDtypes: ['string' as const], constants: [] };
    const [device, host] = referenceTable.ops['Reshape']!;
    expect(device!.supports!(query)).toContain('string elements are no bytes');
    expect(host!.isHost).toBe(true);
  });
});
