/** Small programs written by hand, for tests of the device itself. */
import { InvalidArgumentError } from '@sessionflow/core/device';
import type { DeviceProgram, LaunchParams } from '@sessionflow/core/kernels';
import type { WgslSource } from '../source.js';

interface Toy {
  readonly key: string;
  readonly launch: LaunchParams;
  readonly code: string;
  readonly inputs?: number;
  readonly reportsFaults?: boolean;
}

const threads = 64;

function toy({ key, launch, code, inputs = 0, reportsFaults = false }: Toy): DeviceProgram<WgslSource> {
  return {
    kind: 'device', key,
    source: () => ({
      slots: inputs + 1,
      passes: [{
        name: 'main', code, takesWords: true, reportsFaults,
        buffers: Array.from({ length: inputs + 1 }, (_, slot) => ({ slot, access: slot < inputs ? 'read' : 'write' })),
      }],
    }),
    inputs: Array.from({ length: inputs }, (_, i) => i), launch, scratch: 0, packs: [], inPlace: [], flops: 0,
    fault: (code, detail) => new InvalidArgumentError(`fault ${code} with detail ${detail}`),
  };
}

export const words = (items: number, ...more: number[]): LaunchParams => ({ words: Int32Array.from([items, ...more]), grid: [Math.ceil(items / threads), 1, 1] });

/** out[i] = in[i] + word, of float32. */
export const addWord = (items: number, word: number): DeviceProgram<WgslSource> => toy({
  key: 'toy:add', inputs: 1, launch: words(items, word),
  code: `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> words: array<vec4i, 1>;
@compute @workgroup_size(${threads}) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (i32(id.x) < words[0].x) { y[id.x] = x[id.x] + f32(words[0].y); }
}`,
});

/** Counts one number up, after turning in circles; slow on purpose. */
export const busy = (turns: number): DeviceProgram<WgslSource> => toy({
  key: 'toy:busy', launch: words(1, turns),
  code: `
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<uniform> words: array<vec4i, 1>;
@compute @workgroup_size(1) fn main() {
  var sum = 1u;
  for (var i = 0; i < words[0].y; i++) { sum = sum * 1664525u + 1013904223u; }
  y[0] = y[0] + select(1u, 2u, sum == 0u);
}`,
});

/** Reports fault 7 with the word as detail, if the word is not 0. */
export const faulty = (detail: number): DeviceProgram<WgslSource> => toy({
  key: 'toy:faulty', launch: words(1, detail), reportsFaults: true,
  code: `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> words: array<vec4i, 1>;
@group(0) @binding(2) var<storage, read_write> fault: array<i32>;
@compute @workgroup_size(1) fn main() {
  y[0] = 1;
  if (words[0].y != 0) { fault[0] = 7; fault[1] = words[0].y; }
}`,
});

/** No WGSL at all. */
export const nonsense = (): DeviceProgram<WgslSource> => toy({ key: 'toy:nonsense', launch: words(1), code: 'fn main() { this is not WGSL }' });
