/**
 * TopKV2 on float32: the k largest of each row, largest first, the first of equals first. A row is read once; what is above the smallest
 * value kept so far is put into its place among the kept ones, which lie in the output. Rows are mostly far longer than k, and few
 * elements get that far.
 */
import { sizeOf } from '@sessionflow/core/device';
import type { DeviceProgram, Kernel, OpCall } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../abi.js';
import { f32, f32x4, i32, v128, type FunctionBuilder, type Local } from '../asm/index.js';
import type { WasmInfo } from '../info.js';
import { clampGrain, LaunchBlock, Words } from './layout.js';

const words = new Words(['columns', 'k'] as const);

/** Values are put into place by moving those below: k² steps in the worst case. */
const largestK = 2048;

interface Kept {
  /** Addresses of the row's kept values and their indices. */
  readonly values: Local<'i32'>;
  readonly indices: Local<'i32'>;
}

/** Puts a value, which belongs before `last` (byte offset of the place that is free or falls out), into its place. */
function insert(f: FunctionBuilder, { values, indices }: Kept, last: Local<'i32'>, value: Local<'f32'>, index: Local<'i32'>): void {
  const at = f.let(last);
  f.block((placed) => f.loop((again) => {
    f.brIf(placed, i32.eqz(at));
    const above = f.let(f32.load(i32.sub(i32.add(values, at), 4)));
    f.brIf(placed, i32.eqz(f32.gt(value, above)));
    f.do(f32.store(i32.add(values, at), above));
    f.do(i32.store(i32.add(indices, at), i32.load(i32.sub(i32.add(indices, at), 4))));
    f.set(at, i32.sub(at, 4));
    f.br(again);
  }));
  f.do(f32.store(i32.add(values, at), value));
  f.do(i32.store(i32.add(indices, at), index));
}

function emitRows(f: FunctionBuilder, block: LaunchBlock): void {
  const word = words.in(block);
  const columns = f.let(word('columns'));
  const k = f.let(word('k'));
  const last = f.let(i32.mul(i32.sub(k, 1), 4));
  block.items((row) => {
    const from = f.let(i32.add(block.address(0), i32.mul(row, i32.mul(columns, 4))));
    const offset = f.let(i32.mul(i32.mul(row, k), 4));
    const kept = { values: f.let(i32.add(block.address(1), offset)), indices: f.let(i32.add(block.address(2), offset)) };
    const index = f.let(i32.const(0));
    const at = f.let(from);
    f.loop((again) => {
      const place = f.let(i32.mul(index, 4));
      const value = f.let(f32.load(at));
      insert(f, kept, place, value, index);
      f.increase(at, 4);
      f.increase(index, 1);
      f.brIf(again, i32.ltS(index, k));
    });
    const least = f.let(f32.load(i32.add(kept.values, last)));
    const tryOne = (): void => {
      const value = f.let(f32.load(at));
      f.if(f32.gt(value, least), () => {
        insert(f, kept, last, value, index);
        f.set(least, f32.load(i32.add(kept.values, last)));
      });
      f.increase(at, 4);
      f.increase(index, 1);
    };
    const whole = f.let(i32.sub(columns, 16));
    f.while(() => i32.leS(index, whole), () => {
      const [a, b, c, d] = [0, 16, 32, 48].map((place) => v128.load(at, place, 2)) as [Value, Value, Value, Value];
      const bar = f.let(f32x4.splat(least));
      const above = [a, b, c, d].map((value) => f32x4.gt(value, bar)) as [Value, Value, Value, Value];
      f.if(v128.anyTrue(v128.or(v128.or(above[0], above[1]), v128.or(above[2], above[3]))), () => {
        const left = f.let(i32.const(16));
        f.repeatAtLeastOnce(left, tryOne);
      }, () => {
        f.increase(at, 64);
        f.increase(index, 16);
      });
    });
    f.while(() => i32.ltS(index, columns), tryOne);
  });
}

type Value = ReturnType<typeof v128.load>;

function program(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const columns = call.inputs[0]!.shape.at(-1)!;
  const rows = sizeOf(call.inputs[0]!.shape.slice(0, -1));
  const k = call.outputs[0]!.shape.at(-1)!;
  return {
    kind: 'device', key: 'topk',
    source: () => ({
      assemble: (module) => [module.function(phaseType, (f) => {
        emitRows(f, new LaunchBlock(f, 3));
        f.result(i32.const(0));
      })],
    }),
    inputs: [0], launch: { words: words.pack({ columns, k }), grid: [rows, clampGrain(rows, Math.ceil(65536 / columns), info.threads)] },
    scratch: 0, packs: [], inPlace: [], flops: rows * columns,
  };
}

export const topKV2: Kernel<WasmSource, WasmInfo> = {
  op: 'TopKV2',
  supports: ({ inputDtypes, outputDtypes }) => {
    if (inputDtypes[0] !== 'float32') return `wasm TopKV2 is for float32, not ${inputDtypes[0]}`;
    return outputDtypes[1] === 'int32' ? true : `wasm TopKV2 gives int32 indices, not ${outputDtypes[1]}`;
  },
  hostArgs: () => [undefined, 'compile'],
  accepts: (call) => {
    const k = call.outputs[0]!.shape.at(-1)!;
    return call.epilogue === undefined && sizeOf(call.inputs[0]!.shape) > 0 && k > 0 && k <= largestK;
  },
  program,
};
