/**
 * Finds tensors by what they hold. Folding makes new constants for every plan, and a file may be imported twice: what is equal to the last
 * bit need not be on a device twice. A sketch of some elements leaves few candidates, which are then compared whole.
 */
import { hasBytes } from '../dtypes.js';
import type { HostTensor } from '../hostTensor.js';

/** Smaller tensors are not worth the search; larger ones take as long to compare as to keep, and lie beyond what one array of bytes may hold. */
const leastBytes = 1024;
const mostBytes = 2 ** 30;
const sampledWords = 61;

export class ContentIndex {
  private readonly bySketch = new Map<string, Set<HostTensor>>();
  private readonly sketches = new Map<HostTensor, string>();

  /** A tensor that was added and has this one's dtype, shape and bits. */
  find(value: HostTensor): HostTensor | undefined {
    const candidates = this.bySketch.get(sketchOf(value) ?? '');
    if (candidates === undefined) return undefined;
    for (const candidate of candidates) if (candidate === value || isSame(wordsOf(candidate), wordsOf(value))) return candidate;
    return undefined;
  }

  add(value: HostTensor): void {
    const sketch = sketchOf(value);
    if (sketch === undefined) return;
    this.sketches.set(value, sketch);
    const known = this.bySketch.get(sketch);
    if (known === undefined) this.bySketch.set(sketch, new Set([value]));
    else known.add(value);
  }

  delete(value: HostTensor): void {
    const sketch = this.sketches.get(value);
    if (sketch === undefined) return;
    this.sketches.delete(value);
    const known = this.bySketch.get(sketch);
    known?.delete(value);
    if (known?.size === 0) this.bySketch.delete(sketch);
  }
}

function sketchOf(value: HostTensor): string | undefined {
  if (!hasBytes(value.dtype) || value.byteLength < leastBytes || value.byteLength > mostBytes) return undefined;
  const words = wordsOf(value);
  const step = Math.max(1, Math.floor(words.length / sampledWords));
  let sketch = `${value.dtype}[${value.shape.join()}]`;
  for (let at = step >> 1; at < words.length; at += step) sketch += `,${words[at]}`;
  return sketch;
}

/** The tensor's bits in pieces as large as its size and place allow. */
function wordsOf(value: HostTensor): Uint32Array | Uint8Array {
  const bytes = value.bytes();
  return bytes.byteOffset % 4 === 0 && bytes.byteLength % 4 === 0 ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2) : bytes;
}

function isSame(a: Uint32Array | Uint8Array, b: Uint32Array | Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
