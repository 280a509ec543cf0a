/** MatMul and the BatchMatMul family: stacks broadcast, either operand transposed, elementwise work on the result as the epilogue. */
import type { Buffer, PassBuilder, ProgramBuilder } from '../../codegen/grid/builder.js';
import { refuseDtype, type GridTarget } from '../../codegen/grid/types.js';
import { int, type Value } from '../../codegen/grid/value.js';
import { dtypeInfo } from '../../dtypes.js';
import { sizeOf } from '../../shape.js';
import { collapse, matrixSizes, stridesAlong, type CollapsedAxis } from '../geometry/index.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import { gridEpilogue } from './epilogue.js';
import { cutGemm, four, gemmLaunch, guarded, guardedGroup, type Gemm, type GemmCut, type GemmOperands } from './gemm.js';
import type { GridLaunch } from './launch.js';
import type { GridKernel } from './table.js';

/** Products are of one dtype that the device computes in. */
export function supportsProduct({ inputDtypes, outputDtypes, op }: SupportQuery, operands: readonly number[], target: GridTarget): Support {
  const dtypes = operands.map((i) => inputDtypes[i]!);
  const [dtype] = dtypes;
  if (dtype === undefined || dtypes.some((other) => other !== dtype) || outputDtypes[0] !== dtype) return `${op} of ${dtypes.join(' and ')} that gives ${outputDtypes[0] ?? 'nothing'} has no kernel`;
  if (dtypeInfo[dtype].kind === 'complex') return `the device has no ${dtype} arithmetic`;
  return refuseDtype(dtype, target) ?? true;
}

/** Bytes of a vector load: 4 elements of up to 4 bytes. */
export const maySpanFour = (call: OpCall, input: number, target: GridTarget): boolean => target.vectors && dtypeInfo[call.inputs[input]!.dtype].bytes <= 4;

/** Which of a stack's matrices each operand takes: element strides along the collapsed batch axes. */
function batchParams(axes: readonly CollapsedAxis[], entries: readonly [number, number]): Record<string, number> {
  const params: Record<string, number> = {};
  const strides = stridesAlong(axes, 2);
  axes.forEach(({ size }, axis) => {
    if (axis > 0) params[`batch${axis}`] = size;
    for (const i of [0, 1] as const) if (axes[axis]!.moves[i] === true) params[`step${i}_${axis}`] = strides[i]![axis]! * entries[i];
  });
  return params;
}

function batchOffset(pass: PassBuilder, batch: Value, axes: readonly CollapsedAxis[], operand: 0 | 1): Value {
  let rest = batch;
  let offset = int(0);
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    let at = rest;
    if (axis > 0) {
      const size = pass.param(`batch${axis}`);
      const outer = pass.let('outer', rest.div(size));
      at = pass.let('at', rest.sub(outer.mul(size)));
      rest = outer;
    }
    if (axes[axis]!.moves[operand] === true) offset = offset.add(at.mul(pass.param(`step${operand}_${axis}`)));
  }
  return pass.let('offset', offset);
}

/** `cut`: which tile, and how many parts of the depth; by sizes where left out. */
export function matmulLaunch(call: OpCall, target: GridTarget, cut?: GemmCut): GridLaunch {
  const [a, b] = [call.inputs[0]!, call.inputs[1]!];
  const { rows: ownRows, columns, depth, batch, transposeA, transposeB } = matrixSizes(call);
  const ownB = sizeOf(b.shape.slice(0, -2));
  const ownA = sizeOf(a.shape.slice(0, -2));
  const batches = sizeOf(batch);
  // One B for all batches: the batch is just more rows.
  const merge = ownB === 1 && ownA === batches && !transposeA;
  const rows = merge ? ownRows * batches : ownRows;
  const sizes = { rows, columns, depth, batches: merge ? 1 : batches };
  const axes = merge ? [] : collapse(batch, [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const groupA = !transposeA && depth % 4 === 0 && maySpanFour(call, 0, target);
  const groupB = !transposeB && columns % 4 === 0 && maySpanFour(call, 1, target);
  const gemm: Gemm = {
    name: 'matmul',
    key: `${transposeA ? 't' : 'n'}${transposeB ? 't' : 'n'}:${groupA ? 4 : 1}${groupB ? 4 : 1}:${axes.map(({ moves }) => moves.map(Number).join('')).join(',')}`,
    sizes, cut: cut ?? cutGemm(sizes, target), dtype: a.dtype, result: call.outputs[0]!.dtype,
    epilogue: gridEpilogue(call, target, target.bindings - 4)!,
    inputs: [0, 1],
    params: merge ? {} : batchParams(axes, [ownRows * depth, depth * columns]),
    rowStride: columns, batchStride: rows * columns,
    operands: (program) => operandsOf(program, call, axes, { transposeA, transposeB, groupA, groupB }),
  };
  return gemmLaunch(gemm, target);
}

interface Layout {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Whether four neighbours are one load. */
  readonly groupA: boolean;
  readonly groupB: boolean;
}

function operandsOf(program: ProgramBuilder, call: OpCall, axes: readonly CollapsedAxis[], { transposeA, transposeB, groupA, groupB }: Layout): GemmOperands {
  const { dtype } = call.inputs[0]!;
  const a = program.input('a', dtype, { lanes: groupA ? 4 : 1 });
  const b = program.input('b', dtype, { lanes: groupB ? 4 : 1 });
  return {
    aAlongDepth: !transposeA,
    bAlongDepth: transposeB,
    a: (pass, row, batch) => {
      const offset = batchOffset(pass, batch, axes, 0);
      const inside = pass.let('inside', row.lt(pass.param('rows')));
      const base = pass.let('base', offset.add(transposeA ? row : row.mul(pass.param('depth'))));
      return (depth) => {
        if (groupA) return guardedGroup(pass, dtype, inside.and(depth.lt(pass.param('depth'))), () => pass.loadGroup(a, base.add(depth).div(4)));
        const places = four(depth);
        return guarded(pass, dtype, places.map((k) => inside.and(k.lt(pass.param('depth')))),
          (lane) => pass.load(a, base.add(transposeA ? places[lane]!.mul(pass.param('rows')) : places[lane]!)));
      };
    },
    b: (pass, column, batch) => {
      const offset = batchOffset(pass, batch, axes, 1);
      return (depth) => {
        const inside = pass.let('inside', depth.lt(pass.param('depth')));
        if (groupB) return guardedGroup(pass, dtype, inside.and(column.lt(pass.param('columns'))), () => groupAt(pass, b, offset.add(depth.mul(pass.param('columns'))).add(column)));
        return guarded(pass, dtype, four(column).map((n) => inside.and(n.lt(pass.param('columns')))), (lane) => {
          const n = column.add(lane);
          return pass.load(b, offset.add(transposeB ? n.mul(pass.param('depth')).add(depth) : depth.mul(pass.param('columns')).add(n)));
        });
      };
    },
  };
}

const groupAt = (pass: PassBuilder, buffer: Buffer, element: Value): Value[] => pass.loadGroup(buffer, element.div(4));

const matmulKernel = (op: string): GridKernel => ({
  op,
  supports: (query, target) => supportsProduct(query, [0, 1], target),
  accepts: (call, target) => gridEpilogue(call, target, target.bindings - 4) !== undefined,
  launch: (call, target) => matmulLaunch(call, target),
});

export const matmulKernels: readonly GridKernel[] = ['MatMul', 'BatchMatMul', 'BatchMatMulV2', 'BatchMatMulV3'].map(matmulKernel);
