/** WAV files: RIFF chunks of 16-bit samples, as Microsoft and IBM laid them down in 1991. */
import { shapeText } from '../../shape.js';
import { host } from './define.js';
import { stringsOf, stringTensor } from './strings.js';
import { bytesOf, invalid, numbersOf, scalarOf, scalarTensor, tensorOfNumbers, textOf } from './tensors.js';

/** Reads little-endian fields one after the other. */
class ChunkReader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  u16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  take(count: number): Uint8Array {
    const start = this.advance(count);
    return this.bytes.subarray(start, start + count);
  }

  text(): string {
    return textOf(this.take(4));
  }

  expect(text: string): void {
    const found = this.text();
    if (found !== text) invalid(`Header mismatch: Expected ${text} but found ${found}`);
  }

  /** Where the next `count` bytes start. TensorFlow speaks of a string for numbers, too. */
  private advance(count: number): number {
    const start = this.at;
    if (start + count > this.bytes.length) invalid('Data too short when trying to read string');
    this.at = start + count;
    return start;
  }
}

interface Wav {
  readonly channels: number;
  readonly rate: number;
  readonly samples: Int16Array;
}

function parseWav(bytes: Uint8Array): Wav {
  const reader = new ChunkReader(bytes);
  reader.expect('RIFF');
  reader.u32();
  reader.expect('WAVE');
  const field = reader.text();
  if (field !== 'fmt ') invalid(`Unexpected field ${field}`);
  const formatSize = reader.u32();
  if (formatSize !== 16 && formatSize !== 18) invalid(`Bad format chunk size for WAV: Expected 16 or 18, but got${formatSize}`);
  const [format, channels, rate, bytesPerSecond, bytesPerSample, bits] = [reader.u16(), reader.u16(), reader.u32(), reader.u32(), reader.u16(), reader.u16()];
  if (format !== 1) invalid(`Bad audio format for WAV: Expected 1 (PCM), but got${format}`);
  if (formatSize === 18) reader.u16();
  if (channels === 0) invalid('Bad number of channels for WAV: Expected at least 1, but got 0');
  if (bits !== 16) invalid(`Can only read 16-bit WAV files, but received ${bits}`);
  const expected = Math.floor((bits * channels + 7) / 8);
  if (bytesPerSample !== expected) invalid(`Bad bytes per sample in WAV header: Expected ${expected} but got ${bytesPerSample}`);
  if (bytesPerSecond !== bytesPerSample * rate) {
    invalid(`Bad bytes per second in WAV header: Expected ${bytesPerSample * rate} but got ${bytesPerSecond} (sample_rate=${rate}, bytes_per_sample=${bytesPerSample})`);
  }
  let samples: Int16Array | undefined;
  while (!reader.isAtEnd) {
    const chunk = reader.text();
    const size = reader.u32();
    if (chunk !== 'data') {
      reader.take(size);
      continue;
    }
    if (samples !== undefined) invalid('More than one data chunk found in WAV');
    const count = Math.floor(size / bytesPerSample) * channels;
    const data = reader.take(count * 2);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    samples = Int16Array.from({ length: count }, (_, i) => view.getInt16(2 * i, true));
  }
  if (samples === undefined) invalid('No data chunk found in WAV');
  return { channels, rate, samples };
}

export const DecodeWav = host(([contents], { attrs }) => {
  const wanted = { channels: attrs.int('desired_channels'), samples: attrs.int('desired_samples') };
  if (contents!.shape.length > 0) invalid(`contents must be scalar, got shape ${shapeText(contents!.shape)}`);
  if (wanted.channels < -1) invalid(`desired_channels must be >= -1, got ${wanted.channels}`);
  if (wanted.samples < -1) invalid(`desired_samples must be >= -1, got ${wanted.samples}`);
  const { channels, rate, samples } = parseWav(stringsOf(contents!)[0]!);
  const shape = [wanted.samples === -1 ? samples.length / channels : wanted.samples, wanted.channels === -1 ? channels : wanted.channels];
  const [rows = 0, columns = 0] = shape;
  // What the file is short of in time is silence; channels that it is short of sound like its last.
  const values = Float32Array.from({ length: rows * columns }, (_, i) =>
    (samples[Math.floor(i / columns) * channels + Math.min(i % columns, channels - 1)] ?? 0) / 32768);
  return [tensorOfNumbers('float32', shape, values), scalarTensor('int32', rate)];
});

const headerBytes = 44;

export const EncodeWav = host(([audio, rateArg]) => {
  if (audio!.shape.length !== 2) invalid(`audio must be 2-dimensional${shapeText(audio!.shape)}`);
  if (rateArg!.shape.length > 0) invalid(`Input sample_rate should be a scalar tensor, got ${shapeText(rateArg!.shape)} instead.`);
  const rate = scalarOf(rateArg!);
  if (rate <= 0) invalid(`sample_rate must be in (0, 2^32), got: ${BigInt.asUintN(64, BigInt(rate))}`);
  const [, channels = 0] = audio!.shape;
  if (channels === 0) invalid('audio is null');
  if (channels > 0xffff) invalid(`num_channels must be in (0, 2^16), got: ${channels}`);
  const values = numbersOf(audio!);
  const bytes = new Uint8Array(headerBytes + 2 * values.length);
  const view = new DataView(bytes.buffer);
  const putText = (at: number, text: string): void => { bytes.set(bytesOf(text), at); };
  putText(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  putText(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  putText(36, 'data');
  view.setUint32(40, 2 * values.length, true);
  for (let i = 0; i < values.length; i++) view.setInt16(headerBytes + 2 * i, Math.min(Math.max(rounded(values[i]! * 32768), -32768), 32767), true);
  return [stringTensor([], [bytes])];
});

/** C's roundf: halves go away from 0. */
const rounded = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));
