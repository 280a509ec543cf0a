/** The types that programs taught to sessions, the latest first. */
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';

export type AnyClass = abstract new (...args: never[]) => object;

/** How objects of one type are fetched and fed. */
export interface Conversion {
  readonly type: AnyClass;
  readonly fetch: (object: object) => readonly [elements: readonly (Tensor | Operation)[], build: (values: readonly unknown[]) => unknown];
  readonly feed: ((object: object, value: unknown) => Iterable<readonly [Tensor, unknown]>) | undefined;
  readonly feedForPartialRun: ((object: object) => readonly Tensor[]) | undefined;
}

export const conversions: Conversion[] = [];
