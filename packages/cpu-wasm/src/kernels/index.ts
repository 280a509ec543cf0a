/** Every hand-written kernel of cpu-wasm, by op; the device's table puts them before core's host kernels. */
import type { Kernel } from '@sessionflow/core/kernels';
import type { WasmSource } from '../abi.js';
import type { WasmInfo } from '../info.js';
import { conv2D } from './conv/conv2d.js';
import { depthwiseConv2dNative } from './conv/depthwise.js';
import { avgPool, maxPool } from './conv/pool.js';
import { conv2DBackpropInput } from './conv/transposed.js';
import { gather, gatherNd, gatherV2 } from './gather.js';
import { batchMatMul, batchMatMulV2, batchMatMulV3, matMul } from './gemm/matMul.js';
import { fewRows } from './gemm/fewRows.js';
import {
  batchToSpaceND, broadcastTo, concatFirst, concatV2, depthToSpace, mirrorPad, pack, padV2, padZero, reverseV2, slice, spaceToBatchND, spaceToDepth,
  split, splitV, stridedSliceKernel, tile, transpose, unpack,
} from './movement/kernels.js';
import { resizeBilinear, resizeNearestNeighbor } from './resize.js';
import { tensorScatterUpdate } from './scatterRows.js';
import { argMax, argMin, cumsum } from './scan.js';
import { logSoftmax, softmax } from './softmax.js';
import { topKV2 } from './topK.js';

export { fastestTile } from './gemm/measureTile.js';

const kernels: readonly Kernel<WasmSource, WasmInfo>[] = [
  ...fewRows, matMul, batchMatMul, batchMatMulV2, batchMatMulV3, conv2D, conv2DBackpropInput, depthwiseConv2dNative, maxPool, avgPool,
  slice, stridedSliceKernel, split, splitV, unpack, reverseV2, concatV2, concatFirst, pack, padZero, padV2, mirrorPad, tile, broadcastTo,
  softmax, logSoftmax, argMax, argMin, cumsum, gather, gatherV2, gatherNd, tensorScatterUpdate, topKV2, resizeBilinear, resizeNearestNeighbor, transpose,
  depthToSpace, spaceToDepth, spaceToBatchND, batchToSpaceND,
];

/** The kernels by op, in order of preference. */
export const wasmKernels: Readonly<Record<string, readonly Kernel<WasmSource, WasmInfo>[]>> = Object.fromEntries(
  [...new Set(kernels.map(({ op }) => op))].map((op) => [op, kernels.filter((kernel) => kernel.op === op)]),
);
