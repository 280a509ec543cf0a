/**
 * A few rows times a matrix that is not constant: B is read once, row after row as it lies, and the results of a block of columns stay in L1.
 * (Panels of a matrix whose rows are a power of two apart would fall on the same cache lines again and again.)
 */
import { sizeOf } from '@sessionflow/core/device';
import { type DeviceProgram, extraInputs, type Kernel, matrixSizes, type OpCall } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../../abi.js';
import { i32, memory, v128, type FunctionBuilder, type Local, type Value } from '../../asm/index.js';
import type { WasmFeatures, WasmInfo } from '../../info.js';
import { applyEpilogue, multiplyAdd, planEpilogue, type EpiloguePlan } from '../epilogue.js';
import { ceilDivide, LaunchBlock, roundUp, Words } from '../layout.js';
import { batchTable, supports } from './matMul.js';

/** Most rows. */
const mostRows = 4;
/** Rows of B that a pass over the results of so many rows takes: their factors, one for each pair of rows, stay in registers. */
const rowsTogether: readonly number[] = [0, 4, 4, 2, 2];

/**
 * A B of so many bytes lies in a level 3 cache and not in level 2. One row of results is then added to faster (1.3 to 1.8 times, on an AMD EPYC)
 * when B is read in one stream; smaller and larger ones are faster in several.
 */
const streamed: readonly [from: number, to: number] = [12 << 20, 40 << 20];

interface FewRows {
  /** Rows of A. */
  readonly rows: number;
  /** Rows of B that a pass takes. */
  readonly together: number;
  readonly epilogue: EpiloguePlan;
  readonly features: WasmFeatures;
  /** Columns in all (a multiple of 4), columns of a block, blocks, and the length of the vector. */
  readonly columns: Value<'i32'>;
  readonly blockColumns: Value<'i32'>;
  readonly blocks: Value<'i32'>;
  readonly depth: Value<'i32'>;
  readonly a: (batch: Local<'i32'>) => Value<'i32'>;
  readonly b: (batch: Local<'i32'>) => Value<'i32'>;
  readonly c: Value<'i32'>;
  readonly extras: readonly Value<'i32'>[];
}

/** Items: batch entries × blocks of columns. */
function emitFewRows(f: FunctionBuilder, block: LaunchBlock, code: FewRows): void {
  const { together } = code;
  const rowBytes = f.let(i32.mul(code.columns, 4));
  const blockBytes = f.let(i32.mul(code.blockColumns, 4));
  const depthBytes = f.let(i32.mul(code.depth, 4));
  block.items((item) => {
    const batch = f.let(i32.divU(item, code.blocks));
    const first = f.let(i32.mul(i32.sub(item, i32.mul(batch, code.blocks)), blockBytes));
    const bytes = f.let(i32.sub(rowBytes, first));
    f.if(i32.gtU(bytes, blockBytes), () => f.set(bytes, blockBytes));
    const offsets = eachRow(code.rows, (row) => f.let(i32.add(i32.mul(i32.add(i32.mul(batch, code.rows), row), rowBytes), first)));
    const c = offsets.map((offset) => f.let(i32.add(code.c, offset)));
    const start = f.let(code.a(batch));
    const a = eachRow(code.rows, (row) => f.let(i32.add(start, i32.mul(depthBytes, row))));
    const b = f.let(i32.add(code.b(batch), first));
    for (const row of c) f.do(memory.fill(row, 0, bytes));
    const left = f.let(code.depth);
    f.while(() => i32.geS(left, together), () => {
      addRows(f, code.features, together, { a, b, c, rowBytes, bytes });
      f.set(left, i32.sub(left, together));
    });
    f.repeat(left, () => addRows(f, code.features, 1, { a, b, c, rowBytes, bytes }));
    if (code.epilogue.expr !== undefined) offsets.forEach((offset, row) => finish(f, code, c[row]!, bytes, offset, first));
  });
}

const eachRow = <T>(rows: number, make: (row: number) => T): T[] => Array.from({ length: rows }, (_, row) => make(row));

/** `a` and `c` by row. */
interface Place {
  readonly a: readonly Local<'i32'>[];
  readonly b: Local<'i32'>;
  readonly c: readonly Local<'i32'>[];
  readonly rowBytes: Local<'i32'>;
  readonly bytes: Local<'i32'>;
}

/** Each row of c += the next `count` values of its row of a, each times its row of b; a and b move on. */
function addRows(f: FunctionBuilder, features: WasmFeatures, count: number, { a, b, c, rowBytes, bytes }: Place): void {
  const factors = a.map((row) => Array.from({ length: count }, (_, i) => f.let(v128.load32Splat(row, 4 * i))));
  const rows = Array.from({ length: count }, () => {
    const row = f.let(b);
    f.increase(b, rowBytes);
    return row;
  });
  for (const row of a) f.increase(row, 4 * count);
  const at = f.let(i32.const(0));
  f.loop((again) => {
    const values = rows.map((row) => f.let(v128.load(i32.add(row, at), 0, 2)));
    c.forEach((result, row) => {
      const sum = f.let(v128.load(i32.add(result, at), 0, 2));
      values.forEach((value, i) => f.set(sum, multiplyAdd(features, factors[row]![i]!, value, sum)));
      f.do(v128.store(i32.add(result, at), sum, 0, 2));
    });
    f.brIf(again, i32.ltU(f.tee(at, i32.add(at, 16)), bytes));
  });
}

function finish(
  f: FunctionBuilder, code: FewRows, c: Local<'i32'>, bytes: Local<'i32'>, offset: Local<'i32'>, first: Local<'i32'>,
): void {
  const at = f.let(i32.const(0));
  f.loop((again) => {
    const sum = f.let(v128.load(i32.add(c, at), 0, 2));
    const result = applyEpilogue(f, code.epilogue, code.features, sum, (i) => {
      const kind = code.epilogue.extras[i]!;
      if (kind === 'scalar') return f.let(v128.load32Splat(code.extras[i]!));
      return f.let(v128.load(i32.add(code.extras[i]!, i32.add(kind === 'channel' ? first : offset, at)), 0, 2));
    });
    f.do(v128.store(i32.add(c, at), result, 0, 2));
    f.brIf(again, i32.ltU(f.tee(at, i32.add(at, 16)), bytes));
  });
}

const words = new Words(['columns', 'blockColumns', 'blocks', 'depth'] as const);

/** Fewest columns, and bytes of B, for which it pays: a B that stays in L2 is read in panels just as fast. */
const fewestColumns = 64;
const fewestBytes = 1 << 20;
/** Columns whose results stay in L1 beside the rows of B, and bytes of B that an item reads at least. */
const mostColumns = 4096;
const itemBytes = 256 << 10;

function program(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const { rows, columns, depth, batch } = matrixSizes(call);
  const epilogue = planEpilogue(call)!;
  const batches = sizeOf(batch);
  const wanted = Math.max(
    Math.ceil(itemBytes / (4 * depth)), info.threads === 1 ? columns : ceilDivide(columns * batches, 4 * info.threads),
  );
  const blockColumns = roundUp(Math.max(16, Math.min(columns, Math.floor(mostColumns / rows), wanted)), 16);
  const blocks = ceilDivide(columns, blockColumns);
  const tableA = batchTable(call.inputs[0]!.shape.slice(0, -2), batch);
  const tableB = batchTable(call.inputs[1]!.shape.slice(0, -2), batch);
  const offsets = tableA.flatMap((entry, i) => [entry * 4 * rows * depth, tableB[i]! * 4 * depth * columns]);
  const extras = extraInputs(call);
  const slots = 3 + extras.length;
  const bytes = 4 * depth * columns;
  const together = rows === 1 && bytes > streamed[0] && bytes < streamed[1] ? 1 : rowsTogether[rows]!;
  return {
    kind: 'device', key: `fewrows/${rows}/${together}/${epilogue.key}`,
    source: () => ({
      assemble: (module) => [module.function(phaseType, (f) => {
        const block = new LaunchBlock(f, slots);
        const word = words.in(block);
        const entry = (batchIndex: Local<'i32'>, which: number): Value<'i32'> =>
          i32.load(i32.add(block.wordsAt(words.count), i32.mul(batchIndex, 8)), 4 * which);
        emitFewRows(f, block, {
          rows, together, epilogue, features: info.features, columns: word('columns'), blockColumns: word('blockColumns'), blocks: word('blocks'),
          depth: word('depth'),
          a: (index) => i32.add(block.address(0), entry(index, 0)), b: (index) => i32.add(block.address(1), entry(index, 1)),
          c: block.address(slots - 1), extras: extras.map((_, i) => block.address(2 + i)),
        });
        f.result(i32.const(0));
      })],
    }),
    inputs: [0, 1, ...extras],
    launch: { words: words.pack({ columns, blockColumns, blocks, depth }, offsets), grid: [batches * blocks, 1] },
    scratch: 0, packs: [], inPlace: [], flops: 2 * rows * columns * depth * batches,
  };
}

function accepts(call: OpCall): boolean {
  const { rows, columns, depth, batch, transposeA, transposeB } = matrixSizes(call);
  const shared = sizeOf(call.inputs[1]!.shape.slice(0, -2)) === 1 && sizeOf(batch) > 1;
  const large = columns >= fewestColumns && columns % 4 === 0 && 4 * columns * depth >= fewestBytes;
  // One row of A lies in order either way.
  const inOrder = rows === 1 || (rows > 0 && rows <= mostRows && !transposeA);
  return inOrder && large && !transposeB && !shared && sizeOf(batch) > 0 && sizeOf(batch) <= 4096
    && call.inputs[1]!.constant === undefined && planEpilogue(call) !== undefined;
}

/** Stands before the general kernel of each op. */
export const fewRows: readonly Kernel<WasmSource, WasmInfo>[] = [
  'MatMul', 'BatchMatMul', 'BatchMatMulV2', 'BatchMatMulV3',
].map((op) => ({
  op, supports, accepts, program,
}));
