/** The value of a list: an element of a variant tensor. */
import type { DType } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import type { PartialShape } from '../../shape.js';

/** A list: what its elements must be, and those that were set. */
export class TensorList {
  constructor(
    readonly dtype: DType, readonly elementShape: PartialShape, readonly items: readonly (HostTensor | undefined)[],
    /** Most elements that PushBack may reach; −1: no limit. */
    readonly limit = -1,
  ) {}

  with(items: readonly (HostTensor | undefined)[]): TensorList {
    return new TensorList(this.dtype, this.elementShape, items, this.limit);
  }
}
