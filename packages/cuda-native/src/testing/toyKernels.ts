/** Small programs for tests of the device, written by hand. */
import { InvalidArgumentError } from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import type { CudaSource } from '../source.js';

interface Toy {
  readonly key: string;
  /** Parameters before `int* fault`, and the body. */
  readonly params: string;
  readonly body: string;
  readonly inputs: number;
  readonly words: readonly number[];
  readonly blocks: number;
  readonly threads?: number;
  readonly hasFault?: boolean;
  readonly launchFor?: DeviceProgram['launchFor'];
}

export function toy({ key, params, body, inputs, words, blocks, threads = 32, hasFault = false, launchFor }: Toy): DeviceProgram<CudaSource> {
  const text = `struct Words { int w[${words.length}]; };
extern "C" __global__ void __launch_bounds__(${threads}) toy(${params}, int* fault, const Words words) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  ${body}
}
`;
  return {
    kind: 'device', key, source: () => ({ kind: 'kernels', text, passes: [{ entry: 'toy', block: [threads, 1, 1] }], buffers: params.split(',').length, words: words.length, hasFault }),
    inputs: Array.from({ length: inputs }, (_, i) => i), launch: { words: Int32Array.from(words), grid: [blocks, 1, 1] }, scratch: 0, packs: [], inPlace: [], flops: 0,
    ...(hasFault ? { fault: (code: number, detail: number) => new InvalidArgumentError(`fault ${code} with detail ${detail}`) } : {}),
    ...(launchFor === undefined ? {} : { launchFor }),
  };
}

/** out = x + n, over `size` floats. */
export const addNumber = (size: number, n: number): DeviceProgram<CudaSource> => toy({
  key: 'add', params: 'const float* x, float* out', body: 'if (i < words.w[0]) out[i] = x[i] + (float)words.w[1];', inputs: 1, words: [size, n], blocks: Math.ceil(size / 32),
});

/** Counts up each of `size` ints, `turns` times. */
export const countUp = (size: number, turns: number): DeviceProgram<CudaSource> => toy({
  key: 'count', params: 'volatile int* out', inputs: 0, words: [size, turns], blocks: Math.ceil(size / 32),
  body: 'if (i < words.w[0]) for (int turn = 0; turn < words.w[1]; turn++) out[i] = out[i] + 1;',
});

/** Writes each element's index; reports fault 7 at index `bad`. */
export const faulty = (size: number, bad: number): DeviceProgram<CudaSource> => toy({
  key: 'faulty', params: 'int* out', inputs: 0, words: [size, bad], blocks: Math.ceil(size / 32), hasFault: true,
  body: 'if (i < words.w[0]) out[i] = i;\n  if (i == words.w[1] && atomicCAS(&fault[0], 0, 7) == 0) fault[1] = i;',
});

/** out[block] = the sum of a block's elements, by halving in shared memory. */
export const blockSums = (blocks: number): DeviceProgram<CudaSource> => toy({
  key: 'sums', params: 'const float* x, float* out', inputs: 1, words: [0], blocks, threads: 64,
  body: `__shared__ float part[64];
  part[threadIdx.x] = x[i];
  for (int half = 32; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
  }
  if (threadIdx.x == 0) out[blockIdx.x] = part[0];`,
});
