/** Sound: WAV files, spectrograms, and the mel-frequency cepstral coefficients that speech models read. */
import type { Tensor } from '../graph/tensor.js';
import type { Outputs } from './callTypes.js';
import { defineOp, type OpOptions, type TensorLike } from './defineOp.js';
import { rankIs, scalars } from './shapes/common.js';

/** Samples [samples, channels] in -1…1 of a WAV file with 16 bits a sample, and its sample rate in Hz. */
export const decodeWav = defineOp<
  (contents: TensorLike<'string'>, options?: OpOptions & { desiredChannels?: number; desiredSamples?: number }) => Outputs<{
    audio: Tensor<'float32'>; sampleRate: Tensor<'int32'>;
  }>
>({
  signature: 'DecodeWav(contents: string) -> (audio: float, sample_rate: int32) | desired_channels: int = -1; desired_samples: int = -1',
  shape: (c) => {
    scalars(c, 0);
    const wanted = (attr: string, what: string): number | null => {
      const count = c.attrs.int(attr);
      if (count < -1) c.fail(`${what} must be non-negative or -1, got ${count}`);
      return count === -1 ? null : count;
    };
    const channels = wanted('desired_channels', 'channels');
    return [[wanted('desired_samples', 'samples'), channels], []];
  },
});

/** A WAV file with 16 bits a sample, of samples [samples, channels] in -1…1. */
export const encodeWav = defineOp<(audio: TensorLike<'float32'>, sampleRate: TensorLike<'int32'>, options?: OpOptions) => Tensor<'string'>>({
  signature: 'EncodeWav(audio: float, sample_rate: int32) -> (contents: string)',
  shape: (c) => {
    rankIs(c, 0, 2, 'audio');
    scalars(c, 1);
    return [[]];
  },
});

/**
 * How strong each frequency is, [channels, windows, frequencies], in windows of samples [samples, channels] under a Hann window, filled up to a
 * power of 2.
 */
export const audioSpectrogram = defineOp<
  (input: TensorLike<'float32'>, options: OpOptions & { windowSize: number; stride: number; magnitudeSquared?: boolean }) => Tensor<'float32'>
>({
  signature: 'AudioSpectrogram(input: float) -> (spectrogram: float) | window_size: int; stride: int; magnitude_squared: bool = false',
  shape: (c) => {
    const [samples, channels] = rankIs(c, 0, 2, 'input');
    const [size, stride] = [c.attrs.int('window_size'), c.attrs.int('stride')];
    if (stride <= 0 || size <= 1) return [[channels ?? null, null, null]];
    return [[channels ?? null, samples === undefined || samples === null ? null : windowCount(samples, size, stride), frequencyCount(size)]];
  },
});

/** Windows of `size` samples that fit. */
export const windowCount = (samples: number, size: number, stride: number): number => (samples < size ? 0 : 1 + Math.floor((samples - size) / stride));

/** Frequencies of the transform of a window, filled up to a power of 2. */
export const frequencyCount = (size: number): number => 1 + 2 ** Math.ceil(Math.log2(size)) / 2;

/** Mel-frequency cepstral coefficients [channels, windows, coefficients] of a spectrogram [channels, windows, frequencies] of squared magnitudes. */
export const mfcc = defineOp<
  (
    spectrogram: TensorLike<'float32'>, sampleRate: TensorLike<'int32'>,
    options?: OpOptions & { upperFrequencyLimit?: number; lowerFrequencyLimit?: number; filterbankChannelCount?: number; dctCoefficientCount?: number },
  ) => Tensor<'float32'>
>({
  signature: 'Mfcc(spectrogram: float, sample_rate: int32) -> (output: float)'
    + ' | upper_frequency_limit: float = 4000; lower_frequency_limit: float = 20; filterbank_channel_count: int = 40; dct_coefficient_count: int = 13',
  shape: (c) => {
    const [channels, windows] = rankIs(c, 0, 3, 'spectrogram');
    scalars(c, 1);
    return [[channels ?? null, windows ?? null, c.attrs.int('dct_coefficient_count')]];
  },
});
