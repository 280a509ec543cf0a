/** What is too large to be computed while a plan is made. */
import { dtypeInfo, type DType } from '../dtypes.js';
import type { HostTensor } from '../hostTensor.js';
import { isFullyKnown, sizeOf, type PartialShape } from '../shape.js';

/** Largest folded constant, in bytes: TensorFlow's `max_folded_constant_in_bytes` default. */
const maxFoldedBytes = 10 * 1024 * 1024;

const bytesOf = (dtype: DType, elements: number): number => elements * Math.max(1, dtypeInfo[dtype].bytes);

/** Whether results of these shapes, where they are known, would be too large a constant. What is no larger than its inputs never is. */
export function isTooLargeToFold(dtypes: readonly DType[], shapes: readonly (PartialShape | undefined)[], inputs: readonly HostTensor[]): boolean {
  const made = dtypes.reduce((sum, dtype, i) => {
    const shape = shapes[i];
    return shape !== undefined && isFullyKnown(shape) ? sum + bytesOf(dtype, sizeOf(shape)) : sum;
  }, 0);
  return made > maxFoldedBytes && made > inputs.reduce((sum, { dtype, shape }) => sum + bytesOf(dtype, sizeOf(shape)), 0);
}
