/** Every family against core's host kernels, on targets of differing manners. Numbers are small integers, so that sums are exact. */
import { describe, expect, it } from 'vitest';
import { binary, constant, input } from '../../codegen/expr.js';
import type { DType } from '../../dtypes.js';
import { HostTensor } from '../../hostTensor.js';
import type { Shape } from '../../shape.js';
import { gridKernels } from './kernels.js';
import { gridResult, hostResult, ints, numbers, testTarget, type TestCall } from './testing/runLaunch.js';

const targets = [
  ['with vectors', testTarget()], ['without vectors', testTarget({ vectors: false })], ['with short grids and few bindings', testTarget({ workgroups: 2, bindings: 4 })],
  ['whose threads share nothing', testTarget({ sharing: false })],
] as const;

const f = (shape: Shape, dtype: DType = 'float32'): { dtype: DType; shape: Shape } => ({ dtype, shape });
const scalar = (value: number, dtype: 'int32' | 'float32' = 'int32'): HostTensor => HostTensor.from(value, { dtype });

const conv = (image: Shape, filter: Shape, output: Shape, attrs: TestCall['attrs']): TestCall => ({
  op: 'Conv2D', attrs: { T: { type: 'float32' }, data_format: 'NHWC', padding: 'VALID', strides: [1, 1, 1, 1], ...attrs }, inputs: [numbers(image, 1), numbers(filter, 2)], outputs: [f(output)],
});

const calls: Readonly<Record<string, TestCall>> = {
  'Conv2D in tiles': conv([1, 12, 12, 16], [3, 3, 16, 64], [1, 12, 12, 64], { padding: 'SAME' }),
  'Conv2D in tiles, 3 channels': conv([1, 26, 26, 3], [5, 5, 3, 32], [1, 26, 26, 32], { padding: 'SAME' }),
  'Conv2D, channels in groups of 4, SAME, strides, dilations': conv([2, 9, 8, 8], [3, 3, 8, 12], [2, 9, 8, 12], { padding: 'SAME', dilations: [1, 2, 2, 1] }),
  'Conv2D, 3 channels, stride 2': conv([1, 9, 9, 3], [3, 3, 3, 5], [1, 5, 5, 5], { padding: 'SAME', strides: [1, 2, 2, 1] }),
  'Conv2D, explicit padding': conv([1, 5, 6, 4], [2, 3, 4, 4], [1, 7, 5, 4], { padding: 'EXPLICIT', explicit_paddings: [0, 0, 1, 2, 0, 1, 0, 0] }),
  'Conv2D, 1×1': conv([2, 4, 5, 8], [1, 1, 8, 7], [2, 4, 5, 7], {}),
  'Conv2D, groups': conv([1, 6, 6, 8], [3, 3, 4, 8], [1, 4, 4, 8], {}),
  'Conv2DBackpropInput, stride 2': {
    op: 'Conv2DBackpropInput', attrs: { strides: [1, 2, 2, 1], padding: 'SAME', data_format: 'NHWC' }, inputs: [ints(1, 7, 8, 3), numbers([3, 3, 3, 8], 2), numbers([1, 4, 4, 8], 3)],
    constants: [0], outputs: [f([1, 7, 8, 3])],
  },
  'DepthwiseConv2dNative': {
    op: 'DepthwiseConv2dNative', attrs: { strides: [1, 1, 1, 1], padding: 'SAME', data_format: 'NHWC' }, inputs: [numbers([1, 6, 5, 8], 1), numbers([3, 3, 8, 1], 2)], outputs: [f([1, 6, 5, 8])],
  },
  'DepthwiseConv2dNative, multiplier': {
    op: 'DepthwiseConv2dNative', attrs: { strides: [1, 2, 2, 1], padding: 'VALID', data_format: 'NHWC' }, inputs: [numbers([2, 6, 7, 3], 1), numbers([2, 3, 3, 2], 2)], outputs: [f([2, 3, 3, 6])],
  },
  'MaxPool': { op: 'MaxPool', attrs: { ksize: [1, 3, 2, 1], strides: [1, 2, 1, 1], padding: 'SAME', data_format: 'NHWC' }, inputs: [numbers([2, 7, 6, 4])], outputs: [f([2, 4, 6, 4])] },
  'AvgPool': { op: 'AvgPool', attrs: { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'VALID', data_format: 'NHWC' }, inputs: [numbers([1, 6, 6, 3])], outputs: [f([1, 3, 3, 3])] },
  'Transpose': { op: 'Transpose', inputs: [numbers([3, 4, 5, 2]), ints(2, 0, 3, 1)], constants: [1], outputs: [f([5, 3, 2, 4])] },
  'Transpose, rows stay': { op: 'Transpose', inputs: [numbers([3, 4, 8]), ints(1, 0, 2)], constants: [1], outputs: [f([4, 3, 8])] },
  'ConcatV2 of many': {
    op: 'ConcatV2', inputs: [...Array.from({ length: 9 }, (_, i) => numbers([2, i + 1, 4], i)), scalar(1)], constants: [9], outputs: [f([2, 45, 4])],
  },
  'Split': { op: 'Split', attrs: { num_split: 3 }, inputs: [scalar(-1), numbers([2, 12])], constants: [0], outputs: [f([2, 4]), f([2, 4]), f([2, 4])] },
  'PadV2': { op: 'PadV2', inputs: [numbers([3, 4]), new HostTensor('int32', [2, 2], Int32Array.of(1, 2, 4, 0)), scalar(7, 'float32')], constants: [1, 2], outputs: [f([6, 8])] },
  'PadV2, its value known at launch': { op: 'PadV2', inputs: [numbers([3, 4]), new HostTensor('int32', [2, 2], Int32Array.of(1, 2, 3, 0)), scalar(7, 'float32')], constants: [1], outputs: [f([6, 7])] },
  'MirrorPad': { op: 'MirrorPad', attrs: { mode: 'REFLECT' }, inputs: [numbers([4, 3]), new HostTensor('int32', [2, 2], Int32Array.of(2, 1, 1, 2))], constants: [1], outputs: [f([7, 6])] },
  'Slice, its begin known at launch': { op: 'Slice', inputs: [numbers([5, 8]), ints(2, 4), ints(2, 4)], constants: [2], outputs: [f([2, 4])] },
  'StridedSlice, backwards': {
    op: 'StridedSlice', attrs: { begin_mask: 1, end_mask: 1, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 },
    inputs: [numbers([5, 6]), ints(0, 1), ints(0, 6), ints(-2, 2)], constants: [1, 2, 3], outputs: [f([3, 3])],
  },
  'SpaceToBatchND': { op: 'SpaceToBatchND', inputs: [numbers([1, 5, 4, 2]), ints(2, 2), new HostTensor('int32', [2, 2], Int32Array.of(1, 0, 0, 2))], constants: [1, 2], outputs: [f([4, 3, 3, 2])] },
  'GatherV2, batches': { op: 'GatherV2', attrs: { batch_dims: 1 }, inputs: [numbers([2, 5, 4]), new HostTensor('int32', [2, 3], Int32Array.of(4, 0, 1, 2, 2, 3)), scalar(1)], constants: [2], outputs: [f([2, 3, 4])] },
  'GatherNd': { op: 'GatherNd', inputs: [numbers([3, 4, 5]), new HostTensor('int32', [3, 2], Int32Array.of(0, 3, 2, 1, 1, 1))], outputs: [f([3, 5])] },
  'ScatterNd, repeated': { op: 'ScatterNd', inputs: [new HostTensor('int32', [4, 1], Int32Array.of(1, 3, 1, 0)), numbers([4, 3]), ints(5, 3)], constants: [2], outputs: [f([5, 3])] },
  'TensorScatterUpdate, the last of equals wins': {
    op: 'TensorScatterUpdate', inputs: [numbers([6]), new HostTensor('int32', [4, 1], Int32Array.of(1, 3, 1, 0)), numbers([4], 3)], outputs: [f([6])],
  },
  'UnsortedSegmentMax': { op: 'UnsortedSegmentMax', inputs: [numbers([5, 3]), ints(1, -1, 0, 1, 3), scalar(4)], constants: [2], outputs: [f([4, 3])] },
  'ArgMax of long rows': { op: 'ArgMax', attrs: { output_type: { type: 'int64' } }, inputs: [numbers([3, 700]), scalar(1)], constants: [1], outputs: [f([3], 'int64')] },
  'ArgMin of columns': { op: 'ArgMin', attrs: { output_type: { type: 'int32' } }, inputs: [numbers([9, 5]), scalar(0)], constants: [1], outputs: [f([5], 'int32')] },
  'Cumsum': { op: 'Cumsum', attrs: { exclusive: true, reverse: true }, inputs: [numbers([3, 6, 2]), scalar(1)], constants: [1], outputs: [f([3, 6, 2])] },
  'TopKV2': { op: 'TopKV2', inputs: [numbers([3, 90]), scalar(7)], constants: [1], outputs: [f([3, 7]), f([3, 7], 'int32')] },
  'ResizeNearestNeighbor': { op: 'ResizeNearestNeighbor', attrs: { half_pixel_centers: true }, inputs: [numbers([1, 3, 4, 4]), ints(5, 9)], constants: [1], outputs: [f([1, 5, 9, 4])] },
  'ResizeBilinear': { op: 'ResizeBilinear', attrs: { align_corners: true }, inputs: [numbers([1, 3, 3, 4]), ints(5, 5)], constants: [1], outputs: [f([1, 5, 5, 4])] },
  'OneHot': { op: 'OneHot', attrs: { axis: 0 }, inputs: [ints(1, 4, -1), scalar(3), scalar(5, 'float32'), scalar(-1, 'float32')], constants: [1], outputs: [f([3, 3])] },
  'Reshape': { op: 'Reshape', inputs: [numbers([3, 4]), ints(2, 6)], constants: [1], outputs: [f([2, 6])] },
  'Select by rows': { op: 'Select', inputs: [new HostTensor('bool', [3], Uint8Array.of(1, 0, 1)), numbers([3, 4], 1), numbers([3, 4], 2)], outputs: [f([3, 4])] },
  'Shape': { op: 'Shape', inputs: [numbers([3, 4, 5])], outputs: [f([3], 'int32')] },
};

describe.each(targets)('grid kernels %s', (_, target) => {
  it.each(Object.entries(calls))('%s', (_name, call) => {
    const [got, want] = [gridResult(call, target), hostResult(call)];
    got.forEach((result, i) => {
      expect(result.shape).toEqual(want[i]!.shape);
      expect([...(result.data as Iterable<number>)]).toEqual([...(want[i]!.data as Iterable<number>)]);
    });
  });
});

/** Boxes that overlap now and then, equal scores among them, NaN, and one below every limit. */
function boxesAndScores(count: number): readonly [HostTensor<'float32'>, HostTensor<'float32'>] {
  const boxes = Float32Array.from({ length: 4 * count }, (_, i) => ((i >> 2) * 7 % 23) / 4 + [0, ((i >> 2) % 5) / 8, 1, 2][i % 4]!);
  const scores = Float32Array.from({ length: count }, (_, i) => (i % 11 === 3 ? NaN : i % 13 === 5 ? -Infinity : (i * 5 % 16) / 16));
  return [new HostTensor('float32', [count, 4], boxes), new HostTensor('float32', [count], scores)];
}

describe.each(targets.filter(([, { bindings }]) => bindings >= 6))('non-maximum suppression %s', (_, target) => {
  const selected = (count: number, limit: number, overlap: number, least: number, sigma: number, size = -1, constants: readonly number[] = [2, 3, 4, 5]) => {
    const inputs = [...boxesAndScores(count), scalar(limit), scalar(overlap, 'float32'), scalar(least, 'float32'), scalar(sigma, 'float32')];
    const places = size < 0 ? count : size;
    const [indices, scores, valid] = gridResult({ op: '_Suppression', attrs: { size }, inputs, constants, outputs: [f([places], 'int32'), f([places]), f([], 'int32')] }, target);
    const [hostIndices, hostScores, hostValid] = hostResult({
      op: 'NonMaxSuppressionV5', attrs: { pad_to_max_output_size: false }, inputs, outputs: [f([-1], 'int32'), f([-1]), f([], 'int32')],
    });
    return { got: [indices!, scores!, valid!] as const, want: [hostIndices!, hostScores!, hostValid!] as const };
  };

  it.each([
    ['of many, to the end', 150, 150, 0.3, 0.1, 0], ['the best few', 150, 7, 0.5, -Infinity, 0], ['of few', 5, 9, 0.5, 0, 0], ['none is wanted', 20, 0, 0.5, 0, 0],
    ['none is left', 20, 20, 0.5, 2, 0], ['of none', 0, 3, 0.5, 0, 0], ['any overlap is too much', 60, 60, 0, 0, 0], ['no overlap is', 60, 60, 1, 0, 0],
    ['softly', 60, 40, 1, 0.05, 0.5],
  ])('%s', (_case, count, limit, overlap, least, sigma) => {
    const { got: [indices, scores, valid], want } = selected(count, limit, overlap, least, sigma);
    const kept = Number(want[2].data[0]);
    expect(Number(valid.data[0])).toBe(kept);
    expect([...indices.data as Int32Array]).toEqual([...want[0].data as Int32Array, ...Array<number>(count - kept).fill(0)]);
    [...want[1].data as Float32Array].forEach((score, i) => { expect(Math.abs(Number(scores.data[i]) - score)).toBeLessThanOrEqual(1e-6 * score); });
    expect([...scores.data as Float32Array].slice(kept)).toEqual(Array(count - kept).fill(0));
  });

  it('gives as many places as are asked for, and takes limits that are told at launch', () => {
    const { got: [indices, , valid], want } = selected(30, 40, 0.2, 0, 0, 40, []);
    expect([...indices.data as Int32Array]).toEqual([...want[0].data as Int32Array, ...Array<number>(40 - Number(valid.data[0])).fill(0)]);
  });

  it('refuses limits that make no sense', () => {
    expect(() => selected(4, -1, 0.5, 0, 0)).toThrow('output size must be non-negative');
    expect(() => selected(4, 1, 1.5, 0, 0, -1, [])).toThrow('iou_threshold must be in [0, 1]');
  });
});

describe('grid kernels', () => {
  it('apply an epilogue to a convolution', () => {
    const plain = conv([1, 5, 5, 4], [3, 3, 4, 8], [1, 3, 3, 8], {});
    const expr = binary('max', binary('add', input(0, 'float32'), input(1, 'float32')), constant(0, 'float32'));
    const bias = numbers([8], 9);
    const [got] = gridResult({ ...plain, inputs: [...plain.inputs, bias], epilogue: { extra: 1, dtype: 'float32', expr } }, testTarget());
    const [want] = hostResult(plain) as [HostTensor<'float32'>];
    expect([...(got!.data as Float32Array)]).toEqual(Array.from(want.data, (sum, i) => Math.max(0, sum + bias.data[i % 8]!)));
  });

  it('report an index out of range, and clamp where faults are not told', () => {
    const call: TestCall = { op: 'Gather', inputs: [numbers([3, 2]), ints(1, 3)], outputs: [f([2, 2])] };
    expect(() => gridResult(call, testTarget())).toThrow('fault 16');
    expect([...(gridResult(call, testTarget({ faults: false }))[0]!.data as Float32Array).slice(2)]).toEqual([0, 0]);
  });

  it('are in families: every op is known to core, and says what it supports', () => {
    for (const { op, launch } of gridKernels) {
      expect(op).toMatch(/^_?[A-Z]/);
      expect(launch).toBeTypeOf('function');
    }
  });
});
