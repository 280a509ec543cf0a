/**
 * The loops around the register tile. A work item is a block of rows × a block of panels of one batch entry (or group of a convolution):
 * the item's table of row addresses is written once, then every panel of B passes over all its row tiles, so that the panel stays in L1
 * and the rows of A in L2.
 */
import { i32, type FunctionBuilder, type Local, type Value } from '../../asm/index.js';
import type { WasmFeatures } from '../../info.js';
import type { EpiloguePlan } from '../epilogue.js';
import { ceilDivide, maximum, minimum, roundUp, Words, type LaunchBlock } from '../layout.js';
import type { PanelGroup, PanelPlan } from './panels.js';
import { hasEpilogue, tileFunction, type DepthPart, type TileShape } from './tile.js';

/** Row blocks are multiples of this, so that tiles of 1, 2, 3, 4, 6 and 12 rows cut them evenly. */
export const rowUnit = 12;

/**
 * The words every blocked program begins with. Strides are bytes. `bColumn`: from one column's panel to the next one's, per column;
 * `bStride`: between rows of k where B is not
 * packed, between columns where few columns lie one after the other. `threadBytes`: scratch of each thread, the table first.
 * `depthBlock`: values of k that a pass takes, where the code cuts k.
 */
export const blockWords = [
  'rows', 'blockRows', 'rowBlocks', 'columnBlocks', 'blockPanels', 'taps', 'run', 'bColumn', 'bStride', 'cBatch', 'cStride', 'threadBytes',
  'depthBlock',
] as const;
export type BlockWord = (typeof blockWords)[number];

export interface BlockSizes {
  readonly blockRows: number;
  readonly rowBlocks: number;
  readonly columnBlocks: number;
  readonly blockPanels: number;
  readonly items: number;
}

/** Floating-point operations that one item should have at least: about 0.1 ms. */
const itemFlops = 5e6;
/** Bytes of B that an item passes over, and of A: both stay in a 1 MiB L2. */
const panelBytes = 400 << 10;
const rowBytes = 256 << 10;
/** Above this, k is cut into parts, so that a part of a panel stays in L1 while it passes over the rows. */
const longDepth = 700;
const depthTarget = 512;

/** How many parts k is cut into: only plain matrices of many rows, with one tap. */
export function depthParts(rows: number, depth: number, taps: number): number {
  return taps === 1 && rows >= 2 * rowUnit && depth > longDepth ? Math.ceil(depth / depthTarget) : 1;
}

/** Cuts rows × columns × depth (×batches) into items. */
export function blockSizes(plan: PanelPlan, rows: number, depth: number, batches: number, threads: number): BlockSizes {
  const bytesOfPanel = (4 * depth * plan.packedColumns) / plan.panels;
  let blockPanels = Math.min(plan.panels, Math.max(1, Math.floor(panelBytes / bytesOfPanel)));
  let columnBlocks = ceilDivide(plan.panels, blockPanels);
  blockPanels = ceilDivide(plan.panels, columnBlocks);
  const flopsOfRow = 2 * depth * (plan.packedColumns / columnBlocks);
  const wanted = threads === 1 ? 1 : 3 * threads;
  const most = Math.max(rowUnit, Math.min(240, Math.floor(rowBytes / (4 * depth * rowUnit)) * rowUnit));
  const fair = roundUp(ceilDivide(rows * batches * columnBlocks, wanted), rowUnit);
  const blockRows = Math.max(rowUnit, Math.min(most, roundUp(ceilDivide(itemFlops, flopsOfRow), rowUnit), fair));
  const rowBlocks = ceilDivide(rows, blockRows);
  const lack = wanted / (rowBlocks * columnBlocks * batches);
  if (lack > 1 && 2 * rows * depth * plan.packedColumns * batches > 4e5) {
    blockPanels = Math.max(1, Math.floor(blockPanels / lack));
    columnBlocks = ceilDivide(plan.panels, blockPanels);
  }
  return { blockRows, rowBlocks, columnBlocks, blockPanels, items: batches * rowBlocks * columnBlocks };
}

/** Sizes of one batch entry; `start` is the byte offset of its first row in C. */
export interface BatchEntry {
  readonly rows: Value<'i32'>;
  readonly start: Value<'i32'>;
  readonly taps: Value<'i32'>;
  readonly bColumn: Value<'i32'>;
}

export interface BlockCode {
  readonly plan: PanelPlan;
  readonly epilogue: EpiloguePlan;
  readonly features: WasmFeatures;
  readonly word: (name: BlockWord) => Value<'i32'>;
  readonly scratch: Value<'i32'>;
  readonly c: Value<'i32'>;
  /** Addresses of the epilogue's extra arguments. */
  readonly extras: readonly Value<'i32'>[];
  /** Where a batch entry's B is. */
  readonly b: (batch: Local<'i32'>) => Value<'i32'>;
  /** B is packed in panels; else its rows are `bStride` apart. */
  readonly packed: boolean;
  /** k is cut into parts of `depthBlock`. */
  readonly cutDepth: boolean;
  /** The batch runs over channels of one output (groups of a convolution). */
  readonly grouped: boolean;
  /** Where batch entries differ in more than their place: each one's own sizes. `rows` may be smaller than the block's first row. */
  readonly entry?: (batch: Local<'i32'>) => BatchEntry;
  /**
   * Writes the table of `blockRows` entries per tap at `table`, for rows from `firstRow` on. Rows past the last must point at readable
   * data.
   */
  readonly fill: (place: Readonly<Record<'batch' | 'firstRow' | 'table' | 'tapStride', Local<'i32'>>>) => void;
}

/** The body of the main phase. */
export function emitBlocks(f: FunctionBuilder, block: LaunchBlock, code: BlockCode): void {
  const { word, plan } = code;
  const blockRows = f.let(word('blockRows'));
  const tapStride = f.let(i32.mul(blockRows, 4));
  const cStride = f.let(word('cStride'));
  const table = f.let(i32.add(code.scratch, i32.mul(block.thread, word('threadBytes'))));
  block.items((item) => {
    const rest = f.let(i32.divU(item, word('rowBlocks')));
    const firstRow = f.let(i32.mul(i32.sub(item, i32.mul(rest, word('rowBlocks'))), blockRows));
    const batch = f.let(i32.divU(rest, word('columnBlocks')));
    const firstPanel = f.let(i32.mul(i32.sub(rest, i32.mul(batch, word('columnBlocks'))), word('blockPanels')));
    const endPanel = f.let(i32.add(firstPanel, word('blockPanels')));
    const own = code.entry?.(batch);
    const rows = minimum(f, blockRows, i32.sub(own?.rows ?? word('rows'), firstRow));
    const run = (): void => {
      f.scope(() => code.fill({ batch, firstRow, table, tapStride }));
      const channel = f.let(code.grouped ? i32.mul(batch, word('cBatch')) : i32.const(0));
      const start = f.let(i32.add(own?.start ?? i32.mul(batch, word('cBatch')), i32.mul(firstRow, cStride)));
      const [b, taps, bColumn] = [
        code.b(batch), own?.taps ?? word('taps'), own?.bColumn ?? word('bColumn'),
      ].map((value) => f.let(value)) as [L, L, L];
      const state = { firstPanel, endPanel, b, bColumn, taps, start, channel, rows, table, tapStride, cStride };
      for (const group of plan.groups) f.scope(() => emitGroup(f, code, group, state));
    };
    if (own === undefined) run();
    else f.if(i32.gtS(rows, 0), run);
  });
}

type L = Local<'i32'>;

/** What a block of rows and panels needs of the whole. */
export type GroupCode = Pick<BlockCode, 'plan' | 'epilogue' | 'features' | 'word' | 'c' | 'extras' | 'packed' | 'cutDepth'>;

export interface GroupState {
  readonly firstPanel: Local<'i32'>;
  readonly endPanel: Local<'i32'>;
  readonly b: Local<'i32'>;
  readonly bColumn: Local<'i32'>;
  readonly taps: Local<'i32'>;
  /** Byte offset of the item's first row in C. */
  readonly start: Local<'i32'>;
  readonly channel: Local<'i32'>;
  readonly rows: Local<'i32'>;
  readonly table: Local<'i32'>;
  readonly tapStride: Local<'i32'>;
  readonly cStride: Local<'i32'>;
}

/** Multiplies a block of rows with the panels of a group. */
export function emitGroup(f: FunctionBuilder, code: GroupCode, group: PanelGroup, state: GroupState): void {
  const { tile } = group;
  const width = 4 * tile.vectors;
  const panel = maximum(f, state.firstPanel, i32.const(group.firstPanel));
  const end = minimum(f, state.endPanel, i32.const(group.firstPanel + group.count));
  const bStride = code.packed && tile.dot === undefined ? i32.const(4 * width) : f.let(code.word('bStride'));
  f.while(() => i32.ltS(panel, end), () => {
    const column = f.let(i32.add(i32.mul(i32.sub(panel, group.firstPanel), width), group.firstColumn));
    const b = f.let(i32.add(state.b, i32.mul(column, state.bColumn)));
    const offset = f.let(i32.add(state.start, i32.mul(column, 4)));
    const channel = f.let(i32.add(state.channel, i32.mul(column, 4)));
    const pass = { b, bStride, offset, channel, run: code.word('run') };
    if (code.cutDepth) emitParts(f, code, tile, state, pass);
    else emitRows(f, code, tile, state, pass);
    f.increase(panel, 1);
  });
}

/** One pass of a panel over the rows. */
interface Pass {
  readonly b: Local<'i32'>;
  readonly bStride: Value<'i32'>;
  /** Byte offset in C of the first row, and of the panel among the channels. */
  readonly offset: Local<'i32'>;
  readonly channel: Local<'i32'>;
  readonly run: Value<'i32'>;
  /** Bytes of A that the parts before took. */
  readonly taken?: Local<'i32'>;
}

/** The passes of a long k: first, any number of middle ones, last. */
function emitParts(f: FunctionBuilder, code: GroupCode, tile: TileShape, state: GroupState, pass: Pass): void {
  const size = f.let(code.word('depthBlock'));
  const left = f.let(code.word('run'));
  const taken = f.let(i32.const(0));
  const b = f.let(pass.b);
  const step = (part: DepthPart, run: Local<'i32'>): void => emitRows(f, code, { ...tile, part }, state, { ...pass, b, run, taken });
  const advance = (): void => {
    f.increase(b, i32.mul(size, pass.bStride));
    f.increase(taken, i32.mul(size, 4));
    f.set(left, i32.sub(left, size));
  };
  step('first', size);
  advance();
  f.while(() => i32.gtS(left, size), () => {
    step('middle', size);
    advance();
  });
  step('last', left);
}

function emitRows(f: FunctionBuilder, code: GroupCode, tile: TileShape, state: GroupState, pass: Pass): void {
  f.scope(() => {
    const target = tileFunction(f, tile, code.epilogue, code.features);
    const offset = f.let(pass.offset);
    const entry = f.let(state.table);
    const left = f.let(state.rows);
    f.loop((again) => {
      const extras = !hasEpilogue(tile) ? [] : code.epilogue.extras.map((kind, i) => {
        const base = code.extras[i]!;
        return kind === 'scalar' ? base : i32.add(base, kind === 'channel' ? pass.channel : offset);
      });
      f.call(
        target, entry, state.tapStride, state.taps, pass.run, pass.b, pass.bStride, i32.add(code.c, offset), state.cStride, left, ...extras,
        ...(pass.taken === undefined ? [] : [pass.taken]),
      );
      f.increase(entry, 4 * tile.rows);
      f.increase(offset, i32.mul(state.cStride, tile.rows));
      f.brIf(again, i32.gtS(f.tee(left, i32.sub(left, tile.rows)), 0));
    });
  });
}

/** A reader of the block words at the start of a launch's words. */
export function readBlockWords(block: LaunchBlock): (name: BlockWord) => Value<'i32'> {
  return new Words(blockWords).in(block);
}
