/** ArgMax, ArgMin (float32) and Cumsum (float32, int32) along one dimension: the lines of an outer × length × inner array. */
import { limitsOf, sizeOf } from '@sessionflow/core/device';
import { linesOf, type Lines, type DeviceProgram, type Kernel, type OpCall } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../abi.js';
import { f32, i32, i64, type Local } from '../asm/index.js';
import type { WasmInfo } from '../info.js';
import { clampGrain, LaunchBlock, Words } from './layout.js';

const words = new Words(['length', 'inner'] as const);

/** Runs `body` for each line of the call's items, with the address of its first element and the bytes between elements. */
function emitLines(
  block: LaunchBlock,
  body: (line: Readonly<Record<'item' | 'first' | 'step' | 'length', Local<'i32'>>>) => void,
): void {
  const { f } = block;
  const word = words.in(block);
  const inner = f.let(word('inner'));
  const length = f.let(word('length'));
  const step = f.let(i32.mul(inner, 4));
  block.items((item) => {
    const outer = f.let(i32.divU(item, inner));
    const first = f.let(i32.mul(i32.add(i32.mul(outer, i32.mul(length, inner)), i32.sub(item, i32.mul(outer, inner))), 4));
    body({ item, first, step, length });
  });
}

const grid = ({ outer, length, inner }: Lines, info: WasmInfo): number[] => [
  outer * inner, clampGrain(outer * inner, Math.ceil(16384 / length), info.threads),
];

function arg(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const lines = linesOf(call)!;
  const wide = call.outputs[0]!.dtype === 'int64';
  const isMax = call.op === 'ArgMax';
  const better = isMax ? f32.gt : f32.lt;
  const limits = limitsOf('float32');
  return {
    kind: 'device', key: `${call.op}/${wide ? 64 : 32}`,
    source: () => ({
      assemble: (module) => [module.function(phaseType, (f) => {
        const block = new LaunchBlock(f, 2);
        emitLines(block, ({ item, first, step, length }) => {
          const at = f.let(i32.add(block.address(0), first));
          // NaN is no better than what TensorFlow starts from.
          const best = f.let(f32.const(Number(isMax ? limits.lowest : limits.highest)));
          const place = f.let(i32.const(0));
          const i = f.local('i32');
          f.for(i, 0, length, 1, () => {
            const value = f.let(f32.load(at));
            f.if(better(value, best), () => {
              f.set(best, value);
              f.set(place, i);
            });
            f.increase(at, step);
          });
          if (wide) f.do(i64.store(i32.add(block.address(1), i32.mul(item, 8)), i64.extendI32U(place)));
          else f.do(i32.store(i32.add(block.address(1), i32.mul(item, 4)), place));
        });
        f.result(i32.const(0));
      })],
    }),
    inputs: [0], launch: { words: words.pack({ length: lines.length, inner: lines.inner }), grid: grid(lines, info) }, scratch: 0,
    packs: [], inPlace: [], flops: 0,
  };
}

function cumulate(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const lines = linesOf(call)!;
  const exclusive = call.attrs.bool('exclusive');
  const reverse = call.attrs.bool('reverse');
  const isFloat = call.inputs[0]!.dtype === 'float32';
  return {
    kind: 'device', key: `cumsum/${isFloat ? 'f' : 'i'}${exclusive ? '/exclusive' : ''}${reverse ? '/reverse' : ''}`,
    source: () => ({
      assemble: (module) => [module.function(phaseType, (f) => {
        const block = new LaunchBlock(f, 2);
        emitLines(block, ({ first, step, length }) => {
          const at = f.let(first);
          const move = f.let(step);
          if (reverse) {
            f.increase(at, i32.mul(step, i32.sub(length, 1)));
            f.set(move, i32.sub(0, step));
          }
          const left = f.let(length);
          const sum = isFloat ? f.let(f32.const(0)) : f.let(i32.const(0));
          const load = i32.add(block.address(0), at);
          const to = i32.add(block.address(1), at);
          const store = (): void => f.do(sum.type === 'f32' ? f32.store(to, sum) : i32.store(to, sum));
          f.repeatAtLeastOnce(left, () => {
            // The element is read before the store, so that the output may take the input's place.
            const next = sum.type === 'f32' ? f.let(f32.add(sum, f32.load(load))) : f.let(i32.add(sum, i32.load(load)));
            if (exclusive) store();
            f.set(sum, next);
            if (!exclusive) store();
            f.increase(at, move);
          });
        });
        f.result(i32.const(0));
      })],
    }),
    inputs: [0], launch: { words: words.pack({ length: lines.length, inner: lines.inner }), grid: grid(lines, info) }, scratch: 0,
    packs: [],
    inPlace: [{ output: 0, input: 0 }], flops: sizeOf(call.inputs[0]!.shape),
  };
}

function accepts(call: OpCall): boolean {
  const lines = linesOf(call);
  return call.epilogue === undefined && lines !== undefined && lines.outer * lines.length * lines.inner > 0;
}

const argKernel = (op: string): Kernel<WasmSource, WasmInfo> => ({
  op,
  supports: ({ inputDtypes, outputDtypes }) =>
    (inputDtypes[0] === 'float32' && (outputDtypes[0] === 'int64' || outputDtypes[0] === 'int32')
      ? true
      : `wasm ${op} is for float32 and gives int32 or int64, not ${inputDtypes[0]} and ${outputDtypes[0]}`),
  hostArgs: () => [undefined, 'compile'],
  accepts,
  program: arg,
});

export const argMax = argKernel('ArgMax');
export const argMin = argKernel('ArgMin');

export const cumsum: Kernel<WasmSource, WasmInfo> = {
  op: 'Cumsum',
  supports: ({ inputDtypes: [dtype] }) =>
    (dtype === 'float32' || dtype === 'int32' ? true : `wasm Cumsum is for float32 and int32, not ${dtype}`),
  hostArgs: () => [undefined, 'compile'],
  accepts,
  program: cumulate,
};
