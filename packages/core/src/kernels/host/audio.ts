/** Spectrograms and mel-frequency cepstral coefficients, computed in float64 as TensorFlow does. */
import { frequencyCount, windowCount } from '../../ops/audio.js';
import { shapeText } from '../../shape.js';
import { host } from './define.js';
import { fourier } from './fourier.js';
import { invalid, numbersOf, scalarOf, tensorOfNumbers } from './tensors.js';

export const AudioSpectrogram = host(([input], { attrs }) => {
  if (input!.shape.length !== 2) invalid(`input must be 2-dimensional${shapeText(input!.shape)}`);
  const [size, stride, isSquared] = [attrs.int('window_size'), attrs.int('stride'), attrs.bool('magnitude_squared')];
  if (size < 2 || stride < 1) invalid(`Spectrogram initialization failed for window size ${size} and stride ${stride}`);
  const [samples = 0, channels = 0] = input!.shape;
  const [windows, frequencies] = [windowCount(samples, size, stride), frequencyCount(size)];
  const values = numbersOf(input!);
  const hann = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const out = new Float32Array(channels * windows * frequencies);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let window = 0; window < windows; window++) {
      const re = new Float64Array(2 * (frequencies - 1));
      const im = new Float64Array(re.length);
      for (let i = 0; i < size; i++) re[i] = values[(window * stride + i) * channels + channel]! * hann[i]!;
      fourier(re, im, -1);
      for (let k = 0; k < frequencies; k++) {
        const squared = re[k]! ** 2 + im[k]! ** 2;
        out[at++] = isSquared ? squared : Math.sqrt(Math.fround(squared));
      }
    }
  }
  return [tensorOfNumbers('float32', [channels, windows, frequencies], out)];
});

/** Energies below this count as this. */
const leastEnergy = 1e-12;

const mel = (frequency: number): number => 1127 * Math.log1p(frequency / 700);

/** Overlapping triangles over the mel scale: how much of each frequency goes to its channel; the rest goes to the next. */
interface FilterBank {
  readonly first: number;
  readonly last: number;
  /** By frequency; -1 below the first channel. */
  readonly channel: Int32Array;
  readonly weight: Float64Array;
}

function filterBank(frequencies: number, rate: number, channels: number, lower: number, upper: number): FilterBank {
  const [low, high] = [mel(lower), mel(upper)];
  const step = (high - low) / (channels + 1);
  const centers = Array.from({ length: channels + 1 }, (_, i) => low + step * (i + 1));
  const hertz = (0.5 * rate) / (frequencies - 1);
  const [first, last] = [Math.trunc(1.5 + lower / hertz), Math.trunc(upper / hertz)];
  const channel = new Int32Array(frequencies);
  const weight = new Float64Array(frequencies);
  let above = 0;
  for (let i = first; i <= Math.min(last, frequencies - 1); i++) {
    const at = mel(i * hertz);
    while (above < channels && centers[above]! < at) above++;
    channel[i] = above - 1;
    const [from, to] = [above === 0 ? low : centers[above - 1]!, centers[above]!];
    weight[i] = (to - at) / (to - from);
  }
  return { first, last, channel, weight };
}

export const Mfcc = host(([spectrogram, rateArg], { attrs }) => {
  if (spectrogram!.shape.length !== 3) invalid(`spectrogram must be 3-dimensional${shapeText(spectrogram!.shape)}`);
  if (rateArg!.shape.length > 0) invalid(`Input sample_rate should be a scalar tensor, got ${shapeText(rateArg!.shape)} instead.`);
  const [audioChannels = 0, windows = 0, frequencies = 0] = spectrogram!.shape;
  const rate = scalarOf(rateArg!);
  const [channels, coefficients] = [attrs.int('filterbank_channel_count'), attrs.int('dct_coefficient_count')];
  const [lower, upper] = [attrs.float('lower_frequency_limit'), attrs.float('upper_frequency_limit')];
  const isPossible = channels >= 1 && rate > 0 && frequencies >= 2 && lower >= 0 && upper > lower && coefficients >= 1 && coefficients <= channels;
  if (!isPossible) {
    invalid(`Mfcc initialization failed for channel count ${frequencies}, sample rate ${rate} and filterbank_channel_count ${channels}`);
  }
  const out = new Float32Array(audioChannels * windows * coefficients);
  const bank = filterBank(frequencies, rate, channels, lower, upper);
  const cosines = Array.from({ length: coefficients }, (_, k) =>
    Float64Array.from({ length: channels }, (__, i) => Math.sqrt(2 / channels) * Math.cos((k * Math.PI * (i + 0.5)) / channels)));
  const values = numbersOf(spectrogram!);
  // TensorFlow says nothing of a spectrogram that does not reach the upper limit: its coefficients are 0.
  const frames = frequencies > bank.last ? audioChannels * windows : 0;
  for (let frame = 0; frame < frames; frame++) {
    const energies = new Float64Array(channels);
    for (let i = bank.first; i <= bank.last; i++) {
      const magnitude = Math.sqrt(values[frame * frequencies + i]!);
      const [here, part] = [bank.channel[i]!, magnitude * bank.weight[i]!];
      if (here >= 0) energies[here]! += part;
      if (here + 1 < channels) energies[here + 1]! += magnitude - part;
    }
    const logs = energies.map((energy) => Math.log(energy < leastEnergy ? leastEnergy : energy));
    cosines.forEach((row, k) => { out[frame * coefficients + k] = row.reduce((sum, cosine, i) => sum + cosine * logs[i]!, 0); });
  }
  return [tensorOfNumbers('float32', [audioChannels, windows, coefficients], out)];
});
