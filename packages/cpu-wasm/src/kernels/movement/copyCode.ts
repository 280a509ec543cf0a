/** The code that runs lists of plane copies (boxes.ts): one function per kind of plane, and the walk over the list. */
import {
  i32, i64, i8x16, memory, v128, type Effect, type FunctionBuilder, type FunctionRef, type FunctionType, type I32, type Local, type Value,
} from '../../asm/index.js';
import { minimum, type LaunchBlock } from '../layout.js';
import { copiesAt, copyWords, fillAt, planeKinds, type PlaneKind } from './boxes.js';

/** Bytes of an element. */
export type Width = 1 | 2 | 4 | 8 | 16;

/** From where the engine's own memory copy is faster than a loop. */
const longRun = 512;

const planeParams = ['from', 'to', 'rows', 'columns', 'fromRow', 'toRow', 'fromColumn', 'toColumn'] as const;
const planeType: FunctionType = { params: planeParams.map(() => 'i32'), results: [] };

function moveElement(width: Width, to: I32, from: I32, toOffset = 0, fromOffset = 0): Effect {
  switch (width) {
    case 1:
      return i32.store8(to, i32.load8U(from, fromOffset), toOffset);
    case 2:
      return i32.store16(to, i32.load16U(from, fromOffset), toOffset);
    case 4:
      return i32.store(to, i32.load(from, fromOffset), toOffset);
    case 8:
      return i64.store(to, i64.load(from, fromOffset), toOffset);
    case 16:
      return v128.store(to, v128.load(from, fromOffset), toOffset);
    default:
      return width satisfies never;
  }
}

/** Copies `bytes` bytes; up to `longRun` by vectors, the last of which overlaps the one before. */
export function copyBytes(f: FunctionBuilder, to: Local<'i32'>, from: Local<'i32'>, bytes: Local<'i32'>): void {
  f.if(i32.geU(bytes, longRun), () => f.do(memory.copy(to, from, bytes)), () => {
    f.if(i32.geU(bytes, 16), () => {
      const at = f.let(i32.const(0));
      const last = f.let(i32.sub(bytes, 16));
      f.loop((again) => {
        f.do(v128.store(i32.add(to, at), v128.load(i32.add(from, at), 0, 0), 0, 0));
        f.brIf(again, i32.ltU(f.tee(at, i32.add(at, 16)), last));
      });
      f.do(v128.store(i32.add(to, last), v128.load(i32.add(from, last), 0, 0), 0, 0));
    }, () => {
      const at = f.let(i32.const(0));
      for (const piece of [8, 4, 2, 1] as const) {
        f.if(i32.and(bytes, piece), () => {
          f.do(moveElement(piece, i32.add(to, at), i32.add(from, at)));
          f.increase(at, piece);
        });
      }
    });
  });
}

type Plane = Readonly<Record<(typeof planeParams)[number], Local<'i32'>>>;

function eachRow(f: FunctionBuilder, plane: Plane, body: () => void): void {
  f.repeatAtLeastOnce(plane.rows, () => {
    body();
    f.increase(plane.from, plane.fromRow);
    f.increase(plane.to, plane.toRow);
  });
}

function buildRun(f: FunctionBuilder, plane: Plane): void {
  eachRow(f, plane, () => copyBytes(f, plane.to, plane.from, plane.columns));
}

function buildEach(f: FunctionBuilder, plane: Plane, width: Width): void {
  eachRow(f, plane, () => {
    const from = f.let(plane.from);
    const to = f.let(plane.to);
    const left = f.let(plane.columns);
    f.repeatAtLeastOnce(left, () => {
      f.do(moveElement(width, to, from));
      f.increase(from, plane.fromColumn);
      f.increase(to, plane.toColumn);
    });
  });
}

function buildSplat(f: FunctionBuilder, plane: Plane, width: Width): void {
  const splat: Readonly<Record<Width, (from: I32) => Value<'v128'>>> = {
    1: (from) => v128.load8Splat(from), 2: (from) => v128.load16Splat(from), 4: (from) => v128.load32Splat(from),
    8: (from) => v128.load64Splat(from), 16: (from) => v128.load(from, 0, 0),
  };
  eachRow(f, plane, () => {
    const value = f.let(splat[width](plane.from));
    const to = f.let(plane.to);
    const end = f.let(i32.add(to, i32.mul(plane.columns, width)));
    const whole = f.let(i32.sub(end, 16));
    f.while(() => i32.leS(i32.sub(to, whole), 0), () => {
      f.do(v128.store(to, value, 0, 0));
      f.increase(to, 16);
    });
    f.while(() => i32.ne(to, end), () => {
      f.do(moveElement(width, to, plane.from));
      f.increase(to, width);
    });
  });
}

/** Transposes four vectors of four 32-bit lanes. */
export function transposeFour(f: FunctionBuilder, rows: readonly Value<'v128'>[]): Value<'v128'>[] {
  const [a, b, c, d] = rows.map((row) => f.let(row)) as [Local<'v128'>, Local<'v128'>, Local<'v128'>, Local<'v128'>];
  const low = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
  const high = low.map((byte) => byte + 8);
  const [ab, ab2, cd, cd2] = [
    f.let(i8x16.shuffle(a, b, low)), f.let(i8x16.shuffle(a, b, high)), f.let(i8x16.shuffle(c, d, low)), f.let(i8x16.shuffle(c, d, high)),
  ];
  const first = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  const second = first.map((byte) => byte + 8);
  return [i8x16.shuffle(ab, cd, first), i8x16.shuffle(ab, cd, second), i8x16.shuffle(ab2, cd2, first), i8x16.shuffle(ab2, cd2, second)];
}

/** Rows are contiguous in the source, columns in the target; 32-bit elements go in squares of four. */
function buildTurn(f: FunctionBuilder, plane: Plane, width: Width): void {
  const { fromColumn, toRow, columns } = plane;
  if (width !== 4) {
    buildTurnEach(f, plane, width, plane.rows);
    return;
  }
  const step = f.let(i32.mul(fromColumn, 4));
  const step3 = f.let(i32.mul(fromColumn, 3));
  const step2 = f.let(i32.mul(fromColumn, 2));
  f.while(() => i32.geS(plane.rows, 4), () => {
    const from = f.let(plane.from);
    const to = f.let(plane.to);
    const left = f.let(columns);
    const to1 = f.let(i32.add(to, toRow));
    const to2 = f.let(i32.add(to1, toRow));
    const to3 = f.let(i32.add(to2, toRow));
    f.while(() => i32.geS(left, 4), () => {
      const targets = [to, to1, to2, to3];
      const loaded = [
        from, i32.add(from, fromColumn), i32.add(from, step2), i32.add(from, step3),
      ].map((address) => v128.load(address, 0, 2));
      transposeFour(f, loaded).forEach((row, i) => f.do(v128.store(targets[i]!, row, 0, 2)));
      f.increase(from, step);
      for (const target of targets) f.increase(target, 16);
      f.set(left, i32.sub(left, 4));
    });
    f.repeat(left, () => {
      [to, to1, to2, to3].forEach((target, i) => {
        f.do(i32.store(target, i32.load(from, 4 * i)));
        f.increase(target, 4);
      });
      f.increase(from, fromColumn);
    });
    f.increase(plane.from, 16);
    f.increase(plane.to, i32.mul(toRow, 4));
    f.set(plane.rows, i32.sub(plane.rows, 4));
  });
  buildTurnEach(f, plane, width, plane.rows);
}

function buildTurnEach(f: FunctionBuilder, plane: Plane, width: Width, rows: Local<'i32'>): void {
  f.repeat(rows, () => {
    const from = f.let(plane.from);
    const to = f.let(plane.to);
    const left = f.let(plane.columns);
    f.repeatAtLeastOnce(left, () => {
      f.do(moveElement(width, to, from));
      f.increase(from, plane.fromColumn);
      f.increase(to, width);
    });
    f.increase(plane.from, width);
    f.increase(plane.to, plane.toRow);
  });
}

function planeFunction(f: FunctionBuilder, kind: PlaneKind, width: Width): FunctionRef {
  return f.helper(`plane/${kind}${kind === 'run' ? '' : width}`, planeType, (g) => {
    const plane = Object.fromEntries(planeParams.map((name, i) => [name, g.param('i32', i)])) as Plane;
    if (kind === 'run') buildRun(g, plane);
    else if (kind === 'each') buildEach(g, plane, width);
    else if (kind === 'splat') buildSplat(g, plane, width);
    else buildTurn(g, plane, width);
  });
}

/** Runs the items of a list of copies; `params` of the block hold what `copyLaunch` wrote. */
export function emitCopies(f: FunctionBuilder, block: LaunchBlock, kinds: readonly PlaneKind[], width: Width): void {
  const targets = kinds.map((kind) => ({ kind, target: planeFunction(f, kind, width) }));
  const size = 4 * copyWords.length;
  const list = f.let(block.wordsAt(copiesAt));
  const entry = f.let(list);
  const end = f.let(i32.add(list, i32.mul(block.word(0), size)));
  const word = (name: (typeof copyWords)[number]): Value<'i32'> => i32.load(entry, 4 * copyWords.indexOf(name));
  block.items((item) => {
    // The list is in the order of items: go on while the next copy begins at or before this item.
    f.loop((again) => {
      const next = f.let(i32.add(entry, size));
      f.if(i32.ltU(next, end), () => {
        f.if(i32.geS(item, i32.load(next)), () => {
          f.set(entry, next);
          f.br(again);
        });
      });
    });
    const index = f.let(i32.sub(item, word('firstItem')));
    const from = f.let(word('fromOffset'));
    f.if(i32.ltS(word('fromSlot'), 0), () => f.increase(from, block.wordsAt(fillAt)), () => f.increase(
      from, block.slotAddress(word('fromSlot')),
    ));
    const to = f.let(i32.add(word('toOffset'), block.slotAddress(word('toSlot'))));
    const take = (count: Value<'i32'>, body: (digit: Local<'i32'>) => void): void => f.scope(() => {
      const by = f.let(count);
      const quotient = f.let(i32.divU(index, by));
      const digit = f.let(i32.sub(index, i32.mul(quotient, by)));
      f.set(index, quotient);
      body(digit);
    });
    const firstRow = f.local('i32');
    take(word('chunks'), (chunk) => f.set(firstRow, i32.mul(chunk, word('itemRows'))));
    f.increase(from, i32.mul(firstRow, word('fromRow')));
    f.increase(to, i32.mul(firstRow, word('toRow')));
    f.if(index, () => {
      for (const axis of [3, 2, 1] as const) {
        take(word(`outer${axis}`), (digit) => {
          f.increase(from, i32.mul(digit, word(`from${axis}`)));
          f.increase(to, i32.mul(digit, word(`to${axis}`)));
        });
      }
      f.increase(from, i32.mul(index, word('from0')));
      f.increase(to, i32.mul(index, word('to0')));
    });
    const rows = minimum(f, word('itemRows'), i32.sub(word('rows'), firstRow));
    const args = [from, to, rows, word('columns'), word('fromRow'), word('toRow'), word('fromColumn'), word('toColumn')];
    f.block((done) => {
      targets.forEach(({ kind, target }, i) => {
        const run = (): void => f.call(target, ...args);
        if (i === targets.length - 1) run();
        else {
          f.if(i32.eq(word('kind'), planeKinds.indexOf(kind)), () => {
            run();
            f.br(done);
          });
        }
      });
    });
  });
}
