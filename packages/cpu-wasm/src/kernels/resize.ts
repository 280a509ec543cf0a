/**
 * ResizeBilinear (float32 images) and ResizeNearestNeighbor (any bytes), NHWC. Positions and weights are computed when the program is made,
 * in
 * float32 as TensorFlow does, and stand as tables in the launch words: (low, high, weight) for each output row and column.
 */
import { dtypeInfo } from '@sessionflow/core/device';
import { type DeviceProgram, extraInputs, type Kernel, type OpCall } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../abi.js';
import { f32x4, i32, v128, type Local, type Value } from '../asm/index.js';
import type { WasmInfo } from '../info.js';
import { clampGrain, LaunchBlock, Words } from './layout.js';
import { finish, forEachChannels, lanesOf } from './conv/channels.js';
import { loadLanes, planEpilogue } from './epilogue.js';
import { copyBytes } from './movement/copyCode.js';

const float = Math.fround;

interface Options {
  readonly alignCorners: boolean;
  readonly halfPixels: boolean;
}

function optionsOf({ attrs }: OpCall): Options {
  return { alignCorners: attrs.bool('align_corners'), halfPixels: attrs.has('half_pixel_centers') && attrs.bool('half_pixel_centers') };
}

function scaleOf(input: number, output: number, { alignCorners }: Options): number {
  return alignCorners && output > 1 ? float((input - 1) / (output - 1)) : float(input / output);
}

const bits = (value: number): number => new Int32Array(Float32Array.of(value).buffer)[0]!;

/** (offset of the lower, offset of the higher, weight of the higher as bits) for each output position; offsets in bytes. */
function bilinearTable(input: number, output: number, stride: number, options: Options): number[] {
  const scale = scaleOf(input, output, options);
  return Array.from({ length: output }, (_, i) => {
    const at = options.halfPixels ? float(float(float(i + 0.5) * scale) - 0.5) : float(i * scale);
    const below = Math.floor(at);
    return [Math.max(below, 0) * stride, Math.min(Math.ceil(at), input - 1) * stride, bits(at - below)];
  }).flat();
}

function nearestTable(input: number, output: number, stride: number, options: Options): number[] {
  const scale = scaleOf(input, output, options);
  return Array.from({ length: output }, (_, i) => {
    const at = options.halfPixels ? float(float(i + 0.5) * scale) : float(i * scale);
    const rounded = options.alignCorners ? Math.floor(at + 0.5) : Math.floor(at);
    return Math.max(Math.min(rounded, input - 1), 0) * stride;
  });
}

const words = new Words(['outHeight', 'outWidth', 'imageBytes', 'pixelBytes', 'columnsAt'] as const);

interface Images {
  readonly n: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly channels: number;
}

function imagesOf(call: OpCall): Images {
  const [n, inHeight, inWidth, channels] = call.inputs[0]!.shape as readonly [number, number, number, number];
  const [, outHeight, outWidth] = call.outputs[0]!.shape as readonly [number, number, number];
  return { n, inHeight, inWidth, outHeight, outWidth, channels };
}

function accepts(call: OpCall): boolean {
  const { n, inHeight, inWidth, outHeight, outWidth, channels } = imagesOf(call);
  return n * inHeight * inWidth * outHeight * outWidth * channels > 0 && outHeight + outWidth <= 1 << 16;
}

/** Most lines that a call takes: about 64 KiB of output, and four calls a thread. */
function grainOf({ n, outHeight, outWidth, channels }: Images, width: number, threads: number): number {
  return clampGrain(n * outHeight, Math.ceil(65536 / (outWidth * channels * width)), threads);
}

function bilinear(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const images = imagesOf(call);
  const { n, inHeight, inWidth, outHeight, outWidth, channels } = images;
  const options = optionsOf(call);
  const epilogue = planEpilogue(call)!;
  const extras = extraInputs(call);
  const slots = 2 + extras.length;
  const lanes = lanesOf(channels);
  const rowTable = bilinearTable(inHeight, outHeight, 4 * inWidth * channels, options);
  const columnTable = bilinearTable(inWidth, outWidth, 4 * channels, options);
  const source = (): WasmSource => ({
    assemble: (module) => [module.function(phaseType, (f) => {
      const block = new LaunchBlock(f, slots);
      const word = words.in(block);
      const output = f.let(block.address(slots - 1));
      const end = { f, channels, epilogue, features: info.features, output, extras: extras.map((_, i) => f.let(block.address(1 + i))) };
      block.items((line) => {
        const image = f.let(i32.divU(line, word('outHeight')));
        const y = f.let(i32.sub(line, i32.mul(image, word('outHeight'))));
        const rows = f.let(i32.add(block.wordsAt(words.count), i32.mul(y, 12)));
        const base = f.let(i32.add(block.address(0), i32.mul(image, word('imageBytes'))));
        const [top, bottom] = [f.let(i32.add(base, i32.load(rows))), f.let(i32.add(base, i32.load(rows, 4)))];
        const rowWeight = f.let(v128.load32Splat(rows, 8));
        const column = f.let(i32.add(block.wordsAt(words.count), i32.mul(word('columnsAt'), 4)));
        const to = f.let(i32.mul(line, i32.mul(word('outWidth'), 4 * channels)));
        const left = f.let(word('outWidth'));
        f.repeatAtLeastOnce(left, () => {
          const low = f.let(i32.load(column));
          const high = f.let(i32.load(column, 4));
          const weight = f.let(v128.load32Splat(column, 8));
          const corners = [
            i32.add(top, low), i32.add(top, high), i32.add(bottom, low), i32.add(bottom, high),
          ].map((corner) => f.let(corner));
          forEachChannels(f, channels, (channel) => {
            const [tl, tr, bl, br] = corners.map((corner) => f.let(loadLanes(i32.add(corner, channel), 0, lanes))) as [V, V, V, V];
            const mix = (x: V, y: V, share: V): V => f.let(f32x4.add(x, f32x4.mul(f32x4.sub(y, x), share)));
            finish(end, mix(mix(tl, tr, weight), mix(bl, br, weight), rowWeight), i32.add(to, channel), channel);
          });
          f.increase(column, 12);
          f.increase(to, 4 * channels);
        });
      });
      f.result(i32.const(0));
    })],
  });
  return {
    kind: 'device', key: `bilinear/${channels}/${epilogue.key}`, source, inputs: [0, ...extras],
    launch: {
      words: words.pack(
        { outHeight, outWidth, imageBytes: 4 * inHeight * inWidth * channels, pixelBytes: 4 * channels, columnsAt: rowTable.length },
        [...rowTable, ...columnTable],
      ),
      grid: [n * outHeight, grainOf(images, 8, info.threads)],
    },
    scratch: 0, packs: [], inPlace: [], flops: 9 * n * outHeight * outWidth * channels,
  };
}

type V = Local<'v128'>;

function nearest(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const images = imagesOf(call);
  const { n, inHeight, inWidth, outHeight, outWidth, channels } = images;
  const options = optionsOf(call);
  const width = dtypeInfo[call.inputs[0]!.dtype].bytes;
  const pixel = channels * width;
  const rowTable = nearestTable(inHeight, outHeight, inWidth * pixel, options);
  const columnTable = nearestTable(inWidth, outWidth, pixel, options);
  const source = (): WasmSource => ({
    assemble: (module) => [module.function(phaseType, (f) => {
      const block = new LaunchBlock(f, 2);
      const word = words.in(block);
      const bytes = f.let(word('pixelBytes'));
      block.items((line) => {
        const image = f.let(i32.divU(line, word('outHeight')));
        const y = f.let(i32.sub(line, i32.mul(image, word('outHeight'))));
        const table = f.let(block.wordsAt(words.count));
        const row: Value<'i32'> = i32.load(i32.add(table, i32.mul(y, 4)));
        const base = f.let(i32.add(i32.add(block.address(0), i32.mul(image, word('imageBytes'))), row));
        const to = f.let(i32.add(block.address(1), i32.mul(line, i32.mul(word('outWidth'), bytes))));
        const column = f.let(i32.add(table, i32.mul(word('columnsAt'), 4)));
        const left = f.let(word('outWidth'));
        f.repeatAtLeastOnce(left, () => {
          const from = f.let(i32.add(base, i32.load(column)));
          copyBytes(f, to, from, bytes);
          f.increase(to, bytes);
          f.increase(column, 4);
        });
      });
      f.result(i32.const(0));
    })],
  });
  return {
    kind: 'device', key: 'nearest', source, inputs: [0],
    launch: {
      words: words.pack(
        { outHeight, outWidth, imageBytes: inHeight * inWidth * pixel, pixelBytes: pixel, columnsAt: rowTable.length },
        [...rowTable, ...columnTable],
      ),
      grid: [n * outHeight, grainOf(images, width, info.threads)],
    },
    scratch: 0, packs: [], inPlace: [], flops: 0,
  };
}

export const resizeBilinear: Kernel<WasmSource, WasmInfo> = {
  op: 'ResizeBilinear',
  supports: ({ inputDtypes }) => (inputDtypes[0] === 'float32' ? true : `wasm resizes float32 images bilinearly, not ${inputDtypes[0]}`),
  hostArgs: () => [undefined, 'compile'],
  accepts: (call) => accepts(call) && planEpilogue(call) !== undefined,
  program: bilinear,
};

export const resizeNearestNeighbor: Kernel<WasmSource, WasmInfo> = {
  op: 'ResizeNearestNeighbor',
  supports: ({ inputDtypes }) => (dtypeInfo[inputDtypes[0] ?? 'string'].bytes > 0 ? true : `${inputDtypes[0]} is not bytes`),
  hostArgs: () => [undefined, 'compile'],
  accepts: (call) => call.epilogue === undefined && accepts(call),
  program: nearest,
};
