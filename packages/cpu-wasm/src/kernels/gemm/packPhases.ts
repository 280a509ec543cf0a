/** Phases that lay out operands which are not constant: B in panels, and A with its rows in order. */
import { f32, i32, v128, type FunctionBuilder, type Local, type Value } from '../../asm/index.js';
import { loadLanes } from '../epilogue.js';
import type { LaunchBlock } from '../layout.js';
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
export function emitPackB(f: FunctionBuilder, block: LaunchBlock, { plan, from, to, depth, batchStride, stride, transposed }: PackB): void {
  const k = f.let(depth);
  const step = f.let(stride);
  block.items((item) => {
    const batch = f.let(i32.divU(item, plan.panels));
    const panel = f.let(i32.sub(item, i32.mul(batch, plan.panels)));
    const source = f.let(i32.add(from, i32.mul(batch, batchStride)));
    const target = f.let(i32.add(to, i32.mul(i32.mul(batch, k), 4 * plan.packedColumns)));
    for (const { tile, count, firstPanel, firstColumn } of plan.groups) {
      const width = 4 * tile.vectors;
      f.if(i32.ltU(i32.sub(panel, firstPanel), count), () => {
        const column = f.let(i32.add(i32.mul(i32.sub(panel, firstPanel), width), firstColumn));
        f.increase(target, i32.mul(i32.mul(column, k), 4));
        f.increase(source, i32.mul(column, transposed ? step : 4));
        const left = f.let(k);
        if (transposed) packTransposed(f, { source, target, left, step, width, present: tile.tail === 0 ? width : width - 4 + tile.tail });
        else packRows(f, { source, target, left, step, vectors: tile.vectors, tail: tile.tail });
      });
    }
  });
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

function packTransposed(
  f: FunctionBuilder, { source, target, left, step, width, present }: Copy & { readonly width: number; readonly present: number },
): void {
  f.repeatAtLeastOnce(left, () => {
    const from = f.let(source);
    for (let i = 0; i < width; i++) {
      f.do(f32.store(target, i < present ? f32.load(from) : 0, 4 * i));
      if (i + 1 < present) f.increase(from, step);
    }
    f.increase(source, 4);
    f.increase(target, 4 * width);
  });
}

export interface TransposeA {
  readonly from: Value<'i32'>;
  readonly to: Value<'i32'>;
  readonly rows: Value<'i32'>;
  readonly depth: Value<'i32'>;
}

/** Lays A, given as depth × rows for each batch entry, out as rows × depth. Items: batch entries × rows. */
export function emitTransposeA(f: FunctionBuilder, block: LaunchBlock, { from, to, rows, depth }: TransposeA): void {
  const rowCount = f.let(rows);
  const k = f.let(depth);
  block.items((item) => {
    const batch = f.let(i32.divU(item, rowCount));
    const row = f.let(i32.sub(item, i32.mul(batch, rowCount)));
    const source = f.let(i32.add(from, i32.mul(i32.add(i32.mul(i32.mul(batch, k), rowCount), row), 4)));
    const target = f.let(i32.add(to, i32.mul(i32.mul(item, k), 4)));
    const left = f.let(k);
    f.repeatAtLeastOnce(left, () => {
      f.do(f32.store(target, f32.load(source)));
      f.increase(source, i32.mul(rowCount, 4));
      f.increase(target, 4);
    });
  });
}
