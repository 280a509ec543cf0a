/**
 * The device's memory: one WebAssembly.Memory that grows up to its limit, and a free list over it. Blocks are multiples of 64 bytes on 64-byte
 * borders, so that no two buffers share a cache line. Core pools buffers above this, so allocation is rare and the list stays short.
 *
 * The first block is never given out: address 0 stays free of data, and a wild pointer near it does no harm.
 */
import { InternalError, ResourceExhaustedError } from '@sessionflow/core/device';
import type { DeviceBuffer, MemoryUse } from '@sessionflow/core/device';

const lineBytes = 64;
const pageBytes = 65536;
/** One page short of 4 GiB: the end of the last buffer is still a 32-bit address, so that loops may compare with it. */
export const maxPages = 65535;
/** Memory grows by at least this much, or by a quarter. */
const growBytes = 16 << 20;

/** A piece of the heap. `address` is below 2^32; store it in an int32 as `address | 0`. */
export interface Block extends DeviceBuffer {
  readonly address: number;
  readonly bytes: number;
}

interface Hole {
  address: number;
  bytes: number;
}

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** Makes a shared memory with the largest maximum that the engine gives address space for. */
function createMemory(shared: boolean): { readonly memory: WebAssembly.Memory; readonly pages: number } {
  for (let pages = maxPages; pages >= 1024; pages = (pages + 1) >> 1) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 16, maximum: pages, shared }), pages };
    } catch {
      // No room for a reservation of this size: half of it.
    }
  }
  throw new ResourceExhaustedError('The engine gave no WebAssembly memory, not even one with a maximum of 64 MiB.');
}

export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  /** The memory's maximum, in pages, as modules must import it. */
  readonly pages: number;
  /** Bytes that buffers may take together. */
  readonly limit: number;
  /** Sorted by address, never touching each other. */
  private readonly holes: Hole[] = [];
  /** Address → rounded size of every block that is out. */
  private readonly taken = new Map<number, number>();
  private end: number;
  private takenBytes = 0;
  private buffers = 0;
  private bytes = 0;
  private peakBytes = 0;
  private bytesView: Uint8Array;
  private wordsView: Int32Array;

  constructor(options: { readonly shared: boolean; readonly limit: number }) {
    const { memory, pages } = createMemory(options.shared);
    this.memory = memory;
    this.shared = options.shared;
    this.pages = pages;
    this.limit = Math.min(options.limit || Infinity, pages * pageBytes - lineBytes);
    this.end = memory.buffer.byteLength;
    this.holes.push({ address: lineBytes, bytes: this.end - lineBytes });
    this.bytesView = new Uint8Array(memory.buffer);
    this.wordsView = new Int32Array(memory.buffer);
  }

  /** All of memory, as bytes. Ask again after an allocation: growth may have replaced it. */
  get u8(): Uint8Array {
    if (this.bytesView.buffer !== this.memory.buffer) this.bytesView = new Uint8Array(this.memory.buffer);
    return this.bytesView;
  }

  /** All of memory, as int32 words; the word of an address is `address >>> 2`. */
  get i32(): Int32Array {
    if (this.wordsView.buffer !== this.memory.buffer) this.wordsView = new Int32Array(this.memory.buffer);
    return this.wordsView;
  }

  /** A buffer for core: counted in `use()`. */
  allocate(bytes: number): Block {
    const block = this.take(bytes);
    this.buffers += 1;
    this.bytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    return block;
  }

  release(block: Block): void {
    this.give(block);
    this.buffers -= 1;
    this.bytes -= block.bytes;
  }

  use(): MemoryUse {
    return { buffers: this.buffers, bytes: this.bytes, peakBytes: this.peakBytes };
  }

  /** A block for the device's own records: not counted in `use()`, but it does count against the limit. */
  take(bytes: number): Block {
    const size = roundUp(Math.max(bytes, 1), lineBytes);
    if (this.takenBytes + size > this.limit) throw this.full(bytes);
    const address = this.carve(size) ?? (this.grow(size) ? this.carve(size) : undefined);
    if (address === undefined) throw this.full(bytes);
    this.taken.set(address, size);
    this.takenBytes += size;
    return { address, bytes };
  }

  /** Returns a block of `take`. */
  give(block: Block): void {
    const size = this.taken.get(block.address);
    if (size === undefined) throw new InternalError(`internal: a buffer of ${block.bytes} bytes was released twice, or belongs to another device.`);
    this.taken.delete(block.address);
    this.takenBytes -= size;
    this.fill(block.address, size);
  }

  /** The smallest hole that fits (the lowest of equals), cut from its start. */
  private carve(size: number): number | undefined {
    let best = -1;
    for (let index = 0; index < this.holes.length; index++) {
      const bytes = this.holes[index]!.bytes;
      if (bytes >= size && (best < 0 || bytes < this.holes[best]!.bytes)) best = index;
    }
    if (best < 0) return undefined;
    const hole = this.holes[best]!;
    const address = hole.address;
    hole.address += size;
    hole.bytes -= size;
    if (hole.bytes === 0) this.holes.splice(best, 1);
    return address;
  }

  /** Adds a hole, joined with its neighbours. */
  private fill(address: number, bytes: number): void {
    let low = 0;
    let high = this.holes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.holes[middle]!.address < address) low = middle + 1;
      else high = middle;
    }
    const before = this.holes[low - 1];
    const after = this.holes[low];
    const joinsBefore = before !== undefined && before.address + before.bytes === address;
    const joinsAfter = after !== undefined && address + bytes === after.address;
    if (joinsBefore) {
      before.bytes += bytes + (joinsAfter ? after.bytes : 0);
      if (joinsAfter) this.holes.splice(low, 1);
    } else if (joinsAfter) {
      after.address = address;
      after.bytes += bytes;
    } else {
      this.holes.splice(low, 0, { address, bytes });
    }
  }

  /** Makes memory larger so that a hole at its end takes `size`. False: it cannot grow that far. */
  private grow(size: number): boolean {
    const last = this.holes.at(-1);
    const atEnd = last !== undefined && last.address + last.bytes === this.end ? last.bytes : 0;
    const room = this.pages * pageBytes - this.end;
    const needed = roundUp(size - atEnd, pageBytes);
    if (needed > room) return false;
    const wished = Math.min(room, roundUp(Math.max(needed, growBytes, this.end / 4), pageBytes));
    for (const bytes of wished > needed ? [wished, needed] : [needed]) {
      try {
        this.memory.grow(bytes / pageBytes);
      } catch {
        continue;
      }
      this.fill(this.end, bytes);
      this.end += bytes;
      return true;
    }
    return false;
  }

  private full(bytes: number): ResourceExhaustedError {
    return new ResourceExhaustedError(
      `OOM when allocating ${bytes} bytes on the wasm CPU device: ${this.takenBytes} of ${this.limit} bytes are in use by ${this.buffers} buffers. `
      + 'Use smaller batches, close sessions that are not needed, or raise memoryLimit (a wasm memory ends at 4 GiB).',
    );
  }
}

/** Bytes that a heap without a limit of its own can hold. */
export const heapBytes = maxPages * pageBytes - lineBytes;
