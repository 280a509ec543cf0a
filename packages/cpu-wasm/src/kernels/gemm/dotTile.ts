/**
 * The register tile for one to three columns: vectors run along k instead of along the columns, which would leave most lanes empty. B lies
 * column
 * after column. Parameters are those of tile.ts; `bStride` is from one column to the next.
 */
import { f32x4, i32, i8x16, v128, type FunctionBuilder, type Local } from '../../asm/index.js';
import type { WasmFeatures } from '../../info.js';
import { applyEpilogue, loadLanes, multiplyAdd, storeLanes, type EpiloguePlan } from '../epilogue.js';
import { tileParams, type TileShape } from './tile.js';

/** Most columns that are computed this way. */
export const dotColumns = 3;
/** Shortest run along k for which it pays. */
export const dotRun = 8;

/** Rows of the tile by columns: rows × columns sums, one vector for each row of A and column of B, together 15 registers at most. */
export const dotRows = (columns: number): number => [6, 4, 3][columns - 1] ?? 1;

export function buildDotTile(f: FunctionBuilder, shape: TileShape, runTail: number, epilogue: EpiloguePlan, features: WasmFeatures): void {
  const param = (name: (typeof tileParams)[number]): Local<'i32'> => f.param('i32', tileParams.indexOf(name));
  const [table, taps, c] = [param('table'), param('taps'), param('c')];
  const columns = shape.tail;
  const sums = Array.from({ length: shape.rows }, () => f.locals('v128', columns));
  for (const row of sums) for (const sum of row) f.set(sum, v128.zero());
  const b = Array.from({ length: columns }, (_, column) => f.let(i32.add(param('b'), i32.mul(param('bStride'), column))));

  f.loop((nextTap) => {
    const pointers = Array.from({ length: shape.rows }, (_, row) => f.let(i32.load(table, 4 * row)));
    f.increase(table, param('tapStride'));
    const step = (lanes: number): void => {
      const loaded = b.map((pointer) => f.let(loadLanes(pointer, 0, lanes)));
      for (const [row, pointer] of pointers.entries()) {
        f.scope(() => {
          const x = f.let(loadLanes(pointer, 0, lanes));
          sums[row]!.forEach((sum, column) => f.set(sum, multiplyAdd(features, x, loaded[column]!, sum)));
        });
      }
      for (const pointer of [...b, ...pointers]) f.increase(pointer, lanes === 0 ? 16 : 4 * lanes);
    };
    const left = f.let(i32.shrU(param('run'), 2));
    f.repeat(left, () => step(0));
    if (runTail > 0) f.scope(() => step(runTail));
    f.brIf(nextTap, f.tee(taps, i32.sub(taps, 1)));
  });

  const extras = epilogue.extras.map((_, i) => f.param('i32', tileParams.length + i));
  f.block((done) => {
    for (const [row, sumsOfRow] of sums.entries()) {
      if (row > 0) {
        f.brIf(done, i32.leS(param('rows'), row));
        f.increase(c, param('cStride'));
        epilogue.extras.forEach((kind, i) => kind === 'full' && f.increase(extras[i]!, param('cStride')));
      }
      for (const [column, sum] of sumsOfRow.entries()) {
        f.scope(() => {
          f.set(sum, f32x4.add(sum, i8x16.shuffle(sum, sum, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7])));
          f.set(sum, f32x4.add(sum, i8x16.shuffle(sum, sum, [4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3])));
          const result = applyEpilogue(
            f, epilogue, features, sum, (i) => f.let(loadLanes(extras[i]!, epilogue.extras[i] === 'scalar' ? 0 : 4 * column, 1)),
          );
          storeLanes(f, c, result, 4 * column, 1);
        });
      }
    }
  });
}
