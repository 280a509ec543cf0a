import type { DType, HostTensor } from '@sessionflow/core/device';
import type { Kernel } from '@sessionflow/core/kernels';
import { describe, expect, it } from 'vitest';
import type { WasmSource } from '../../abi.js';
import type { WasmInfo } from '../../info.js';
import { compare, counting, int, ints, pairs } from '../testing/oracle.js';
import { opCall, runKernel, type TestCall } from '../testing/standalone.js';
import {
  batchToSpaceND, broadcastTo, concatFirst, concatV2, depthToSpace, mirrorPad, pack, padV2, padZero, reverseV2, slice, spaceToBatchND, spaceToDepth, split, splitV, stridedSliceKernel, tile, transpose, unpack,
} from './kernels.js';

const dtypes: DType[] = ['uint8', 'float16', 'float32', 'int64', 'complex128'];

/** The call's data inputs are moved for every element width; the rest are int32 and constants. */
async function same(kernel: Kernel<WasmSource, WasmInfo>, make: (dtype: DType) => Omit<TestCall, 'outputs'>, outputs = 1): Promise<void> {
  for (const dtype of dtypes) {
    const test = make(dtype);
    const constants = test.inputs.flatMap((input, i) => (input.dtype === dtype ? [] : [i]));
    const { actual, expected } = await compare(kernel, { ...test, constants }, Array.from({ length: outputs }, () => dtype));
    actual.forEach((output, i) => {
      expect(output.shape).toEqual(expected[i]!.shape);
      expect(output.data, `${kernel.op} ${dtype} output ${i} of ${JSON.stringify(test.attrs)}`).toEqual(expected[i]!.data);
    });
  }
}

describe('slicing', () => {
  it('Slice', async () => {
    for (const [shape, begin, size] of [
      [[7], [2], [3]], [[5, 6], [1, 2], [4, 3]], [[3, 4, 5], [0, 1, 0], [3, 2, 5]], [[2, 3, 4, 5], [1, 0, 2, 1], [1, 3, 2, 3]],
      [[4, 4], [2, 0], [0, 4]],
    ]) {
      await same(slice, (dtype) => ({ op: 'Slice', inputs: [counting(dtype, shape!), ints(...begin!), ints(...size!)] }));
    }
  });

  it('takes offsets at launch', () => {
    const input = counting('float32', [10, 3]);
    const call = opCall({
      op: 'Slice', inputs: [input, ints(4, 0), ints(2, 3)], constants: [2], outputs: [{ dtype: 'float32', shape: [2, 3] }],
    });
    const program = slice.program(call, {} as WasmInfo);
    if (program.kind !== 'device') throw new Error('expected a device program');
    expect(() => program.launchFor!([undefined, ints(9, 0), undefined])).toThrow('Expected begin[0] in [0, 8], but got 9');
    const { outputs } = runKernel(
      slice, { op: 'Slice', inputs: [input, ints(4, 0), ints(2, 3)], constants: [2], outputs: [{ dtype: 'float32', shape: [2, 3] }] },
    );
    expect([...(outputs[0]!.data as Float32Array)]).toEqual([12, 13, 14, 15, 16, 17]);
  });

  it('StridedSlice', async () => {
    const none = { begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 };
    const cases: [number[], number[], number[], number[], Partial<typeof none>][] = [
      [[10], [2], [9], [3], {}], [[10], [9], [1], [-2], {}], [[10], [-3], [100], [1], {}],
      [[4, 5], [0, 0], [0, 0], [1, -1], { begin_mask: 3, end_mask: 3 }],
      [[4, 5, 6], [1, 0, 2], [2, 0, 5], [1, 1, 2], { end_mask: 2, shrink_axis_mask: 1 }],
      [[4, 5, 6], [0, 1], [0, 2], [1, 1], { ellipsis_mask: 1, shrink_axis_mask: 2 }],
      [[3, 4], [0, 0, -1], [0, 0, 0], [1, 1, 1], { new_axis_mask: 1, begin_mask: 2, end_mask: 2, shrink_axis_mask: 4 }],
      [[5, 3], [3, 0], [1, 3], [1, 1], {}],
      [[2, 3, 4, 5], [0, 2], [0, 0], [1, -1], { ellipsis_mask: 1, end_mask: 2 }],
    ];
    for (const [shape, begin, end, strides, masks] of cases) {
      await same(stridedSliceKernel, (dtype) => ({
        op: 'StridedSlice', attrs: { ...none, ...masks }, inputs: [counting(dtype, shape), ints(...begin), ints(...end), ints(...strides)],
      }));
    }
  });

  it('Split, SplitV, Unpack, ReverseV2', async () => {
    for (const axis of [0, 1, 2, -1]) {
      await same(split, (dtype) => ({ op: 'Split', attrs: { num_split: 2 }, inputs: [int(axis), counting(dtype, [4, 6, 8])] }), 2);
      await same(
        unpack, (dtype) => ({ op: 'Unpack', attrs: { num: [3, 2, 5, 5].at(axis)!, axis }, inputs: [counting(dtype, [3, 2, 5])] }),
        [3, 2, 5].at(axis),
      );
      await same(reverseV2, (dtype) => ({ op: 'ReverseV2', inputs: [counting(dtype, [3, 4, 5]), ints(axis)] }));
    }
    await same(
      splitV, (dtype) => ({ op: 'SplitV', attrs: { num_split: 3 }, inputs: [counting(dtype, [3, 9]), ints(2, -1, 4), int(1)] }), 3,
    );
    await same(reverseV2, (dtype) => ({ op: 'ReverseV2', inputs: [counting(dtype, [3, 4, 5]), ints(0, 2)] }));
  });
});

describe('joining', () => {
  it('ConcatV2, Concat, Pack', async () => {
    for (const axis of [0, 1, 2, -1]) {
      const shapeOf = (size: number): number[] => [2, 3, 4].map((dim, i) => (i === (axis + 3) % 3 ? size : dim));
      const parts = (dtype: DType): HostTensor[] => [1, 5, 2].map((size, i) => counting(dtype, shapeOf(size), 40 * i));
      await same(concatV2, (dtype) => ({ op: 'ConcatV2', attrs: { N: 3 }, inputs: [...parts(dtype), int(axis)] }));
      await same(concatFirst, (dtype) => ({ op: 'Concat', attrs: { N: 3 }, inputs: [int(axis), ...parts(dtype)] }));
      await same(pack, (dtype) => ({ op: 'Pack', attrs: { N: 3, axis }, inputs: [0, 1, 2].map((i) => counting(dtype, [3, 5], 20 * i)) }));
    }
  });

  it('Pad, PadV2, MirrorPad', async () => {
    for (const [shape, paddings] of [
      [[5], [2, 3]], [[3, 4], [0, 1, 2, 0]], [[2, 5, 6, 3], [0, 0, 1, 2, 3, 1, 0, 0]], [[1, 3, 3, 8], [0, 0, 1, 1, 1, 1, 0, 0]],
      [[3, 2, 4], [1, 1, 1, 1, 2, 2]],
    ]) {
      const pads = pairs(...paddings!);
      await same(padZero, (dtype) => ({ op: 'Pad', inputs: [counting(dtype, shape!), pads] }));
      await same(padV2, (dtype) => ({ op: 'PadV2', inputs: [counting(dtype, shape!), pads, counting(dtype, [], 7)] }));
      const small = pairs(...paddings!.map((pad) => Math.min(pad, 1)));
      for (const mode of ['REFLECT', 'SYMMETRIC']) {
        if (mode === 'REFLECT' && shape!.some((dim, axis) => dim === 1 && paddings![2 * axis]! > 0)) continue;
        await same(mirrorPad, (dtype) => ({ op: 'MirrorPad', attrs: { mode }, inputs: [counting(dtype, shape!), small] }));
      }
    }
  });

  it('Tile, BroadcastTo', async () => {
    for (const [shape, multiples] of [
      [[3], [4]], [[2, 3], [3, 1]], [[2, 3, 2], [2, 1, 5]], [[1, 7], [6, 1]], [[4, 1], [1, 9]], [[2, 2, 2, 2], [2, 2, 2, 2]],
      [[2, 3], [0, 2]],
    ]) {
      if (shape!.length === 4) continue;
      await same(tile, (dtype) => ({ op: 'Tile', inputs: [counting(dtype, shape!), ints(...multiples!)] }));
    }
    for (const [shape, to] of [[[3], [4, 3]], [[4, 1], [4, 9]], [[1, 3, 1], [5, 2, 3, 7]], [[], [3, 3]], [[2, 1, 1, 3], [2, 4, 5, 3]]]) {
      await same(broadcastTo, (dtype) => ({ op: 'BroadcastTo', inputs: [counting(dtype, shape!), ints(...to!)] }));
    }
  });
});

describe('reordering', () => {
  it('Transpose', async () => {
    const cases: [number[], number[]][] = [
      [[5, 7], [1, 0]], [[16, 24], [1, 0]], [[2, 3, 4], [2, 1, 0]], [[2, 9, 6], [0, 2, 1]], [[3, 4, 5], [1, 0, 2]],
      [[2, 5, 6, 7], [0, 3, 1, 2]],
      [[2, 7, 5, 6], [0, 2, 3, 1]], [[2, 3, 4, 5], [3, 2, 1, 0]], [[2, 3, 2, 3, 4], [4, 1, 3, 0, 2]], [[1, 6, 1, 4], [2, 3, 0, 1]],
      [[130, 70], [1, 0]],
    ];
    for (const [shape, permutation] of cases) {
      await same(transpose, (dtype) => ({ op: 'Transpose', inputs: [counting(dtype, shape), ints(...permutation)] }));
    }
  });

  it('DepthToSpace, SpaceToDepth', async () => {
    for (const [n, h, w, c, block] of [[1, 2, 3, 4, 2], [2, 3, 2, 18, 3], [2, 4, 4, 4, 2]] as const) {
      const attrs = { block_size: block, data_format: 'NHWC' };
      await same(depthToSpace, (dtype) => ({ op: 'DepthToSpace', attrs, inputs: [counting(dtype, [n, h, w, c])] }));
      await same(spaceToDepth, (dtype) => ({ op: 'SpaceToDepth', attrs, inputs: [counting(dtype, [n, h * block, w * block, c])] }));
    }
  });

  it('SpaceToBatchND, BatchToSpaceND', async () => {
    for (const [h, w, c, block, pads] of [
      [4, 6, 3, [2, 2], [0, 0, 0, 0]], [5, 7, 2, [2, 3], [1, 2, 2, 0]], [3, 3, 4, [3, 2], [2, 1, 0, 1]], [2, 2, 1, [4, 4], [2, 4, 6, 0]],
    ] as const) {
      const padArg = pairs(...pads);
      await same(spaceToBatchND, (dtype) => ({ op: 'SpaceToBatchND', inputs: [counting(dtype, [2, h, w, c]), ints(...block), padArg] }));
      const batch = [
        2 * block[0] * block[1], Math.ceil((h + pads[0] + pads[1]) / block[0]), Math.ceil((w + pads[2] + pads[3]) / block[1]), c,
      ];
      if ((h + pads[0] + pads[1]) % block[0] === 0) {
        await same(batchToSpaceND, (dtype) => ({ op: 'BatchToSpaceND', inputs: [counting(dtype, batch), ints(...block), padArg] }));
      }
    }
  });
});
