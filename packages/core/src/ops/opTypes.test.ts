/** The types of op functions: dtypes follow from arguments, attributes and defaults. */
import { describe, expectTypeOf, it } from 'vitest';
import { Graph } from '../graph/graph.js';
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import { addV2 } from './arithmetic.js';
import { cast } from './cast.js';
import { placeholder } from './constants.js';
import { noOp, switch as switchOn } from './control.js';
import { conv2D } from './conv.js';
import { argMax, sum } from './reduction.js';
import { shape as shapeOf } from './shapeOps.js';
import { topKV2 } from './sorting.js';
import { unpack } from './array.js';
import { matMul } from './matmul.js';

describe('types of op functions', () => {
  it('follow the dtypes', () => {
    new Graph().asDefault(() => {
      const x = placeholder('float32', { shape: [2, 3] });
      expectTypeOf(x).toEqualTypeOf<Tensor<'float32'>>();
      expectTypeOf(addV2(x, 1)).toEqualTypeOf<Tensor<'float32'>>();
      expectTypeOf(matMul(x, x, { transposeB: true })).toEqualTypeOf<Tensor<'float32'>>();
      expectTypeOf(cast(x, 'int64')).toEqualTypeOf<Tensor<'int64'>>();
      expectTypeOf(sum(x, [0], { keepDims: true })).toEqualTypeOf<Tensor<'float32'>>();
      expectTypeOf(argMax(x, 1)).toEqualTypeOf<Tensor<'int64'>>();
      expectTypeOf(argMax(x, 1, { outputType: 'int32' })).toEqualTypeOf<Tensor<'int32'>>();
      expectTypeOf(shapeOf(x)).toEqualTypeOf<Tensor<'int32'>>();
      expectTypeOf(unpack(x, 2)).toEqualTypeOf<Tensor<'float32'>[]>();
      expectTypeOf(noOp()).toEqualTypeOf<Operation>();
      const { values, indices } = topKV2(x, 2);
      expectTypeOf(values).toEqualTypeOf<Tensor<'float32'>>();
      expectTypeOf(indices).toEqualTypeOf<Tensor<'int32'>>();
      expectTypeOf(switchOn(x, true).outputTrue).toEqualTypeOf<Tensor<'float32'>>();
      const image = placeholder('float32', { shape: [1, 4, 4, 2] });
      const filter = placeholder('float32', { shape: [3, 3, 2, 5] });
      expectTypeOf(conv2D(image, filter, [1, 1, 1, 1], 'SAME')).toEqualTypeOf<Tensor<'float32'>>();
    });
  });
});
