/**
 * The register tile of matrix multiply and convolution: `rows` × 4·`vectors` results held in registers while A and B stream past.
 *
 * A is read through a table of row addresses, one address per row and *tap*: a matrix has one tap, a convolution one for each place of its
 * window. So A needs no packing, and a convolution no im2col. B comes in panels of 4·`vectors` columns, row after row.
 * The loop body stays small (no unrolling over k): V8's TurboFan hoists the loads of a body before its arithmetic, so accumulators, the
 * vectors of B and one value per row of A must fit into the 15 registers, or it spills and halves.
 */
import { f32x4, i32, v128, type FunctionBuilder, type FunctionRef, type I32, type Local } from '../../asm/index.js';
import type { WasmFeatures } from '../../info.js';
import { applyEpilogue, loadLanes, multiplyAdd, noEpilogue, storeLanes, type EpiloguePlan } from '../epilogue.js';
import { buildDotTile } from './dotTile.js';

export interface TileShape {
  readonly rows: number;
  /** Vectors of four columns. */
  readonly vectors: number;
  /** How many lanes of the last vector are columns that exist; 0: all. */
  readonly tail: number;
  /** Which part of a long k the tile computes; left out: all of it. Later parts add what C holds, only the last applies the epilogue. */
  readonly part?: DepthPart | undefined;
  /** Vectors run along k (dotTile.ts); `tail` is the number of columns. */
  readonly dot?: { readonly runTail: number } | undefined;
}

export type DepthPart = 'first' | 'middle' | 'last';

/**
 * Parameters of a tile function, in order, all i32. `table`: address of the first row's entry; entries of neighbouring rows are 4 bytes
 * apart, of
 * neighbouring taps `tapStride`. `run`: how many values of k a tap has (≥ 1). `rows`: how many rows exist (≥ 1); rows past it are computed
 * from
 * whatever their table entry points at, and not stored. Then one address for each extra of the epilogue: of the value, of this
 * panel's first channel, or of the place that corresponds to `c`. A tile of a part has one more: the bytes of A that the parts before took.
 */
export const tileParams = ['table', 'tapStride', 'taps', 'run', 'b', 'bStride', 'c', 'cStride', 'rows'] as const;

export function tileKey({ rows, vectors, tail, part, dot }: TileShape): string {
  if (dot !== undefined) return `dot${rows}x${tail}/${dot.runTail}`;
  return `${rows}x${4 * vectors}${tail === 0 ? '' : `-${tail}`}${part === undefined ? '' : `/${part}`}`;
}

/** The tile function, built once per module. */
export function tileFunction(f: FunctionBuilder, shape: TileShape, final: EpiloguePlan, features: WasmFeatures): FunctionRef {
  const epilogue = hasEpilogue(shape) ? final : noEpilogue;
  const params = Array.from(
    { length: tileParams.length + epilogue.extras.length + (shape.part === undefined ? 0 : 1) }, () => 'i32' as const,
  );
  return f.helper(`tile/${tileKey(shape)}/${epilogue.key}`, { params, results: [] }, (g) => {
    if (shape.dot === undefined) buildTile(g, shape, epilogue, features);
    else buildDotTile(g, shape, shape.dot.runTail, epilogue, features);
  });
}

/** Whether a tile of this shape applies the epilogue, and takes its extra arguments. */
export const hasEpilogue = ({ part }: TileShape): boolean => part === undefined || part === 'last';

function buildTile(f: FunctionBuilder, shape: TileShape, epilogue: EpiloguePlan, features: WasmFeatures): void {
  const param = (name: (typeof tileParams)[number]): Local<'i32'> => f.param('i32', tileParams.indexOf(name));
  const [table, taps, b, c] = [param('table'), param('taps'), param('b'), param('c')];
  const sums = Array.from({ length: shape.rows }, () => f.locals('v128', shape.vectors));
  for (const row of sums) for (const sum of row) f.set(sum, v128.zero());

  f.loop((nextTap) => {
    const taken: I32 = shape.part === undefined ? 0 : f.param('i32', tileParams.length + epilogue.extras.length);
    const pointers = Array.from({ length: shape.rows }, (_, row) => f.let(i32.add(i32.load(table, 4 * row), taken)));
    f.increase(table, param('tapStride'));
    const left = f.let(param('run'));
    f.repeatAtLeastOnce(left, () => {
      const columns = Array.from({ length: shape.vectors }, (_, v) => f.let(v128.load(b, 16 * v, 2)));
      for (const [row, pointer] of pointers.entries()) {
        f.scope(() => {
          const x = f.let(v128.load32Splat(pointer));
          sums[row]!.forEach((sum, v) => f.set(sum, multiplyAdd(features, x, columns[v]!, sum)));
        });
      }
      f.increase(b, param('bStride'));
      for (const pointer of pointers) f.increase(pointer, 4);
    });
    f.brIf(nextTap, f.tee(taps, i32.sub(taps, 1)));
  });

  const extras = epilogue.extras.map((_, i) => f.param('i32', tileParams.length + i));
  const lanes = (v: number): number => (v === shape.vectors - 1 ? shape.tail : 0);
  const shared = epilogue.extras.map((kind, i) => {
    if (kind === 'scalar') return [f.let(v128.load32Splat(extras[i]!))];
    return kind === 'channel' ? Array.from({ length: shape.vectors }, (_, v) => f.let(loadLanes(extras[i]!, 16 * v, lanes(v)))) : [];
  });
  f.block((done) => {
    for (const [row, sumsOfRow] of sums.entries()) {
      if (row > 0) {
        f.brIf(done, i32.leS(param('rows'), row));
        f.increase(c, param('cStride'));
        epilogue.extras.forEach((kind, i) => kind === 'full' && f.increase(extras[i]!, param('cStride')));
      }
      for (const [v, sum] of sumsOfRow.entries()) {
        f.scope(() => {
          if (shape.part === 'middle' || shape.part === 'last') f.set(sum, f32x4.add(sum, loadLanes(c, 16 * v, lanes(v))));
          const result = applyEpilogue(f, epilogue, features, sum, (i) => {
            if (epilogue.extras[i] === 'full') return loadLanes(extras[i]!, 16 * v, lanes(v));
            return shared[i]![epilogue.extras[i] === 'scalar' ? 0 : v]!;
          });
          storeLanes(f, c, result, 16 * v, lanes(v));
        });
      }
    }
  });
}
