import { HostTensor, type DType, type Shape } from '@sessionflow/core/device';
import { describe, expect, it } from 'vitest';
import { gatherNd, gatherV2 } from './gather.js';
import { compare, counting, int } from './testing/oracle.js';
import { runKernel } from './testing/standalone.js';

function indexTensor(dtype: 'int32' | 'int64', shape: Shape, values: readonly number[]): HostTensor {
  return dtype === 'int32' ? new HostTensor('int32', shape, Int32Array.from(values)) : new HostTensor(
    'int64', shape, BigInt64Array.from(values, BigInt),
  );
}

describe('GatherV2', () => {
  it('picks along every axis, for every width', async () => {
    for (const dtype of [
      'uint8', 'float16', 'float32', 'int64', 'complex128',
    ] satisfies DType[]) for (const indexType of ['int32', 'int64'] as const) {
      for (const axis of [0, 1, 2, -1]) for (const shape of [[], [4], [2, 3]] as Shape[]) {
        const params = counting(dtype, [3, 4, 5]);
        const count = shape.reduce((a, b) => a * b, 1);
        const indices = indexTensor(indexType, shape, Array.from({ length: count }, (_, i) => (i * 2) % 3));
        const { actual, expected } = await compare(
          gatherV2, { op: 'GatherV2', attrs: { batch_dims: 0 }, inputs: [params, indices, int(axis)], constants: [2] },
        );
        expect(actual[0]!.data).toEqual(expected[0]!.data);
      }
    }
  });

  it('has batch dimensions', async () => {
    const params = counting('float32', [2, 3, 4, 5]);
    const indices = indexTensor('int32', [2, 2], [3, 0, 1, 2]);
    const { actual, expected } = await compare(
      gatherV2, { op: 'GatherV2', attrs: { batch_dims: 1 }, inputs: [params, indices, int(2)], constants: [2] },
    );
    expect(actual[0]).toEqual(expected[0]);
  });

  it('says which index is out of range', () => {
    for (const [indexType, bad] of [['int32', 7], ['int32', -1], ['int64', 4], ['int64', -2]] as const) {
      const run = () => runKernel(gatherV2, {
        op: 'GatherV2', attrs: { batch_dims: 0 },
        inputs: [counting('float32', [4, 2]), indexTensor(indexType, [2, 3], [0, 1, 2, 3, bad, 0]), int(0)], constants: [2],
        outputs: [{ dtype: 'float32', shape: [2, 3, 2] }],
      });
      expect(run).toThrow(`indices[1,1] = ${bad} is not in [0, 4)`);
    }
  });
});

describe('GatherNd', () => {
  it('picks slices by rows of indices', async () => {
    const params = counting('float32', [3, 4, 5]);
    for (const indexType of ['int32', 'int64'] as const) {
      for (const [shape, values] of [
        [[2, 1], [2, 0]], [[3, 2], [0, 1, 2, 3, 1, 0]], [[2, 2, 3], [0, 0, 0, 2, 3, 4, 1, 1, 1, 0, 3, 2]], [[2], [1, 2]],
      ] as const) {
        const { actual, expected } = await compare(gatherNd, { op: 'GatherNd', inputs: [params, indexTensor(indexType, shape, values)] });
        expect(actual[0]).toEqual(expected[0]);
      }
    }
  });

  it('says which row is out of range', () => {
    const run = () => runKernel(gatherNd, {
      op: 'GatherNd', inputs: [counting('float32', [4, 2]), indexTensor('int32', [3, 1], [0, 9, 1])],
      outputs: [{ dtype: 'float32', shape: [3, 2] }],
    });
    expect(run).toThrow('indices[1] = [9] does not index into param shape [4,2]');
  });
});
