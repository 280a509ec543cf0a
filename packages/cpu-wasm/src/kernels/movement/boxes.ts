/**
 * Data movement as copies of boxes: a box has sizes, and a place with strides on either side (0 repeats an element, negative turns
 * round). Slices, transposes, padding, concatenation, tiling and the block ops are lists of boxes; this file brings a box into the form
 * that
 * the code of copyCode.ts runs: an outer index over up to four dimensions, and an inner plane of rows × columns.
 */
import { boxDims, type Box, type BoxDim } from '@sessionflow/core/kernels';

/**
 * How a plane is copied. `run`: rows of bytes; `splat`: one element over a row; `turn`: rows are contiguous in the source, columns in the
 * target; `each`: element by element.
 */
export const planeKinds = ['run', 'splat', 'turn', 'each'] as const;
export type PlaneKind = (typeof planeKinds)[number];

/** Most outer dimensions. */
export const outerRank = 4;

/** A box in the form that is run; strides and offsets in bytes. */
export interface PlaneCopy {
  readonly kind: PlaneKind;
  readonly from: number | 'fill';
  readonly to: number;
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly outer: readonly number[];
  readonly fromOuter: readonly number[];
  readonly toOuter: readonly number[];
  readonly rows: number;
  /** Columns; bytes where the kind is `run`. */
  readonly columns: number;
  readonly fromRow: number;
  readonly toRow: number;
  readonly fromColumn: number;
  readonly toColumn: number;
  /** Rows that one item copies. */
  readonly itemRows: number;
  readonly items: number;
}

/** Bytes that an item should copy at least: about 5 µs from cache. */
const itemBytes = 64 << 10;

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** The box as a plane copy, or undefined when it has too many dimensions. Boxes without elements have `items` 0. */
export function planPlane(box: Box, width: number): PlaneCopy | undefined {
  const dims = boxDims(box, width);
  const base = { from: box.from, to: box.to, fromOffset: box.fromOffset * width, toOffset: box.toOffset * width };
  const finish = (kind: PlaneKind, outer: readonly BoxDim[], row: BoxDim, column: BoxDim): PlaneCopy | undefined => {
    if (outer.length > outerRank) return undefined;
    const columnBytes = kind === 'run' ? column.size : column.size * width;
    let rows = row.size;
    let columns = column.size;
    let [fromRow, toRow] = [row.from, row.to];
    // One long run is cut into rows; what does not divide is left to a smaller cut.
    if (kind === 'run' && rows === 1 && columns > 2 * itemBytes) {
      for (let cut = itemBytes; cut >= 4096; cut >>= 1) {
        if (columns % cut !== 0) continue;
        rows = columns / cut;
        columns = cut;
        [fromRow, toRow] = [cut, cut];
        break;
      }
    }
    const rowBytes = kind === 'run' ? columns : columnBytes;
    let itemRows = Math.max(1, Math.min(rows, Math.ceil(itemBytes / Math.max(1, rowBytes))));
    if (kind === 'turn') itemRows = Math.min(rows, Math.max(4, Math.ceil(itemRows / 4) * 4));
    const empty = rows * columns === 0 || outer.some(({ size }) => size === 0);
    return {
      ...base, kind, rows, columns, fromRow, toRow, fromColumn: column.from, toColumn: column.to, itemRows,
      outer: outer.map(({ size }) => size), fromOuter: outer.map(({ from }) => from), toOuter: outer.map(({ to }) => to),
      items: empty ? 0 : product(outer.map(({ size }) => size)) * Math.ceil(rows / itemRows),
    };
  };
  const one: BoxDim = { size: 1, from: 0, to: 0 };
  const last = dims.at(-1) ?? { size: 1, from: width, to: width };
  const rest = dims.slice(0, -1);
  if (last.to === width && last.from !== width && last.from !== 0) {
    // The target's columns: look for the dimension that is contiguous in the source.
    const turned = rest.findIndex((dim) => dim.from === width);
    if (turned >= 0) return finish('turn', rest.filter((_, i) => i !== turned), rest[turned]!, last);
  }
  const row = rest.at(-1) ?? one;
  const outer = rest.slice(0, -1);
  if (last.from === width && last.to === width) return finish('run', outer, row, { ...last, size: last.size * width });
  if (last.from === 0 && last.to === width) return finish('splat', outer, row, last);
  return finish('each', outer, row, last);
}

/** The words of one copy in the launch, in order. */
export const copyWords = [
  'firstItem', 'kind', 'fromSlot', 'toSlot', 'fromOffset', 'toOffset', 'chunks', 'itemRows', 'rows', 'columns', 'fromRow', 'toRow',
  'fromColumn', 'toColumn',
  'outer1', 'outer2', 'outer3', 'from0', 'from1', 'from2', 'from3', 'to0', 'to1', 'to2', 'to3',
] as const;

export interface CopyLaunch {
  readonly words: Int32Array;
  readonly items: number;
  readonly kinds: readonly PlaneKind[];
}

/**
 * Launch words of a list of copies: [count, fill value (16 bytes), copies…]. `fill` is the fill value's bytes; `inputs` is how many input
 * slots
 * stand before the outputs.
 */
export function copyLaunch(copies: readonly PlaneCopy[], inputs: number, fill: Uint8Array = new Uint8Array(16)): CopyLaunch {
  const kept = copies.filter(({ items }) => items > 0);
  const words = [kept.length, ...new Int32Array(fill.buffer, fill.byteOffset, 4)];
  let firstItem = 0;
  for (const copy of kept) {
    const pad = <T>(list: readonly T[], filler: T): T[] => [...Array.from({ length: outerRank - list.length }, () => filler), ...list];
    const outer = pad(copy.outer, 1);
    words.push(
      firstItem, planeKinds.indexOf(copy.kind), copy.from === 'fill' ? -1 : copy.from, inputs + copy.to, copy.fromOffset, copy.toOffset,
      Math.ceil(copy.rows / copy.itemRows), copy.itemRows, copy.rows, copy.columns, copy.fromRow, copy.toRow, copy.fromColumn,
      copy.toColumn,
      outer[1]!, outer[2]!, outer[3]!, ...pad(copy.fromOuter, 0), ...pad(copy.toOuter, 0),
    );
    firstItem += copy.items;
  }
  return { words: Int32Array.from(words), items: firstItem, kinds: planeKinds.filter((kind) => kept.some((copy) => copy.kind === kind)) };
}

/** Number of the first copy's first word, and of the fill value's. */
export const copiesAt = 5;
export const fillAt = 1;
