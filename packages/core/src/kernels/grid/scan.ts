/** Cumsum, Cumprod, TopKV2: what goes along lines in order. */
import { binary, input } from '../../codegen/expr.js';
import { refuseDtype, type GridTarget } from '../../codegen/grid/types.js';
import { int, type Value } from '../../codegen/grid/value.js';
import { sizeOf } from '../../shape.js';
import { linesOf } from '../geometry/lines.js';
import { identityOf } from '../geometry/reduction.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import { cutRows, shareValues, standInRow } from './shareRow.js';
import type { GridKernel } from './table.js';

const threads = 64;

/** A thread goes along one line. Sums of 16-bit floats are kept in float32 and rounded as they are stored. */
function cumulate(call: OpCall): GridLaunch {
  const lines = linesOf(call)!;
  const { dtype } = call.inputs[0]!;
  const exclusive = call.attrs.bool('exclusive');
  const reverse = call.attrs.bool('reverse');
  const reducer = call.op === 'Cumsum' ? 'add' : 'mul';
  const count = lines.outer * lines.inner;
  return {
    name: 'cumulate', key: `${reducer}:${dtype}:${exclusive ? 'exclusive' : ''}:${reverse ? 'reverse' : ''}`, inputs: [0],
    params: { lines: count, length: lines.length, inner: lines.inner }, workgroups: [ceilDivide(count, threads)],
    inPlace: [{ output: 0, input: 0 }], flops: count * lines.length,
    build(program) {
      const x = program.input('x', dtype);
      const out = program.output('out', dtype);
      program.pass('main', [threads, 1, 1], (pass) => {
        const line = pass.let('line', pass.globalIndex());
        const inner = pass.param('inner');
        pass.if(line.lt(pass.param('lines')), () => {
          const outer = pass.let('outer', line.div(inner));
          const base = pass.let('base', outer.mul(pass.param('length')).mul(inner).add(line.sub(outer.mul(inner))));
          const sum = pass.var('sum', pass.constant(identityOf(reducer, dtype), dtype));
          pass.for('at', 0, pass.param('length'), (at) => {
            const place = pass.let('place', base.add((reverse ? pass.param('length').sub(1).sub(at) : at).mul(inner)));
            const value = pass.let('value', pass.load(x, place));
            if (exclusive) pass.store(out, place, pass.wrap(dtype, sum));
            pass.assign(sum, dtype === 'float16' || dtype === 'bfloat16' ? (reducer === 'add' ? sum.add(value) : sum.mul(value))
              : pass.apply(binary(reducer, input(0, dtype), input(1, dtype)), [sum, value]));
            if (!exclusive) pass.store(out, place, pass.wrap(dtype, sum));
          });
        });
      });
    },
  };
}

/**
 * The k largest of each row, largest first, the first of equals first: a workgroup looks k times for the largest element that comes after the
 * one it found last. That is k reads of a row, so it is for k far smaller than a row; larger ones are right, but slow.
 */
function topK(call: OpCall, target: GridTarget): GridLaunch {
  const { shape, dtype } = call.inputs[0]!;
  const length = shape.at(-1)!;
  const rows = sizeOf(shape.slice(0, -1));
  const k = call.outputs[0]!.shape.at(-1)!;
  const cut = cutRows(length, target);
  const indexDtype = call.outputs[1]!.dtype;
  return {
    name: 'topk', key: `${dtype}>${indexDtype}:${cut.threads}x${cut.rows}`, inputs: [0], params: { rows, length, k },
    workgroups: [k === 0 ? 0 : ceilDivide(rows, cut.rows)], flops: rows * length * k,
    build(program) {
      const x = program.input('x', dtype);
      const values = program.output('values', dtype);
      const indices = program.output('indices', indexDtype);
      program.pass('main', [cut.threads * cut.rows, 1, 1], (pass) => {
        const stand = standInRow(pass, cut);
        const type = pass.typeOf(dtype);
        const shared = cut.threads > 1 ? [pass.shared('values', type, cut.threads * cut.rows), pass.shared('places', 'int32', cut.threads * cut.rows)] : [];
        const isRow = pass.let('isRow', stand.row.lt(pass.param('rows')));
        const base = pass.let('base', stand.row.mul(pass.param('length')));
        const lowest = pass.constant(identityOf('max', dtype), dtype);
        const bestValue = pass.var('best', lowest);
        const bestPlace = pass.var('best', int(-1));
        const lastValue = pass.var('last', lowest);
        const lastPlace = pass.var('last', int(-1));
        // (value, place) comes before (other, at): larger, or equal and earlier. Place −1 is nobody.
        const isBefore = (value: Value, place: Value, other: Value, at: Value): Value => at.lt(0).or(value.gt(other)).or(value.eq(other).and(place.lt(at)));
        pass.for('turn', 0, pass.param('k'), (turn) => {
          pass.assign(bestPlace, -1);
          pass.if(isRow, () => {
            pass.for('at', stand.first, pass.param('length'), (at) => {
              const value = pass.let('value', pass.load(x, base.add(at)));
              const isLeft = turn.eq(0).or(lastValue.gt(value)).or(lastValue.eq(value).and(lastPlace.lt(at)));
              pass.if(isLeft.and(isBefore(value, at, bestValue, bestPlace)), () => {
                pass.assign(bestValue, value);
                pass.assign(bestPlace, at);
              });
            }, cut.threads);
          });
          shareValues(pass, cut, stand, shared, [bestValue, bestPlace], ([a, i], [b, j]) => {
            const isBetter = pass.let('isBetter', j!.ge(0).and(isBefore(b!, j!, a!, i!)));
            return [isBetter.select(b!, a!), isBetter.select(j!, i!)];
          });
          pass.if(stand.first.eq(0).and(isRow), () => {
            const place = pass.let('place', stand.row.mul(pass.param('k')).add(turn));
            pass.store(values, place, bestValue);
            pass.store(indices, place, bestPlace.cast(indices.type));
          });
          pass.assign(lastValue, bestValue);
          pass.assign(lastPlace, bestPlace);
        });
      });
    },
  };
}

const supports = ({ inputDtypes: [dtype], outputDtypes }: SupportQuery, target: GridTarget): Support =>
  [dtype!, ...outputDtypes].map((one) => refuseDtype(one, target)).find((reason) => reason !== undefined) ?? true;

const cumulateKernel = (op: string): GridKernel => ({ op, supports, hostArgs: () => [undefined, 'compile'], launch: cumulate });

export const scanKernels: readonly GridKernel[] = [
  cumulateKernel('Cumsum'), cumulateKernel('Cumprod'),
  { op: 'TopKV2', supports, hostArgs: () => [undefined, 'compile'], launch: topK },
  { op: 'TopK', supports, launch: topK },
];
