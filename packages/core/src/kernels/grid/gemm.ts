/**
 * The matrix product that matmul and the convolutions share. A workgroup makes a tile of the result: it brings strips of A and B, `stripDepth`
 * deep, into shared memory, and each of its threads keeps `rows` × `columns` results in registers. What A and B are is told by functions that
 * load four neighbours (A's along the depth, B's along the columns), zeros beyond the edges; so a convolution is the same product over an A
 * that nobody laid out. Rows of a thread stand apart by the number of thread rows, so that its neighbours read other banks.
 */
import type { Buffer, PassBuilder, ProgramBuilder, Variable } from '../../codegen/grid/builder.js';
import { storedBytes, type GridTarget, type Lanes } from '../../codegen/grid/types.js';
import { int, literal, type Value } from '../../codegen/grid/value.js';
import type { DType } from '../../dtypes.js';
import { applyEpilogue, extraBuffers, type GridEpilogue } from './epilogue.js';
import { ceilDivide, type GridLaunch } from './launch.js';

export interface Tile {
  /** Threads along the columns and along the rows. */
  readonly across: number;
  readonly down: number;
  /** Results of a thread; columns are a multiple of 4. */
  readonly rows: number;
  readonly columns: number;
}

/** Depth of the strips in shared memory. */
const stripDepth = 16;
const stripGroups = stripDepth / 4;

/** Sizes of one product; `batches` of them lie side by side. */
export interface GemmSizes {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly batches: number;
}

/** Nothing is shared: a thread makes its results straight from memory. Columns are a multiple of 4. */
export interface Alone {
  readonly rows: number;
  readonly columns: number;
}

export interface GemmCut {
  readonly tile: Tile | Alone;
  /** Workgroups that share the depth. */
  readonly parts: number;
}

/** The tiles there are code for. */
export const tiles = {
  large: { across: 8, down: 8, rows: 8, columns: 8 },
  middle: { across: 8, down: 8, rows: 4, columns: 4 },
  flat: { across: 16, down: 4, rows: 4, columns: 4 },
  tall: { across: 4, down: 16, rows: 4, columns: 4 },
} as const satisfies Record<string, Tile>;

/** The plain products there is code for: for small ones, and for devices whose threads share nothing. */
export const plains = { line: { rows: 1, columns: 4 }, block: { rows: 4, columns: 4 } } as const satisfies Record<string, Alone>;

const isTile = (tile: GemmCut['tile']): tile is Tile => 'across' in tile;

/** Workgroups that keep a device busy. */
const enoughWorkgroups = 64;

/** Products with fewer multiplications are not worth a tile: its code takes longer to compile, and its barriers to pass. */
const fewProducts = 2 ** 20;
const plainThreads = 64;

/**
 * A plain product along a longer depth is added up in stretches of so many: one sum of hundreds of terms loses digits that a sum of sums keeps
 * (on SwiftShader, depths of 256 to 4096: errors 1.2 to 2.4 times smaller, for some 5 per cent of time).
 */
const stretch = 32;

/** Workgroups that the results take. */
function workgroupsOf(tile: GemmCut['tile'], { rows, columns, batches }: GemmSizes): number {
  if (!isTile(tile)) return ceilDivide(ceilDivide(rows, tile.rows) * ceilDivide(columns, tile.columns) * batches, plainThreads);
  return ceilDivide(rows, tile.down * tile.rows) * ceilDivide(columns, tile.across * tile.columns) * batches;
}

export function cutGemm(sizes: GemmSizes, { threadResults = 64, sharing = true }: Pick<GridTarget, 'threadResults' | 'sharing'> = {}): GemmCut {
  const { rows, columns, depth, batches } = sizes;
  const isThin = rows <= 2 || columns <= 4;
  const few = !sharing ? (rows <= 2 ? plains.line : plains.block)
    : isThin || rows * columns * depth * batches <= fewProducts ? plains.line : columns <= 16 ? tiles.tall : rows <= 16 ? tiles.flat : undefined;
  const tile = few ?? (threadResults >= 64 && workgroupsOf(tiles.large, sizes) >= enoughWorkgroups ? tiles.large : tiles.middle);
  const made = workgroupsOf(tile, sizes);
  const parts = made >= enoughWorkgroups ? 1 : Math.max(1, Math.min(32, ceilDivide(2 * enoughWorkgroups, made), Math.floor(depth / 128)));
  return { tile, parts };
}

/** One operand: what is known of a row (of A) or group of columns (of B), and of a place in the depth, is worked out apart from the load. */
export interface GemmOperands {
  /** Neighbouring threads load neighbours along the depth (else: along rows, or columns). */
  readonly aAlongDepth: boolean;
  readonly bAlongDepth: boolean;
  /** What loads of A share of a place in the depth. */
  readonly aDepth?: (pass: PassBuilder, depth: Value) => readonly Value[];
  /** For a row of A: a function of a place in the depth (a multiple of 4), and of what `aDepth` made of it, that gives 4 values along it. */
  readonly a: (pass: PassBuilder, row: Value, batch: Value) => (depth: Value, shared: readonly Value[]) => readonly Value[];
  /** For 4 columns of B: a function of a place in the depth. */
  readonly b: (pass: PassBuilder, column: Value, batch: Value) => (depth: Value) => readonly Value[];
}

export interface Gemm {
  readonly name: string;
  readonly key: string;
  readonly sizes: GemmSizes;
  readonly cut: GemmCut;
  readonly dtype: DType;
  readonly result: DType;
  readonly epilogue: GridEpilogue;
  readonly inputs: readonly number[];
  readonly params: GridLaunch['params'];
  /** Row-major results: elements between rows, and between batches. */
  readonly rowStride: number;
  readonly batchStride: number;
  readonly operands: (program: ProgramBuilder) => GemmOperands;
}

/** Params: rows, columns, depth, rowStride, batchStride, part (depth of one), plane (results in all), then the operands' own. */
export function gemmLaunch(gemm: Gemm, target: GridTarget): GridLaunch {
  const { sizes, cut: { tile, parts }, epilogue } = gemm;
  const { rows, columns, depth, batches } = sizes;
  const plane = rows * columns * batches;
  const wide = target.vectors && columns % 4 === 0 && gemm.rowStride % 4 === 0;
  const part = Math.max(stripDepth, ceilDivide(ceilDivide(depth, parts), stripDepth) * stripDepth);
  const used = Math.max(1, ceilDivide(depth, part));
  const joined = used > 1;
  const [wideness, height] = isTile(tile) ? [tile.across * tile.columns, tile.down * tile.rows] : [tile.columns, tile.rows];
  const [across, down] = [ceilDivide(columns, wideness), ceilDivide(rows, height)];
  const isLong = !isTile(tile) && Math.min(part, depth) > 2 * stretch;
  const tileKey = `${isTile(tile) ? `${tile.across}x${tile.down}` : isLong ? 'long' : 'plain'}x${tile.rows}x${tile.columns}`;
  return {
    name: gemm.name,
    key: `${gemm.key}:${tileKey}${joined ? '+' : ''}:${wide ? 4 : 1}:${gemm.dtype}>${gemm.result}:${epilogue.key}`,
    inputs: [...gemm.inputs, ...epilogue.inputs],
    params: { rows, columns, depth, rowStride: gemm.rowStride, batchStride: gemm.batchStride, part, parts: used, plane, tilesAcross: across, tilesDown: down, batches, ...gemm.params },
    workgroups: [{ spread: workgroupsOf(tile, sizes), layers: used }, ...(joined ? [ceilDivide(plane / (wide ? 4 : 1), 64)] : [])],
    scratch: joined ? used * plane * storedBytes(scratchOf(gemm.dtype), target) : 0,
    flops: 2 * plane * depth,
    build(program) {
      const operands = gemm.operands(program);
      const lanes: Lanes = wide ? 4 : 1;
      const extras = extraBuffers(program, epilogue, lanes);
      const out = program.output('out', gemm.result, { lanes });
      const scratch = joined ? program.scratch('parts', scratchOf(gemm.dtype), { lanes }) : undefined;
      const finish = (pass: PassBuilder, sums: readonly Value[], place: Value, channel: Value): void => {
        const own = sums.map((sum) => pass.wrap(gemm.dtype, sum));
        pass.storeGroup(out, place, applyEpilogue(pass, epilogue, extras, own, place, channel));
      };
      const close = (pass: PassBuilder): Close => (row, column, batch, sums) => {
        if (scratch === undefined) {
          const place = batch.mul(pass.param('batchStride')).add(row.mul(pass.param('rowStride'))).add(column);
          finish(pass, sums, pass.let('place', place.div(lanes)), channelOf(pass, gemm, batch, column, lanes));
        } else {
          const place = pass.builtin('workgroup.z').mul(pass.param('plane')).add(batch.mul(pass.param('rows')).add(row).mul(pass.param('columns'))).add(column);
          pass.storeGroup(scratch, pass.let('place', place.div(lanes)), sums);
        }
      };
      if (isTile(tile)) program.pass('tiles', [tile.across, tile.down, 1], (pass) => tilePass(pass, gemm, tile, operands, lanes, close(pass)));
      else program.pass('plain', [plainThreads, 1, 1], (pass) => plainPass(pass, gemm, { ...tile, isLong }, operands, lanes, close(pass)));
      if (scratch !== undefined) program.pass('join', [64, 1, 1], (pass) => joinPass(pass, gemm, scratch, lanes, finish));
    },
  };
}

const scratchOf = (dtype: DType): DType => (dtype === 'float16' || dtype === 'bfloat16' ? 'float32' : dtype);

/** The group of the last dimension: batches of a convolution are groups of channels there. */
function channelOf(pass: PassBuilder, gemm: Gemm, batch: Value, column: Value, lanes: Lanes): Value {
  return (gemm.batchStride < gemm.rowStride ? batch.mul(pass.param('batchStride')).add(column) : column).div(lanes);
}

type Close = (row: Value, column: Value, batch: Value, sums: readonly Value[]) => void;

/** Where a thread stands: in its tile, and its tile in the result. */
interface Stand {
  readonly x: Value;
  readonly y: Value;
  readonly thread: Value;
  readonly firstRow: Value;
  readonly firstColumn: Value;
  readonly batch: Value;
}

/** A thread for each block of results. */
function plainPass(pass: PassBuilder, { dtype }: Gemm, { rows, columns, isLong }: Alone & { readonly isLong: boolean }, operands: GemmOperands, lanes: Lanes, close: Close): void {
  const number = pass.let('number', pass.globalIndex());
  const line = pass.let('line', number.div(pass.param('tilesAcross')));
  const column = pass.let('column', number.sub(line.mul(pass.param('tilesAcross'))).mul(columns));
  const batch = pass.let('batch', line.div(pass.param('tilesDown')));
  const row = pass.let('row', line.sub(batch.mul(pass.param('tilesDown'))).mul(rows));
  pass.if(batch.lt(pass.param('batches')), () => {
    const type = pass.typeOf(dtype);
    const rowOf = Array.from({ length: rows }, (_, i) => (i === 0 ? row : pass.let('row', row.add(i))));
    const columnOf = Array.from({ length: columns / 4 }, (_, j) => (j === 0 ? column : pass.let('column', column.add(4 * j))));
    const zeros = (name: string): Variable[][] => rowOf.map(() => Array.from({ length: columns }, () => pass.var(name, literal(0, type))));
    const sums = zeros('sum');
    const loadA = rowOf.map((at) => operands.a(pass, at, batch));
    const loadB = columnOf.map((at) => operands.b(pass, at, batch));
    const start = pass.let('start', pass.builtin('workgroup.z').mul(pass.param('part')));
    const end = pass.let('end', start.add(pass.param('part')).min(pass.param('depth')));
    const addUp = (from: Value, to: Value, into: readonly (readonly Variable[])[]): void => pass.for('k', from, to, (k) => {
      const shared = operands.aDepth?.(pass, k) ?? [];
      const factors = loadA.map((load) => load(k, shared));
      for (let i = 0; i < 4; i++) {
        const place = pass.let('k', k.add(i));
        const values = loadB.flatMap((load) => load(place));
        into.forEach((own, r) => own.forEach((sum, lane) => pass.assign(sum, factors[r]![i]!.fma(values[lane]!, sum))));
      }
    }, 4);
    if (!isLong) addUp(start, end, sums);
    else {
      pass.for('stretch', start, end, (first) => {
        const own = zeros('partial');
        addUp(first, pass.let('last', first.add(stretch).min(end)), own);
        own.forEach((line, r) => line.forEach((partial, lane) => pass.assign(sums[r]![lane]!, sums[r]![lane]!.add(partial))));
      }, stretch);
    }
    sums.forEach((own, r) => {
      const store = (): void => columnOf.forEach((at, j) => storeFour(pass, lanes, rowOf[r]!, at, batch, own.slice(4 * j, 4 * j + 4), close));
      if (r === 0) store();
      else pass.if(rowOf[r]!.lt(pass.param('rows')), store);
    });
  });
}

/** Four results that lie side by side, as far as there are columns. */
function storeFour(pass: PassBuilder, lanes: Lanes, row: Value, column: Value, batch: Value, sums: readonly Value[], close: Close): void {
  if (lanes === 4) {
    pass.if(column.lt(pass.param('columns')), () => close(row, column, batch, sums));
    return;
  }
  sums.forEach((sum, lane) => {
    const at = pass.let('at', column.add(lane));
    pass.if(at.lt(pass.param('columns')), () => close(row, at, batch, [sum]));
  });
}

function tilePass(pass: PassBuilder, gemm: Gemm, tile: Tile, operands: GemmOperands, lanes: Lanes, close: Close): void {
  const { across, down, rows, columns } = tile;
  const x = pass.let('x', pass.builtin('thread.x'));
  const y = pass.let('y', pass.builtin('thread.y'));
  const thread = pass.let('thread', y.mul(across).add(x));
  const number = pass.let('number', pass.workgroupIndex());
  const line = pass.let('line', number.div(pass.param('tilesAcross')));
  const batch = pass.let('batch', line.div(pass.param('tilesDown')));
  const firstRow = pass.let('firstRow', line.sub(batch.mul(pass.param('tilesDown'))).mul(down * rows));
  const firstColumn = pass.let('firstColumn', number.sub(line.mul(pass.param('tilesAcross'))).mul(across * columns));
  pass.if(batch.lt(pass.param('batches')), () => tileBody(pass, gemm, tile, operands, lanes, { x, y, thread, firstRow, firstColumn, batch }, close));
}

function tileBody(pass: PassBuilder, { dtype }: Gemm, tile: Tile, operands: GemmOperands, lanes: Lanes, stand: Stand, close: Close): void {
  const { x, y, thread, firstRow, firstColumn, batch } = stand;
  const { across, down } = tile;
  const threads = across * down;
  const tileRows = down * tile.rows;
  const tileColumns = across * tile.columns;
  const type = pass.typeOf(dtype);
  // A row of A's strip takes one group more than it has, so that rows begin in different banks.
  const aStep = stripGroups + 1;
  const bStep = tileColumns / 4;
  const a = pass.shared('aStrip', type, tileRows * aStep, 4);
  const b = pass.shared('bStrip', type, stripDepth * bStep, 4);
  const sums = Array.from({ length: tile.rows * tile.columns }, () => pass.var('sum', literal(0, type)));
  // Along the depth, all of a thread's loads are of one place in it.
  const aGroup = operands.aAlongDepth ? pass.let('aGroup', thread.mod(stripGroups)) : undefined;
  const aLoads = loadsOf(threads, tileRows * stripGroups).map(({ slot, isWhole }) => {
    const at = pass.let('slot', thread.add(slot * threads));
    const row = pass.let('row', operands.aAlongDepth ? at.div(stripGroups) : at.mod(tileRows));
    const group = aGroup ?? pass.let('group', at.div(tileRows));
    const load = operands.a(pass, pass.let('aRow', firstRow.add(row)), batch);
    const run = (k: Value, shared: readonly Value[]): void => pass.setElement(a, row.mul(aStep).add(group), ...load(k, shared));
    return { isInside: isWhole ? undefined : at.lt(tileRows * stripGroups), group, run };
  });
  const bLoads = loadsOf(threads, stripDepth * bStep).map(({ slot, isWhole }) => {
    const at = pass.let('slot', thread.add(slot * threads));
    const row = pass.let('row', operands.bAlongDepth ? at.mod(stripDepth) : at.div(bStep));
    const group = pass.let('group', operands.bAlongDepth ? at.div(stripDepth) : at.mod(bStep));
    const load = operands.b(pass, pass.let('bColumn', firstColumn.add(group.mul(4))), batch);
    const run = (strip: Value): void => pass.setElement(b, row.mul(bStep).add(group), ...load(pass.let('k', strip.add(row))));
    return { isInside: isWhole ? undefined : at.lt(stripDepth * bStep), run };
  });
  const where = (isInside: Value | undefined, run: () => void): void => (isInside === undefined ? run() : pass.if(isInside, run));
  const start = pass.let('start', pass.builtin('workgroup.z').mul(pass.param('part')));
  const end = pass.let('end', start.add(pass.param('part')).min(pass.param('depth')));
  pass.for('strip', start, end, (strip) => {
    const depthAt = (group: Value): [Value, readonly Value[]] => {
      const k = pass.let('k', strip.add(group.mul(4)));
      return [k, operands.aDepth?.(pass, k) ?? []];
    };
    const common = aGroup === undefined ? undefined : depthAt(aGroup);
    for (const { isInside, group, run } of aLoads) where(isInside, () => run(...(common ?? depthAt(group))));
    for (const { isInside, run } of bLoads) where(isInside, () => run(strip));
    pass.barrier();
    pass.for('group', 0, stripGroups, (group) => multiplyGroup(pass, tile, { a, aStep, b, bStep, x, y, group }, sums));
    pass.barrier();
  }, stripDepth);
  for (let i = 0; i < tile.rows; i++) {
    const row = pass.let('row', firstRow.add(y).add(i * down));
    pass.if(row.lt(pass.param('rows')), () => {
      for (let j = 0; j < tile.columns; j += 4) {
        const column = pass.let('column', firstColumn.add(x.mul(4)).add(j * across));
        storeFour(pass, lanes, row, column, batch, sums.slice(i * tile.columns + j, i * tile.columns + j + 4), close);
      }
    });
  }
}

/** The turns that `threads` take to load `groups` groups. */
function loadsOf(threads: number, groups: number): { slot: number; isWhole: boolean }[] {
  return Array.from({ length: ceilDivide(groups, threads) }, (_, slot) => ({ slot, isWhole: (slot + 1) * threads <= groups }));
}

interface Strips {
  readonly a: ReturnType<PassBuilder['shared']>;
  readonly aStep: number;
  readonly b: ReturnType<PassBuilder['shared']>;
  readonly bStep: number;
  readonly x: Value;
  readonly y: Value;
  readonly group: Value;
}

/** Four steps of the depth. */
function multiplyGroup(pass: PassBuilder, tile: Tile, { a, aStep, b, bStep, x, y, group }: Strips, sums: readonly Variable[]): void {
  const rows = Array.from({ length: tile.rows }, (_, i) => pass.elementGroup(a, y.add(i * tile.down).mul(aStep).add(group)));
  for (let k = 0; k < 4; k++) {
    const line = pass.let('line', group.mul(4).add(k).mul(bStep).add(x));
    for (let j = 0; j < tile.columns / 4; j++) {
      const columns = pass.elementGroup(b, line.add(j * tile.across));
      rows.forEach((row, i) => columns.forEach((column, lane) => {
        const sum = sums[i * tile.columns + 4 * j + lane]!;
        pass.assign(sum, row[k]!.fma(column, sum));
      }));
    }
  }
}

/** Adds up the parts of the depth. */
function joinPass(
  pass: PassBuilder, gemm: Gemm, scratch: Buffer, lanes: Lanes, finish: (pass: PassBuilder, sums: readonly Value[], place: Value, channel: Value) => void,
): void {
  const group = pass.let('group', pass.globalIndex());
  const plane = pass.let('groups', pass.param('plane').div(lanes));
  pass.if(group.lt(plane), () => {
    const sums = Array.from({ length: lanes }, () => pass.var('sum', literal(0, pass.typeOf(gemm.dtype))));
    pass.for('part', 0, pass.param('parts'), (part) => {
      const loaded = pass.loadGroup(scratch, part.mul(plane).add(group));
      sums.forEach((sum, lane) => pass.assign(sum, sum.add(loaded[lane]!)));
    });
    const width = pass.let('width', pass.param('columns').div(lanes));
    const line = pass.let('line', group.div(width));
    const column = pass.let('column', group.sub(line.mul(width)).mul(lanes));
    const batch = pass.let('batch', line.div(pass.param('rows')));
    const row = pass.let('row', line.sub(batch.mul(pass.param('rows'))));
    const place = batch.mul(pass.param('batchStride')).add(row.mul(pass.param('rowStride'))).add(column);
    finish(pass, sums, pass.let('place', place.div(lanes)), channelOf(pass, gemm, batch, column, lanes));
  });
}

/** Four scalars where an index may be past the end: those are zero. `load` is given an index that is inside. */
export function guarded(pass: PassBuilder, dtype: DType, isInside: readonly Value[], load: (lane: number) => Value): Value[] {
  return isInside.map((inside, lane) => {
    const value = pass.var('value', literal(0, pass.typeOf(dtype)));
    pass.if(inside, () => pass.assign(value, load(lane)));
    return value;
  });
}

/** A whole group where `isInside`, else zeros. */
export function guardedGroup(pass: PassBuilder, dtype: DType, isInside: Value, load: () => readonly Value[]): Value[] {
  const values = Array.from({ length: 4 }, () => pass.var('value', literal(0, pass.typeOf(dtype))));
  pass.if(isInside, () => load().forEach((value, lane) => pass.assign(values[lane]!, value)));
  return values;
}

export const four = (value: Value): Value[] => Array.from({ length: 4 }, (_, lane) => value.add(int(lane)));
