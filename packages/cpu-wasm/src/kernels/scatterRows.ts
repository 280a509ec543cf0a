/**
 * TensorScatterUpdate by row number: the tensor is copied (but for one that is overwritten in place), then rows are put in, in order, so that of
 * equal indices the last counts. An index out of range is a fault with TensorFlow's text.
 */
import { dtypeInfo, InvalidArgumentError, shapeText, sizeOf } from '@sessionflow/core/device';
import type { DeviceProgram, Kernel, OpCall } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../abi.js';
import { i32, i64 } from '../asm/index.js';
import type { WasmInfo } from '../info.js';
import { ceilDivide, clampGrain, LaunchBlock, minimum, Words } from './layout.js';
import { copyBytes } from './movement/copyCode.js';

const words = new Words(['rows', 'picks', 'rowBytes', 'bytes'] as const);
const slots = 4;
/** Bytes that an item of the copy moves. */
const pieceBytes = 16384;

function source(wide: boolean): WasmSource {
  return {
    assemble: (module) => [
      module.function(phaseType, (f) => {
        const block = new LaunchBlock(f, slots);
        const word = words.in(block);
        const [from, to] = [f.let(block.address(0)), f.let(block.address(3))];
        f.if(i32.ne(from, to), () => {
          block.items((item) => {
            const at = f.let(i32.mul(item, pieceBytes));
            const run = minimum(f, i32.const(pieceBytes), i32.sub(word('bytes'), at));
            copyBytes(f, f.let(i32.add(to, at)), f.let(i32.add(from, at)), run);
          });
        });
        f.result(i32.const(0));
      }),
      module.function(phaseType, (f) => {
        const block = new LaunchBlock(f, slots);
        const word = words.in(block);
        const run = f.let(word('rowBytes'));
        block.items((pick) => {
          const index = f.local('i32');
          if (wide) {
            const long = f.let(i64.load(i32.add(block.address(1), i32.mul(pick, 8))));
            f.set(index, i32.wrapI64(long));
            f.if(i64.geU(long, i64.extendI32U(word('rows'))), () => block.fault(i32.add(pick, 1), index));
          } else {
            f.set(index, i32.load(i32.add(block.address(1), i32.mul(pick, 4))));
            f.if(i32.geU(index, word('rows')), () => block.fault(i32.add(pick, 1), index));
          }
          const to = f.let(i32.add(block.address(3), i32.mul(index, run)));
          copyBytes(f, to, f.let(i32.add(block.address(2), i32.mul(pick, run))), run);
        });
        f.result(i32.const(0));
      }),
    ],
  };
}

function program(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const [tensor, indices] = [call.inputs[0]!, call.inputs[1]!];
  const rows = tensor.shape[0]!;
  const picks = indices.shape[0]!;
  const bytes = sizeOf(tensor.shape) * dtypeInfo[tensor.dtype].bytes;
  const wide = indices.dtype === 'int64';
  const pieces = ceilDivide(bytes, pieceBytes);
  return {
    kind: 'device', key: `scatterRows/${indices.dtype}`, source: () => source(wide), inputs: [0, 1, 2],
    // All rows in one item's grain: of equal indices the last must win.
    launch: { words: words.pack({ rows, picks, rowBytes: bytes / rows, bytes }), grid: [pieces, clampGrain(pieces, 4, info.threads), picks, picks] },
    scratch: 0, packs: [], inPlace: [{ output: 0, input: 0 }], flops: 0,
    fault: (code, detail) => new InvalidArgumentError(`indices[${code - 1}] = [${detail}] does not index into shape ${shapeText(tensor.shape)}`, { node: call.node, op: call.op }),
  };
}

export const tensorScatterUpdate: Kernel<WasmSource, WasmInfo> = {
  op: 'TensorScatterUpdate',
  supports: ({ inputDtypes: [tensor, indices] }) => {
    if (dtypeInfo[tensor ?? 'string'].bytes === 0) return `${tensor} is not bytes that wasm could move`;
    return indices === 'int32' || indices === 'int64' ? true : `wasm scatters by int32 or int64 indices, not ${indices}`;
  },
  accepts: (call) => {
    const [tensor, indices, updates] = call.inputs.map(({ shape }) => shape);
    if (call.epilogue !== undefined || tensor === undefined || indices?.length !== 2 || indices[1] !== 1 || tensor.length === 0) return false;
    return sizeOf(tensor) > 0 && indices[0]! > 0 && sizeOf(updates ?? []) === (indices[0]! * sizeOf(tensor)) / tensor[0]!;
  },
  program,
};
