/** MaxPool and AvgPool on float32 NHWC images, four channels at a time. Padding counts neither for the maximum nor for the mean. */
import { type DeviceProgram, extraInputs, isPlainNhwc, type Kernel, type OpCall, type WindowGeometry, windowGeometry } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../../abi.js';
import { f32, f32x4, i32, v128, type Local, type Value } from '../../asm/index.js';
import type { WasmInfo } from '../../info.js';
import { loadLanes, planEpilogue } from '../epilogue.js';
import { LaunchBlock, Words } from '../layout.js';
import { clip, finish, forEachChannels, lanesOf, type Finish } from './channels.js';

const words = new Words([
  'outHeight', 'outWidth', 'inHeight', 'inWidth', 'windowY', 'windowX', 'strideY', 'strideX', 'beforeY', 'beforeX', 'imageBytes',
  'rowBytes',
] as const);

/** What a maximum starts from: TensorFlow's lowest float, so that a window of -inf gives this too. */
const lowest = -3.4028234663852886e38;

type Reduce = 'max' | 'mean';

/** Widest window whose whole lines are unrolled. */
const unrolled = 8;

function emitPool(emit: Finish, block: LaunchBlock, kind: Reduce, windowX: number): void {
  const { f, channels } = emit;
  const word = words.in(block);
  const lanes = lanesOf(channels);
  const pixel = 4 * channels;
  block.items((line) => {
    const image = f.let(i32.divU(line, word('outHeight')));
    const oy = f.let(i32.sub(line, i32.mul(image, word('outHeight'))));
    const iy = f.let(i32.sub(i32.mul(oy, word('strideY')), word('beforeY')));
    const rows = clip(f, iy, 1, f.let(word('windowY')), f.let(word('inHeight')));
    const start = f.let(i32.add(
      i32.add(block.address(0), i32.mul(image, word('imageBytes'))), i32.mul(i32.add(iy, rows.from), word('rowBytes')),
    ));
    const output = f.let(i32.mul(line, i32.mul(word('outWidth'), pixel)));
    const ox = f.local('i32');
    const rowBytes = f.let(word('rowBytes'));
    f.for(ox, 0, word('outWidth'), 1, () => {
      const ix = f.let(i32.sub(i32.mul(ox, word('strideX')), word('beforeX')));
      const columns = clip(f, ix, 1, f.let(word('windowX')), f.let(word('inWidth')));
      const first = f.let(i32.add(start, i32.mul(i32.add(ix, columns.from), pixel)));
      const places = kind === 'mean' ? f.let(f32x4.splat(f32.convertI32S(i32.mul(rows.count, columns.count)))) : undefined;
      forEachChannels(f, channels, (channel) => {
        const result = f.let(kind === 'max' ? f32x4.splat(lowest) : v128.zero());
        const row = f.let(i32.add(first, channel));
        // pmax keeps the result where the value is NaN, as TensorFlow's maximum on x86 does.
        const take = (value: Value<'v128'>): void => f.set(result, kind === 'max' ? f32x4.pmax(result, value) : f32x4.add(result, value));
        const eachRow = (body: () => void): void => {
          const left = f.let(rows.count);
          f.repeat(left, () => {
            body();
            f.increase(row, rowBytes);
          });
        };
        const clipped = (): void => eachRow(() => {
          const at = f.let(row);
          const count = f.let(columns.count);
          f.repeat(count, () => {
            take(loadLanes(at, 0, lanes));
            f.increase(at, pixel);
          });
        });
        if (windowX > unrolled) clipped();
        else {
          f.if(i32.eq(columns.count, windowX), () => eachRow(() => {
            for (let x = 0; x < windowX; x++) take(loadLanes(row, x * pixel, lanes));
          }), clipped);
        }
        if (places !== undefined) f.set(result, f32x4.div(result, places));
        finish(emit, result, i32.add(i32.add(output, i32.mul(ox, pixel)), channel), channel);
      });
    });
  });
}

function geometryOf(call: OpCall): WindowGeometry {
  const window = call.attrs.ints('ksize');
  return windowGeometry(call.attrs, call.inputs[0]!.shape, [window[1]!, window[2]!], call.outputs[0]!.shape);
}

function program(call: OpCall, info: WasmInfo, kind: Reduce): DeviceProgram<WasmSource> {
  const g = geometryOf(call);
  const epilogue = planEpilogue(call)!;
  const extras = extraInputs(call);
  const slots = 1 + extras.length + 1;
  const source = (): WasmSource => ({
    assemble: (module) => [module.function(phaseType, (f) => {
      const block = new LaunchBlock(f, slots);
      const at = (slot: number): Local<'i32'> => f.let(block.address(slot));
      emitPool(
        { f, channels: g.channels, epilogue, features: info.features, output: at(slots - 1), extras: extras.map((_, i) => at(1 + i)) },
        block, kind, g.x.window,
      );
      f.result(i32.const(0));
    })],
  });
  const lines = g.images * g.y.output;
  const lineFlops = g.x.output * g.channels * g.x.window * g.y.window;
  const grain = Math.max(1, Math.min(Math.ceil(2e5 / lineFlops), Math.ceil(lines / (4 * info.threads))));
  return {
    kind: 'device', key: `${kind}pool/${g.channels}/${g.x.window}/${epilogue.key}`, source, inputs: [0, ...extras],
    launch: {
      words: words.pack({
        outHeight: g.y.output, outWidth: g.x.output, inHeight: g.y.input, inWidth: g.x.input, windowY: g.y.window, windowX: g.x.window,
        strideY: g.y.stride, strideX: g.x.stride, beforeY: g.y.before, beforeX: g.x.before,
        imageBytes: 4 * g.y.input * g.x.input * g.channels, rowBytes: 4 * g.x.input * g.channels,
      }),
      grid: [lines, grain],
    },
    scratch: 0, packs: [], inPlace: [], flops: lines * lineFlops,
  };
}

function accepts(call: OpCall): boolean {
  const window = call.attrs.ints('ksize');
  const { images, y, x, channels } = geometryOf(call);
  const some = images * y.output * x.output * channels * y.input * x.input > 0;
  return some && window[0] === 1 && window[3] === 1 && isPlainNhwc(call.attrs) && planEpilogue(call) !== undefined;
}

const kernel = (op: string, kind: Reduce): Kernel<WasmSource, WasmInfo> => ({
  op,
  supports: ({ inputDtypes }) => (inputDtypes[0] === 'float32' ? true : `wasm pooling is for float32, not ${inputDtypes[0]}`),
  accepts,
  program: (call, info) => program(call, info, kind),
});

export const maxPool = kernel('MaxPool', 'max');
export const avgPool = kernel('AvgPool', 'mean');
