/**
 * Gather, GatherV2 and GatherNd: runs of bytes picked by int32 or int64 indices. An index out of range is a fault with TensorFlow's text.
 */
import { dtypeInfo, InvalidArgumentError, shapeText, sizeOf } from '@sessionflow/core/device';
import { gatherSizes, placeText, type DeviceProgram, type Kernel, type OpCall, type SupportQuery } from '@sessionflow/core/kernels';
import { phaseType, type WasmSource } from '../abi.js';
import { i32, i64 } from '../asm/index.js';
import type { WasmInfo } from '../info.js';
import { clampGrain, LaunchBlock, Words } from './layout.js';
import { copyBytes } from './movement/copyCode.js';

const words = new Words(['limit', 'outer', 'picks', 'innerBytes'] as const);

function program(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const { limit, batches, outer, picks, inner } = gatherSizes(call)!;
  const bytes = inner * dtypeInfo[call.inputs[0]!.dtype].bytes;
  const indices = call.inputs[1]!;
  const wide = indices.dtype === 'int64';
  const source = (): WasmSource => ({
    assemble: (module) => [module.function(phaseType, (f) => {
      const block = new LaunchBlock(f, 3);
      const word = words.in(block);
      const run = f.let(word('innerBytes'));
      block.items((item) => {
        // item = (batch · outer + o) · picks + pick
        const line = f.let(i32.divU(item, word('picks')));
        const pick = f.let(i32.sub(item, i32.mul(line, word('picks'))));
        const batch = f.let(i32.divU(line, word('outer')));
        const place = f.let(i32.add(i32.mul(batch, word('picks')), pick));
        const index = f.local('i32');
        if (wide) {
          const long = f.let(i64.load(i32.add(block.address(1), i32.mul(place, 8))));
          f.set(index, i32.wrapI64(long));
          // The low word stands for the value in the error text.
          f.if(i64.geU(long, i64.extendI32U(word('limit'))), () => block.fault(i32.add(place, 1), index));
        } else {
          f.set(index, i32.load(i32.add(block.address(1), i32.mul(place, 4))));
          f.if(i32.geU(index, word('limit')), () => block.fault(i32.add(place, 1), index));
        }
        const from = f.let(i32.add(block.address(0), i32.mul(i32.add(i32.mul(line, word('limit')), index), run)));
        const to = f.let(i32.add(block.address(2), i32.mul(item, run)));
        copyBytes(f, to, from, run);
      });
      f.result(i32.const(0));
    })],
  });
  const items = batches * outer * picks;
  return {
    kind: 'device', key: `gather/${indices.dtype}`, source, inputs: [0, 1],
    launch: {
      words: words.pack({ limit, outer, picks, innerBytes: bytes }),
      grid: [items, clampGrain(items, Math.ceil(65536 / (bytes + 32)), info.threads)],
    },
    scratch: 0, packs: [], inPlace: [], flops: 0,
    fault: (code, detail) => new InvalidArgumentError(
      `indices${placeText(code - 1, indices.shape)} = ${detail} is not in [0, ${limit})`, { node: call.node, op: call.op },
    ),
  };
}

function supports({ inputDtypes }: SupportQuery): true | string {
  const [params, indices] = inputDtypes;
  if (dtypeInfo[params ?? 'string'].bytes === 0) return `${params} is not bytes that wasm could move`;
  return indices === 'int32' || indices === 'int64' ? true : `wasm gathers by int32 or int64 indices, not ${indices}`;
}

/** Without picks nothing runs, and with an empty axis every index is wrong: core's host kernel says so. */
function accepts(call: OpCall): boolean {
  const sizes = gatherSizes(call);
  return call.epilogue === undefined && sizes !== undefined && sizes.batches * sizes.outer * sizes.picks * sizes.inner * sizes.limit > 0;
}

/** Rows of an index matrix → offsets of slices of params. The dimensions of params that are indexed stand in the words. */
function gatherNdProgram(call: OpCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const params = call.inputs[0]!;
  const indices = call.inputs[1]!;
  const depth = indices.shape.at(-1)!;
  const rows = sizeOf(indices.shape.slice(0, -1));
  const bytes = sizeOf(params.shape.slice(depth)) * dtypeInfo[params.dtype].bytes;
  const wide = indices.dtype === 'int64';
  const source = (): WasmSource => ({
    assemble: (module) => [module.function(phaseType, (f) => {
      const block = new LaunchBlock(f, 3);
      const run = f.let(block.word(0));
      block.items((row) => {
        const at = f.let(i32.add(block.address(1), i32.mul(row, depth * (wide ? 8 : 4))));
        const offset = f.let(i32.const(0));
        for (let d = 0; d < depth; d++) {
          const size = f.let(block.word(1 + d));
          const index = f.local('i32');
          const outside = wide ? i64.geU(i64.load(at, 8 * d), i64.extendI32U(size)) : i32.geU(index, size);
          f.set(index, i32.load(at, (wide ? 8 : 4) * d));
          f.if(outside, () => block.fault(i32.add(row, 1), index));
          f.set(offset, i32.add(i32.mul(offset, size), index));
        }
        const from = f.let(i32.add(block.address(0), i32.mul(offset, run)));
        const to = f.let(i32.add(block.address(2), i32.mul(row, run)));
        copyBytes(f, to, from, run);
      });
      f.result(i32.const(0));
    })],
  });
  return {
    kind: 'device', key: `gatherNd/${indices.dtype}/${depth}`, source, inputs: [0, 1],
    launch: {
      words: Int32Array.of(bytes, ...params.shape.slice(0, depth)),
      grid: [rows, clampGrain(rows, Math.ceil(65536 / (bytes + 32)), info.threads)],
    },
    scratch: 0, packs: [], inPlace: [], flops: 0,
    fault: (code, detail) => new InvalidArgumentError(
      `indices${placeText(code - 1, indices.shape.slice(0, -1))} = [${depth === 1 ? detail : `…, ${detail},
      …`}] does not index into param shape ${shapeText(params.shape)}`,
      { node: call.node, op: call.op },
    ),
  };
}

export const gatherNd: Kernel<WasmSource, WasmInfo> = {
  op: 'GatherNd',
  supports,
  accepts: (call) => {
    const [params, indices] = [call.inputs[0]!.shape, call.inputs[1]!.shape];
    const depth = indices.at(-1) ?? 0;
    return call.epilogue === undefined && depth >= 1 && depth <= params.length && sizeOf(params) > 0 && sizeOf(indices) > 0;
  },
  program: gatherNdProgram,
};

export const gather: Kernel<WasmSource, WasmInfo> = { op: 'Gather', supports, accepts, program };
export const gatherV2: Kernel<WasmSource, WasmInfo> = {
  op: 'GatherV2', supports, hostArgs: () => [undefined, undefined, 'compile'], accepts, program,
};
