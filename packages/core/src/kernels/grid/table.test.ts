import { describe, expect, it } from 'vitest';
import { binary, input } from '../../codegen/expr.js';
import { UnimplementedError } from '../../errors.js';
import type { DeviceInfo } from '../../device/info.js';
import type { Shape } from '../../shape.js';
import { hostInfo } from '../callHostKernel.js';
import type { Call } from '../kernel.js';
import type { Program } from '../program.js';
import { gridTable } from './table.js';
import { opCall, testTarget } from './testing/runLaunch.js';

const target = testTarget({ workgroups: 2 ** 31 - 1 });
const table = gridTable<number>({ target, render: ({ passes }) => passes[0]!.workgroup.reduce((threads, size) => threads * size) });
const info: DeviceInfo = { ...hostInfo, storage: target.storage };
const arg = (shape: Shape) => ({ dtype: 'float32' as const, shape });

function programOf(call: Call): Program<number> {
  if (call.kind === 'map') return table.map[0]!.program(call, info);
  return call.kind === 'reduce' ? table.reduce[0]!.program(call, info) : table.ops[call.op]!.at(-1)!.program(call, info);
}

const softmax = (shape: Shape): Call => ({ ...opCall({ op: 'Softmax', inputs: [], outputs: [] }), node: 'large', inputs: [arg(shape)], outputs: [arg(shape)] });
const sum = (x: Shape, y: Shape, space: Shape): Call => ({
  kind: 'map', node: 'large', inputs: [arg(x), arg(y)], outputs: [arg(space)], fn: { inputs: ['float32', 'float32'], outputs: [binary('add', input(0, 'float32'), input(1, 'float32'))] },
});

describe('arrays of 2^31 elements and more', () => {
  // Each number of rows and columns is small: only their product is not.
  it.each([
    ['rows', softmax([70_000, 70_000])],
    ['a result of small inputs', sum([70_000, 1], [1, 70_000], [70_000, 70_000])],
    ['what is reduced, made of small inputs', {
      kind: 'reduce', node: 'large', inputs: [arg([70_000, 1]), arg([1, 70_000])], outputs: [arg([70_000])], space: [70_000, 70_000], axes: [1], reducer: 'add',
      before: { inputs: ['float32', 'float32'], outputs: [binary('mul', input(0, 'float32'), input(1, 'float32'))] },
    } satisfies Call],
  ])('are refused: %s', (_, call) => {
    expect(() => programOf(call)).toThrow(UnimplementedError);
    expect(() => programOf(call)).toThrow(/shape \[70000,70000\].*fewer than 2\^31 elements/);
  });

  it('begin where the number of a thread would wrap', () => {
    const program = programOf(sum([2 ** 31 - 1], [2 ** 31 - 1], [2 ** 31 - 1]));
    if (program.kind !== 'device') throw new Error('no device program');
    const [x = 0, y, z] = program.launch.grid;
    expect([y, z]).toEqual([1, 1]);
    expect(x * program.source()).toBeLessThanOrEqual(2 ** 31);
    expect(() => programOf(softmax([2 ** 15, 2 ** 16]))).toThrow(UnimplementedError);
  });
});
