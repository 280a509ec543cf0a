/**
 * DepthwiseConv2dNative on float32 NHWC images, four channels at a time. Windows without gaps slide (slide.ts). Else, where the whole window lies
 * inside the image, several neighbouring output pixels are computed together, so that their shared input columns are loaded once; pixels at the
 * left and right edges go one by one. A multiplier above 1 is a convolution in groups, with the same memory layout.
 */
import { type DeviceProgram, extraInputs, isPlainNhwc, type Kernel, type OpCall, type WindowGeometry, windowGeometry } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../../abi.js';
import { i32, v128, type Local, type Value } from '../../asm/index.js';
import type { WasmInfo } from '../../info.js';
import { loadLanes, multiplyAdd, planEpilogue } from '../epilogue.js';
import { LaunchBlock, maximum, minimum, readInOrder, Words } from '../layout.js';
import { clip, finish, forEachChannels, lanesOf, type Finish } from './channels.js';
import { acceptsGroups, groupedProgram } from './conv2d.js';
import { planSlide, slideFunction, slideKey, type Piece, type Slide } from './slide.js';

const names = [
  'outHeight', 'inHeight', 'beforeY', 'imageBytes', 'rowBytes', 'outRowBytes', 'insideFirst', 'insideLast', 'outWidth', 'inWidth',
  'beforeX', 'strideY', 'dilationY', 'windowY', 'firstCount', 'middles',
  'middleCount', 'lastCount',
] as const;
const words = new Words(names);

/** What is part of the code. */
interface Shape {
  readonly channels: number;
  readonly windowX: number;
  readonly strideX: number;
  readonly dilationX: number;
  /** Output pixels computed together; 0: none, all go one by one. */
  readonly together: number;
}

/** An image of more bytes is for the most part not in a level 2 cache. With a stride, there are more lines to read than it is worth. */
const cacheBytes = 2 << 20;

/** Registers that hold vectors in the loop body: V8 hoists all loads of a body, so they must fit together. */
const registers = 14;

/** Input columns that `together` pixels read, relative to the first one's first. */
function columnsOf({ windowX, strideX, dilationX }: Omit<Shape, 'together' | 'channels'>, together: number): number[] {
  const columns = new Set<number>();
  for (let i = 0; i < together; i++) for (let k = 0; k < windowX; k++) columns.add(i * strideX + k * dilationX);
  return [...columns].sort((a, b) => a - b);
}

/** First and last output pixel of a line whose whole window is inside. */
function inside({ x }: WindowGeometry): [number, number] {
  const first = Math.ceil(x.before / x.stride);
  const last = Math.floor((x.input - 1 - (x.window - 1) * x.dilation + x.before) / x.stride);
  return [first, Math.min(last, x.output - 1)];
}

function shapeOf(g: WindowGeometry): Shape {
  const base = { windowX: g.x.window, strideX: g.x.stride, dilationX: g.x.dilation };
  const [first, last] = inside(g);
  let together = Math.max(0, Math.min(4, last - first + 1));
  while (together > 1 && together + columnsOf(base, together).length + base.windowX > registers) together--;
  return { ...base, channels: g.channels, together };
}

interface Line {
  /** Address of the first tap's line, as if column 0 were at the line's start. */
  readonly input: Local<'i32'>;
  readonly filter: Local<'i32'>;
  /** Byte offset of the line in the output. */
  readonly output: Local<'i32'>;
  readonly taps: Local<'i32'>;
  readonly step: Local<'i32'>;
}

interface Emit extends Finish {
  readonly shape: Shape;
  readonly slide: Slide | undefined;
  /** New lines of the image are read in order before the windows slide over them. */
  readonly readsAhead: boolean;
}

/** `together` pixels from output pixel `ox`, `start` being the address of the first one's first column. */
function emitTogether(emit: Emit, line: Line, ox: Local<'i32'>, start: Local<'i32'>): void {
  const { f, shape } = emit;
  const { channels, windowX, together } = shape;
  const lanes = lanesOf(channels);
  const columns = columnsOf(shape, together);
  forEachChannels(f, channels, (channel) => {
    const sums = f.locals('v128', together);
    for (const sum of sums) f.set(sum, v128.zero());
    const at = f.let(i32.add(start, channel));
    const filter = f.let(i32.add(line.filter, channel));
    const left = f.let(line.taps);
    f.repeat(left, () => {
      const weights = Array.from({ length: windowX }, (_, k) => f.let(loadLanes(filter, 4 * k * channels, lanes)));
      const values = new Map(columns.map((column) => [column, f.let(loadLanes(at, 4 * column * channels, lanes))]));
      for (let k = 0; k < windowX; k++) {
        sums.forEach((sum, i) => f.set(
          sum, multiplyAdd(emit.features, values.get(i * shape.strideX + k * shape.dilationX)!, weights[k]!, sum),
        ));
      }
      f.increase(at, line.step);
      f.increase(filter, 4 * windowX * channels);
    });
    const offset = f.let(i32.add(i32.add(line.output, i32.mul(ox, 4 * channels)), channel));
    sums.forEach((sum, i) => f.scope(() => finish(emit, sum, i32.add(offset, 4 * i * channels), channel)));
  });
}

/** One pixel whose window may hang over the left or right edge. */
function emitOne(emit: Emit, line: Line, ox: Local<'i32'>, word: (name: (typeof names)[number]) => Value<'i32'>): void {
  const { f, shape: { channels, windowX, strideX, dilationX } } = emit;
  const lanes = lanesOf(channels);
  const firstX = f.let(i32.sub(i32.mul(ox, strideX), word('beforeX')));
  const { from, count } = clip(f, firstX, dilationX, windowX, word('inWidth'));
  const start = f.let(i32.add(line.input, i32.mul(i32.add(firstX, i32.mul(from, dilationX)), 4 * channels)));
  const filterStart = f.let(i32.add(line.filter, i32.mul(from, 4 * channels)));
  forEachChannels(f, channels, (channel) => {
    const sum = f.let(v128.zero());
    const at = f.let(i32.add(start, channel));
    const filter = f.let(i32.add(filterStart, channel));
    const left = f.let(line.taps);
    f.repeat(left, () => {
      const value = f.let(at);
      const weight = f.let(filter);
      const columns = f.let(count);
      f.repeat(columns, () => {
        f.set(sum, multiplyAdd(emit.features, loadLanes(value, 0, lanes), loadLanes(weight, 0, lanes), sum));
        f.increase(value, 4 * dilationX * channels);
        f.increase(weight, 4 * channels);
      });
      f.increase(at, line.step);
      f.increase(filter, 4 * windowX * channels);
    });
    finish(emit, sum, i32.add(i32.add(line.output, i32.mul(ox, 4 * channels)), channel), channel);
  });
}

/** Reads the lines of the window that the line above did not see: sliding takes a column at a time. */
function readNewLines({ f }: Emit, { input, taps, step }: Line, word: (name: (typeof names)[number]) => Value<'i32'>): void {
  f.if(i32.eq(taps, word('windowY')), () => {
    const bytes = f.let(i32.mul(step, minimum(f, word('windowY'), word('strideY'))));
    readInOrder(f, i32.sub(i32.add(input, i32.mul(step, taps)), bytes), bytes);
  });
}

/** The line by the functions for as many lines of the window as it sees. */
function emitSlides(emit: Emit, slide: Slide, line: Line, word: (name: (typeof names)[number]) => Value<'i32'>): void {
  const { f } = emit;
  const pixel = 4 * slide.channels;
  const [first, inner, last] = slide.pieces as [Piece, Piece?, Piece?];
  f.block((done) => slide.lines.forEach((lines, i) => {
    const input = f.let(line.input);
    const offset = f.let(line.output);
    const call = (piece: Piece, count: Value<'i32'>): void => f.call(
      slideFunction(f, slide, piece, lines, emit), input, line.filter, offset, count, emit.output, ...emit.extras,
    );
    const run = (): void => {
      call(first, word('firstCount'));
      if (inner === undefined || last === undefined) return;
      const advance = (count: Value<'i32'>, before: number): void => {
        const outputs = f.let(i32.add(count, inner.tail));
        f.increase(offset, i32.mul(outputs, pixel));
        f.increase(input, i32.sub(i32.mul(outputs, slide.stride * pixel), before * pixel));
      };
      f.scope(() => advance(word('firstCount'), first.before));
      const left = f.let(word('middles'));
      f.repeat(left, () => {
        call(inner, word('middleCount'));
        advance(word('middleCount'), 0);
      });
      call(last, word('lastCount'));
    };
    if (i === slide.lines.length - 1) run();
    else f.if(i32.eq(line.taps, lines), () => {
      run();
      f.br(done);
    });
  }));
}

function emitLines(emit: Emit, block: LaunchBlock): void {
  const { f, shape } = emit;
  const { channels, together, windowX } = shape;
  const word = words.in(block);
  block.items((item) => {
    const image = f.let(i32.divU(item, word('outHeight')));
    const oy = f.let(i32.sub(item, i32.mul(image, word('outHeight'))));
    const iy = f.let(i32.sub(i32.mul(oy, word('strideY')), word('beforeY')));
    const dilation = f.let(word('dilationY'));
    const { from, count } = clip(f, iy, dilation, f.let(word('windowY')), f.let(word('inHeight')));
    const line: Line = {
      input: f.let(i32.add(
        i32.add(block.address(0), i32.mul(image, word('imageBytes'))), i32.mul(i32.add(iy, i32.mul(from, dilation)), word('rowBytes')),
      )),
      filter: f.let(i32.add(block.address(1), i32.mul(from, 4 * windowX * channels))),
      output: f.let(i32.mul(item, word('outRowBytes'))),
      taps: count,
      step: f.let(i32.mul(dilation, word('rowBytes'))),
    };
    if (emit.slide !== undefined) {
      if (emit.readsAhead) readNewLines(emit, line, word);
      emitSlides(emit, emit.slide, line, word);
      return;
    }
    const ox = f.let(i32.const(0));
    const one = (until: Value<'i32'>): void => f.while(() => i32.ltS(ox, until), () => {
      emitOne(emit, line, ox, word);
      f.increase(ox, 1);
    });
    if (together > 0) {
      f.scope(() => one(f.let(word('insideFirst'))));
      const last = f.let(word('insideLast'));
      const lastStart = f.let(i32.sub(last, together - 1));
      f.while(() => i32.leS(ox, last), () => {
        // The last group may overlap the one before it.
        const first = minimum(f, ox, lastStart);
        const start = f.let(i32.add(line.input, i32.mul(i32.sub(i32.mul(first, shape.strideX), word('beforeX')), 4 * channels)));
        emitTogether(emit, line, first, start);
        f.increase(ox, together);
      });
      f.set(ox, maximum(f, word('insideFirst'), i32.add(last, 1)));
    }
    f.scope(() => one(f.let(word('outWidth'))));
  });
}

function program(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const filter = call.inputs[1]!.shape;
  if (filter[3] !== 1) return groupedProgram(call, info);
  const output = call.outputs[0]!.shape;
  const g = windowGeometry(call.attrs, call.inputs[0]!.shape, [filter[0]!, filter[1]!], output);
  const epilogue = planEpilogue(call)!;
  const shape = shapeOf(g);
  const sliding = planSlide(g);
  const readsAhead = g.y.stride === 1 && 4 * g.y.input * g.x.input * g.channels > cacheBytes;
  const [insideFirst, insideLast] = inside(g);
  const extras = extraInputs(call);
  const slots = 2 + extras.length + 1;
  const source = (): WasmSource => ({
    assemble: (module) => [module.function(phaseType, (f) => {
      const block = new LaunchBlock(f, slots);
      const output = f.let(block.address(slots - 1));
      emitLines(
        {
          f, shape, readsAhead, slide: sliding?.slide, channels: shape.channels, epilogue, features: info.features, output,
          extras: extras.map((_, i) => f.let(block.address(2 + i))),
        },
        block,
      );
      f.result(i32.const(0));
    })],
  });
  const lines = g.images * g.y.output;
  const lineFlops = 2 * g.x.output * g.channels * g.x.window * g.y.window;
  const grain = Math.max(1, Math.min(Math.ceil(1e6 / lineFlops), Math.ceil(lines / (4 * info.threads))));
  return {
    kind: 'device', key: `depthwise/${sliding === undefined ? Object.values(shape).join('x') : `${slideKey(sliding.slide)}${readsAhead ? '/ahead' : ''}`}/${epilogue.key}`, source, inputs: [0, 1, ...extras],
    launch: {
      words: words.pack({
        outHeight: g.y.output, inHeight: g.y.input, beforeY: g.y.before, imageBytes: 4 * g.y.input * g.x.input * g.channels,
        rowBytes: 4 * g.x.input * g.channels, outRowBytes: 4 * g.x.output * g.channels, insideFirst, insideLast, outWidth: g.x.output,
        inWidth: g.x.input, beforeX: g.x.before, strideY: g.y.stride, dilationY: g.y.dilation, windowY: g.y.window,
        firstCount: sliding?.cut.first ?? 0, middles: sliding?.cut.middles ?? 0, middleCount: sliding?.cut.middle ?? 0, lastCount: sliding?.cut.last ?? 0,
      }),
      grid: [lines, grain],
    },
    scratch: 0, packs: [], inPlace: [], flops: lines * lineFlops,
  };
}

export const depthwiseConv2dNative: Kernel<WasmSource, WasmInfo> = {
  op: 'DepthwiseConv2dNative',
  supports: ({ inputDtypes }) => (inputDtypes[0] === 'float32' ? true : `wasm convolutions are for float32, not ${inputDtypes[0]}`),
  accepts: (call) => acceptsGroups(call) && isPlainNhwc(call.attrs),
  program,
};
