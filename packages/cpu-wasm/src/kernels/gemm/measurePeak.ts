/** What the engine's SIMD multiply-add reaches with nothing else to do: the figure that benches compare kernels with. */
import { f32x4, ModuleBuilder, v128 } from '../../asm/index.js';
import type { WasmFeatures } from '../../info.js';
import { multiplyAdd } from '../epilogue.js';

/** Independent chains: more than latency × issue width of present machines. */
const chains = 12;

/** Floating-point operations per second of one thread, the best of `samples` samples of about 2 ms. */
export function measurePeak(features: WasmFeatures, samples = 20): number {
  const module = new ModuleBuilder();
  module.memory({ initial: 1 });
  module.exportFunction('peak', module.function({ params: ['i32'], results: [] }, (f) => {
    const sums = f.locals('v128', chains);
    sums.forEach((sum, i) => f.set(sum, f32x4.splat(i)));
    const factor = f.let(f32x4.splat(0.999));
    const addend = f.let(f32x4.splat(0.001));
    f.repeatAtLeastOnce(f.param('i32', 0), () => {
      for (const sum of sums) f.set(sum, multiplyAdd(features, sum, factor, addend));
    });
    for (const sum of sums) f.do(v128.store(0, f32x4.add(sum, v128.load(0))));
  }));
  const peak = new WebAssembly.Instance(new WebAssembly.Module(module.finish())).exports['peak'] as (turns: number) => void;
  const turns = 80_000;
  // The optimising compiler takes over between calls.
  for (let i = 0; i < 40; i++) peak(2000);
  let best = Infinity;
  for (let i = 0; i < samples; i++) {
    const start = performance.now();
    peak(turns);
    best = Math.min(best, performance.now() - start);
  }
  return (turns * chains * 8) / (best / 1000);
}
