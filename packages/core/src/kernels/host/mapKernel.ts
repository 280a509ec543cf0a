/** Fused elementwise code and reductions on the host: the kernels behind every op that core gives as an expression. */
import { binary, type Expr, input, type MapFunction, operands } from '../../codegen/expr.js';
import { type DType, lanes } from '../../dtypes.js';
import { InvalidArgumentError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import type { ReductionMeaning } from '../../ops/opDef.js';
import { broadcastShapes, type PartialShape, sameShape, type Shape, shapeText, sizeOf } from '../../shape.js';
import type { MapKernel, ReduceCall, ReduceKernel, Support } from '../kernel.js';
import { evaluate } from './evaluate/evaluate.js';
import { compileBlock } from './evaluate/steps.js';
import { reduce } from './reduceLoops.js';

/** Whether every node of the code has a meaning for its dtype: found by compiling it for one element. */
function compiles(fn: MapFunction): Support {
  try {
    compileBlock(fn, 1);
    return true;
  } catch (error) {
    return error instanceof Error ? error.message.replace('internal: ', '') : String(error);
  }
}

/** The shape that all inputs broadcast to. */
export function spaceOf(inputs: readonly HostTensor[]): Shape {
  let space: Shape = [];
  for (const { shape } of inputs) {
    const both: PartialShape | undefined = broadcastShapes(space, shape);
    if (both === undefined || both === null) {
      throw new InvalidArgumentError(`Incompatible shapes: ${shapeText(space)} vs. ${shapeText(shape)}`);
    }
    space = both.map((dim) => dim ?? 0);
  }
  return space;
}

/** Whether `shape` is known and `space` broadcasts to it. */
function covers(shape: Shape | undefined, space: Shape): shape is Shape {
  return shape !== undefined && isKnown(shape) && sameShape(broadcastShapes(space, shape) ?? null, shape);
}

const isKnown = (shape: Shape): boolean => shape.every((dim) => dim >= 0);

/** Elementwise code over host arrays. Takes every expression that has a meaning. */
export const hostMap: MapKernel<never> & { readonly isHost: true } = {
  isHost: true,
  supports: compiles,
  program: (call) => ({
    kind: 'host',
    run: (inputs) => {
      const space = spaceOf(inputs);
      return evaluate(call.fn, inputs, covers(call.outputs[0]?.shape, space) ? call.outputs[0].shape : space);
    },
  }),
};

/** The output of a reduce call whose shape holds no unknown. */
function reducedShape(call: ReduceCall, space: Shape): Shape {
  const given = call.outputs[0]?.shape ?? [];
  if (isKnown(given)) return given;
  return given.length === space.length
    ? space.map((dim, axis) => (call.axes.includes(axis) ? 1 : dim))
    : space.filter((_, axis) => !call.axes.includes(axis));
}

/** Reductions over host arrays. */
export const hostReduce: ReduceKernel<never> & { readonly isHost: true } = {
  isHost: true,
  supports: (reducer, before, after) => {
    const answer = compiles(before);
    if (answer !== true) return answer;
    const element = before.outputs[0];
    if (element === undefined) return 'a reduction without an element';
    const combined = compiles(combining(reducer, element.dtype));
    if (combined !== true || after === undefined) return combined;
    return compiles({ inputs: [element.dtype], outputs: [after] });
  },
  program: (call) => ({
    kind: 'host',
    run: (inputs) => [runReduce(call, inputs)],
  }),
};

/** A reducer as an expression over two elements: what support is asked with. */
function combining(reducer: ReductionMeaning['reducer'], dtype: DType): MapFunction {
  return { inputs: [dtype, dtype], outputs: [binary(reducer, input(0, dtype), input(1, dtype))] };
}

/** Runs a reduce call. */
export function runReduce(call: ReduceCall, inputs: readonly HostTensor[]): HostTensor {
  const space = isKnown(call.space) ? call.space : spaceOf(inputs);
  const shape = reducedShape(call, space);
  const result = reduce(call.reducer, call.before, inputs, space, call.axes, shape);
  return call.after === undefined ? result : evaluate({ inputs: [result.dtype], outputs: [call.after] }, [result], shape)[0]!;
}

/** Arithmetic operations of elementwise code over `shape`: one a node and element. */
export function flopsOf(outputs: readonly Expr[], shape: Shape): number {
  const seen = new Set<Expr>();
  const visit = (expr: Expr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    operands(expr).forEach(visit);
  };
  outputs.forEach(visit);
  let count = 0;
  for (const expr of seen) if (expr.kind !== 'input' && expr.kind !== 'const') count += lanes(expr.dtype);
  return count * sizeOf(shape);
}
