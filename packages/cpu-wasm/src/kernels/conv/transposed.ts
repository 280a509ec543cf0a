/**
 * Conv2DBackpropInput (transposed convolution) without the zeros: output pixels whose coordinates leave the same rest by the stride see the
 * same
 * places of the window, so each such class is a multiplication of its own, over its own part of the filter. An item is a line of one class.
 */
import { sizeOf, type HostTensor } from '@sessionflow/core/device';
import { type DeviceProgram, extraInputs, isPlainNhwc, type Kernel, type OpCall, type WindowAxis, windowGeometry } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../../abi.js';
import { i32, memory, select, type FunctionBuilder, type Local, type Value } from '../../asm/index.js';
import type { WasmInfo } from '../../info.js';
import { planEpilogue } from '../epilogue.js';
import { blockSizes, blockWords, emitBlocks, readBlockWords, type BlockCode } from '../gemm/blocks.js';
import { dotRun } from '../gemm/dotTile.js';
import { packPanels, planDot, planPanels, type PanelPlan } from '../gemm/panels.js';
import { tileKey } from '../gemm/tile.js';
import { LaunchBlock, roundUp } from '../layout.js';
import { acceptsZeroTaps, zeroTapProgram } from './conv2d.js';

/**
 * The places of one axis with one rest: output positions rest, rest + stride, …; window places first, first + stride, …; input at base −
 * tap.
 */
interface AxisClass {
  readonly rest: number;
  readonly count: number;
  readonly first: number;
  readonly taps: number;
  readonly base: number;
}

/** `axis` is the forward convolution's: its input is this op's output. */
function axisClasses({ input, window, stride, before }: WindowAxis): AxisClass[] {
  return Array.from({ length: Math.min(stride, input) }, (_, rest) => {
    const first = (rest + before) % stride;
    return {
      rest, count: Math.ceil((input - rest) / stride), first, taps: Math.ceil((window - first) / stride),
      base: Math.floor((rest + before) / stride),
    };
  });
}

interface Problem {
  readonly images: number;
  readonly y: WindowAxis;
  readonly x: WindowAxis;
  /** Channels of the gradient (summed over), and of the output. */
  readonly depth: number;
  readonly columns: number;
  readonly classes: readonly { readonly y: AxisClass; readonly x: AxisClass }[];
}

function problemOf(call: OpCall): Problem {
  const filter = call.inputs[1]!.shape;
  const gradient = call.inputs[2]!.shape;
  const output = call.outputs[0]!.shape;
  const { y, x } = windowGeometry(call.attrs, output, [filter[0]!, filter[1]!], gradient);
  const classes = axisClasses(y).flatMap((yClass) => axisClasses(x).map((xClass) => ({ y: yClass, x: xClass })));
  return { images: output[0]!, y, x, depth: filter[3]!, columns: filter[2]!, classes };
}

/** Words after the block words, and of each class after those. */
const words = [
  'outHeight', 'outWidth', 'outChannelBytes', 'strideY', 'inHeight', 'inWidth', 'imageBytes', 'rowBytes', 'pixelBytes', 'zeroAt', 'classes',
] as const;
const classWords = [
  'endLine', 'linesOfImage', 'restY', 'restX', 'tapsY', 'tapsX', 'baseY', 'baseX', 'rows', 'taps', 'bAt', 'bColumn',
] as const;

function pack(problem: Problem, plan: PanelPlan, filter: HostTensor): Uint8Array {
  const { depth, columns, classes, y, x } = problem;
  const data = filter.data as Float32Array;
  const parts = classes.map((one) => one.y.taps * one.x.taps * depth);
  const to = new Float32Array(parts.reduce((a, b) => a + b, 0) * plan.packedColumns);
  let at = 0;
  classes.forEach((one, index) => {
    const ordered = new Float32Array(parts[index]! * columns);
    let place = 0;
    for (let ty = 0; ty < one.y.taps; ty++) for (let tx = 0; tx < one.x.taps; tx++) {
      const tap = (one.y.first + ty * y.stride) * x.window + one.x.first + tx * x.stride;
      for (let k = 0; k < depth; k++) {
        for (let column = 0; column < columns; column++) ordered[place++] = data[(tap * columns + column) * depth + k]!;
      }
    }
    packPanels(plan, parts[index]!, { data: ordered, offset: 0, rowStride: columns, columnStride: 1 }, to, at);
    at += parts[index]! * plan.packedColumns;
  });
  return new Uint8Array(to.buffer);
}

interface Line {
  readonly class: Local<'i32'>;
  readonly image: Local<'i32'>;
  /** Number of the line among those of its class in its image. */
  readonly line: Local<'i32'>;
}

/** Which class a line of all classes belongs to; `at` is the address of the class's words. */
function findLine(f: FunctionBuilder, block: LaunchBlock, classesAt: number, batch: Local<'i32'>): Line {
  const one = f.let(block.wordsAt(classesAt));
  const first = f.let(i32.const(0));
  f.while(() => i32.geS(batch, i32.load(one)), () => {
    f.set(first, i32.load(one));
    f.increase(one, 4 * classWords.length);
  });
  const index = f.let(i32.sub(batch, first));
  const linesOfImage = f.let(i32.load(one, 4));
  const image = f.let(i32.divU(index, linesOfImage));
  return { class: one, image, line: f.let(i32.sub(index, i32.mul(image, linesOfImage))) };
}

const classWord = (one: Local<'i32'>, name: (typeof classWords)[number]): Value<'i32'> => i32.load(one, 4 * classWords.indexOf(name));

function emit(f: FunctionBuilder, block: LaunchBlock, code: Pick<BlockCode, 'plan' | 'epilogue' | 'features'>, extras: number): void {
  const word = (name: (typeof words)[number]): Value<'i32'> => block.word(blockWords.length + words.indexOf(name));
  let place: Line | undefined;
  emitBlocks(f, block, {
    ...code, word: readBlockWords(block), packed: true, cutDepth: false, grouped: false, scratch: block.address(3 + extras),
    c: block.address(2 + extras),
    extras: Array.from({ length: extras }, (_, i) => block.address(2 + i)),
    entry: (batch) => {
      place = findLine(f, block, blockWords.length + words.length, batch);
      const line = i32.add(
        i32.mul(place.image, word('outHeight')), i32.add(i32.mul(place.line, word('strideY')), classWord(place.class, 'restY')),
      );
      const start = i32.mul(i32.add(i32.mul(line, word('outWidth')), classWord(place.class, 'restX')), word('outChannelBytes'));
      return {
        rows: classWord(place.class, 'rows'), start, taps: classWord(place.class, 'taps'), bColumn: classWord(place.class, 'bColumn'),
      };
    },
    b: () => i32.add(block.address(1), classWord(place!.class, 'bAt')),
    fill: ({ firstRow, table, tapStride }) => {
      const zero = f.let(i32.add(table, word('zeroAt')));
      f.do(memory.fill(zero, 0, word('pixelBytes')));
      const base = f.let(i32.add(block.address(0), i32.mul(place!.image, word('imageBytes'))));
      const end = f.let(i32.add(table, tapStride));
      const pixel = f.let(word('pixelBytes'));
      const width = f.let(word('inWidth'));
      const iy = f.let(i32.add(place!.line, classWord(place!.class, 'baseY')));
      const tapLine = f.let(table);
      const leftY = f.let(classWord(place!.class, 'tapsY'));
      f.repeatAtLeastOnce(leftY, () => {
        const inside = f.let(i32.ltU(iy, word('inHeight')));
        const row = f.let(i32.add(base, i32.mul(iy, word('rowBytes'))));
        const firstX = f.let(i32.add(firstRow, classWord(place!.class, 'baseX')));
        const leftX = f.let(classWord(place!.class, 'tapsX'));
        f.repeatAtLeastOnce(leftX, () => {
          const ix = f.let(firstX);
          const at = f.let(tapLine);
          f.loop((again) => {
            f.do(i32.store(at, select('i32', i32.add(row, i32.mul(ix, pixel)), zero, i32.and(inside, i32.ltU(ix, width)))));
            f.increase(ix, 1);
            f.brIf(again, i32.ltU(f.tee(at, i32.add(at, 4)), end));
          });
          f.set(firstX, i32.sub(firstX, 1));
          f.increase(tapLine, tapStride);
          f.increase(end, tapStride);
        });
        f.set(iy, i32.sub(iy, 1));
      });
    },
  });
}

function program(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  if (!acceptsClasses(call)) return zeroTapProgram(call, info);
  const problem = problemOf(call);
  const { images, y, x, depth, columns, classes } = problem;
  const epilogue = planEpilogue(call)!;
  const longest = Math.max(...classes.map((one) => one.x.count));
  const mostTaps = Math.max(...classes.map((one) => one.y.taps * one.x.taps));
  const flops = 2 * images * depth * columns * classes.reduce((sum, one) => sum + one.y.count * one.x.count * one.y.taps * one.x.taps, 0);
  const dot = columns === 1 && depth >= dotRun;
  const plan = dot ? planDot(columns, longest, depth) : planPanels(columns, longest, info.gemmTile(flops));
  const lines = classes.reduce((sum, one) => sum + images * one.y.count, 0);
  const sizes = blockSizes(plan, longest, mostTaps * depth, lines, info.threads);
  const zeroAt = roundUp(4 * mostTaps * sizes.blockRows, 64);
  const threadBytes = zeroAt + roundUp(4 * depth, 64);

  let endLine = 0;
  let bAt = 0;
  const table = classes.flatMap((one) => {
    const taps = one.y.taps * one.x.taps;
    endLine += images * one.y.count;
    const row = [
      endLine, one.y.count, one.y.rest, one.x.rest, one.y.taps, one.x.taps, one.y.base, one.x.base, one.x.count, taps, bAt,
      4 * taps * depth,
    ];
    bAt += 4 * taps * depth * plan.packedColumns;
    return row;
  });
  const blockRow: Record<(typeof blockWords)[number], number> = {
    rows: longest, blockRows: sizes.blockRows, rowBlocks: sizes.rowBlocks, columnBlocks: sizes.columnBlocks, blockPanels: sizes.blockPanels,
    taps: mostTaps,
    run: depth, bColumn: 0, bStride: 0, cBatch: 0, cStride: 4 * columns * x.stride, threadBytes, depthBlock: 0,
  };
  const own: Record<(typeof words)[number], number> = {
    outHeight: y.input, outWidth: x.input, outChannelBytes: 4 * columns, strideY: y.stride, inHeight: y.output, inWidth: x.output,
    imageBytes: 4 * y.output * x.output * depth, rowBytes: 4 * x.output * depth, pixelBytes: 4 * depth, zeroAt, classes: classes.length,
  };
  const extras = extraInputs(call);
  const layout = plan.groups.map(({ tile, count }) => `${tileKey(tile)}*${count}`).join('+');
  return {
    kind: 'device', key: `transposed/${layout}/${epilogue.key}`,
    source: () => ({
      assemble: (module) => [module.function(phaseType, (f) => {
        emit(f, new LaunchBlock(f, 4 + extras.length), { plan, epilogue, features: info.features }, extras.length);
        f.result(i32.const(0));
      })],
    }),
    inputs: [2, 1, ...extras],
    launch: {
      words: Int32Array.from([...blockWords.map((name) => blockRow[name]), ...words.map((name) => own[name]), ...table]),
      grid: [sizes.items, Math.max(1, Math.min(Math.ceil(5e6 / (flops / sizes.items)), Math.ceil(sizes.items / (4 * info.threads))))],
    },
    scratch: info.threads * threadBytes,
    packs: [{
      input: 1, key: `transposed/${plan.key}/${columns}/${y.stride}x${x.stride}/${y.before}x${x.before}/${y.input}x${x.input}`, bytes: bAt,
      pack: (filter) => pack(problem, plan, filter),
    }],
    inPlace: [], flops,
  };
}

/** Whether every class has a place in the window, the filter is known, and the window is not dilated. */
function acceptsClasses(call: OpCall): boolean {
  const { y, x, classes } = problemOf(call);
  const covered = classes.every((one) => one.y.taps > 0 && one.x.taps > 0);
  return covered && call.inputs[1]!.constant !== undefined && y.dilation === 1 && x.dilation === 1;
}

export const conv2DBackpropInput: Kernel<WasmSource, WasmInfo> = {
  op: 'Conv2DBackpropInput',
  supports: ({ inputDtypes }) => (inputDtypes[1] === 'float32' ? true : `wasm convolutions are for float32, not ${inputDtypes[1]}`),
  hostArgs: () => ['compile', undefined, undefined],
  accepts: (call) => call.inputs[2]!.shape.length === 4 && sizeOf(call.inputs[1]!.shape) > 0 && isPlainNhwc(call.attrs)
    && call.inputs[1]!.shape[2] === call.outputs[0]!.shape[3] && acceptsZeroTaps(call),
  program,
};
