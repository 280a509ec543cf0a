/** Tensors in short: statistics, the largest values, a plane to draw. */
import { dtypeInfo, toNumbers, type HostTensor } from '@sessionflow/core';
import type { Plane, TensorSummary } from './protocol.js';

/** Sides beyond which a plane is thinned out. */
const mostPixels = 256;
const shownValues = 24;
const shownLargest = 8;

export function summarize(name: string, tensor: HostTensor): TensorSummary {
  const { dtype, shape, size } = tensor;
  const { kind } = dtypeInfo[dtype];
  if (kind === 'object' || kind === 'complex' || size === 0) return { name, dtype, shape, statistics: null, largest: [], plane: null, text: textOf(tensor) };
  const values = toNumbers(tensor);
  return {
    name, dtype, shape, statistics: statisticsOf(values), largest: largestOf(values, shape), plane: planeOf(tensor, 0),
    text: size <= shownValues ? textOf(tensor) : null,
  };
}

/** The plane with this number: of [n, h, w, c] (and [h, w, c]) one channel, else the last two axes. Null where no two axes are longer than 1. */
export function planeOf(tensor: HostTensor, number: number): Plane | null {
  const { shape, dtype } = tensor;
  const { kind } = dtypeInfo[dtype];
  if (shape.filter((size) => size > 1).length < 2 || kind === 'object' || kind === 'complex') return null;
  const hasChannels = shape.length >= 3;
  const [rowAxis, columnAxis] = hasChannels ? [shape.length - 3, shape.length - 2] : [shape.length - 2, shape.length - 1];
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const others = shape.map((_, axis) => axis).filter((axis) => axis !== rowAxis && axis !== columnAxis);
  const count = others.reduce((product, axis) => product * shape[axis]!, 1);
  let offset = 0;
  let rest = number;
  const place = shape.map(() => ':');
  for (const axis of [...others].reverse()) {
    const at = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
    place[axis] = String(at);
    offset += at * strides[axis]!;
  }
  const [height, width] = [shape[rowAxis]!, shape[columnAxis]!];
  const rows = Math.min(height, mostPixels);
  const columns = Math.min(width, mostPixels);
  const source = toNumbers(tensor);
  const values = new Float32Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      values[y * columns + x] = source[offset + Math.floor((y * height) / rows) * strides[rowAxis]! + Math.floor((x * width) / columns) * strides[columnAxis]!]!;
    }
  }
  return { rows, columns, title: `[${place.join(', ')}]`, count, values };
}

function statisticsOf(values: ArrayLike<number>): TensorSummary['statistics'] {
  let [min, max, sum, notFinite] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      notFinite++;
      continue;
    }
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  const finite = values.length - notFinite;
  return finite === 0 ? { min: NaN, max: NaN, mean: NaN, notFinite } : { min, max, mean: sum / finite, notFinite };
}

function largestOf(values: ArrayLike<number>, shape: readonly number[]): TensorSummary['largest'] {
  if (shape.filter((size) => size > 1).length !== 1 || values.length <= shownLargest) return [];
  return Array.from(values, (value, index) => ({ index, value })).sort((a, b) => b.value - a.value).slice(0, shownLargest);
}

function textOf(tensor: HostTensor): string {
  const text = JSON.stringify(tensor.toArray(), (_key, value: unknown) => (
    typeof value === 'bigint' ? value.toString() : typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value instanceof Uint8Array ? new TextDecoder().decode(value) : value
  ));
  return (text ?? '').length > 400 ? `${text.slice(0, 400)}…` : text ?? '';
}
