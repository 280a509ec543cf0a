/**
 * Where the rows of A are for a convolution: one row for each output pixel, one tap for each place of the window. The forms:
 * - linear: a 1×1 window with stride 1 sees the image itself as the matrix;
 * - indirect: the table points at the input pixel of each tap, or at zeros where the window hangs over the edge;
 * - merged: with not many channels, a line of the window is one tap, since its values lie side by side; where the window hangs over the
 * left or
 *   right edge, a phase before copies the image with its lines padded;
 * - copied: with very few values, the whole window is copied side by side (one tap), since short runs would be all overhead.
 */
import { i32, memory, select, v128, type FunctionBuilder, type Local, type Value } from '../../asm/index.js';
import type { BlockCode } from '../gemm/blocks.js';
import type { LaunchBlock } from '../layout.js';

type Place = Parameters<BlockCode['fill']>[0];

/** Words of the geometry; byte sizes where the name says so. */
export const gatherWords = [
  'inHeight', 'inWidth', 'outHeight', 'outWidth', 'windowY', 'windowX', 'strideY', 'strideX', 'dilationY', 'dilationX', 'beforeY',
  'beforeX',
  'imageBytes', 'rowBytes', 'pixelBytes', 'groupBytes', 'zeroAt', 'zeroBytes', 'copyAt', 'lineBytes', 'padLeft', 'padCopy', 'padRight',
] as const;
export type GatherWord = (typeof gatherWords)[number];
export type ReadGather = (name: GatherWord) => Value<'i32'>;

/** Row addresses of a plain matrix: `base + row·stride`, the last row again past the end. */
export function fillLinear(f: FunctionBuilder, place: Place, rows: Value<'i32'>, base: Value<'i32'>, stride: Value<'i32'>): void {
  const step = f.let(stride);
  const last = f.let(i32.sub(rows, 1));
  const row = f.let(place.firstRow);
  const at = f.let(place.table);
  const end = f.let(i32.add(place.table, place.tapStride));
  const pointer = f.let(i32.add(base, i32.mul(row, step)));
  f.loop((again) => {
    f.do(i32.store(at, pointer));
    f.if(i32.ltS(row, last), () => {
      f.increase(row, 1);
      f.increase(pointer, step);
    });
    f.brIf(again, i32.ltU(f.tee(at, i32.add(at, 4)), end));
  });
}

interface Pixel {
  readonly oy: Local<'i32'>;
  readonly ox: Local<'i32'>;
  /** Address of the image's first value of this group. */
  readonly image: Local<'i32'>;
  /** Address of the row's first table entry. */
  readonly at: Local<'i32'>;
}

/** Runs `body` for each row of the block; rows past the last repeat it. */
function forEachPixel(
  f: FunctionBuilder, place: Place, rows: Value<'i32'>, input: Value<'i32'>, word: ReadGather, body: (pixel: Pixel) => void,
): void {
  const last = f.let(i32.sub(rows, 1));
  const row = f.let(place.firstRow);
  const line = f.let(i32.divU(row, word('outWidth')));
  const ox = f.let(i32.sub(row, i32.mul(line, word('outWidth'))));
  const n = f.let(i32.divU(line, word('outHeight')));
  const oy = f.let(i32.sub(line, i32.mul(n, word('outHeight'))));
  const image = f.let(i32.add(i32.add(input, i32.mul(n, word('imageBytes'))), i32.mul(place.batch, word('groupBytes'))));
  const at = f.let(place.table);
  const end = f.let(i32.add(place.table, place.tapStride));
  f.loop((again) => {
    f.scope(() => body({ oy, ox, image, at }));
    f.if(i32.ltS(row, last), () => {
      f.increase(row, 1);
      f.increase(ox, 1);
      f.if(i32.geS(ox, word('outWidth')), () => {
        f.set(ox, 0);
        f.increase(oy, 1);
        f.if(i32.geS(oy, word('outHeight')), () => {
          f.set(oy, 0);
          f.increase(image, word('imageBytes'));
        });
      });
    });
    f.brIf(again, i32.ltU(f.tee(at, i32.add(at, 4)), end));
  });
}

/** Fills the zeros that taps outside the image point at, and gives their address. */
function zeros(f: FunctionBuilder, place: Place, word: ReadGather): Local<'i32'> {
  const zero = f.let(i32.add(place.table, word('zeroAt')));
  f.do(memory.fill(zero, 0, word('zeroBytes')));
  return zero;
}

/** A table entry for each tap of each row. */
export function fillIndirect(f: FunctionBuilder, place: Place, rows: Value<'i32'>, input: Value<'i32'>, word: ReadGather): void {
  const zero = zeros(f, place, word);
  const [
    height, width, rowBytes, pixelBytes,
  ] = (['inHeight', 'inWidth', 'rowBytes', 'pixelBytes'] as const).map((name) => f.let(word(name)));
  forEachPixel(f, place, rows, input, word, ({ oy, ox, image, at }) => {
    const iy = f.let(i32.sub(i32.mul(oy, word('strideY')), word('beforeY')));
    const firstX = f.let(i32.sub(i32.mul(ox, word('strideX')), word('beforeX')));
    const stepX = f.let(word('dilationX'));
    const entry = f.let(at);
    const leftY = f.let(word('windowY'));
    f.repeatAtLeastOnce(leftY, () => {
      const ix = f.let(firstX);
      const leftX = f.let(word('windowX'));
      f.if(i32.ltU(iy, height!), () => {
        const line = f.let(i32.add(image, i32.mul(iy, rowBytes!)));
        f.repeatAtLeastOnce(leftX, () => {
          f.do(i32.store(entry, select('i32', i32.add(line, i32.mul(ix, pixelBytes!)), zero, i32.ltU(ix, width!))));
          f.increase(ix, stepX);
          f.increase(entry, place.tapStride);
        });
      }, () => {
        f.repeatAtLeastOnce(leftX, () => {
          f.do(i32.store(entry, zero));
          f.increase(entry, place.tapStride);
        });
      });
      f.increase(iy, word('dilationY'));
    });
  });
}

/**
 * A table entry for each line of the window of each row. `input` is the image with padded lines, or the image itself where nothing hangs
 * over.
 */
export function fillMerged(f: FunctionBuilder, place: Place, rows: Value<'i32'>, input: Value<'i32'>, word: ReadGather): void {
  const zero = zeros(f, place, word);
  const [height, lineBytes] = (['inHeight', 'lineBytes'] as const).map((name) => f.let(word(name)));
  const step = f.let(i32.mul(word('strideX'), word('pixelBytes')));
  forEachPixel(f, place, rows, input, word, ({ oy, ox, image, at }) => {
    const iy = f.let(i32.sub(i32.mul(oy, word('strideY')), word('beforeY')));
    const start = f.let(i32.add(image, i32.mul(ox, step)));
    const entry = f.let(at);
    const left = f.let(word('windowY'));
    f.repeatAtLeastOnce(left, () => {
      f.do(i32.store(entry, select('i32', i32.add(start, i32.mul(iy, lineBytes!)), zero, i32.ltU(iy, height!))));
      f.increase(iy, word('dilationY'));
      f.increase(entry, place.tapStride);
    });
  });
}

/** The phase that pads lines: items are lines of all images. */
export function emitPadLines(f: FunctionBuilder, block: LaunchBlock, from: Value<'i32'>, to: Value<'i32'>, word: ReadGather): void {
  block.items((line) => {
    const source = f.let(i32.add(from, i32.mul(line, word('rowBytes'))));
    const target = f.let(i32.add(to, i32.mul(line, word('lineBytes'))));
    const fill = (bytes: Value<'i32'>): void => f.if(bytes, () => f.do(memory.fill(target, 0, bytes)));
    fill(word('padLeft'));
    f.increase(target, word('padLeft'));
    f.do(memory.copy(target, source, word('padCopy')));
    f.increase(target, word('padCopy'));
    fill(word('padRight'));
  });
}

/**
 * As `fillIndirect` for the gradient of a convolution: an input pixel counts where the window's place falls on a multiple of the stride.
 */
export function fillBackward(f: FunctionBuilder, place: Place, rows: Value<'i32'>, input: Value<'i32'>, word: ReadGather): void {
  const zero = zeros(f, place, word);
  const exact = (position: Local<'i32'>, stride: Value<'i32'>, size: Value<'i32'>): { index: Local<'i32'>; inside: Value<'i32'> } => {
    const index = f.let(i32.divS(position, stride));
    const whole = i32.eq(i32.mul(index, stride), position);
    return { index, inside: i32.and(i32.and(whole, i32.geS(position, 0)), i32.ltU(index, size)) };
  };
  forEachPixel(f, place, rows, input, word, ({ oy, ox, image, at }) => {
    const y = f.let(i32.add(oy, word('beforeY')));
    const entry = f.let(at);
    const leftY = f.let(word('windowY'));
    f.repeatAtLeastOnce(leftY, () => {
      const vertical = exact(y, word('strideY'), word('inHeight'));
      const insideY = f.let(vertical.inside);
      const line = f.let(i32.add(image, i32.mul(vertical.index, word('rowBytes'))));
      const x = f.let(i32.add(ox, word('beforeX')));
      const leftX = f.let(word('windowX'));
      f.repeatAtLeastOnce(leftX, () => {
        const across = exact(x, word('strideX'), word('inWidth'));
        f.do(i32.store(
          entry, select('i32', i32.add(line, i32.mul(across.index, word('pixelBytes'))), zero, i32.and(insideY, across.inside)),
        ));
        f.set(x, i32.sub(x, word('dilationX')));
        f.increase(entry, place.tapStride);
      });
      f.set(y, i32.sub(y, word('dilationY')));
    });
  });
}

export interface CopySizes {
  readonly windowY: number;
  readonly windowX: number;
  readonly channels: number;
  readonly dilationX: number;
}

/** Copies each row's window side by side (one group only); `sizes` are part of the code. */
export function fillCopied(
  f: FunctionBuilder, place: Place, rows: Value<'i32'>, input: Value<'i32'>, word: ReadGather, sizes: CopySizes,
): void {
  const { windowY, windowX, channels, dilationX } = sizes;
  const to = f.let(i32.add(place.table, word('copyAt')));
  const [height, width, rowBytes] = (['inHeight', 'inWidth', 'rowBytes'] as const).map((name) => f.let(word(name)));
  // The last place of a window's line whose every position is inside the image, plus one: an unsigned compare tests both ends.
  const insideWidth = f.let(i32.sub(width!, (windowX - 1) * dilationX));
  const anyInside = f.let(i32.gtS(insideWidth, 0));
  forEachPixel(f, place, rows, input, word, ({ oy, ox, image, at }) => {
    f.do(i32.store(at, to));
    const iy = f.let(i32.sub(i32.mul(oy, word('strideY')), word('beforeY')));
    const firstX = f.let(i32.sub(i32.mul(ox, word('strideX')), word('beforeX')));
    const wholeLine = f.let(i32.and(anyInside, i32.ltU(firstX, insideWidth)));
    const leftY = f.let(i32.const(windowY));
    f.repeatAtLeastOnce(leftY, () => {
      const line = f.let(i32.add(image, i32.mul(iy, rowBytes!)));
      f.if(i32.and(wholeLine, i32.ltU(iy, height!)), () => {
        const from = f.let(i32.add(line, i32.mul(firstX, 4 * channels)));
        if (dilationX === 1) copyRun(f, to, 0, from, 0, windowX * channels);
        else for (let x = 0; x < windowX; x++) copyRun(f, to, x * channels, from, x * dilationX * channels, channels);
      }, () => {
        const insideY = f.let(i32.ltU(iy, height!));
        for (let x = 0; x < windowX; x++) {
          const ix = f.let(i32.add(firstX, x * dilationX));
          f.if(i32.and(insideY, i32.ltU(ix, width!)), () => {
            const from = f.let(i32.add(line, i32.mul(ix, 4 * channels)));
            copyRun(f, to, x * channels, from, 0, channels);
          }, () => zeroRun(f, to, x * channels, channels));
        }
      });
      f.increase(to, 4 * windowX * channels);
      f.increase(iy, word('dilationY'));
    });
  });
}

/** Copies `count` floats; the last vector overlaps the one before instead of running over the end. */
function copyRun(f: FunctionBuilder, to: Local<'i32'>, toAt: number, from: Local<'i32'>, fromAt: number, count: number): void {
  if (count < 4) {
    for (let i = 0; i < count; i++) f.do(i32.store(to, i32.load(from, 4 * (fromAt + i)), 4 * (toAt + i)));
    return;
  }
  for (let i = 0; i < count; i += 4) {
    const start = Math.min(i, count - 4);
    f.do(v128.store(to, v128.load(from, 4 * (fromAt + start), 2), 4 * (toAt + start), 2));
  }
}

function zeroRun(f: FunctionBuilder, to: Local<'i32'>, at: number, count: number): void {
  if (count < 4) {
    for (let i = 0; i < count; i++) f.do(i32.store(to, 0, 4 * (at + i)));
    return;
  }
  for (let i = 0; i < count; i += 4) f.do(v128.store(to, v128.zero(), 4 * (at + Math.min(i, count - 4)), 2));
}
