/** Softmax and LogSoftmax over the last dimension of float32 rows: one launch, the row stays in cache between its passes. */
import { input, unary, type Expr } from '@sessionflow/core/codegen';
import { sizeOf } from '@sessionflow/core/device';
import type { DeviceProgram, Kernel, OpCall } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../abi.js';
import { f32x4, i32, i32x4, i8x16, v128, type FunctionBuilder, type Local, type Value } from '../asm/index.js';
import type { WasmFeatures, WasmInfo } from '../info.js';
import { expOfNegative } from '../map/math/index.js';
import { renderSimd } from '../map/renderExpr.js';
import { loadLanes, storeLanes } from './epilogue.js';
import { clampGrain, LaunchBlock, Words } from './layout.js';

const words = new Words(['columns'] as const);

function apply(f: FunctionBuilder, expr: Expr, x: Local<'v128'>, features: WasmFeatures): Local<'v128'> {
  return f.let(renderSimd(f, expr, [[x]], { features })[0]!);
}

const logarithm = unary('log', input(0, 'float32'));

/** Combines the four lanes into all four. */
function acrossLanes(f: FunctionBuilder, x: Local<'v128'>, combine: (a: Value<'v128'>, b: Value<'v128'>) => Value<'v128'>): void {
  f.set(x, combine(x, i8x16.shuffle(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7])));
  f.set(x, combine(x, i8x16.shuffle(x, x, [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11])));
}

/** Visits a row by vectors: whole ones in a loop, then the last `tail` floats with the missing lanes replaced by `filler`. */
function forEachVector(
  f: FunctionBuilder, row: Local<'i32'>, vectors: Value<'i32'>, tail: number, filler: number,
  body: (x: Local<'v128'>, at: Local<'i32'>, lanes: number) => void,
): void {
  const at = f.let(row);
  const left = f.let(vectors);
  f.repeat(left, () => {
    body(f.let(v128.load(at, 0, 2)), at, 0);
    f.increase(at, 16);
  });
  if (tail === 0) return;
  const present = i32x4.const(-1, tail > 1 ? -1 : 0, tail > 2 ? -1 : 0, 0);
  f.scope(() => body(f.let(v128.bitselect(loadLanes(at, 0, tail), f32x4.splat(filler), present)), at, tail));
}

function emitRows(f: FunctionBuilder, block: LaunchBlock, isLog: boolean, tail: number, features: WasmFeatures): void {
  const rowBytes = f.let(i32.mul(words.in(block)('columns'), 4));
  const vectors = i32.shrU(rowBytes, 4);
  const input = f.let(block.address(0));
  const output = f.let(block.address(1));
  block.items((item) => {
    const offset = f.let(i32.mul(item, rowBytes));
    const from = f.let(i32.add(input, offset));
    const to = f.let(i32.add(output, offset));
    const largest = f.let(f32x4.splat(-Infinity));
    // A NaN is passed over here, in one instruction instead of six; its exponential makes the whole row NaN.
    f.scope(() => forEachVector(f, from, vectors, tail, -Infinity, (x) => f.set(largest, f32x4.pmax(largest, x))));
    acrossLanes(f, largest, f32x4.pmax);
    const sum = f.let(v128.zero());
    f.scope(() => {
      const place = f.let(to);
      forEachVector(f, from, vectors, tail, -Infinity, (x, _, lanes) => {
        const shifted = f.let(f32x4.sub(x, largest));
        const raised = f.let(expOfNegative({ f, features }, shifted));
        f.set(sum, f32x4.add(sum, raised));
        storeLanes(f, place, isLog ? shifted : raised, 0, lanes);
        f.increase(place, 16);
      });
    });
    acrossLanes(f, sum, f32x4.add);
    const share = isLog ? apply(f, logarithm, sum, features) : f.let(f32x4.div(f32x4.splat(1), sum));
    forEachVector(f, to, vectors, tail, 0, (x, at, lanes) => {
      storeLanes(f, at, f.let(isLog ? f32x4.sub(x, share) : f32x4.mul(x, share)), 0, lanes);
    });
  });
}

function program(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const { shape } = call.inputs[0]!;
  const columns = shape.at(-1)!;
  const rows = sizeOf(shape.slice(0, -1));
  const isLog = call.op === 'LogSoftmax';
  const tail = columns % 4;
  return {
    kind: 'device', key: `${isLog ? 'log' : ''}softmax/${tail}`,
    source: () => ({
      assemble: (module) => [module.function(phaseType, (f) => {
        emitRows(f, new LaunchBlock(f, 2), isLog, tail, info.features);
        f.result(i32.const(0));
      })],
    }),
    inputs: [0], launch: { words: words.pack({ columns }), grid: [rows, clampGrain(rows, Math.ceil(16384 / columns), info.threads)] },
    scratch: 0, packs: [], inPlace: [{ output: 0, input: 0 }], flops: 5 * rows * columns,
  };
}

const kernel = (op: string): Kernel<WasmSource, WasmInfo> => ({
  op,
  supports: ({ inputDtypes }) => (inputDtypes[0] === 'float32' ? true : `wasm softmax is for float32, not ${inputDtypes[0]}`),
  accepts: (call) => call.epilogue === undefined && sizeOf(call.inputs[0]!.shape) > 0 && call.inputs[0]!.shape.length > 0,
  program,
});

export const softmax = kernel('Softmax');
export const logSoftmax = kernel('LogSoftmax');
