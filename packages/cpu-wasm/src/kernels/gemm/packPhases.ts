/** Phases that lay out operands which are not constant: B in panels, and A with its rows in order. */
import { f32, i32, i8x16, v128, type FunctionBuilder, type Local, type Value } from '../../asm/index.js';
import { loadLanes } from '../epilogue.js';
import { minimum, type LaunchBlock } from '../layout.js';
import type { PanelPlan } from './panels.js';

export interface PackB {
  readonly plan: PanelPlan;
  readonly from: Value<'i32'>;
  readonly to: Value<'i32'>;
  readonly depth: Value<'i32'>;
  /** Bytes between batch entries of B. */
  readonly batchStride: Value<'i32'>;
  /** Bytes between rows of k (columns, where transposed). */
  readonly stride: Value<'i32'>;
  readonly transposed: boolean;
}

/** Items: batch entries × panels. */
export function emitPackB(f: FunctionBuilder, block: LaunchBlock, pack: PackB): void {
  const { plan } = pack;
  const sizes = packSizes(f, pack);
  block.items((item) => {
    const batch = f.let(i32.divU(item, plan.panels));
    const panel = f.let(i32.sub(item, i32.mul(batch, plan.panels)));
    const source = f.let(i32.add(pack.from, i32.mul(batch, pack.batchStride)));
    const target = f.let(i32.add(pack.to, i32.mul(i32.mul(batch, sizes.depth), 4 * plan.packedColumns)));
    packPanel(f, pack, sizes, panel, source, target);
  });
}

/** All panels of one entry that begins at `from`, to `to`. */
export function emitPackEntry(f: FunctionBuilder, pack: Omit<PackB, 'batchStride'>): void {
  const sizes = packSizes(f, pack);
  const panel = f.let(i32.const(0));
  f.while(() => i32.ltU(panel, pack.plan.panels), () => {
    packPanel(f, pack, sizes, panel, f.let(pack.from), f.let(pack.to));
    f.increase(panel, 1);
  });
}

type PackSizes = Readonly<Record<'depth' | 'step', Local<'i32'>>>;

const packSizes = (f: FunctionBuilder, { depth, stride }: Omit<PackB, 'batchStride'>): PackSizes => ({ depth: f.let(depth), step: f.let(stride) });

/** One panel of the entry that begins at `source`; moves `source` and `target`, where the packed entry begins. */
function packPanel(
  f: FunctionBuilder, { plan, transposed }: Omit<PackB, 'batchStride'>, { depth, step }: PackSizes, panel: Local<'i32'>, source: Local<'i32'>, target: Local<'i32'>,
): void {
  for (const { tile, count, firstPanel, firstColumn } of plan.groups) {
    const width = 4 * tile.vectors;
    f.if(i32.ltU(i32.sub(panel, firstPanel), count), () => {
      const column = f.let(i32.add(i32.mul(i32.sub(panel, firstPanel), width), firstColumn));
      f.increase(target, i32.mul(i32.mul(column, depth), 4));
      f.increase(source, i32.mul(column, transposed ? step : 4));
      const left = f.let(depth);
      if (transposed) packTransposed(f, { source, target, left, step, width, present: tile.tail === 0 ? width : width - 4 + tile.tail });
      else packRows(f, { source, target, left, step, vectors: tile.vectors, tail: tile.tail });
    });
  }
}

interface Copy {
  readonly source: Local<'i32'>;
  readonly target: Local<'i32'>;
  /** Rows of k; counted down. */
  readonly left: Local<'i32'>;
  readonly step: Local<'i32'>;
}

function packRows(
  f: FunctionBuilder, { source, target, left, step, vectors, tail }: Copy & { readonly vectors: number; readonly tail: number },
): void {
  f.repeatAtLeastOnce(left, () => {
    for (let v = 0; v < vectors; v++) f.do(v128.store(target, loadLanes(source, 16 * v, v === vectors - 1 ? tail : 0), 16 * v, 2));
    f.increase(source, step);
    f.increase(target, 16 * vectors);
  });
}

/** Four values of k of four columns at a time; columns that are fewer, and what is left of k, value by value. */
function packTransposed(
  f: FunctionBuilder, { source, target, left, step, width, present }: Copy & { readonly width: number; readonly present: number },
): void {
  const quads = f.let(i32.shrU(left, 2));
  const rowBytes = f.let(i32.const(4 * width));
  const columns = (first: number): Local<'i32'> => f.let(i32.add(source, i32.mul(step, first)));
  f.repeat(quads, () => {
    for (let first = 0; first < width; first += 4) {
      f.scope(() => {
        const from = columns(first);
        if (first + 4 <= present) transposeQuad(f, from, step, f.let(i32.add(target, 4 * first)), rowBytes);
        else for (let k = 0; k < 4; k++) f.scope(() => packValues(f, f.let(i32.add(from, 4 * k)), step, i32.add(target, 4 * (k * width + first)), present - first));
      });
    }
    f.increase(source, 16);
    f.increase(target, 16 * width);
  });
  const rest = f.let(i32.and(left, 3));
  f.repeat(rest, () => {
    for (let first = 0; first < width; first += 4) f.scope(() => packValues(f, columns(first), step, i32.add(target, 4 * first), Math.min(4, present - first)));
    f.increase(source, 4);
    f.increase(target, 4 * width);
  });
}

/** Four columns' values of one k, of which `present` exist. */
function packValues(f: FunctionBuilder, from: Local<'i32'>, step: Local<'i32'>, target: Value<'i32'>, present: number): void {
  const to = f.let(target);
  for (let i = 0; i < 4; i++) {
    f.do(f32.store(to, i < present ? f32.load(from) : 0, 4 * i));
    if (i + 1 < present) f.increase(from, step);
  }
}

export interface TransposeA {
  readonly from: Value<'i32'>;
  readonly to: Value<'i32'>;
  readonly rows: Value<'i32'>;
  readonly depth: Value<'i32'>;
}

/** Rows of A that an item lays out: their values of one k fill a cache line. */
export const transposedTogether = 16;

/** Lays A, given as depth × rows for each batch entry, out as rows × depth. Items: batch entries × blocks of rows. */
export function emitTransposeA(f: FunctionBuilder, block: LaunchBlock, { from, to, rows, depth }: TransposeA): void {
  const rowCount = f.let(rows);
  const k = f.let(depth);
  const step = f.let(i32.mul(rowCount, 4));
  const rowBytes = f.let(i32.mul(k, 4));
  const blocks = f.let(i32.divU(i32.add(rowCount, transposedTogether - 1), transposedTogether));
  block.items((item) => {
    const batch = f.let(i32.divU(item, blocks));
    const first = f.let(i32.mul(i32.sub(item, i32.mul(batch, blocks)), transposedTogether));
    const count = minimum(f, i32.sub(rowCount, first), i32.const(transposedTogether));
    const source = f.let(i32.add(from, i32.mul(i32.add(i32.mul(i32.mul(batch, k), rowCount), first), 4)));
    const target = f.let(i32.add(to, i32.mul(i32.add(i32.mul(batch, rowCount), first), rowBytes)));
    const wide = f.let(i32.and(count, -4));
    // Rows past the last four: one value at a time.
    transposeValues(f, {
      source: i32.add(source, i32.mul(wide, 4)), target: i32.add(target, i32.mul(wide, rowBytes)), step, rowBytes, rows: i32.sub(count, wide), depth: k,
    });
    const left = f.let(i32.shrU(k, 2));
    f.repeat(left, () => {
      const quads = f.let(i32.shrU(wide, 2));
      const at = f.let(source);
      const out = f.let(target);
      f.repeat(quads, () => {
        transposeQuad(f, at, step, out, rowBytes);
        f.increase(at, 16);
        f.increase(out, i32.mul(rowBytes, 4));
      });
      f.increase(source, i32.mul(step, 4));
      f.increase(target, 16);
    });
    transposeValues(f, { source, target, step, rowBytes, rows: wide, depth: i32.and(k, 3) });
  });
}

interface Turned {
  readonly source: Value<'i32'>;
  readonly target: Value<'i32'>;
  /** Bytes from one k to the next in the source, and from row to row in the target. */
  readonly step: Local<'i32'>;
  readonly rowBytes: Local<'i32'>;
  readonly rows: Value<'i32'>;
  readonly depth: Value<'i32'>;
}

function transposeValues(f: FunctionBuilder, { source, target, step, rowBytes, rows, depth }: Turned): void {
  f.scope(() => {
    const from = f.let(source);
    const to = f.let(target);
    const rowsLeft = f.let(rows);
    f.repeat(rowsLeft, () => {
      const at = f.let(from);
      const out = f.let(to);
      const left = f.let(depth);
      f.repeat(left, () => {
        f.do(f32.store(out, f32.load(at)));
        f.increase(at, step);
        f.increase(out, 4);
      });
      f.increase(from, 4);
      f.increase(to, rowBytes);
    });
  });
}

/** Four by four values. */
function transposeQuad(f: FunctionBuilder, source: Local<'i32'>, step: Local<'i32'>, target: Local<'i32'>, rowBytes: Local<'i32'>): void {
  f.scope(() => {
    const at = f.let(source);
    const lines = [0, 1, 2, 3].map((i) => {
      if (i > 0) f.increase(at, step);
      return f.let(v128.load(at, 0, 2));
    });
    const pair = (a: number, lanes: readonly number[]): Local<'v128'> => f.let(i8x16.shuffle(lines[a]!, lines[a + 1]!, bytesOfLanes(lanes)));
    const [low, high] = [[0, 4, 1, 5], [2, 6, 3, 7]].map((lanes) => [pair(0, lanes), pair(2, lanes)] as const) as [Pair, Pair];
    const out = f.let(target);
    [low, high].forEach(([a, b], half) => [[0, 1, 4, 5], [2, 3, 6, 7]].forEach((lanes, i) => {
      if (half + i > 0) f.increase(out, rowBytes);
      f.do(v128.store(out, i8x16.shuffle(a, b, bytesOfLanes(lanes)), 0, 2));
    }));
  });
}

type Pair = readonly [Local<'v128'>, Local<'v128'>];

/** The bytes of lanes of four bytes each, out of two vectors. */
function bytesOfLanes(lanes: readonly number[]): number[] {
  return lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
}
