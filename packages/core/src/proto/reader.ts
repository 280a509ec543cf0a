/** Protobuf's wire format, one value at a time. Reading past the end, or a varint without an end, is a DataLossError that says where. */
import { DataLossError } from '../errors.js';
import type { Int64 } from './schema.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A 64-bit integer of two 32-bit halves, as a number where that is exact. */
export function joinInt64(low: number, high: number, signed: boolean): Int64 {
  const top = signed ? high | 0 : high >>> 0;
  if (top >= -0x200000 && top < 0x200000) {
    const value = top * 0x100000000 + (low >>> 0);
    if (Number.isSafeInteger(value)) return value;
  }
  return (BigInt(top) << 32n) | BigInt(low >>> 0);
}

/** Reads the bytes between `pos` and `end`. Offsets in errors are offsets in `bytes`. */
export class Reader {
  private readonly view: DataView;
  /** The halves of the varint last read. */
  low = 0;
  high = 0;

  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, public pos = 0, public end = bytes.length) {
    // A plain Uint8Array even where Node's Buffer is given, whose `slice` is no copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fail(problem: string): never {
    throw new DataLossError(`${problem} at byte ${this.pos}`);
  }

  /** Reads a varint into `low` and `high`. */
  varint(): void {
    const { bytes, end } = this;
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (this.pos >= end) this.fail('truncated: a varint has no end');
      const byte = bytes[this.pos++]!;
      const part = byte & 0x7f;
      if (i < 4) low |= part << (7 * i);
      else if (i === 4) {
        low |= part << 28;
        high |= part >>> 4;
      } else high |= part << (7 * i - 32);
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    this.fail('a varint is longer than 10 bytes');
  }

  uint32(): number {
    // Most varints are one byte.
    const byte = this.bytes[this.pos];
    if (byte !== undefined && byte < 0x80 && this.pos < this.end) {
      this.pos++;
      return byte;
    }
    this.varint();
    return this.low;
  }

  int32(): number {
    return this.uint32() | 0;
  }

  int64(signed: boolean): Int64 {
    this.varint();
    return joinInt64(this.low, this.high, signed);
  }

  bool(): boolean {
    this.varint();
    return (this.low | this.high) !== 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  sint64(): Int64 {
    this.varint();
    const sign = -(this.low & 1);
    return joinInt64(((this.low >>> 1) | (this.high << 31)) ^ sign, (this.high >>> 1) ^ sign, true);
  }

  fixed32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  fixed64(signed: boolean): Int64 {
    const at = this.take(8);
    return joinInt64(this.view.getUint32(at, true), this.view.getUint32(at + 4, true), signed);
  }

  float(): number {
    return this.view.getFloat32(this.take(4), true);
  }

  double(): number {
    return this.view.getFloat64(this.take(8), true);
  }

  /** The offset of the next `count` bytes, which are passed over. */
  take(count: number): number {
    const at = this.pos;
    if (count > this.end - at) this.fail(`truncated: ${count} bytes wanted, ${this.end - at} left`);
    this.pos = at + count;
    return at;
  }

  /** Length-delimited bytes, as a view. */
  delimited(): Uint8Array {
    const length = this.uint32();
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  string(): string {
    const length = this.uint32();
    const at = this.take(length);
    if (length < 24) {
      let text = '';
      let i = at;
      for (; i < at + length; i++) {
        const byte = this.bytes[i]!;
        if (byte >= 0x80) break;
        text += String.fromCharCode(byte);
      }
      if (i === at + length) return text;
    }
    try {
      return utf8.decode(this.bytes.subarray(at, at + length));
    } catch {
      this.pos = at;
      return this.fail(`a string of ${length} bytes is not UTF-8`);
    }
  }

  /** Passes over a value of a field that is not known. */
  skip(wireType: number, fieldNumber: number, depth: number): void {
    switch (wireType) {
      case 0: this.varint(); return;
      case 1: this.take(8); return;
      case 2: this.take(this.uint32()); return;
      case 3:
        if (depth <= 0) this.fail('messages are nested too deep');
        for (;;) {
          const tag = this.uint32();
          if ((tag & 7) === 4) {
            if (tag >>> 3 !== fieldNumber) this.fail('a group ends that was not begun');
            return;
          }
          this.skip(tag & 7, tag >>> 3, depth - 1);
        }
      case 5: this.take(4); return;
      default: this.fail(`wire type ${wireType} does not exist`);
    }
  }
}
