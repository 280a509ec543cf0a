import { HostTensor, type DType } from '@sessionflow/core/device';
import { describe, expect, it } from 'vitest';
import { tensorScatterUpdate } from './scatterRows.js';
import { compare, counting } from './testing/oracle.js';
import { runKernel } from './testing/standalone.js';

describe('TensorScatterUpdate by rows', () => {
  it('puts rows in, the last of equal ones', async () => {
    for (const dtype of ['uint8', 'float16', 'float32', 'int64'] satisfies DType[]) {
      for (const [shape, indices] of [[[5, 3], [4]], [[5], [0, 2, 0]], [[3, 4000], [1, 1]], [[7, 2, 2], [6, 0, 3]]] as const) {
        const tensor = counting(dtype, shape);
        const updates = counting(dtype, [indices.length, ...shape.slice(1)]);
        for (const index of [new HostTensor('int32', [indices.length, 1], Int32Array.from(indices)), new HostTensor('int64', [indices.length, 1], BigInt64Array.from(indices, BigInt))]) {
          const { actual, expected } = await compare(tensorScatterUpdate, { op: 'TensorScatterUpdate', inputs: [tensor, index, updates] });
          expect(actual[0]).toEqual(expected[0]);
        }
      }
    }
  });

  it('says which index is out of range', () => {
    const run = () => runKernel(tensorScatterUpdate, {
      op: 'TensorScatterUpdate', inputs: [counting('float32', [3, 2]), new HostTensor('int32', [2, 1], Int32Array.of(0, 3)), counting('float32', [2, 2])], outputs: [{ dtype: 'float32', shape: [3, 2] }],
    });
    expect(run).toThrow('indices[1] = [3] does not index into shape [3,2]');
  });
});
