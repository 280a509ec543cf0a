/**
 * 3×3 convolutions of stride 1 by Winograd's minimal filtering F(2×2, 3×3): Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks"
 * (2015), equations 8 to 11. A tile of 2×2 outputs takes 16 multiplications for each pair of channels where the sum itself takes 36. An item is a
 * block of tiles: their 4×4 patches of the image are transformed into the thread's own scratch, sixteen small matrix products follow, and their
 * results are transformed back into the output, all while the block is in the level 2 cache. The filter is transformed when it is packed.
 *
 * A value that is infinite or NaN makes all outputs of the tiles that see it NaN or infinite, not only those whose own window sees it.
 */
import type { HostTensor } from '@sessionflow/core/device';
import { type DeviceProgram, extraInputs, type OpCall, type WindowGeometry } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../../abi.js';
import { f32x4, i32, memory, v128, type FunctionBuilder, type I32, type Local, type Value } from '../../asm/index.js';
import type { WasmFeatures, WasmInfo } from '../../info.js';
import { noEpilogue, planEpilogue, type EpiloguePlan } from '../epilogue.js';
import { emitGroup, rowUnit } from '../gemm/blocks.js';
import { packPanels, planPanels, type PanelPlan } from '../gemm/panels.js';
import { tileKey } from '../gemm/tile.js';
import { ceilDivide, LaunchBlock, minimum, roundUp, Words } from '../layout.js';
import { finish, forEachChannels } from './channels.js';

/** Values of a transformed patch: products that a tile takes for each pair of channels. */
const places = 16;
/** Fewest channels for which the transformations pay. */
const fewestChannels = 16;
/** Most pairs of channels. The transformed filter is 16/9 as large, and the layers with the most channels hold most of a network's weights. */
const mostPairs = 256 * 128;
/** Most tiles of a block. */
const blockTiles = 48;

const words = new Words([
  'tiles', 'tilesX', 'tilesOfImage', 'inHeight', 'inWidth', 'beforeY', 'beforeX', 'imageBytes', 'rowBytes', 'outHeight', 'outWidth', 'outImageBytes',
  'outRowBytes', 'threadBytes',
] as const);

/** Whether a convolution is one that this computes faster than the sum itself. */
export function isForWinograd({ images, y, x }: WindowGeometry, depth: number, columns: number): boolean {
  const plain = [y, x].every(({ window, stride, dilation }) => window === 3 && stride === 1 && dilation === 1);
  const tiles = images * ceilDivide(y.output, 2) * ceilDivide(x.output, 2);
  return plain && depth >= fewestChannels && columns >= fewestChannels && depth * columns <= mostPairs && tiles >= rowUnit;
}

/** G·filter·Gᵀ for each pair of channels, place after place, each in panels. */
function pack(plan: PanelPlan, depth: number, filter: HostTensor): Uint8Array {
  const pairs = depth * plan.columns;
  // Lines first, 3×3 → 3×4, then columns, → 4×4.
  const lines = new Float32Array(12 * pairs);
  for (let y = 0; y < 3; y++) transformThree(filter.data as Float32Array, 3 * y * pairs, pairs, lines, 4 * y * pairs, pairs, pairs);
  const transformed = new Float32Array(places * pairs);
  for (let x = 0; x < 4; x++) transformThree(lines, x * pairs, 4 * pairs, transformed, x * pairs, 4 * pairs, pairs);
  const to = new Float32Array(places * depth * plan.packedColumns);
  for (let place = 0; place < places; place++) {
    packPanels(plan, depth, { data: transformed, offset: place * pairs, rowStride: plan.columns, columnStride: 1 }, to, place * depth * plan.packedColumns);
  }
  return new Uint8Array(to.buffer);
}

/** G times three vectors of `count` values that are `step` apart: four vectors that are `toStep` apart. */
function transformThree(from: Float32Array, at: number, step: number, to: Float32Array, toAt: number, toStep: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [from[at + i]!, from[at + step + i]!, from[at + 2 * step + i]!];
    to[toAt + i] = a;
    to[toAt + toStep + i] = (a + b + c) / 2;
    to[toAt + 2 * toStep + i] = (a - b + c) / 2;
    to[toAt + 3 * toStep + i] = c;
  }
}

/** What is part of the code. */
interface Code {
  readonly f: FunctionBuilder;
  readonly plan: PanelPlan;
  readonly depth: number;
  readonly columns: number;
  /** Tiles of a block. */
  readonly block: number;
  readonly epilogue: EpiloguePlan;
  readonly features: WasmFeatures;
  readonly word: (name: Parameters<typeof words.index>[0]) => Value<'i32'>;
}

/** Of a thread: transformed patches, products, one patch with what lies beyond the image as zeros, addresses of rows. */
function layout({ depth, columns, block }: Pick<Code, 'depth' | 'columns' | 'block'>): { readonly products: number; readonly patch: number; readonly table: number; readonly bytes: number } {
  const products = 4 * places * block * depth;
  const patch = products + 4 * places * block * columns;
  const table = roundUp(patch + 4 * places * depth, 64);
  return { products, patch, table, bytes: roundUp(table + 4 * roundUp(block, rowUnit), 64) };
}

/** The tile's number as the places of its first output. */
function placeOf({ f, word }: Code, tile: Local<'i32'>): Readonly<Record<'image' | 'y' | 'x', Local<'i32'>>> {
  const image = f.let(i32.divU(tile, word('tilesOfImage')));
  const rest = f.let(i32.sub(tile, i32.mul(image, word('tilesOfImage'))));
  const row = f.let(i32.divU(rest, word('tilesX')));
  return { image, y: f.let(i32.mul(row, 2)), x: f.let(i32.mul(i32.sub(rest, i32.mul(row, word('tilesX'))), 2)) };
}

/** Bᵀ·d·B of the patch that begins at `from`, four channels at a time, into the tile's row of each place. */
function emitTransform({ f, depth, block }: Code, from: Local<'i32'>, rowBytes: I32, to: Local<'i32'>): void {
  const lines = [f.let(from)];
  while (lines.length < 4) lines.push(f.let(i32.add(lines.at(-1)!, rowBytes)));
  forEachChannels(f, depth, (channel) => {
    const at = lines.map((line) => f.let(i32.add(line, channel)));
    const out = f.let(i32.add(to, channel));
    const columns = [0, 1, 2, 3].map((x) => {
      const [a, b, c, d] = at.map((line) => f.let(v128.load(line, 4 * x * depth, 2))) as [L, L, L, L];
      return [f32x4.sub(a, c), f32x4.add(b, c), f32x4.sub(c, b), f32x4.sub(b, d)].map((value) => f.let(value));
    });
    for (let y = 0; y < 4; y++) {
      const [a, b, c, d] = columns.map((column) => column[y]!) as [L, L, L, L];
      [f32x4.sub(a, c), f32x4.add(b, c), f32x4.sub(c, b), f32x4.sub(b, d)].forEach((value, x) => {
        f.do(v128.store(out, value, 4 * (4 * y + x) * block * depth, 2));
      });
    }
  });
}

type L = Local<'v128'>;

/** The patches of `count` tiles from `first` on. */
function emitPatches(code: Code, image: Value<'i32'>, first: Local<'i32'>, count: Local<'i32'>, scratch: Local<'i32'>): void {
  const { f, depth, word } = code;
  const pixel = 4 * depth;
  const tile = f.let(first);
  const to = f.let(scratch);
  const left = f.let(count);
  f.repeatAtLeastOnce(left, () => {
    const place = placeOf(code, tile);
    const y = f.let(i32.sub(place.y, word('beforeY')));
    const x = f.let(i32.sub(place.x, word('beforeX')));
    const from = f.let(i32.add(i32.add(image, i32.mul(place.image, word('imageBytes'))), i32.add(i32.mul(y, word('rowBytes')), i32.mul(x, pixel))));
    const isInside = i32.and(
      i32.and(i32.geS(y, 0), i32.geS(x, 0)), i32.and(i32.leS(y, i32.sub(word('inHeight'), 4)), i32.leS(x, i32.sub(word('inWidth'), 4))),
    );
    const rowBytes = f.let(word('rowBytes'));
    f.if(i32.eqz(isInside), () => {
      const patch = f.let(i32.add(scratch, layout(code).patch));
      f.do(memory.fill(patch, 0, places * pixel));
      const start = f.let(i32.const(0));
      f.if(i32.ltS(x, 0), () => f.set(start, i32.sub(0, x)));
      const bytes = f.let(i32.mul(i32.sub(minimum(f, i32.sub(word('inWidth'), x), i32.const(4)), start), pixel));
      for (let line = 0; line < 4; line++) {
        f.if(i32.and(i32.gtS(bytes, 0), i32.ltU(i32.add(y, line), word('inHeight'))), () => {
          const offset = i32.mul(start, pixel);
          f.do(memory.copy(i32.add(patch, i32.add(offset, 4 * line * pixel)), i32.add(from, i32.add(offset, i32.mul(rowBytes, line))), bytes));
        });
      }
      f.set(from, patch);
      f.set(rowBytes, 4 * pixel);
    });
    emitTransform(code, from, rowBytes, to);
    f.increase(tile, 1);
    f.increase(to, pixel);
  });
}

/** The sixteen products of a block. */
function emitProducts(code: Code, filter: Value<'i32'>, count: Local<'i32'>, scratch: Local<'i32'>): void {
  const { f, plan, depth, columns, block } = code;
  const { products, table } = layout(code);
  const a = f.let(scratch);
  const b = f.let(filter);
  const c = f.let(i32.add(scratch, products));
  const tableAt = f.let(i32.add(scratch, table));
  const [one, run, zero, step, tapStride, end] = [1, depth, 0, 4 * columns, 0, plan.panels].map((value) => f.let(i32.const(value))) as [I, I, I, I, I, I];
  const bColumn = f.let(i32.const(4 * depth));
  const left = f.let(i32.const(places));
  f.repeatAtLeastOnce(left, () => {
    const row = f.let(a);
    const entry = f.let(tableAt);
    const rows = f.let(i32.const(roundUp(block, rowUnit)));
    f.repeatAtLeastOnce(rows, () => {
      f.do(i32.store(entry, row));
      f.increase(entry, 4);
      // Rows past the block's last are computed from its last, and not stored.
      f.if(i32.ltU(row, i32.add(a, 4 * (block - 1) * depth)), () => f.increase(row, 4 * depth));
    });
    for (const group of plan.groups) {
      f.scope(() => emitGroup(f, {
        plan, epilogue: noEpilogue, features: code.features, packed: true, cutDepth: false, c, extras: [],
        word: (name) => (name === 'run' ? run : zero),
      }, group, { firstPanel: zero, endPanel: end, b, bColumn, taps: one, start: zero, channel: zero, rows: count, table: tableAt, tapStride, cStride: step }));
    }
    f.increase(a, 4 * block * depth);
    f.increase(b, 4 * depth * plan.packedColumns);
    f.increase(c, 4 * block * columns);
  });
}

type I = Local<'i32'>;

/** Aᵀ·m·A of the products of `count` tiles from `first` on, with the epilogue, into the output. */
function emitOutputs(code: Code, output: Local<'i32'>, extras: readonly Local<'i32'>[], first: Local<'i32'>, count: Local<'i32'>, scratch: Local<'i32'>): void {
  const { f, columns, block, word, epilogue, features } = code;
  const tile = f.let(first);
  const from = f.let(i32.add(scratch, layout(code).products));
  const left = f.let(count);
  f.repeatAtLeastOnce(left, () => {
    const { image, y, x } = placeOf(code, tile);
    const base = f.let(i32.add(i32.mul(image, word('outImageBytes')), i32.add(i32.mul(y, word('outRowBytes')), i32.mul(x, 4 * columns))));
    const isWide = f.let(i32.ltS(i32.add(x, 1), word('outWidth')));
    const isHigh = f.let(i32.ltS(i32.add(y, 1), word('outHeight')));
    const rowBytes = f.let(word('outRowBytes'));
    forEachChannels(f, columns, (channel) => {
      const at = f.let(i32.add(from, channel));
      const lines = [0, 1, 2, 3].map((column) => {
        const [a, b, c, d] = [0, 1, 2, 3].map((row) => f.let(v128.load(at, 4 * (4 * row + column) * block * columns, 2))) as [L, L, L, L];
        return [f32x4.add(f32x4.add(a, b), c), f32x4.sub(f32x4.sub(b, c), d)].map((value) => f.let(value));
      });
      const results = [0, 1].map((row) => {
        const [a, b, c, d] = lines.map((line) => line[row]!) as [L, L, L, L];
        return [f32x4.add(f32x4.add(a, b), c), f32x4.sub(f32x4.sub(b, c), d)].map((value) => f.let(value));
      });
      const start = f.let(i32.add(base, channel));
      const store = (row: number, column: number): void => f.scope(() => finish(
        { f, channels: columns, epilogue, features, output, extras }, results[row]![column]!,
        i32.add(row === 0 ? start : i32.add(start, rowBytes), 4 * column * columns), channel,
      ));
      store(0, 0);
      f.if(isWide, () => store(0, 1));
      f.if(isHigh, () => {
        store(1, 0);
        f.if(isWide, () => store(1, 1));
      });
    });
    f.increase(tile, 1);
    f.increase(from, 4 * columns);
  });
}

/** The program of a call for which `isForWinograd` said yes, with a constant filter. */
export function winogradProgram(call: OpCall, info: WasmInfo, { images, y, x }: WindowGeometry): DeviceProgram<WasmSource> {
  const [, , depth, columns] = call.inputs[1]!.shape as readonly [number, number, number, number];
  const epilogue = planEpilogue(call)!;
  const tilesX = ceilDivide(x.output, 2);
  const tilesOfImage = tilesX * ceilDivide(y.output, 2);
  const tiles = images * tilesOfImage;
  const blocks = Math.max(ceilDivide(tiles, blockTiles), Math.min(info.threads === 1 ? 1 : 2 * info.threads, Math.floor(tiles / rowUnit)));
  const block = roundUp(ceilDivide(tiles, blocks), rowUnit);
  const items = ceilDivide(tiles, block);
  const plan = planPanels(columns, block, info.gemmTile(2 * tiles * depth * columns));
  const bytes = layout({ depth, columns, block }).bytes;
  const extras = extraInputs(call);
  const slots = 2 + extras.length + 2;
  const source = (): WasmSource => ({
    assemble: (module) => [module.function(phaseType, (f) => {
      const launch = new LaunchBlock(f, slots);
      const word = words.in(launch);
      const code: Code = { f, plan, depth, columns, block, epilogue, features: info.features, word };
      const scratch = f.let(i32.add(launch.address(slots - 1), i32.mul(launch.thread, word('threadBytes'))));
      const output = f.let(launch.address(slots - 2));
      const extraAt = extras.map((_, i) => f.let(launch.address(2 + i)));
      launch.items((item) => {
        const first = f.let(i32.mul(item, block));
        const count = minimum(f, i32.sub(word('tiles'), first), i32.const(block));
        f.scope(() => emitPatches(code, launch.address(0), first, count, scratch));
        f.scope(() => emitProducts(code, launch.address(1), count, scratch));
        f.scope(() => emitOutputs(code, output, extraAt, first, count, scratch));
      });
      f.result(i32.const(0));
    })],
  });
  const tileNames = plan.groups.map(({ tile, count }) => `${tileKey(tile)}*${count}`).join('+');
  return {
    kind: 'device', key: `winograd/${depth}/${columns}/${block}/${tileNames}/${epilogue.key}`, source, inputs: [0, 1, ...extras],
    launch: {
      words: words.pack({
        tiles, tilesX, tilesOfImage, inHeight: y.input, inWidth: x.input, beforeY: y.before, beforeX: x.before, imageBytes: 4 * y.input * x.input * depth,
        rowBytes: 4 * x.input * depth, outHeight: y.output, outWidth: x.output, outImageBytes: 4 * y.output * x.output * columns,
        outRowBytes: 4 * x.output * columns, threadBytes: bytes,
      }),
      grid: [items, 1],
    },
    scratch: info.threads * bytes,
    packs: [{
      input: 1, key: `winograd/${plan.key}/${depth}/${columns}`, bytes: 4 * places * depth * plan.packedColumns, pack: (value) => pack(plan, depth, value),
    }],
    inPlace: [], flops: 2 * tiles * places * depth * columns,
  };
}
