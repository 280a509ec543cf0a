/** Workgroups whose threads share rows: `threads` of them work on one row, and tell each other what they found. */
import type { PassBuilder, Variable } from '../../codegen/grid/builder.js';
import type { GridArray } from '../../codegen/grid/program.js';
import type { GridTarget } from '../../codegen/grid/types.js';
import { int, type Value } from '../../codegen/grid/value.js';

export interface RowCut {
  /** Threads of a row, and rows of a workgroup: powers of 2. */
  readonly threads: number;
  readonly rows: number;
}

/** For rows of so many elements: about four for each thread; a short one is a thread's own, which needs no barrier. */
export function cutRows(length: number, { workgroupThreads, sharing = true }: Pick<GridTarget, 'workgroupThreads' | 'sharing'>): RowCut {
  if (length <= 16 || !sharing) return { threads: 1, rows: 64 };
  const threads = Math.min(Math.min(256, workgroupThreads), 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, length / 4)))));
  return { threads, rows: Math.max(1, 64 / threads) };
}

/** Where this thread stands. */
export interface RowStand {
  readonly thread: Value;
  readonly row: Value;
  /** The first element that is this thread's; the next is `cut.threads` further. */
  readonly first: Value;
}

export function standInRow(pass: PassBuilder, { threads, rows }: RowCut): RowStand {
  const thread = pass.let('thread', pass.threadIndex());
  const first = threads === 1 ? int(0) : rows === 1 ? thread : pass.let('first', thread.mod(threads));
  const row = pass.let('row', pass.workgroupIndex().mul(rows).add(threads === 1 ? thread : rows === 1 ? int(0) : thread.div(threads)));
  return { thread, row, first };
}

export type Combine = (own: readonly Value[], other: readonly Value[]) => readonly Value[];

/**
 * Makes `values` of all threads of a row what `combine` makes of them all, in an order that depends on sizes alone. Every thread of the workgroup
 * must come here. `shared` has an array of rows · threads elements for each value.
 */
export function shareValues(pass: PassBuilder, { threads }: RowCut, { thread, first }: RowStand, shared: readonly GridArray[], values: readonly Variable[], combine: Combine): void {
  if (threads === 1) return;
  const put = (): void => shared.forEach((array, i) => pass.setElement(array, thread, values[i]!));
  put();
  for (let half = threads / 2; half >= 1; half /= 2) {
    pass.barrier();
    pass.if(first.lt(half), () => {
      const other = shared.map((array) => pass.let('other', pass.element(array, thread.add(half))));
      const both = combine(values.map((value) => pass.let('own', value)), other).map((value) => pass.let('both', value));
      values.forEach((value, i) => pass.assign(value, both[i]!));
      put();
    });
  }
  pass.barrier();
  values.forEach((value, i) => pass.assign(value, pass.element(shared[i]!, thread.sub(first))));
  // The array may be used again.
  pass.barrier();
}
