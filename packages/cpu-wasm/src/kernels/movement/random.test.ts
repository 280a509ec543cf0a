/** Random data movement against core's host kernels: ranks up to 5, sizes of 0 and 1 among others, every element width. */
import { sizeOf, type DType, type HostTensor } from '@sessionflow/core/device';
import type { Kernel } from '@sessionflow/core/kernels';
import { expect, it } from 'vitest';
import type { WasmSource } from '../../abi.js';
import type { WasmInfo } from '../../info.js';
import { counting, hostResult, int, ints, pairs } from '../testing/oracle.js';
import { opCall, runKernel, testInfo, type TestCall } from '../testing/standalone.js';
import {
  concatV2, mirrorPad, padV2, reverseV2, slice, stridedSliceKernel, tile, transpose,
} from './kernels.js';

const rounds = 100;
const dtypes: readonly DType[] = ['uint8', 'float16', 'float32', 'int64', 'complex128'];

let state = 7;
function roll(low: number, high: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return low + Math.floor((state / 2 ** 32) * (high - low + 1));
}

const sizes = (rank: number, low = 1): number[] => Array.from({ length: rank }, () => (rank < 3 && roll(0, 3) === 0 ? 37 : roll(low, 4)));

/** Runs on both and compares; calls that the kernel leaves to the host are counted. */
async function same(kernel: Kernel<WasmSource, WasmInfo>, call: Omit<TestCall, 'outputs'>, data: HostTensor): Promise<number> {
  const expected = await hostResult({ ...call, outputs: [{ dtype: data.dtype }] });
  const test: TestCall = { ...call, outputs: expected.map(({ dtype, shape }) => ({ dtype, shape })) };
  if (kernel.accepts?.(opCall(test), testInfo()) === false) return 1;
  const { outputs } = runKernel(kernel, test);
  expect(
    outputs[0]!.data, JSON.stringify([kernel.op, data.dtype, call.inputs.map(({ shape }) => shape), call.attrs]),
  ).toEqual(expected[0]!.data);
  return 0;
}

it('moves data as the host kernels do', async () => {
  let left = 0;
  for (let round = 0; round < rounds; round++) {
    const rank = roll(1, 5);
    const shape = sizes(rank, roll(0, 4) === 0 ? 0 : 1);
    const data = counting(dtypes[round % dtypes.length]!, shape);
    const axis = roll(-rank, rank - 1);

    const order = shape.map((_, i) => i).sort(() => roll(0, 1) - 0.5);
    left += await same(transpose, { op: 'Transpose', inputs: [data, ints(...order)], constants: [1] }, data);

    const begin = shape.map((size) => roll(0, size));
    const count = shape.map((size, i) => roll(0, size - begin[i]!));
    left += await same(slice, { op: 'Slice', inputs: [data, ints(...begin), ints(...count)], constants: [1, 2] }, data);

    const spec = roll(1, rank);
    const any = (): HostTensor => ints(...Array.from({ length: spec }, () => roll(-8, 8)));
    const steps = Array.from({ length: spec }, () => roll(1, 3) * (roll(0, 2) === 0 ? -1 : 1));
    const attrs = {
      begin_mask: roll(0, 2 ** spec - 1), end_mask: roll(0, 2 ** spec - 1), ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0,
    };
    left += await same(
      stridedSliceKernel, { op: 'StridedSlice', attrs, inputs: [data, any(), any(), ints(...steps)], constants: [1, 2, 3] }, data,
    );

    left += await same(reverseV2, { op: 'ReverseV2', inputs: [data, ints(axis)], constants: [1] }, data);

    const pads = pairs(...shape.flatMap(() => [roll(0, 2), roll(0, 2)]));
    left += await same(padV2, { op: 'PadV2', inputs: [data, pads, counting(data.dtype, [], 9)], constants: [1, 2] }, data);

    if (sizeOf(shape) > 0) {
      const mode = roll(0, 1) === 0 ? 'REFLECT' : 'SYMMETRIC';
      const mirrored = pairs(...shape.flatMap((size) => [0, 1].map(() => roll(0, Math.min(3, mode === 'REFLECT' ? size - 1 : size)))));
      left += await same(mirrorPad, { op: 'MirrorPad', attrs: { mode }, inputs: [data, mirrored], constants: [1] }, data);
    }

    const multiples = ints(...shape.map(() => roll(0, 2)));
    left += await same(tile, { op: 'Tile', inputs: [data, multiples], constants: [1] }, data);

    const other = counting(data.dtype, shape.map((size, i) => (i === (axis + rank) % rank ? roll(0, 5) : size)), 3);
    left += await same(concatV2, { op: 'ConcatV2', attrs: { N: 2 }, inputs: [data, other, int(axis)], constants: [2] }, data);
  }
  expect(left).toBeLessThan(rounds);
});
