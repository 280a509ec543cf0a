/** How a reduction is cut into items: by outputs, and by parts of the reduced range where outputs are few. The cut never depends on threads, so results do not either. */
import { sizeOf, type Shape } from '@sessionflow/core/device';
import { collapseReduction, type ReduceAxis } from '@sessionflow/core/kernels';

/** Columns that one item reduces side by side, where the innermost axis is kept. */
export const columnChunk = 64;
/** Outputs that one item of the joining phase makes. */
export const joinChunk = 64;
/** Elements that one part of a reduced range should have at least. */
const partElements = 32768;
const maxParts = 64;
/** With so many items by outputs alone, the reduced range is not cut. */
const enoughItems = 32;

export interface ReducePlan {
  readonly axes: readonly ReduceAxis[];
  /** The innermost axis is reduced: an item is one output. Else an item is a chunk of columns in one row of outputs. */
  readonly byRows: boolean;
  /** Kept axes but the innermost, outermost first. */
  readonly kept: readonly number[];
  /** Reduced axes but the innermost, outermost first. */
  readonly reduced: readonly number[];
  readonly outputs: number;
  readonly units: number;
  /** Chunks of columns in a row; 1 by rows. */
  readonly chunks: number;
  readonly parts: number;
  /** Steps of the outermost reduced axis in a part. */
  readonly partSize: number;
  /** Elements of the innermost axis. */
  readonly inner: number;
}

export function planReduction(space: Shape, reduced: readonly number[], inputs: readonly Shape[]): ReducePlan {
  const axes = collapseReduction(space, reduced, inputs);
  const last = axes.length - 1;
  const inner = axes[last]!;
  const byRows = inner.isReduced;
  const numbers = [...axes.keys()].filter((axis) => axis !== last);
  const kept = numbers.filter((axis) => !axes[axis]!.isReduced);
  const others = numbers.filter((axis) => axes[axis]!.isReduced);
  const rows = kept.reduce((product, axis) => product * axes[axis]!.size, 1);
  const outputs = byRows ? rows : rows * inner.size;
  const chunks = byRows ? 1 : Math.ceil(inner.size / columnChunk);
  const units = rows * chunks;
  const total = sizeOf(space);
  const outermost = axes[others[0] ?? last]!.size;
  // Parts of the innermost axis end on multiples of 16 elements.
  const unit = others.length > 0 ? 1 : 16;
  const wanted = units > 0 && units < enoughItems ? Math.min(maxParts, Math.floor(total / units / partElements), Math.floor(outermost / unit)) : 1;
  const partSize = wanted > 1 ? Math.ceil(outermost / wanted / unit) * unit : Math.max(1, outermost);
  const parts = Math.max(1, Math.ceil(outermost / partSize));
  return { axes, byRows, kept, reduced: others, outputs, units, chunks, parts, partSize, inner: inner.size };
}
