/** What a reduction runs over, boiled down, and what it starts from. */
import { dtypeInfo, type DType } from '../../dtypes.js';
import type { ReductionMeaning } from '../../ops/opDef.js';
import type { Shape } from '../../shape.js';

export type Reducer = ReductionMeaning['reducer'];

export interface ReduceAxis {
  readonly size: number;
  readonly isReduced: boolean;
  /** For each used input: whether it moves along this axis. */
  readonly moves: readonly boolean[];
}

/** Axes that are treated alike become one; axes of size 1 vanish, but the reduced range is never without an axis. Outermost first. */
export function collapseReduction(space: Shape, reduced: readonly number[], inputs: readonly Shape[]): ReduceAxis[] {
  const axes: ReduceAxis[] = [];
  for (const [axis, size] of space.entries()) {
    if (size === 1) continue;
    const isReduced = reduced.includes(axis);
    const moves = inputs.map((shape) => (shape[axis - space.length + shape.length] ?? 1) !== 1);
    const last = axes.at(-1);
    if (last !== undefined && last.isReduced === isReduced && last.moves.every((moved, i) => moved === moves[i])) {
      axes[axes.length - 1] = { size: last.size * size, isReduced, moves };
    } else {
      axes.push({ size, isReduced, moves });
    }
  }
  if (!axes.some(({ isReduced }) => isReduced)) axes.unshift({ size: 1, isReduced: true, moves: inputs.map(() => false) });
  return axes;
}

/** The value of an empty reduction. */
export function identityOf(reducer: Reducer, dtype: DType): number | bigint {
  const { kind, bytes } = dtypeInfo[dtype];
  const bits = 8 * bytes;
  switch (reducer) {
    case 'add': case 'or': return 0;
    case 'mul': return 1;
    case 'and': return kind === 'bool' ? 1 : -1;
    case 'min':
      if (kind === 'float') return Infinity;
      if (bits === 64) return kind === 'uint' ? (1n << 64n) - 1n : (1n << 63n) - 1n;
      return kind === 'bool' ? 1 : kind === 'uint' ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
    case 'max':
      if (kind === 'float') return -Infinity;
      if (bits === 64) return kind === 'uint' ? 0n : -(1n << 63n);
      return kind === 'int' ? -(2 ** (bits - 1)) : 0;
    default: return reducer satisfies never;
  }
}
