/** Matrix products by cuBLASLt. Each falls back on the grid kernel of the same call, for shapes that the library has no algorithm for. */
import { sizeOf, type DType } from '@sessionflow/core/device';
import { matrixSizes, type Kernel, type KernelTable, type OpCall } from '@sessionflow/core/kernels';
import type { MatmulRequest } from '../addon/driver.js';
import type { CudaInfo, Float32Math } from '../info.js';
import type { CudaSource } from '../source.js';
import { libraryEpilogue, type LibraryEpilogue } from './epilogues.js';
import { libraryProgram } from './libraryProgram.js';

/** cuBLAS's numbers (native/abi/cublasLt.h). */
const elementTypes: Readonly<Partial<Record<DType, number>>> = { float32: 0, float64: 1, float16: 2, bfloat16: 14 };
const computeTypes: Readonly<Record<Float32Math, number>> = { exact: 68, tf32: 77, float16: 74, bfloat16: 75 };
const computeDouble = 70;
const activations: Readonly<Record<LibraryEpilogue['activation'], number>> = { none: 0, relu: 2, gelu: 32 };
const epilogueNone = 1;
const epilogueBias = 4;

const ops = ['MatMul', 'BatchMatMul', 'BatchMatMulV2', 'BatchMatMulV3'];

/** What cuBLASLt is asked for, or undefined where it has no form for the call. */
export function matmulRequest(call: OpCall, info: CudaInfo): MatmulRequest | undefined {
  const [a, b] = [call.inputs[0]!, call.inputs[1]!];
  const output = call.outputs[0]!;
  const type = elementTypes[output.dtype];
  const epilogue = libraryEpilogue(call);
  if (type === undefined || a.dtype !== output.dtype || b.dtype !== output.dtype || epilogue === undefined) return undefined;
  if (output.dtype === 'float64' && call.epilogue !== undefined) return undefined;
  const { rows, columns, depth, batch, transposeA, transposeB } = matrixSizes(call);
  const batches = sizeOf(batch);
  const [ownA, ownB] = [sizeOf(a.shape.slice(0, -2)), sizeOf(b.shape.slice(0, -2))];
  if (rows * columns * depth * batches === 0 || ![1, batches].includes(ownA) || ![1, batches].includes(ownB)) return undefined;
  // One B for all matrices of A: they are the rows of one product.
  const isMerged = ownB === 1 && ownA === batches && !transposeA;
  const m = isMerged ? rows * batches : rows;
  const bits = (epilogue.bias ? epilogueBias : 0) | activations[epilogue.activation];
  return {
    type, computeType: output.dtype === 'float64' ? computeDouble : output.dtype === 'float32' ? computeTypes[info.float32Math] : computeTypes.exact,
    m, n: columns, k: depth, batch: isMerged ? 1 : batches,
    strideA: ownA === 1 ? 0 : rows * depth, strideB: ownB === 1 ? 0 : depth * columns, transA: Number(transposeA), transB: Number(transposeB),
    epilogue: bits === 0 ? epilogueNone : bits,
    // Enough to cut the depth in some parts; more would be of no use.
    workspaceCap: Math.min(info.workspaceLimit, Math.max(1 << 20, 64 * m * columns)),
  };
}

/** The library's kernels, each over the grid kernel of its op. */
export function matmulCalls(grid: KernelTable<CudaSource, CudaInfo>): Readonly<Record<string, readonly Kernel<CudaSource, CudaInfo>[]>> {
  return Object.fromEntries(ops.flatMap((op) => (grid.ops[op] ?? []).slice(-1).map((plain): [string, readonly Kernel<CudaSource, CudaInfo>[]] => [op, [{
    op,
    supports: (query) => (elementTypes[query.outputDtypes[0] ?? 'string'] === undefined ? `cuBLASLt multiplies no ${query.outputDtypes[0]}` : plain.supports?.(query) ?? true),
    accepts: (call, info) => info.cublasLt && matmulRequest(call, info) !== undefined && plain.accepts?.(call, info) !== false,
    program: (call, info) => {
      const request = matmulRequest(call, info)!;
      return libraryProgram(plain.program(call, info), `cublasLt:${JSON.stringify(request)}`, request.workspaceCap, (fallback) => ({
        kind: 'matmul', request, hasBias: libraryEpilogue(call)!.bias, fallback,
      }));
    },
  }]])));
}
