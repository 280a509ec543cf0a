/**
 * Evaluates elementwise code over host tensors, with broadcasting. Work goes block by block: the elements of each input are gathered into
 * a register, the code runs over the block, the results are scattered to the outputs.
 */
import type { MapFunction } from '../../../codegen/expr.js';
import { type DType, lanes } from '../../../dtypes.js';
import type { HostTensor } from '../../../hostTensor.js';
import { type Shape, sizeOf } from '../../../shape.js';
import { tensorOver } from '../tensors.js';
import { copySlots, decode, encode, newRegister, type NumberRegister, type Register } from './registers.js';
import { type BlockCode, compileBlock } from './steps.js';

const BLOCK = 4096;

/** Visits the elements of `space` in row-major order, a block at a time. `load` is called with the first element and how many. */
export function forBlocks(total: number, each: (start: number, count: number) => void): void {
  for (let start = 0; start < total; start += BLOCK) each(start, Math.min(BLOCK, total - start));
}

/** Copies elements [start, start + count) of a broadcast input into a register. */
type Loader = (to: Register, start: number, count: number) => void;

/** How `tensor` is read when it is broadcast to `space`. */
function loaderOf(tensor: HostTensor, space: Shape): Loader {
  const data = decode(tensor.dtype, tensor.data);
  const width = lanes(tensor.dtype);
  const size = sizeOf(tensor.shape);
  if (size === sizeOf(space)) {
    return (to, start, count) => copySlots(data, start * width, to, 0, count * width);
  }
  // Elements are only moved from here on, so numbers and bigints are handled alike.
  const from = data as NumberRegister;
  if (size === 1) {
    return (register, _start, count) => {
      const to = register as NumberRegister;
      for (let i = 0; i < count * width; i++) to[i] = from[i % width]!;
    };
  }
  const strides = broadcastStrides(tensor.shape, space);
  const index = new Int32Array(space.length);
  return (register, start, count) => {
    const to = register as NumberRegister;
    let offset = seek(index, space, strides, start);
    for (let i = 0; i < count; i++) {
      if (width === 1) to[i] = from[offset]!;
      else {
        to[2 * i] = from[2 * offset]!;
        to[2 * i + 1] = from[2 * offset + 1]!;
      }
      offset += advance(index, space, strides);
    }
  };
}

/** Strides of a tensor within `space`: 0 along axes where it is repeated. */
export function broadcastStrides(shape: Shape, space: Shape): number[] {
  const strides = new Array<number>(space.length).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const dim = shape[axis]!;
    if (dim !== 1) strides[axis + space.length - shape.length] = stride;
    stride *= dim;
  }
  return strides;
}

/** Sets `index` to the element number `start` of `space`; returns its offset by `strides`. */
export function seek(index: Int32Array, space: Shape, strides: readonly number[], start: number): number {
  let rest = start;
  let offset = 0;
  for (let axis = space.length - 1; axis >= 0; axis--) {
    const dim = space[axis]!;
    index[axis] = rest % dim;
    rest = Math.floor(rest / dim);
    offset += index[axis]! * strides[axis]!;
  }
  return offset;
}

/** Moves `index` to the next element; returns by how much the offset changes. */
export function advance(index: Int32Array, space: Shape, strides: readonly number[]): number {
  let change = 0;
  for (let axis = space.length - 1; axis >= 0; axis--) {
    const next = index[axis]! + 1;
    if (next < space[axis]!) {
      index[axis] = next;
      return change + strides[axis]!;
    }
    index[axis] = 0;
    change -= (next - 1) * strides[axis]!;
  }
  return change;
}

/** The blocks of elementwise code over `space`: `each` sees the code after it ran over [start, start + count). */
export function runBlocks(
  fn: MapFunction, inputs: readonly HostTensor[], space: Shape, each: (code: BlockCode, start: number, count: number) => void,
): void {
  const total = sizeOf(space);
  if (total === 0) return;
  const code = compileBlock(fn, Math.min(BLOCK, total));
  const loaders = inputs.slice(0, fn.inputs.length).map((tensor) => loaderOf(tensor, space));
  forBlocks(total, (start, count) => {
    loaders.forEach((load, i) => load(code.inputs[i]!, start, count));
    code.run(count);
    each(code, start, count);
  });
}

/** The outputs of elementwise code over inputs that broadcast to `shape`. */
export function evaluate(fn: MapFunction, inputs: readonly HostTensor[], shape: Shape): HostTensor[] {
  const total = sizeOf(shape);
  const results = fn.outputs.map((output) => newRegister(output.dtype, total));
  runBlocks(fn, inputs, shape, (code, start, count) => {
    code.outputs.forEach((register, o) => {
      const width = lanes(fn.outputs[o]!.dtype);
      copySlots(register, 0, results[o]!, start * width, count * width);
    });
  });
  return results.map((register, o) => {
    const dtype: DType = fn.outputs[o]!.dtype;
    return tensorOver(dtype, shape, encode(dtype, register));
  });
}
