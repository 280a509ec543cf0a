/**
 * MatMul and the BatchMatMul family on float32. B is packed in panels: once per device where it is constant, else by a first phase into
 * scratch, except for few rows, where it is read as it lies. Batch dimensions broadcast by a table of offsets in the launch words.
 */
import { sizeOf, stridesOf, type Shape } from '@sessionflow/core/device';
import { type DeviceProgram, extraInputs, type Kernel, matrixSizes, type OpCall, type Pack, type Support, type SupportQuery } from '@sessionflow/core/kernels';
import type { HostTensor } from '@sessionflow/core/device';
import { phaseType, type WasmSource } from '../../abi.js';
import { i32, type FunctionBuilder, type I32 } from '../../asm/index.js';
import type { WasmInfo } from '../../info.js';
import { planEpilogue } from '../epilogue.js';
import { ceilDivide, LaunchBlock, readInOrder, roundUp } from '../layout.js';
import { fillLinear } from '../conv/gather.js';
import { blockSizes, blockWords, depthParts, emitBlocks, readBlockWords, rowUnit } from './blocks.js';
import { emitPackB, emitPackEntry, emitTransposeA, transposedTogether } from './packPhases.js';
import { dotColumns, dotRun } from './dotTile.js';
import { packPanels, planDot, planPanels, type PanelPlan } from './panels.js';
import { tileKey } from './tile.js';

/** For each entry of the broadcast batch, the number of the operand's own entry. */
export function batchTable(own: Shape, batch: Shape): number[] {
  const strides = stridesOf(own);
  const count = sizeOf(batch);
  const steps = stridesOf(batch);
  return Array.from({ length: count }, (_, entry) => {
    let index = 0;
    for (let axis = 0; axis < own.length; axis++) {
      const outAxis = batch.length - own.length + axis;
      if (own[axis] !== 1) index += (Math.floor(entry / steps[outAxis]!) % batch[outAxis]!) * strides[axis]!;
    }
    return index;
  });
}

export function supports({ inputDtypes }: SupportQuery): Support {
  return inputDtypes[0] === 'float32' && inputDtypes[1] === 'float32' ? true : `wasm matmul is for float32, not ${inputDtypes[0]}`;
}

/** Bytes of A and B of an entry for which it pays to read them in order before they are read in panels. */
const aheadBytes = 64 << 10;

function accepts(call: OpCall): boolean {
  const { rows, columns, depth, batch } = matrixSizes(call);
  return rows * columns * depth * sizeOf(batch) > 0 && sizeOf(batch) <= 4096 && planEpilogue(call) !== undefined;
}

const cachedPack = (constant: HostTensor, plan: PanelPlan, depth: number, transposed: boolean): Uint8Array => {
  const data = constant.data as Float32Array;
  const entry = depth * plan.columns;
  const batches = entry === 0 ? 0 : data.length / entry;
  const to = new Float32Array(batches * depth * plan.packedColumns);
  for (let batch = 0; batch < batches; batch++) {
    const view = { data, offset: batch * entry, rowStride: transposed ? 1 : plan.columns, columnStride: transposed ? depth : 1 };
    packPanels(plan, depth, view, to, batch * depth * plan.packedColumns);
  }
  return new Uint8Array(to.buffer);
};

function program(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const { rows, columns, depth, batch, transposeA, transposeB } = matrixSizes(call);
  const epilogue = planEpilogue(call)!;
  const [a, b] = [call.inputs[0]!, call.inputs[1]!];
  const batches = sizeOf(batch);
  const ownA = sizeOf(a.shape.slice(0, -2));
  const ownB = sizeOf(b.shape.slice(0, -2));
  // One B for all batches: the batch is just more rows.
  const flops = 2 * rows * columns * depth * batches;
  const merge = ownB === 1 && !transposeA && ownA === batches;
  const allRows = merge ? rows * batches : rows;
  const count = merge ? 1 : batches;
  const constant = b.constant !== undefined;
  // Few columns lie one after the other when B is constant, transposed, or has one.
  const dot = columns <= dotColumns && depth >= dotRun && (constant || transposeB || columns === 1);
  const plan = dot ? planDot(columns, allRows, depth) : planPanels(columns, allRows, info.gemmTile(flops));
  const direct = !constant && (dot || (!transposeB && columns % 4 === 0 && allRows * (batches / ownB) <= 2 * rowUnit));
  const sizes = blockSizes(plan, allRows, depth, count, info.threads);
  // An entry that is one item packs its own B, which is then still in the thread's cache.
  const packsOwn = !constant && !direct && count > 1 && sizes.items === count;
  const readsAhead = packsOwn && 4 * depth * (rows + columns) >= aheadBytes;
  const packPhase = !constant && !direct && !packsOwn;

  const parts = dot ? 1 : depthParts(allRows, depth, 1);
  const packedBytes = 4 * depth * plan.packedColumns;
  const tableBytes = 4 * sizes.blockRows;
  const aBytes = transposeA ? 4 * ownA * rows * depth : 0;
  const bBytes = packPhase ? ownB * packedBytes : 0;
  const entryB = direct || packsOwn ? 4 * depth * columns : packedBytes;
  const threadBytes = roundUp(tableBytes, 64) + (packsOwn ? roundUp(packedBytes, 64) : 0);
  const tableA = batchTable(a.shape.slice(0, -2), batch);
  const tableB = batchTable(b.shape.slice(0, -2), batch);
  const offsets = merge ? [0, 0] : tableA.flatMap((entry, i) => [entry * 4 * rows * depth, tableB[i]! * entryB]);
  const words = Int32Array.from([
    allRows, sizes.blockRows, sizes.rowBlocks, sizes.columnBlocks, sizes.blockPanels, 1, depth, direct ? 4 : 4 * depth,
    dot ? 4 * depth : 4 * columns,
    4 * rows * columns, 4 * columns, threadBytes, ceilDivide(depth, parts), rows, depth, bBytes, bBytes + aBytes, ...offsets,
  ]);
  const extra = blockWords.length;
  const [ownRows, ownDepth, aAt, tablesAt, batchAt] = [extra, extra + 1, extra + 2, extra + 3, extra + 4];

  const extras = extraInputs(call);
  const slots = 2 + extras.length + 2;
  const scratchSlot = slots - 1;
  const source = (): WasmSource => ({
    assemble: (module) => {
      const phase = (build: (f: FunctionBuilder, block: LaunchBlock) => void) => module.function(phaseType, (f) => {
        build(f, new LaunchBlock(f, slots));
        f.result(i32.const(0));
      });
      const sourceOfB = (block: LaunchBlock) => ({
        depth: block.word(ownDepth), transposed: transposeB, stride: transposeB ? i32.mul(block.word(ownDepth), 4) : i32.const(4 * columns),
      });
      const phases = [];
      if (packPhase) {
        phases.push(phase((f, block) => emitPackB(f, block, {
          plan, from: block.address(1), to: block.address(scratchSlot), batchStride: i32.mul(block.word(ownDepth), 4 * columns), ...sourceOfB(block),
        })));
      }
      if (transposeA) {
        phases.push(phase((f, block) => emitTransposeA(f, block, {
          from: block.address(0), to: i32.add(block.address(scratchSlot), block.word(aAt)), rows: block.word(ownRows),
          depth: block.word(ownDepth),
        })));
      }
      phases.push(phase((f, block) => {
        const scratch = block.address(scratchSlot);
        const entry = (batchIndex: I32, which: 0 | 1) => i32.load(i32.add(block.wordsAt(batchAt), i32.mul(batchIndex, 8)), 4 * which);
        emitBlocks(f, block, {
          plan, epilogue, features: info.features, word: readBlockWords(block), packed: !direct, cutDepth: parts > 1, grouped: false,
          scratch: i32.add(scratch, block.word(tablesAt)), c: block.address(2 + extras.length),
          extras: extras.map((_, i) => block.address(2 + i)),
          b: (index) => {
            const b = i32.add(packPhase ? scratch : block.address(1), entry(index, 1));
            if (!packsOwn) return b;
            const own = f.let(i32.add(i32.add(scratch, block.word(tablesAt)), i32.add(i32.mul(block.thread, readBlockWords(block)('threadBytes')), roundUp(tableBytes, 64))));
            if (readsAhead) {
              readInOrder(f, b, i32.mul(block.word(ownDepth), 4 * columns));
              if (!transposeA) readInOrder(f, i32.add(block.address(0), entry(index, 0)), i32.mul(i32.mul(block.word(ownDepth), block.word(ownRows)), 4));
            }
            f.scope(() => emitPackEntry(f, { plan, from: b, to: own, ...sourceOfB(block) }));
            return own;
          },
          fill: (place) => fillLinear(
            f, place, block.word(0), i32.add(transposeA ? i32.add(scratch, block.word(aAt)) : block.address(0), entry(place.batch, 0)),
            i32.mul(block.word(ownDepth), 4),
          ),
        });
      }));
      return phases;
    },
  });

  const formOfB = direct ? 'direct' : constant ? 'packed' : `${readsAhead ? 'ahead/' : ''}${packsOwn ? `own${roundUp(tableBytes, 64)}/` : ''}pack${columns}${transposeB ? 't' : ''}`;
  const layout = plan.groups.map(({ tile, count: panels }) => `${tileKey(tile)}*${panels}`).join('+');
  const packs: Pack[] = constant
    ? [{
      input: 1, key: `gemm/${plan.key}/${columns}${transposeB ? '/t' : ''}`, bytes: ownB * packedBytes,
      pack: (value) => cachedPack(value, plan, depth, transposeB),
    }]
    : [];
  const grid = [
    ...(packPhase ? [ownB * plan.panels, Math.max(1, Math.floor(2e4 / (depth * plan.packedColumns / plan.panels)))] : []),
    ...(transposeA ? [ownA * ceilDivide(rows, transposedTogether), Math.max(1, ceilDivide(1024, depth))] : []),
    sizes.items, 1,
  ];
  return {
    kind: 'device',
    key: `matmul/${layout}/${parts > 1 ? 'cut/' : ''}${formOfB}${transposeA ? '/ta' : ''}/${epilogue.key}`,
    source, inputs: [0, 1, ...extras], launch: { words, grid }, scratch: bBytes + aBytes + info.threads * threadBytes, packs,
    inPlace: [],
    flops,
  };
}

const kernel = (op: string): Kernel<WasmSource, WasmInfo> => ({ op, supports, accepts, program: (call, info) => program(call, info) });

export const matMul = kernel('MatMul');
export const batchMatMul = kernel('BatchMatMul');
export const batchMatMulV2 = kernel('BatchMatMulV2');
export const batchMatMulV3 = kernel('BatchMatMulV3');
