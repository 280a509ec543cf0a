/** How the columns of B are cut into panels, each as wide as a register tile, and how a constant B is laid out in them. */
import type { GemmTile } from '../../info.js';
import { ceilDivide } from '../layout.js';
import { dotRows } from './dotTile.js';
import type { TileShape } from './tile.js';

/** Neighbouring panels of one tile shape. */
export interface PanelGroup {
  readonly tile: TileShape;
  readonly count: number;
  /** Number of the group's first panel, and of its first column. */
  readonly firstPanel: number;
  readonly firstColumn: number;
}

export interface PanelPlan {
  readonly groups: readonly PanelGroup[];
  readonly panels: number;
  readonly columns: number;
  /** Columns with the last panel's missing ones: what a packed row of k takes. */
  readonly packedColumns: number;
  /** One panel of few columns, which lie one after the other. */
  readonly dot: boolean;
  /** Names the layout of packed panels. */
  readonly key: string;
}

/** Rows of the tile for a number of vectors. The measured tile stands for its own width; the others are the best that fit every engine. */
function rowsFor(vectors: number, tile: GemmTile, rows: number): number {
  const best = 4 * vectors === tile.columns ? tile.rows : ([6, 4, 3, 2][vectors - 1] ?? 2);
  return Math.min(best, rows);
}

/** Widths of panels, in vectors, that cover `vectors` with the tile's own width and as few others as possible. */
function widths(vectors: number, preferred: number): number[] {
  if (vectors <= 4) return [vectors];
  const rest = vectors % preferred;
  const full = (vectors - rest) / preferred;
  const ends: number[] = rest === 0 ? [] : rest > 1 ? [rest] : preferred === 4 ? [3, 2] : [preferred + 1];
  return [...Array.from({ length: rest === 1 ? full - 1 : full }, () => preferred), ...ends];
}

/** Most vectors of a tile of one row: sums and vectors of B, and one value of A, fill the registers. */
const singleRowVectors = 7;

/** Widths for one row: a panel takes as long as its sums' latency whatever its width, so as few panels as can be, all about as wide. */
function evenWidths(vectors: number): number[] {
  const panels = ceilDivide(vectors, singleRowVectors);
  return Array.from({ length: panels }, (_, i) => Math.ceil((vectors - i) / panels));
}

/** The plan for few columns: vectors run along k, in runs of `run` values. */
export function planDot(columns: number, rows: number, run: number): PanelPlan {
  const tile: TileShape = { rows: Math.min(dotRows(columns), rows), vectors: 1, tail: columns, dot: { runTail: run % 4 } };
  return {
    groups: [{ tile, count: 1, firstPanel: 0, firstColumn: 0 }], panels: 1, columns, packedColumns: columns, dot: true,
    key: `dot${columns}`,
  };
}

/** By few rows: vectors of the tile that has as many rows and fits the registers. */
const fewRowsVectors: ReadonlyMap<number, number> = new Map([[2, 4], [3, 3], [4, 2]]);

/** The plan for a matrix of `columns` columns that is multiplied by `rows` rows (or more). */
export function planPanels(columns: number, rows: number, tile: GemmTile): PanelPlan {
  const vectors = ceilDivide(columns, 4);
  const preferred = fewRowsVectors.get(rows) ?? tile.columns / 4;
  const list = rows === 1 ? evenWidths(vectors) : widths(vectors, preferred);
  const groups: PanelGroup[] = [];
  let firstColumn = 0;
  list.forEach((width, panel) => {
    const tail = panel === list.length - 1 ? columns % 4 : 0;
    const last = groups.at(-1);
    if (last?.tile.vectors === width && last.tile.tail === tail) groups[groups.length - 1] = { ...last, count: last.count + 1 };
    else groups.push({ tile: { rows: rowsFor(width, tile, rows), vectors: width, tail }, count: 1, firstPanel: panel, firstColumn });
    firstColumn += 4 * width;
  });
  const key = groups.map(({ tile: { vectors: width }, count }) => `${4 * width}x${count}`).join('+');
  return { groups, panels: list.length, columns, packedColumns: 4 * vectors, dot: false, key };
}

/** A matrix in an array: element (k, n) is at `offset + k·rowStride + n·columnStride`. */
export interface MatrixView {
  readonly data: Float32Array;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Lays k × columns values out in panels, from `at` of `to`; columns that do not exist become 0. */
export function packPanels(plan: PanelPlan, depth: number, from: MatrixView, to: Float32Array, at: number): void {
  const { data, offset, rowStride, columnStride } = from;
  let place = at;
  if (plan.dot) {
    for (let column = 0; column < plan.columns; column++) {
      for (let k = 0; k < depth; k++) to[place++] = data[offset + k * rowStride + column * columnStride]!;
    }
    return;
  }
  for (const { tile, count, firstColumn } of plan.groups) {
    const width = 4 * tile.vectors;
    for (let panel = 0; panel < count; panel++) {
      const column = firstColumn + panel * width;
      const present = Math.min(width, plan.columns - column);
      for (let k = 0; k < depth; k++, place += width) {
        const start = offset + k * rowStride + column * columnStride;
        for (let i = 0; i < present; i++) to[place + i] = data[start + i * columnStride] as number;
      }
    }
  }
}
