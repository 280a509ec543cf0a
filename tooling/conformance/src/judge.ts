/** Whether a result is TensorFlow's. */
import type { HostTensor } from '@sessionflow/core';
import { shapeText } from '@sessionflow/core';
import type { Tolerance } from './caseFile.js';

/** Elements that compare with ===: numbers and bigints; complex ones as pairs; strings as text of their bytes. */
function elementsOf(tensor: HostTensor): readonly unknown[] {
  if (tensor.dtype === 'string') return (tensor.data as Uint8Array[]).map((bytes) => bytes.join(' '));
  const flat: unknown = tensor.size === 0 ? [] : reshapedToVector(tensor).toArray();
  return flat as readonly unknown[];
}

function reshapedToVector(tensor: HostTensor): HostTensor {
  const HostTensorClass = tensor.constructor as new (dtype: HostTensor['dtype'], shape: readonly number[], data: HostTensor['data']) => HostTensor;
  return new HostTensorClass(tensor.dtype, [tensor.size], tensor.data);
}

function close(got: unknown, want: unknown, tolerance: Tolerance | undefined): boolean {
  if (got === want || (Number.isNaN(got) && Number.isNaN(want))) return true;
  if (isPair(got) && isPair(want)) {
    const [[a, b], [c, d]] = [got, want];
    if (close(a, c, undefined) && close(b, d, undefined)) return true;
    const allowed = tolerance === undefined ? 0 : tolerance.abs + tolerance.rel * Math.hypot(c, d);
    return Math.hypot(a - c, b - d) <= allowed;
  }
  if (tolerance === undefined || typeof got !== 'number' || typeof want !== 'number' || !Number.isFinite(want)) return false;
  return Math.abs(got - want) <= tolerance.abs + tolerance.rel * Math.abs(want);
}

function isPair(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2;
}

/** What is wrong with `got`, or undefined when it is right. */
export function difference(got: HostTensor, want: HostTensor, tolerance: Tolerance | undefined): string | undefined {
  if (got.dtype !== want.dtype) return `dtype ${got.dtype}, expected ${want.dtype}`;
  if (shapeText(got.shape) !== shapeText(want.shape)) return `shape ${shapeText(got.shape)}, expected ${shapeText(want.shape)}`;
  const [a, b] = [elementsOf(got), elementsOf(want)];
  const wrong = b.findIndex((value, i) => !close(a[i], value, tolerance));
  if (wrong < 0) return undefined;
  const count = b.filter((value, i) => !close(a[i], value, tolerance)).length;
  const allowed = tolerance === undefined ? 'exactly' : `within ${tolerance.abs} + ${tolerance.rel} relative`;
  return `element ${wrong} is ${String(a[wrong])}, expected ${String(b[wrong])} ${allowed} (${count} of ${b.length} differ)`;
}
