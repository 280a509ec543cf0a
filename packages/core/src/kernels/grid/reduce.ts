/**
 * Reductions with the code before and after them. A workgroup has `columns` × `rows` threads: each column is one result, its rows share the
 * reduced range and join their parts in shared memory. Where results are few, the range is also cut into parts over workgroups, and a second
 * pass joins those. Which cut is made depends on sizes alone, so equal calls give equal bits.
 */
import { binary, exprKey, input, usedInputs, type Expr, type MapFunction } from '../../codegen/expr.js';
import { supportsExpr } from '../../codegen/grid/applyExpr.js';
import type { Buffer, PassBuilder, Variable } from '../../codegen/grid/builder.js';
import { refuseDtype, storedBytes, type GridTarget, type ValueType } from '../../codegen/grid/types.js';
import { int, type Value } from '../../codegen/grid/value.js';
import type { DType } from '../../dtypes.js';
import { InternalError } from '../../errors.js';
import { sizeOf, stridesOf, type Shape } from '../../shape.js';
import { collapseReduction, identityOf, type ReduceAxis, type Reducer } from '../geometry/reduction.js';
import type { ReduceCall, Support } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';

export function supportsReduce(reducer: Reducer, before: MapFunction, after: Expr | undefined, target: GridTarget): Support {
  const element = before.outputs[0];
  if (element === undefined) return 'a reduction without an element';
  const used = usedInputs(before.outputs);
  if (used.length + 2 > target.bindings) return `the code reads ${used.length} buffers; the device binds ${target.bindings}`;
  const inputs = used.map((i) => before.inputs[i]!);
  for (const dtype of [...inputs, (after ?? element).dtype]) {
    const reason = refuseDtype(dtype, target);
    if (reason !== undefined) return reason;
  }
  return supportsExpr([element, combination(reducer, element.dtype), ...(after === undefined ? [] : [after])], inputs, target);
}

/** The reducer as an expression of two elements. */
export const combination = (reducer: Reducer, dtype: DType): Expr => binary(reducer, input(0, dtype), input(1, dtype));

/** How the results and the reduced range are shared out. */
export interface ReduceCut {
  /** Results of a workgroup. */
  readonly columns: number;
  /** Threads that share the range of one result. */
  readonly rows: number;
  /** Neighbouring threads are neighbours in the range (else: neighbouring results). */
  readonly byRows: boolean;
  /** Workgroups that share the range of one result. */
  readonly parts: number;
}

const powerOfTwo = (x: number): number => 2 ** Math.floor(Math.log2(Math.max(1, x)));

/** `byRows`: the innermost axis is reduced. */
export function cutReduction(outputs: number, range: number, byRows: boolean, { sharing = true }: Pick<GridTarget, 'sharing'> = {}): ReduceCut {
  const alone = byRows ? range <= 32 || (range <= 128 && outputs >= 16384) : range <= 64 || outputs >= 8192;
  if (alone) return { columns: 64, rows: 1, byRows, parts: 1 };
  const rows = !sharing ? 1 : byRows ? Math.min(256, Math.max(16, powerOfTwo(range / 4))) : 8;
  const columns = !sharing ? 64 : byRows ? Math.max(1, 64 / rows) : 32;
  const workgroups = ceilDivide(outputs, columns);
  const parts = workgroups >= 64 ? 1 : Math.max(1, Math.min(64, ceilDivide(128, workgroups), Math.floor(range / (rows * 16))));
  return { columns, rows, byRows, parts };
}

export function reduceLaunch(call: ReduceCall, target: GridTarget): GridLaunch {
  const { before, after, reducer, space } = call;
  const element = before.outputs[0];
  if (element === undefined) throw new InternalError('internal: a reduction without an element.');
  const used = usedInputs(before.outputs);
  const axes = collapseReduction(space, call.axes, used.map((i) => call.inputs[i]!.shape));
  const sizeAlong = (isReduced: boolean): number => sizeOf(axes.filter((axis) => axis.isReduced === isReduced).map(({ size }) => size));
  const outputs = sizeAlong(false);
  const range = sizeAlong(true);
  const cut = cutReduction(outputs, range, axes.at(-1)!.isReduced, target);
  const joined = cut.parts > 1;
  const result = (after ?? element).dtype;
  const shapeKey = axes.map(({ isReduced, moves }) => (isReduced ? 'r' : 'k') + moves.map((moved) => (moved ? 'v' : 's')).join('')).join(',');
  const part = ceilDivide(range, cut.parts);
  return {
    name: 'reduce',
    key: `${reducer}:${shapeKey}:${cut.columns}x${cut.rows}${cut.byRows ? 'r' : 'c'}${joined ? '+' : ''}:${used.map((i) => before.inputs[i]).join()}:` +
      `${exprKey([element])}:${after === undefined ? '' : exprKey([after])}`,
    inputs: used,
    params: { outputs, range, part, parts: cut.parts, ...strideParams(axes, used.length) },
    workgroups: joined ? [[ceilDivide(outputs, cut.columns), cut.parts, 1], ceilDivide(outputs, 64)] : [ceilDivide(outputs, cut.columns)],
    scratch: joined ? cut.parts * outputs * storedBytesOf(element.dtype, target) : 0,
    flops: 2 * sizeOf(space),
    build(program) {
      const inputs = used.map((i) => program.input('x', before.inputs[i]!));
      const out = program.output('out', result);
      const scratch = joined ? program.scratch('parts', scratchDtype(element.dtype, target)) : undefined;
      const finish = (pass: PassBuilder, index: Value, sum: Value): void => {
        pass.store(out, index, after === undefined ? sum : pass.apply(after, [sum]));
      };
      program.pass('main', [cut.columns * cut.rows, 1, 1], (pass) => reducePass(pass, { cut, reducer, dtype: element.dtype, joined }, (output) => {
        const bases = basesOf(pass, output, axes, used.length);
        return (at) => {
          const places = reducedPlaces(pass, at, axes, bases);
          const values: (Value | undefined)[] = [];
          used.forEach((index, i) => { values[index] = pass.load(inputs[i]!, places[i]!); });
          return pass.apply(element, values);
        };
      }, (output, sum) => {
        if (scratch === undefined) finish(pass, output, sum);
        else pass.store(scratch, pass.builtin('workgroup.y').mul(pass.param('outputs')).add(output), toScratch(sum, scratch));
      }));
      if (scratch !== undefined) {
        program.pass('join', [64, 1, 1], (pass) => joinPass(pass, scratch, reducer, element.dtype, finish));
      }
    },
  };
}

/** A bool has no form in scratch of its own: it is an int32 there. Everything else keeps its value type. */
function scratchDtype(dtype: DType, target: GridTarget): DType {
  if (dtype === 'bool') return 'int32';
  return ['float16', 'bfloat16'].includes(dtype) ? 'float32' : target.storage[dtype] === undefined || storedBytes(dtype, target) < 4 ? 'int32' : dtype;
}
const storedBytesOf = (dtype: DType, target: GridTarget): number => storedBytes(scratchDtype(dtype, target), target);
const toScratch = (value: Value, scratch: Buffer): Value => value.cast(scratch.type);

interface ReducePass {
  readonly cut: ReduceCut;
  readonly reducer: Reducer;
  readonly dtype: DType;
  readonly joined: boolean;
}

/** The first pass: `open` gives what loads elements of a result, `close` takes the sum of the workgroup's part. */
function reducePass(
  pass: PassBuilder, { cut, reducer, dtype, joined }: ReducePass, open: (output: Value) => (at: Value) => Value, close: (output: Value, sum: Value) => void,
): void {
  const { columns, rows, byRows } = cut;
  const thread = pass.let('thread', pass.threadIndex());
  const [column, row] = rows === 1 ? [thread, int(0)] : columns === 1 ? [int(0), thread]
    : byRows ? [pass.let('column', thread.div(rows)), pass.let('row', thread.mod(rows))]
      : [pass.let('column', thread.mod(columns)), pass.let('row', thread.div(columns))];
  const workgroup = joined ? pass.builtin('workgroup.x') : pass.workgroupIndex();
  const output = pass.let('output', workgroup.mul(columns).add(column));
  const sum = pass.var('sum', pass.constant(identityOf(reducer, dtype), dtype));
  const combine = (into: Variable, value: Value): void => pass.assign(into, pass.apply(combination(reducer, dtype), [into, value]));
  pass.if(output.lt(pass.param('outputs')), () => {
    const element = open(output);
    const first = joined ? pass.builtin('workgroup.y').mul(pass.param('part')) : int(0);
    const start = pass.let('start', first.add(row));
    const end = joined ? pass.let('end', first.add(pass.param('part')).min(pass.param('range'))) : pass.param('range');
    pass.for('at', start, end, (at) => combine(sum, element(at)), rows);
  });
  if (rows > 1) {
    const shared = pass.shared('sums', sum.type, columns * rows);
    pass.setElement(shared, thread, sum);
    const stride = byRows ? 1 : columns;
    for (let half = rows / 2; half >= 1; half /= 2) {
      pass.barrier();
      pass.if(row.lt(half), () => {
        combine(sum, pass.element(shared, thread.add(half * stride)));
        pass.setElement(shared, thread, sum);
      });
    }
  }
  pass.if((rows > 1 ? row.eq(0).and(output.lt(pass.param('outputs'))) : output.lt(pass.param('outputs'))), () => close(output, sum));
}

/** The second pass: a thread joins the parts of one result. */
function joinPass(pass: PassBuilder, scratch: Buffer, reducer: Reducer, dtype: DType, finish: (pass: PassBuilder, index: Value, sum: Value) => void): void {
  const output = pass.let('output', pass.globalIndex());
  const type: ValueType = pass.typeOf(dtype);
  pass.if(output.lt(pass.param('outputs')), () => {
    const sum = pass.var('sum', pass.constant(identityOf(reducer, dtype), dtype));
    pass.for('part', 0, pass.param('parts'), (part) => {
      const value = pass.load(scratch, part.mul(pass.param('outputs')).add(output)).cast(type);
      pass.assign(sum, pass.apply(combination(reducer, dtype), [sum, value]));
    });
    finish(pass, output, sum);
  });
}

function numbersOf(axes: readonly ReduceAxis[], isReduced: boolean): number[] {
  return [...axes.keys()].filter((axis) => axes[axis]!.isReduced === isReduced);
}

/** Element strides of an input that moves along some of the axes. */
function inputStrides(axes: readonly ReduceAxis[], input: number): number[] {
  const shape: Shape = axes.map(({ size, moves }) => (moves[input] === true ? size : 1));
  return stridesOf(shape).map((stride, axis) => (axes[axis]!.moves[input] === true ? stride : 0));
}

/** Sizes of all axes but the outermost of the kept and of the reduced ones, and strides of what moves. */
function strideParams(axes: readonly ReduceAxis[], inputs: number): Record<string, number> {
  const params: Record<string, number> = {};
  for (const numbers of [numbersOf(axes, false), numbersOf(axes, true)]) for (const axis of numbers.slice(1)) params[`size${axis}`] = axes[axis]!.size;
  for (let i = 0; i < inputs; i++) inputStrides(axes, i).forEach((stride, axis) => {
    if (axes[axis]!.moves[i] === true && !isInnermost(axes, i, axis)) params[`stride${i}_${axis}`] = stride;
  });
  return params;
}

/** Coordinates of `index` along the axes of these numbers. */
function coordinatesOf(pass: PassBuilder, index: Value, numbers: readonly number[]): Map<number, Value> {
  const coordinates = new Map<number, Value>();
  let rest = index;
  for (const axis of numbers.slice(1).reverse()) {
    const size = pass.param(`size${axis}`);
    const outer = pass.let('outer', rest.div(size));
    coordinates.set(axis, pass.let('at', rest.sub(outer.mul(size))));
    rest = outer;
  }
  const [first] = numbers;
  if (first !== undefined) coordinates.set(first, rest);
  return coordinates;
}

function placeOf(pass: PassBuilder, coordinates: ReadonlyMap<number, Value>, axes: readonly ReduceAxis[], input: number, base: Value): Value {
  let place = base;
  for (const [axis, at] of coordinates) {
    if (axes[axis]!.moves[input] === true) place = place.add(isInnermost(axes, input, axis) ? at : at.mul(pass.param(`stride${input}_${axis}`)));
  }
  return place;
}

/** Whether an input moves along no later axis. Its stride is 1 then, whatever the sizes. */
const isInnermost = (axes: readonly ReduceAxis[], input: number, axis: number): boolean => !axes.slice(axis + 1).some(({ moves }) => moves[input] === true);

/** Where each input's elements of a result begin. */
function basesOf(pass: PassBuilder, output: Value, axes: readonly ReduceAxis[], inputs: number): Value[] {
  const coordinates = coordinatesOf(pass, output, numbersOf(axes, false));
  return Array.from({ length: inputs }, (_, i) => pass.let('base', placeOf(pass, coordinates, axes, i, int(0))));
}

function reducedPlaces(pass: PassBuilder, at: Value, axes: readonly ReduceAxis[], bases: readonly Value[]): Value[] {
  const coordinates = coordinatesOf(pass, at, numbersOf(axes, true));
  return bases.map((base, i) => placeOf(pass, coordinates, axes, i, base));
}
