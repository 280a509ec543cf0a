/**
 * The inner loop of depthwise convolution for windows without gaps: the filter's values of four channels stay in registers while a window slides
 * along a line. Each column of the image is loaded once, and goes at once into the sums of all outputs that see it. Columns beyond the image are
 * no columns: outputs at the edges are sums of fewer terms, and nothing is tested inside the loop. Large windows take several passes, some lines of
 * the window in each; sums wait in the output meanwhile.
 */
import type { WindowGeometry } from '@sessionflow/core/kernels';
import { f32x4, i32, v128, type FunctionBuilder, type FunctionRef, type Local } from '../../asm/index.js';
import { applyEpilogue, loadLanes, multiplyAdd, storeLanes } from '../epilogue.js';
import { forEachChannels, lanesOf, loadExtras, type Finish } from './channels.js';

/** What is part of the code. */
export interface Slide {
  readonly channels: number;
  readonly window: number;
  readonly stride: number;
  /** Bytes between the lines that a window sees. */
  readonly lineStep: number;
  /** Lines of the window that an output may see: fewer at the top and the bottom. */
  readonly lines: readonly number[];
  /** A line of outputs is one piece, or a first one, any number of middle ones, and a last one. */
  readonly pieces: readonly Piece[];
}

/** A stretch of outputs: some that a loop makes, and `tail` more that are written out. */
export interface Piece {
  /** Columns that the first window begins before the image. */
  readonly before: number;
  readonly tail: number;
  /** Columns from the first tail output's first to the end of the image (or as many as are needed). */
  readonly tailColumns: number;
}

/** How a line is cut: outputs of the loop of the only or first piece, of the middle ones and of the last; how many middle ones there are. */
export interface Cut {
  readonly first: number;
  readonly middle: number;
  readonly middles: number;
  readonly last: number;
}

/** Values of a window that stay in registers beside the sums. */
const registers = 10;
/** Most values of a window. */
const mostValues = 49;
/** A level 1 cache has 64 sets of 64 bytes, and at least eight ways: what is passed over again and again takes half of them. */
const cacheSets = 64;
const cacheWays = 4;

const sumsOf = (window: number, stride: number): number => Math.ceil(window / stride);

/** How the convolution is computed so; undefined where it cannot. */
export function planSlide({ x, y, channels }: WindowGeometry): { readonly slide: Slide; readonly cut: Cut } | undefined {
  const main = Math.min(x.output, Math.floor((x.input - x.window + x.before) / x.stride) + 1);
  if (x.dilation !== 1 && x.window > 1) return undefined;
  if (x.window * y.window > mostValues || x.window > registers || x.before > Math.max(0, x.window - x.stride) || main < 1) return undefined;
  const lines = new Set<number>();
  for (let output = 0; output < y.output; output++) {
    let count = 0;
    for (let k = 0; k < y.window; k++) {
      const line = output * y.stride - y.before + k * y.dilation;
      if (line >= 0 && line < y.input) count++;
    }
    lines.add(count);
  }
  if (lines.has(0)) return undefined;
  const base = { channels, window: x.window, stride: x.stride, lineStep: 4 * y.dilation * x.input * channels, lines: [...lines].sort((a, b) => b - a) };
  const tail = x.output - main;
  const last: Piece = { before: 0, tail, tailColumns: tail === 0 ? 0 : x.input + x.before - main * x.stride };
  const peeled = sumsOf(x.window, x.stride) - 1;
  const inner: Piece = { before: 0, tail: peeled, tailColumns: x.window + peeled * x.stride };
  const piece = Math.max(peeled + 1, pieceOutputs(4 * channels, y.window, x.stride));
  const middles = Math.floor((main - 1) / piece) - 1;
  if (middles < 0) return { slide: { ...base, pieces: [{ ...last, before: x.before }] }, cut: { first: main, middle: 0, middles: 0, last: 0 } };
  return {
    slide: { ...base, pieces: [{ ...inner, before: x.before }, inner, last] },
    cut: { first: piece - peeled, middle: piece - peeled, middles, last: main - (middles + 1) * piece },
  };
}

/** Outputs of a piece whose columns stay in the cache while the channels of a cache line are taken one vector after the other. */
function pieceOutputs(pixel: number, lines: number, stride: number): number {
  if (pixel <= 16) return Infinity;
  let step = Math.ceil(pixel / 64);
  let sets = cacheSets;
  while (pixel % 64 === 0 && step % 2 === 0 && sets > 1) {
    step /= 2;
    sets /= 2;
  }
  return Math.floor((sets * cacheWays) / (lines * stride + 1));
}

/** Names the code of a line. */
export function slideKey({ channels, window, stride, lineStep, lines, pieces }: Slide): string {
  return `slide/${channels}/${window}/${stride}/${lineStep}/${lines.join('+')}/${pieces.map((piece) => Object.values(piece).join('-')).join('/')}`;
}

/** Parameters of a piece's function, all i32: the first column that exists of the first line of the image, the filter's first line, the byte offset in the output, outputs of the loop. */
const params = ['input', 'filter', 'offset', 'count'] as const;
type Params = Readonly<Record<(typeof params)[number], Local<'i32'>>>;

/** What the code of a piece is made for. */
interface Code {
  readonly emit: Finish;
  readonly slide: Slide;
  readonly piece: Piece;
  readonly at: Params;
}

/** Computes a piece of a line of outputs that sees `lines` lines of the window. What `emit` holds as addresses are the function's last parameters. */
export function slideFunction(f: FunctionBuilder, slide: Slide, piece: Piece, lines: number, emit: Finish): FunctionRef {
  const extras = emit.epilogue.extras.length;
  const type = { params: Array.from({ length: params.length + 1 + extras }, () => 'i32' as const), results: [] };
  const { channels, window, stride, lineStep } = slide;
  return f.helper(`slide/${channels}/${window}/${stride}/${lineStep}/${Object.values(piece).join()}/${lines}/${emit.epilogue.key}`, type, (g) => {
    const at = Object.fromEntries(params.map((name, i) => [name, g.param('i32', i)])) as Params;
    const own: Finish = {
      ...emit, f: g, output: g.param('i32', params.length), extras: Array.from({ length: extras }, (_, i) => g.param('i32', params.length + 1 + i)),
    };
    forEachChannels(g, channels, (channel) => {
      const together = Math.max(1, Math.floor(registers / window));
      for (let line = 0; line < lines; line += together) {
        g.scope(() => emitPass({ emit: own, slide, piece, at }, channel, line, Math.min(together, lines - line), line + together >= lines));
      }
    });
  });
}

/** Adds some lines of the window to the outputs of a piece; the first pass begins them, the last one ends them. */
function emitPass({ emit, slide, piece, at }: Code, channel: Local<'i32'>, firstLine: number, lines: number, isLast: boolean): void {
  const { f, epilogue, features } = emit;
  const { channels, window, stride, lineStep } = slide;
  const lanes = lanesOf(channels);
  const pixel = 4 * channels;
  const eachLine = Array.from({ length: lines }, (_, i) => i);
  const filter = f.let(i32.add(at.filter, channel));
  const weights = eachLine.map((y) => Array.from({ length: window }, (_, x) => f.let(loadLanes(filter, ((firstLine + y) * window + x) * pixel, lanes))));
  const input = f.let(i32.add(at.input, channel));
  const offset = i32.add(at.offset, channel);
  const output = f.let(i32.add(emit.output, offset));
  const extras = isLast ? loadExtras(emit, channel) : [];
  const whole = isLast ? epilogue.extras.map((kind, i) => (kind === 'full' ? f.let(i32.add(emit.extras[i]!, offset)) : undefined)) : [];

  /** Adds column number `column` of the first output's window to sums[i] of all outputs that see it; it lies `place` columns after `input`. */
  const add = (sums: readonly Local<'v128'>[], begun: (i: number) => boolean, column: number, place: number): void => f.scope(() => {
    const values = eachLine.map((y) => f.let(loadLanes(input, (firstLine + y) * lineStep + place * pixel, lanes)));
    sums.forEach((sum, i) => {
      const x = column - i * stride;
      if (x < 0 || x >= window) return;
      for (const y of eachLine) f.set(sum, multiplyAdd(features, values[y]!, weights[y]![x]!, y > 0 || begun(i) ? sum : v128.zero()));
    });
  });
  const end = (sum: Local<'v128'>): void => {
    f.scope(() => {
      if (firstLine > 0) f.set(sum, f32x4.add(sum, loadLanes(output, 0, lanes)));
      storeLanes(f, output, isLast ? applyEpilogue(f, epilogue, features, sum, (i) => extras[i] ?? f.let(loadLanes(whole[i]!, 0, lanes))) : sum, 0, lanes);
    });
    for (const pointer of [output, ...whole]) if (pointer !== undefined) f.increase(pointer, pixel);
  };

  const sums = f.locals('v128', sumsOf(window, stride));
  const known = Math.max(0, window - stride);
  const { before, tail, tailColumns } = piece;
  for (let column = before; column < known; column++) add(sums, (i) => Math.max(before, i * stride) < column, column, column - before);
  // What begins beyond the image, and has no column before the loop.
  sums.forEach((sum, i) => {
    if (i * stride < known && before >= known) f.set(sum, v128.zero());
  });

  const stop = f.let(i32.add(input, i32.mul(at.count, stride * pixel)));
  /** The sums in the order of the outputs that the loop leaves begun. */
  const left = f.locals('v128', sums.length);
  f.block((done) => f.loop((again) => sums.forEach((_, turn) => {
    const order = sums.map((__, i) => sums[(i + turn) % sums.length]!);
    for (let column = known; column < window; column++) add(order, (i) => i * stride < column, column, column - before);
    f.increase(input, stride * pixel);
    end(order[0]!);
    const leave = (): void => left.slice(0, -1).forEach((sum, i) => f.set(sum, order[i + 1]!));
    if (turn === sums.length - 1) {
      f.brIf(again, i32.ltU(input, stop));
      leave();
    } else f.if(i32.geU(input, stop), () => {
      leave();
      f.br(done);
    });
  })));
  for (let number = 0; number < tail; number++) {
    const order = left.map((_, i) => left[(i + number) % left.length]!).slice(0, tail - number);
    const columns = Math.min(window, tailColumns - number * stride);
    for (let column = known; column < columns; column++) add(order, (i) => i * stride < column, column, column - before + number * stride);
    if (tailColumns <= number * stride) f.set(order[0]!, v128.zero());
    end(order[0]!);
  }
}
