/** Ops that look for places and count: bins, bounds of sorted rows, ranks. An element of the output a thread. */
import { firstKernelFault } from '../../codegen/grid/applyExpr.js';
import { float, type PassBuilder } from '../../codegen/grid/builder.js';
import { isFloat, type GridTarget } from '../../codegen/grid/types.js';
import { int, literal, type Value } from '../../codegen/grid/value.js';
import { InvalidArgumentError } from '../../errors.js';
import { sizeOf } from '../../shape.js';
import { intsOf } from '../geometry/movement/boxes.js';
import type { OpCall, SupportQuery } from '../kernel.js';
import type { GridLaunch } from './launch.js';
import { pointwise, supportsNumbers, takeApart } from './pointwise.js';
import type { GridKernel } from './table.js';

/** Whether fewer than k scores of a row are above the target's; false where one of them is not finite. */
function inTopK(call: OpCall, k: number): GridLaunch {
  const [predictions, targets] = [call.inputs[0]!, call.inputs[1]!];
  return pointwise(call, {
    name: 'inTopK', key: '', inputs: [0, 1], params: { columns: predictions.shape[1]!, k }, flops: predictions.shape[1]!,
    code: (program) => {
      const [x, t] = [program.input('predictions', predictions.dtype), program.input('targets', targets.dtype)];
      return (pass, row) => {
        const base = pass.let('base', row.mul(pass.param('columns')));
        const target = pass.let('target', pass.load(t, row));
        const isInside = pass.let('isInside', target.ge(0).and(target.lt(pass.param('columns').cast(target.type))));
        const above = pass.var('above', int(0));
        pass.if(isInside, () => {
          const score = pass.let('score', pass.load(x, base.add(target.cast('int32'))));
          const isFinite = (value: Value): Value => value.sub(value).eq(0);
          pass.if(isFinite(score).not(), () => pass.assign(above, pass.param('k')));
          pass.for('c', 0, pass.param('columns'), (c) => {
            // Once k are above it, what comes later does not count.
            const value = pass.let('value', pass.load(x, base.add(c)));
            pass.if(isFinite(value).not().and(above.le(pass.param('k'))), () => pass.assign(above, pass.param('k').add(1)));
            pass.if(value.gt(score), () => pass.increase(above, 1));
          });
        });
        return isInside.and(above.lt(pass.param('k')));
      };
    },
  });
}

/** Sums of weights (or counts) by number. A bin looks at every element of its row, in order, so equal calls give equal bits. */
function bincount(call: OpCall, rows: number, isBinary: boolean): GridLaunch {
  const [input, weights] = [call.inputs[0]!, call.inputs[2]!];
  const length = sizeOf(input.shape) / Math.max(1, rows);
  const isWeighted = sizeOf(weights.shape) > 0;
  return pointwise(call, {
    name: 'bincount', key: `${isWeighted ? 'weights' : ''}:${isBinary ? 'binary' : ''}`, inputs: isWeighted ? [0, 2] : [0], flops: length,
    params: { bins: call.outputs[0]!.shape.at(-1)!, length },
    fault: () => new InvalidArgumentError('Input arr must be non-negative!', { node: call.node, op: call.op }),
    code: (program) => {
      const x = program.input('input', input.dtype);
      const w = isWeighted ? program.input('weights', weights.dtype) : undefined;
      return (pass, at) => {
        const [row, bin] = takeApart(pass, at, [pass.param('bins')]) as [Value, Value];
        const base = pass.let('base', row.mul(pass.param('length')));
        const type = pass.typeOf(call.outputs[0]!.dtype);
        const sum = pass.var('sum', literal(0, type));
        pass.for('i', 0, pass.param('length'), (i) => {
          const value = pass.let('value', pass.load(x, base.add(i)));
          pass.if(value.lt(0), () => pass.fault(firstKernelFault, i));
          pass.if(value.eq(bin.cast(value.type)), () => {
            pass.assign(sum, isBinary ? literal(1, type) : sum.add(w === undefined ? literal(1, type) : pass.load(w, base.add(i))));
          });
        });
        return sum;
      };
    },
  });
}

/** Where values would stand in sorted rows: before equals, or after them. */
function bound(call: OpCall, isUpper: boolean): GridLaunch {
  const [sorted, values] = [call.inputs[0]!, call.inputs[1]!];
  if (sorted.shape[0] !== values.shape[0]) throw new InvalidArgumentError('Leading dim_size of both tensors must match.', { node: call.node, op: call.op });
  return pointwise(call, {
    name: 'bound', key: isUpper ? 'upper' : 'lower', inputs: [0, 1], params: { columns: sorted.shape[1]!, width: values.shape[1]! }, flops: 16,
    code: (program) => {
      const [x, y] = [program.input('sorted', sorted.dtype), program.input('values', values.dtype)];
      return (pass, at) => {
        const base = pass.let('base', at.div(pass.param('width')).mul(pass.param('columns')));
        const value = pass.let('value', pass.load(y, at));
        const found = halve(pass, pass.param('columns'), (middle) => {
          const element = pass.load(x, base.add(middle));
          return isUpper ? element.le(value) : element.lt(value);
        });
        return found.cast(pass.typeOf(call.outputs[0]!.dtype));
      };
    },
  });
}

/** The first of `count` places where `isBefore` is no longer true. */
function halve(pass: PassBuilder, count: Value, isBefore: (middle: Value) => Value): Value {
  const [low, high] = [pass.var('low', int(0)), pass.var('high', count)];
  pass.while(low.lt(high), () => {
    const middle = pass.let('middle', low.add(high).shr(1));
    const goesUp = pass.let('goesUp', isBefore(middle));
    pass.if(goesUp, () => pass.assign(low, middle.add(1)), () => pass.assign(high, middle));
  });
  return low;
}

/** Which of the boundaries, which are in the code, an element is not below. */
function bucketize(call: OpCall): GridLaunch {
  const { dtype } = call.inputs[0]!;
  const limits = call.attrs.floats('boundaries');
  if (limits.some((limit, i) => i > 0 && limit < limits[i - 1]!)) throw new InvalidArgumentError('Expected sorted boundaries', { node: call.node, op: call.op });
  return pointwise(call, {
    name: 'bucketize', key: '', inputs: [0], params: Object.fromEntries(limits.map((limit, i) => [`limit${i}`, float(limit)])), flops: limits.length,
    code: (program) => {
      const x = program.input('x', dtype);
      return (pass, at) => {
        // Boundaries are float32: integers are compared as such where nothing wider is there.
        const wide = isFloat(x.type) ? x.type : pass.target.values.has('float64') ? 'float64' : 'float32';
        const value = pass.let('value', pass.load(x, at).cast(wide));
        return limits.map((_, i) => pass.param(`limit${i}`).cast(wide).le(value).select(int(1), 0)).reduce<Value>((sum, one) => pass.let('sum', sum.add(one)), int(0));
      };
    },
  });
}

const sizes = (i: number) => (): readonly (undefined | 'compile')[] => [...Array.from({ length: i }, () => undefined), 'compile' as const];
/** All boundaries are params, which devices have few of. */
const mostBoundaries = 64;

function supportsBuckets(query: SupportQuery, target: GridTarget): true | string {
  const count = query.attrs.floats('boundaries').length;
  return count <= mostBoundaries ? supportsNumbers()(query, target) : `${query.op} has a kernel for at most ${mostBoundaries} boundaries, not for ${count}`;
}

export const countingKernels: readonly GridKernel[] = [
  { op: 'InTopK', supports: supportsNumbers(), launch: (call) => inTopK(call, call.attrs.int('k')) },
  { op: 'InTopKV2', supports: supportsNumbers([0, 1]), hostArgs: sizes(2), launch: (call) => inTopK(call, intsOf(call.inputs[2]!.constant)![0]!) },
  { op: 'Bincount', supports: supportsNumbers([0, 2]), hostArgs: sizes(1), launch: (call) => bincount(call, 1, false) },
  {
    op: 'DenseBincount', supports: supportsNumbers([0, 2]), hostArgs: sizes(1),
    launch: (call) => bincount(call, call.inputs[0]!.shape.length === 2 ? call.inputs[0]!.shape[0]! : 1, call.attrs.bool('binary_output')),
  },
  { op: 'LowerBound', supports: supportsNumbers(), launch: (call) => bound(call, false) },
  { op: 'UpperBound', supports: supportsNumbers(), launch: (call) => bound(call, true) },
  { op: 'Bucketize', supports: supportsBuckets, launch: bucketize },
];
