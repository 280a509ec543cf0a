/** Small programs written by hand, for tests of the device itself. All have one phase and one word that says how long an item takes. */
import { InvalidArgumentError } from '@sessionflow/core/device';
import type { DeviceProgram, LaunchParams } from '@sessionflow/core/kernels';
import type { WasmSource } from '../abi.js';
import { f32, i32, type FunctionBuilder, type Local } from '../asm/index.js';
import { phaseType } from '../abi.js';

interface Toy {
  readonly key: string;
  readonly inputs: number;
  readonly launch: LaunchParams;
  readonly flops?: number;
  readonly build: (f: FunctionBuilder, params: Local<'i32'>, forEach: (body: (item: Local<'i32'>) => void) => void) => void;
}

export function toy({ key, inputs, launch, build, flops = 0 }: Toy): DeviceProgram<WasmSource> {
  return {
    kind: 'device', key,
    source: () => ({
      assemble: (module) => [module.function(phaseType, (f) => {
        const item = f.param('i32', 1);
        build(f, f.param('i32', 0), (body) => {
          f.loop((again) => {
            body(item);
            f.increase(item, 1);
            f.brIf(again, i32.ltS(item, f.param('i32', 2)));
          });
        });
        f.result(i32.const(0));
      })],
    }),
    inputs: Array.from({ length: inputs }, (_, i) => i), launch, scratch: 0, packs: [], inPlace: [], flops,
    fault: (code, detail) => new InvalidArgumentError(`fault ${code} with detail ${detail}`),
  };
}

const params = (items: number, grain: number, ...words: number[]): LaunchParams => ({ words: Int32Array.from(words), grid: [items, grain] });

/** out[i] = in[i] + word, of float32. */
export const addWord = (items: number, word: number, grain = items): DeviceProgram<WasmSource> => toy({
  key: 'toy:add', inputs: 1, launch: params(items, grain, word),
  build: (f, block, forEach) => forEach((item) => {
    const at = f.let(i32.mul(item, 4));
    f.do(f32.store(i32.add(i32.load(block, 4), at), f32.add(f32.load(i32.add(i32.load(block), at)), f32.convertI32S(i32.load(block, 8)))));
  }),
});

/** Counts each item up by one, after turning in circles `turns` times; slow on purpose. */
export const busy = (items: number, turns: number, grain = 1): DeviceProgram<WasmSource> => toy({
  key: 'toy:busy', inputs: 0, launch: params(items, grain, turns), flops: items * turns,
  build: (f, block, forEach) => forEach((item) => {
    const at = f.let(i32.add(i32.load(block), i32.mul(item, 4)));
    const left = f.let(i32.load(block, 4));
    const sum = f.let(i32.const(1));
    f.repeat(left, () => f.set(sum, i32.add(i32.mul(sum, 1664525), 1013904223)));
    f.do(i32.store(at, i32.add(i32.add(i32.load(at), 1), i32.and(i32.eqz(sum), 0))));
  }),
});

/** Reports fault 7 at the item that the word names, with the item as detail. */
export const faulty = (items: number, at: number, grain = 1, flops = 0): DeviceProgram<WasmSource> => toy({
  key: 'toy:faulty', inputs: 0, launch: params(items, grain, at), flops,
  build: (f, block, forEach) => forEach((item) => f.if(i32.eq(item, i32.load(block, 4)), () => {
    f.do(i32.store(i32.sub(block, 4), item));
    f.return(i32.const(7));
  })),
});

/** Runs into `unreachable` at the item that the word names. */
export const trapping = (items: number, at: number, grain = 1, flops = 0): DeviceProgram<WasmSource> => toy({
  key: 'toy:trapping', inputs: 0, launch: params(items, grain, at), flops,
  build: (f, block, forEach) => forEach((item) => f.if(i32.eq(item, i32.load(block, 4)), () => f.unreachable())),
});

/** x = x + 1 and test = x < limit, for one int32 and one bool. */
export const countUp = (limit: number): DeviceProgram<WasmSource> => toy({
  key: 'toy:count', inputs: 0, launch: params(1, 1, limit),
  build: (f, block) => {
    const at = f.let(i32.load(block));
    f.do(i32.store(at, i32.add(i32.load(at), 1)));
    f.do(i32.store8(i32.load(block, 4), i32.ltS(i32.load(at), i32.load(block, 8))));
  },
});
