/**
 * Conv2D and Conv2DBackpropInput (transposed convolution) on float32 NHWC images, as matrix multiplications: output pixels × filter
 * values, through the tables of gather.ts. Groups are batches of the multiplication.
 */
import type { HostTensor } from '@sessionflow/core/device';
import { sizeOf } from '@sessionflow/core/device';
import { type DeviceProgram, extraInputs, isPlainNhwc, type Kernel, neverPads, type OpCall, type Support, type SupportQuery, type WindowGeometry, windowGeometry } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../../abi.js';
import { i32, type FunctionBuilder } from '../../asm/index.js';
import type { WasmInfo } from '../../info.js';
import { planEpilogue } from '../epilogue.js';
import { blockSizes, blockWords, depthParts, emitBlocks, readBlockWords, rowUnit } from '../gemm/blocks.js';
import { emitPackB } from '../gemm/packPhases.js';
import { dotColumns, dotRun } from '../gemm/dotTile.js';
import { packPanels, planDot, planPanels, type MatrixView, type PanelPlan } from '../gemm/panels.js';
import { tileKey } from '../gemm/tile.js';
import { clampGrain, LaunchBlock, roundUp } from '../layout.js';
import { padLines } from './padLines.js';
import { emitPadLines, fillBackward, fillCopied, fillIndirect, fillLinear, fillMerged, gatherWords, type GatherWord } from './gather.js';
import { isForWinograd, winogradProgram } from './winograd.js';

/** With fewer channels than this, and not too many values in all, windows are copied; with fewer than that, their lines are merged. */
const fewChannels = 8;
const fewValues = 100;
const manyChannels = 48;
/** Fewest channels for which few output channels are computed as dot products, which sum in another order. */
const dotDepth = 4;

type Form = 'linear' | 'indirect' | 'merged' | 'copied' | 'backward';

function formOf(g: WindowGeometry, depth: number, groups: number): Form {
  if (g.y.window === 1 && g.x.window === 1 && g.y.stride === 1 && g.x.stride === 1 && neverPads(g)) return 'linear';
  if (groups > 1) return 'indirect';
  const mergeable = g.x.window > 1 && g.x.dilation === 1;
  if (depth < fewChannels && (!mergeable || g.y.window * g.x.window * depth < fewValues)) return 'copied';
  return mergeable && depth < manyChannels ? 'merged' : 'indirect';
}

/** A convolution as the kernel sees it: what is read, what the rows are, how B's values are found in the filter. */
interface Problem {
  /** Signature inputs: the image and the filter. */
  readonly image: number;
  readonly filter: number;
  readonly geometry: WindowGeometry;
  readonly form: Form;
  readonly groups: number;
  /** Channels of one group of the image, and of the output. */
  readonly depth: number;
  readonly columns: number;
  /** Element strides of B in the filter: between taps, along the run, along the columns, between groups. */
  readonly tapStride: number;
  readonly runStride: number;
  readonly columnStride: number;
  readonly groupStride: number;
}

function forward(call: OpCall): Problem {
  const image = call.inputs[0]!.shape;
  const filter = call.inputs[1]!.shape;
  const g = windowGeometry(call.attrs, image, [filter[0]!, filter[1]!], call.outputs[0]!.shape);
  const groups = image[3]! / filter[2]!;
  const columns = filter[3]! / groups;
  return {
    image: 0, filter: 1, geometry: g, form: formOf(g, filter[2]!, groups), groups, depth: filter[2]!, columns,
    tapStride: filter[2]! * filter[3]!, runStride: filter[3]!, columnStride: 1, groupStride: columns,
  };
}

/** The rows are pixels of the op's output, which is the forward op's input; `geometry` still reads image → output. */
function backward(call: OpCall): Problem {
  const image = call.inputs[2]!.shape;
  const filter = call.inputs[1]!.shape;
  const output = call.outputs[0]!.shape;
  const real = windowGeometry(call.attrs, output, [filter[0]!, filter[1]!], image);
  const turn = (axis: WindowGeometry['x']): WindowGeometry['x'] => ({ ...axis, input: axis.output, output: axis.input });
  return {
    image: 2, filter: 1, geometry: { images: image[0]!, channels: image[3]!, y: turn(real.y), x: turn(real.x) }, form: 'backward',
    groups: 1,
    depth: filter[3]!, columns: filter[2]!, tapStride: filter[2]! * filter[3]!, runStride: 1, columnStride: filter[3]!, groupStride: 0,
  };
}

function pack(problem: Problem, plan: PanelPlan, filter: HostTensor): Uint8Array {
  const { groups, depth, geometry: { y, x } } = problem;
  const taps = y.window * x.window;
  const data = filter.data as Float32Array;
  const rows = taps * depth;
  const to = new Float32Array(groups * rows * plan.packedColumns);
  for (let group = 0; group < groups; group++) {
    // A view has one stride over k; where taps and runs have two, the rows are first laid in order.
    const view = inOrder(problem, data, group * problem.groupStride, taps);
    packPanels(plan, rows, view, to, group * rows * plan.packedColumns);
  }
  return new Uint8Array(to.buffer);
}

function inOrder(
  { depth, columns, tapStride, runStride, columnStride }: Problem, data: Float32Array, offset: number, taps: number,
): MatrixView {
  if (tapStride === depth * runStride) return { data, offset, rowStride: runStride, columnStride };
  const ordered = new Float32Array(taps * depth * columns);
  let at = 0;
  for (let tap = 0; tap < taps; tap++) {
    for (let k = 0; k < depth; k++) {
      const from = offset + tap * tapStride + k * runStride;
      for (let column = 0; column < columns; column++) ordered[at++] = data[from + column * columnStride]!;
    }
  }
  return { data: ordered, offset: 0, rowStride: columns, columnStride: 1 };
}

function accepts(call: OpCall, problem: Problem): boolean {
  const { geometry: { images, y, x }, depth, columns, groups, filter, form } = problem;
  const rows = images * y.output * x.output;
  const work = rows * y.window * x.window * depth * columns * y.input * x.input;
  if (work === 0 || !Number.isInteger(groups) || !Number.isInteger(columns)) return false;
  // A filter that is computed is packed by a first phase, which reads it in the forward order.
  if (call.inputs[filter]!.constant === undefined && form === 'backward') return false;
  return isPlainNhwc(call.attrs) && planEpilogue(call) !== undefined;
}

function program(call: OpCall, info: WasmInfo, problem: Problem): DeviceProgram<WasmSource> {
  const { geometry: g, form, groups, depth, columns } = problem;
  const epilogue = planEpilogue(call)!;
  const rows = g.images * g.y.output * g.x.output;
  const window = g.y.window * g.x.window;
  const k = window * depth;
  const taps = form === 'copied' ? 1 : form === 'merged' ? g.y.window : window;
  const run = k / taps;
  const flops = 2 * rows * k * columns * groups;
  const constant = call.inputs[problem.filter]!.constant !== undefined;
  // Filters over one channel (signal processing) keep TensorFlow's order of summation: what follows them may take logarithms of what
  // cancels.
  const dot = constant && groups === 1 && depth >= dotDepth && columns <= dotColumns && run >= dotRun;
  const plan = dot ? planDot(columns, rows, run) : planPanels(columns, rows, info.gemmTile(flops));
  let sizes = blockSizes(plan, rows, k, groups, info.threads);
  const tableRows = Math.max(rowUnit, Math.floor(4096 / taps / rowUnit) * rowUnit);
  if (sizes.blockRows > tableRows) {
    const rowBlocks = Math.ceil(rows / tableRows);
    sizes = { ...sizes, blockRows: tableRows, rowBlocks, items: groups * rowBlocks * sizes.columnBlocks };
  }

  const parts = form === 'linear' && !dot ? depthParts(rows, depth, 1) : 1;
  const zeroAt = roundUp(4 * taps * sizes.blockRows, 64);
  const copyAt = zeroAt + roundUp(4 * run, 64);
  const threadBytes = copyAt + (form === 'copied' ? roundUp(4 * k * sizes.blockRows, 64) : 0);
  const packedBytes = 4 * k * plan.packedColumns;
  const packBytes = constant ? 0 : groups * packedBytes;
  const lines = padLines(g);
  const padded = form === 'merged' && lines.needed;
  const lineBytes = padded ? lines.bytes : 4 * g.x.input * g.channels;
  const padBytes = padded ? roundUp(g.images * g.y.input * lineBytes, 64) : 0;
  const gather: Record<GatherWord, number> = {
    inHeight: g.y.input, inWidth: g.x.input, outHeight: g.y.output, outWidth: g.x.output, windowY: g.y.window, windowX: g.x.window,
    strideY: g.y.stride, strideX: g.x.stride, dilationY: g.y.dilation, dilationX: g.x.dilation, beforeY: g.y.before, beforeX: g.x.before,
    imageBytes: padded ? g.y.input * lineBytes : 4 * g.y.input * g.x.input * g.channels, rowBytes: 4 * g.x.input * g.channels,
    pixelBytes: 4 * g.channels,
    groupBytes: 4 * depth, zeroAt, zeroBytes: 4 * run, copyAt, lineBytes, padLeft: lines.left, padCopy: lines.copy, padRight: lines.right,
  };
  const outChannels = groups * columns;
  const words = Int32Array.from([
    rows, sizes.blockRows, sizes.rowBlocks, sizes.columnBlocks, sizes.blockPanels, taps, run, 4 * k, 4 * k,
    4 * columns, 4 * outChannels, threadBytes, Math.ceil(depth / parts), ...gatherWords.map((name) => gather[name]), k, packedBytes,
    packBytes, packBytes + padBytes, 4 * outChannels,
  ]);
  const [
    depthWord, packedWord, padWord, scratchWord, filterRowWord,
  ] = [0, 1, 2, 3, 4].map((i) => blockWords.length + gatherWords.length + i) as [number, number, number, number, number];

  const extras = extraInputs(call);
  const slots = 2 + extras.length + 2;
  const scratchSlot = slots - 1;
  const copySizes = { windowY: g.y.window, windowX: g.x.window, channels: depth, dilationX: g.x.dilation };
  const source = (): WasmSource => ({
    assemble: (module) => {
      const phase = (build: (f: FunctionBuilder, block: LaunchBlock) => void) => module.function(phaseType, (f) => {
        build(f, new LaunchBlock(f, slots));
        f.result(i32.const(0));
      });
      const reader = (block: LaunchBlock) => (name: GatherWord) => block.word(blockWords.length + gatherWords.indexOf(name));
      const main = phase((f, block) => {
        const scratch = block.address(scratchSlot);
        const word = readBlockWords(block);
        const read = reader(block);
        emitBlocks(f, block, {
          plan, epilogue, features: info.features, word, packed: true, cutDepth: parts > 1, grouped: true,
          scratch: i32.add(scratch, block.word(scratchWord)), c: block.address(2 + extras.length),
          extras: extras.map((_, i) => block.address(2 + i)),
          b: (group) => i32.add(constant ? block.address(1) : scratch, i32.mul(group, block.word(packedWord))),
          fill: (place) => {
            const image = block.address(0);
            if (form === 'linear') fillLinear(
              f, place, word('rows'), i32.add(image, i32.mul(place.batch, read('groupBytes'))), read('pixelBytes'),
            );
            else if (form === 'merged') fillMerged(f, place, word('rows'), padded ? i32.add(scratch, block.word(padWord)) : image, read);
            else if (form === 'indirect') fillIndirect(f, place, word('rows'), image, read);
            else if (form === 'backward') fillBackward(f, place, word('rows'), image, read);
            else fillCopied(f, place, word('rows'), image, read, copySizes);
          },
        });
      });
      const packing = constant ? [] : [phase((f, block) => emitPackB(f, block, {
        plan, from: block.address(1), to: block.address(scratchSlot), depth: block.word(depthWord), transposed: false,
        batchStride: i32.const(4 * columns), stride: block.word(filterRowWord),
      }))];
      const padding = padded ? [phase((f, block) => {
        emitPadLines(f, block, block.address(0), i32.add(block.address(scratchSlot), block.word(padWord)), reader(block));
      })] : [];
      return [...packing, ...padding, main];
    },
  });

  const layout = plan.groups.map(({ tile, count }) => `${tileKey(tile)}*${count}`).join('+');
  const formKey = form === 'copied' ? `copied${Object.values(copySizes).join('x')}` : padded ? 'padded' : form;
  const grid = [
    ...(constant ? [] : [groups * plan.panels, 1]),
    ...(padded ? [g.images * g.y.input, clampGrain(g.images * g.y.input, Math.ceil(65536 / lineBytes), info.threads)] : []),
    sizes.items, 1,
  ];
  const layoutKey = `${form === 'backward' ? 'back' : 'conv'}/${plan.key}/${columns}/${groups}`;
  return {
    kind: 'device', key: `conv/${formKey}/${layout}/${parts > 1 ? 'cut/' : ''}${constant ? 'packed' : `pack${columns}`}/${epilogue.key}`,
    source,
    inputs: [problem.image, problem.filter, ...extras],
    launch: { words, grid },
    scratch: packBytes + padBytes + info.threads * threadBytes,
    packs: constant ? [{
      input: problem.filter, key: layoutKey, bytes: groups * packedBytes, pack: (value) => pack(problem, plan, value),
    }] : [],
    inPlace: [], flops,
  };
}

const isFloat = ({ inputDtypes: [image, filter] }: SupportQuery): Support =>
  (image === 'float32' && filter === 'float32' ? true : `wasm convolutions are for float32, not ${image}`);

const isImage = (
  call: OpCall, input: number,
): boolean => call.inputs[input]!.shape.length === 4 && call.inputs[1]!.shape.length === 4 && sizeOf(call.inputs[1]!.shape) > 0;

/**
 * A depthwise convolution as one in groups of one channel: a filter [h, w, channels, multiplier] lies as [h, w, 1, channels·multiplier].
 */
function asGroups(call: OpCall): OpCall {
  const [height, width, channels, multiplier] = call.inputs[1]!.shape as readonly [number, number, number, number];
  return { ...call, inputs: call.inputs.map((arg, i) => (i === 1 ? { ...arg, shape: [height, width, 1, channels * multiplier] } : arg)) };
}

/** Whether a DepthwiseConv2dNative can run as a convolution in groups. */
export const acceptsGroups = (call: OpCall): boolean => isImage(call, 0) && isPlainNhwc(call.attrs) && accepts(
  call, forward(asGroups(call)),
);

export const groupedProgram = (call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> => program(
  asGroups(call), info, forward(asGroups(call)),
);

export const conv2D: Kernel<WasmSource, WasmInfo> = {
  op: 'Conv2D',
  supports: (query) => isFloat(query),
  accepts: (call) => isImage(call, 0) && isPlainNhwc(call.attrs) && accepts(call, forward(call)),
  program: (call, info) => {
    const problem = forward(call);
    const { geometry, groups, depth, columns } = problem;
    const isWinograd = call.inputs[1]!.constant !== undefined && groups === 1 && isForWinograd(geometry, depth, columns);
    return isWinograd ? winogradProgram(call, info, geometry) : program(call, info, problem);
  },
};

/**
 * Conv2DBackpropInput with a tap for each place of the window, zeros where the stride skips it: any stride and dilation (transposed.ts has
 * the fast form).
 */
export const acceptsZeroTaps = (call: OpCall): boolean => accepts(call, backward(call));
export const zeroTapProgram = (call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> => program(call, info, backward(call));
