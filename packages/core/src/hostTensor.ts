/** A value that exists: what `run` returns and what you feed. */
import { type DType, type DTypeData, type DTypeElement } from './dtypes.js';
import type { Shape } from './shape.js';

/** A dense tensor in host memory: dtype, shape and a row-major array (`DTypeData` says which for each dtype). Treat it as immutable. */
export class HostTensor<D extends DType = DType> {
  constructor(readonly dtype: D, readonly shape: Shape, readonly data: DTypeData[D]) {}
}
