/** The engine's own limit for one thread: multiply-adds of vectors with nothing else to do. Kernels are held against it, not against the processor's peak. */
import { f32x4, ModuleBuilder, v128 } from '../../asm/index.js';
import type { WasmFeatures } from '../../info.js';
import { multiplyAdd } from '../epilogue.js';

/** Independent sums: more than latency × issue width of present machines. */
const sums = 12;
const turns = 20_000;

export interface PeakLoop {
  /** Floating-point operations of one run. */
  readonly flops: number;
  /** One run, of some tens of microseconds once the engine has optimised it. */
  readonly run: () => void;
}

/** A loop of nothing but multiply-adds in registers, by the instruction that kernels use on an engine with these features. */
export function peakLoop(features: WasmFeatures): PeakLoop {
  const module = new ModuleBuilder();
  module.memory({ initial: 1 });
  module.export('memory', 'memory', 0);
  module.exportFunction('run', module.function({ params: ['i32'], results: [] }, (f) => {
    const each = f.locals('v128', sums);
    each.forEach((sum, i) => f.set(sum, f32x4.splat(i)));
    const factor = f.let(f32x4.splat(0.5));
    const addend = f.let(f32x4.splat(1));
    f.repeatAtLeastOnce(f.param('i32', 0), () => {
      for (const sum of each) f.set(sum, multiplyAdd(features, sum, factor, addend));
    });
    for (const sum of each) f.do(v128.store(0, f32x4.add(sum, v128.load(0))));
  }));
  const run = new WebAssembly.Instance(new WebAssembly.Module(module.finish())).exports['run'] as (turns: number) => void;
  return { flops: turns * sums * 4 * 2, run: () => run(turns) };
}
