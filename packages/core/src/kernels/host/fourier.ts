/** Discrete Fourier transforms, complex and real, over the last axes. */
import { shapeText, sizeOf } from '../../shape.js';
import { host, type HostCode } from './define.js';
import { invalid, numbersOf, tensorOfNumbers } from './tensors.js';

/** Transforms a line of (re, im) pairs in place: by its definition for odd lengths, by halves for even ones. */
export function fourier(re: Float64Array, im: Float64Array, sign: 1 | -1): void {
  const n = re.length;
  if (n <= 1) return;
  if (n % 2 === 0) {
    const half = n / 2;
    const even = [new Float64Array(half), new Float64Array(half)] as const;
    const odd = [new Float64Array(half), new Float64Array(half)] as const;
    for (let i = 0; i < half; i++) {
      [even[0][i], even[1][i], odd[0][i], odd[1][i]] = [re[2 * i]!, im[2 * i]!, re[2 * i + 1]!, im[2 * i + 1]!];
    }
    fourier(even[0], even[1], sign);
    fourier(odd[0], odd[1], sign);
    for (let k = 0; k < half; k++) {
      const [c, s] = [Math.cos((2 * Math.PI * k) / n), sign * Math.sin((2 * Math.PI * k) / n)];
      const [x, y] = [odd[0][k]! * c - odd[1][k]! * s, odd[0][k]! * s + odd[1][k]! * c];
      [re[k], im[k], re[k + half], im[k + half]] = [even[0][k]! + x, even[1][k]! + y, even[0][k]! - x, even[1][k]! - y];
    }
    return;
  }
  const [x, y] = [re.slice(), im.slice()];
  for (let k = 0; k < n; k++) {
    let [sumRe, sumIm] = [0, 0];
    for (let i = 0; i < n; i++) {
      const turn = (2 * Math.PI * ((k * i) % n)) / n;
      const [c, s] = [Math.cos(turn), sign * Math.sin(turn)];
      sumRe += x[i]! * c - y[i]! * s;
      sumIm += x[i]! * s + y[i]! * c;
    }
    [re[k], im[k]] = [sumRe, sumIm];
  }
}

/** Transforms the last `rank` axes of (re, im) pairs in place. */
function transform(pairs: Float64Array, shape: readonly number[], rank: number, sign: 1 | -1): void {
  for (let axis = shape.length - rank; axis < shape.length; axis++) {
    const n = shape[axis]!;
    const inner = sizeOf(shape.slice(axis + 1));
    const [re, im] = [new Float64Array(n), new Float64Array(n)];
    for (let line = 0; line < sizeOf(shape) / Math.max(n, 1); line++) {
      const start = Math.floor(line / inner) * n * inner + (line % inner);
      for (let i = 0; i < n; i++) [re[i], im[i]] = [pairs[2 * (start + i * inner)]!, pairs[2 * (start + i * inner) + 1]!];
      fourier(re, im, sign);
      const scale = sign === 1 ? n : 1;
      for (let i = 0; i < n; i++) {
        pairs[2 * (start + i * inner)] = re[i]! / scale;
        pairs[2 * (start + i * inner) + 1] = im[i]! / scale;
      }
    }
  }
}

const fft = (rank: number, sign: 1 | -1): HostCode => host(([input]) => {
  if (input!.shape.length < rank) invalid(`Input must have rank of at least ${rank} but got: ${shapeText(input!.shape)}`);
  const pairs = Float64Array.from(numbersOf(input!));
  transform(pairs, input!.shape, rank, sign);
  return [tensorOfNumbers(input!.dtype, input!.shape, pairs)];
});

export const FFT = fft(1, -1);
export const IFFT = fft(1, 1);
export const FFT2D = fft(2, -1);
export const IFFT2D = fft(2, 1);
export const FFT3D = fft(3, -1);
export const IFFT3D = fft(3, 1);

const realFft = (rank: number): HostCode => host(([input, lengthArg], { outputDtypes }) => {
  const lengths = numbersOf(lengthArg!);
  const { shape } = input!;
  if (lengths.length !== rank) invalid(`fft_length must have shape [${rank}]`);
  const lead = shape.slice(0, -rank);
  const outer = shape.length - rank;
  lengths.forEach((n: number, i: number) => shape[outer + i]! < n &&
    invalid(`Input dimension ${outer + i} must have length of at least ${n} but got: ${shape[outer + i]}`));
  const full = [...lead, ...lengths];
  const pairs = new Float64Array(2 * sizeOf(full));
  const x = numbersOf(input!);
  eachIndex(full, (index, flat) => (pairs[2 * flat] = x[flatten(index, shape)]!));
  transform(pairs, full, rank, -1);
  const half = [...full.slice(0, -1), Math.floor(lengths[rank - 1]! / 2) + 1];
  const out = new Float64Array(2 * sizeOf(half));
  eachIndex(half, (index, flat) => {
    const from = flatten(index, full);
    out[2 * flat] = pairs[2 * from]!;
    out[2 * flat + 1] = pairs[2 * from + 1]!;
  });
  return [tensorOfNumbers(outputDtypes[0] ?? 'complex64', half, out)];
});

const inverseRealFft = (rank: number): HostCode => host(([input, lengthArg], { outputDtypes }) => {
  const lengths = Array.from(numbersOf(lengthArg!));
  const { shape } = input!;
  const outer = shape.length - rank;
  lengths.forEach((n, i) => {
    const needed = i === rank - 1 ? Math.floor(n / 2) + 1 : n;
    if (shape[outer + i]! < needed) invalid(`Input dimension ${outer + i} must have length of at least ${needed} but got: ${shape[outer + i]}`);
  });
  const full = [...shape.slice(0, -rank), ...lengths];
  const pairs = new Float64Array(2 * sizeOf(full));
  const x = numbersOf(input!);
  const last = lengths[rank - 1]!;
  eachIndex(full, (index, flat) => {
    // The second half of the last axis is the conjugate of the first, mirrored along every transformed axis.
    const isMirrored = index[index.length - 1]! > Math.floor(last / 2);
    const from = isMirrored ? index.map((i, axis) => (axis < outer ? i : (full[axis]! - i) % full[axis]!)) : index;
    const at = flatten(from, shape);
    pairs[2 * flat] = x[2 * at]!;
    pairs[2 * flat + 1] = isMirrored ? -x[2 * at + 1]! : x[2 * at + 1]!;
  });
  transform(pairs, full, rank, 1);
  return [tensorOfNumbers(outputDtypes[0] ?? 'float32', full, pairs.filter((_, i) => i % 2 === 0))];
});

function flatten(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((flat, i, axis) => flat * shape[axis]! + i, 0);
}

function eachIndex(shape: readonly number[], each: (index: readonly number[], flat: number) => void): void {
  const index = shape.map(() => 0);
  const size = sizeOf(shape);
  for (let flat = 0; flat < size; flat++) {
    each(index, flat);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
}

export const RFFT = realFft(1);
export const RFFT2D = realFft(2);
export const RFFT3D = realFft(3);
export const IRFFT = inverseRealFft(1);
export const IRFFT2D = inverseRealFft(2);
export const IRFFT3D = inverseRealFft(3);
