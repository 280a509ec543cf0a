import { ResourceExhaustedError } from '@sessionflow/core/device';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap, type Block } from './memory.js';

describe('the heap', () => {
  it('gives blocks on 64-byte borders that never overlap, and takes them all back', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(100_000), fc.nat()), { minLength: 1, maxLength: 200 }), (steps) => {
      const heap = new Heap({ shared: false, limit: 4_000_000 });
      const held: Block[] = [];
      for (const [bytes, choice] of steps) {
        if (choice % 3 === 0 && held.length > 0) heap.release(held.splice(choice % held.length, 1)[0]!);
        else {
          const block = heap.allocate(bytes);
          expect(block.address % 64).toBe(0);
          expect(block.address).toBeGreaterThan(0);
          expect(block.address + bytes).toBeLessThanOrEqual(heap.memory.buffer.byteLength);
          for (const other of held) expect(block.address >= other.address + other.bytes || other.address >= block.address + block.bytes).toBe(true);
          held.push(block);
        }
        expect(heap.use()).toMatchObject({ buffers: held.length, bytes: held.reduce((sum, { bytes: size }) => sum + size, 0) });
      }
      for (const block of held) heap.release(block);
      // One hole again: the whole of what memory there is can be had in one piece.
      const whole = heap.allocate(heap.memory.buffer.byteLength - 64);
      expect(whole.address).toBe(64);
    }), { numRuns: 30 });
  });

  it('says how much was asked, given and left', () => {
    const heap = new Heap({ shared: true, limit: 1000 });
    const block = heap.allocate(600);
    expect(() => heap.allocate(600)).toThrow(ResourceExhaustedError);
    expect(() => heap.allocate(600)).toThrow(/allocating 600 bytes.*640 of 1000 bytes are in use by 1 buffers/);
    heap.release(block);
    expect(heap.allocate(1).address).toBe(64);
  });

  it('keeps its own records out of the count, but not out of the limit', () => {
    const heap = new Heap({ shared: false, limit: 1024 });
    const own = heap.take(512);
    expect(heap.use()).toEqual({ buffers: 0, bytes: 0, peakBytes: 0 });
    expect(() => heap.allocate(600)).toThrow(ResourceExhaustedError);
    heap.give(own);
    expect(() => heap.give(own)).toThrow('released twice');
  });
});
