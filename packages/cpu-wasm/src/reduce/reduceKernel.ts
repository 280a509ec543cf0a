/**
 * Reductions with the code before and after them in one loop nest. One phase where outputs are many; where they are few, a first phase reduces
 * parts of the range into scratch and a second one joins the parts, always in the same order.
 */
import { exprKey, usedInputs } from '@sessionflow/core/codegen';
import { sizeOf } from '@sessionflow/core/device';
import type { DeviceProgram, ReduceCall, ReduceKernel } from '@sessionflow/core/kernels';
import type { WasmSource } from '../abi.js';
import type { WasmInfo } from '../info.js';
import { grainOf, operationsOf } from '../map/cost.js';
import { isSimdDType, elementBytes, type SimdDType } from '../map/lanes.js';
import { expressionFault } from '../map/mapKernel.js';
import { mayFault, supportsSimd } from '../map/renderExpr.js';
import { assembleJoin, assembleReduce, type ReduceCode } from './assemble.js';
import { joinChunk, planReduction, type ReducePlan } from './plan.js';
import { combination } from './reducers.js';

export const wasmReduce: ReduceKernel<WasmSource, WasmInfo> = {
  supports(reducer, before, after) {
    const element = before.outputs[0];
    if (element === undefined || !isSimdDType(element.dtype)) return `${element?.dtype ?? 'no element'} has no SIMD form`;
    return supportsSimd([...before.outputs, combination(reducer, element.dtype), ...(after === undefined ? [] : [after])], before.inputs);
  },
  program: reduceProgram,
};

function reduceProgram(call: ReduceCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const { before, after, reducer, space } = call;
  const element = before.outputs[0]!;
  const used = usedInputs(before.outputs);
  const shapes = used.map((index) => call.inputs[index]!.shape);
  const plan = planReduction(space, call.axes, shapes);
  const dtypes = used.map((index) => before.inputs[index] as SimdDType);
  const code: ReduceCode = {
    reducer, before, after, used, dtypes, plan,
    element: element.dtype as SimdDType,
    result: (after ?? element).dtype as SimdDType,
    features: info.features,
  };
  const joined = plan.parts > 1;
  const operations = (operationsOf([element]) + 1) * sizeOf(space);
  const bytes = shapes.reduce((sum, shape, i) => sum + sizeOf(shape) * elementBytes[dtypes[i]!], 0);
  const items = plan.units * plan.parts;
  const axes = plan.axes.map(({ isReduced, moves }) => (isReduced ? 'r' : 'k') + moves.map((moved) => (moved ? 'v' : 's')).join('')).join(',');
  const wide = plan.byRows && plan.inner >= 32 ? 'wide' : '';
  const afterKey = after === undefined ? '' : exprKey([after]);
  return {
    kind: 'device',
    key: `reduce:${reducer}:${axes}:${wide}:${joined ? 'parts' : ''}:${before.inputs.join()}:${exprKey([element])}:${afterKey}`,
    source: () => ({ assemble: (module) => (joined ? [assembleReduce(module, code), assembleJoin(module, code)] : [assembleReduce(module, code)]) }),
    inputs: used,
    launch: {
      words: launchWords(plan, dtypes),
      grid: [items, grainOf(items, operations, bytes), ...(joined ? [Math.ceil(plan.outputs / joinChunk), 1024] : [])],
    },
    scratch: joined ? plan.parts * plan.outputs * elementBytes[code.element] : 0,
    packs: [],
    inPlace: [],
    ...(mayFault([element, ...(after === undefined ? [] : [after])]) ? { fault: expressionFault } : {}),
    flops: operations,
  };
}

/** Byte strides of each input along each axis. */
function byteStrides(plan: ReducePlan, dtypes: readonly SimdDType[]): number[][] {
  return dtypes.map((dtype, input) => {
    let stride = elementBytes[dtype] as number;
    const strides = new Array<number>(plan.axes.length).fill(0);
    for (let axis = plan.axes.length - 1; axis >= 0; axis--) {
      const { size, moves } = plan.axes[axis]!;
      if (!moves[input]) continue;
      strides[axis] = stride;
      stride *= size;
    }
    return strides;
  });
}

/** Words: inner size, chunks, parts, part size, outputs; then size and byte strides of each kept axis, then of each reduced one, then the outermost reduced strides. */
function launchWords(plan: ReducePlan, dtypes: readonly SimdDType[]): Int32Array {
  const strides = byteStrides(plan, dtypes);
  const axisWords = (axis: number): number[] => [plan.axes[axis]!.size, ...strides.map((one) => one[axis]!)];
  const outermost = plan.reduced[0] ?? plan.axes.length - 1;
  return Int32Array.from([
    plan.inner, plan.chunks, plan.parts, plan.partSize, plan.outputs,
    ...axisWords(outermost),
    ...plan.kept.flatMap(axisWords), ...plan.reduced.flatMap(axisWords),
  ]);
}

