/** Transpose, and the ops that move blocks between space, depth and batch. */
import { sizeOf, stridesOf } from '../../../shape.js';
import type { OpCall } from '../../kernel.js';
import { fillAround, type Box, type Movement, type MovementOp } from './boxes.js';

export const transpose: MovementOp = {
  op: 'Transpose', data: 0, hostArgs: () => [undefined, 'compile'],
  plan: (call, values) => {
    const permutation = values.ints(1);
    if (permutation === undefined) return undefined;
    const rank = permutation.length;
    const strides = stridesOf(call.inputs[0]!.shape);
    const { shape } = call.outputs[0]!;
    const fromStrides = permutation.map((axis) => strides[axis < 0 ? axis + rank : axis]!);
    return { inputs: [0], boxes: [{ from: 0, to: 0, shape, fromOffset: 0, toOffset: 0, fromStrides, toStrides: stridesOf(shape) }] };
  },
};

/** [n, y, x, by, bx, c] ↔ [n, y, by, x, bx, c]: `deep` is the side whose channels hold the blocks. */
function depthBlocks(call: OpCall, deepInput: boolean): Movement | undefined {
  if (call.attrs.string('data_format') !== 'NHWC') return undefined;
  const block = call.attrs.int('block_size');
  const deep = (deepInput ? call.inputs[0]! : call.outputs[0]!).shape;
  const [n, y, x, all] = deep as readonly [number, number, number, number];
  const c = all / (block * block);
  const shape = [n, y, block, x, block, c];
  // Strides of (n, y, by, x, bx, c) on the deep side and on the wide one.
  const deepStrides = [y * x * all, x * all, block * c, all, c, 1];
  const wideStrides = [y * x * all, block * x * block * c, x * block * c, block * c, c, 1];
  const [fromStrides, toStrides] = deepInput ? [deepStrides, wideStrides] : [wideStrides, deepStrides];
  return { inputs: [0], boxes: [{ from: 0, to: 0, shape, fromOffset: 0, toOffset: 0, fromStrides, toStrides }] };
}

export const depthToSpace: MovementOp = { op: 'DepthToSpace', data: 0, plan: (call) => depthBlocks(call, true) };
export const spaceToDepth: MovementOp = { op: 'SpaceToDepth', data: 0, plan: (call) => depthBlocks(call, false) };

/**
 * SpaceToBatchND and BatchToSpaceND: one box for each place inside a block. Place b of axis i holds the elements s·block + b − pad of the
 * space,
 * for s from `low` to `high`; what lies outside is padding (filled) or cropped (left out).
 */
function batchBlocks(
  call: OpCall, block: readonly number[] | undefined, pads: readonly number[] | undefined, toBatch: boolean,
): Movement | undefined {
  if (block === undefined || pads === undefined) return undefined;
  const space = (toBatch ? call.inputs[0]! : call.outputs[0]!).shape;
  const batch = (toBatch ? call.outputs[0]! : call.inputs[0]!).shape;
  const spaceStrides = stridesOf(space);
  const batchStrides = stridesOf(batch);
  const boxes: Box[] = [];
  const places = sizeOf(block);
  for (let place = 0; place < places; place++) {
    let rest = place;
    const at = block.map(() => 0);
    for (let i = block.length - 1; i >= 0; i--) {
      at[i] = rest % block[i]!;
      rest = Math.floor(rest / block[i]!);
    }
    const shape = [...space];
    let spaceOffset = 0;
    let batchOffset = place * space[0]! * batchStrides[0]!;
    const low: number[] = [0];
    block.forEach((size, i) => {
      const shift = at[i]! - pads[2 * i]!;
      const first = Math.max(0, Math.ceil(-shift / size));
      const last = Math.min(batch[i + 1]! - 1, Math.floor((space[i + 1]! - 1 - shift) / size));
      shape[i + 1] = Math.max(0, last - first + 1);
      low.push(Math.min(first, batch[i + 1]!));
      spaceOffset += (first * size + shift) * spaceStrides[i + 1]!;
      batchOffset += first * batchStrides[i + 1]!;
    });
    const blockStrides = spaceStrides.map((stride, axis) => (axis >= 1 && axis <= block.length ? stride * block[axis - 1]! : stride));
    const empty = sizeOf(shape) === 0;
    const inSpace = { offset: empty ? 0 : spaceOffset, strides: blockStrides };
    const inBatch = { offset: empty ? 0 : batchOffset, strides: batchStrides };
    const [from, to] = toBatch ? [inSpace, inBatch] : [inBatch, inSpace];
    boxes.push({ from: 0, to: 0, shape, fromOffset: from.offset, toOffset: to.offset, fromStrides: from.strides, toStrides: to.strides });
    if (toBatch) {
      const whole = [space[0]!, ...batch.slice(1)];
      const begin = whole.map((_, axis) => low[axis] ?? 0);
      boxes.push(...fillAround(whole, begin, shape, place * space[0]! * batchStrides[0]!, batchStrides));
    }
  }
  return { inputs: [0], boxes };
}

export const spaceToBatchND: MovementOp = {
  op: 'SpaceToBatchND', data: 0, hostArgs: () => [undefined, 'compile', 'compile'],
  plan: (call, values) => batchBlocks(call, values.ints(1), values.ints(2), true),
};
export const batchToSpaceND: MovementOp = {
  op: 'BatchToSpaceND', data: 0, hostArgs: () => [undefined, 'compile', 'compile'],
  plan: (call, values) => batchBlocks(call, values.ints(1), values.ints(2), false),
};
