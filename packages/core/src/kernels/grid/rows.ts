/** Softmax, LogSoftmax, ArgMax and ArgMin: ops that look at whole lines. The threads of a workgroup share one line, or several short ones. */
import { supportsExpr } from '../../codegen/grid/applyExpr.js';
import type { PassBuilder } from '../../codegen/grid/builder.js';
import { refuseDtype, type GridTarget } from '../../codegen/grid/types.js';
import { int, literal, type Value } from '../../codegen/grid/value.js';
import { input, unary } from '../../codegen/expr.js';
import { limitsOf } from '../../dtypes.js';
import { sizeOf } from '../../shape.js';
import { linesOf } from '../geometry/lines.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import { cutRows, shareValues, standInRow } from './shareRow.js';
import type { GridKernel } from './table.js';

function softmax(call: OpCall, target: GridTarget): GridLaunch {
  const { shape, dtype } = call.inputs[0]!;
  const length = shape.at(-1) ?? 1;
  const rows = sizeOf(shape.slice(0, -1));
  const cut = cutRows(length, target);
  const isLog = call.op === 'LogSoftmax';
  return {
    name: 'softmax', key: `${isLog ? 'log' : ''}:${dtype}:${cut.threads}x${cut.rows}`, inputs: [0], params: { rows, length },
    workgroups: [length === 0 ? 0 : ceilDivide(rows, cut.rows)], inPlace: [{ output: 0, input: 0 }], flops: 4 * rows * length,
    build(program) {
      const x = program.input('x', dtype);
      const out = program.output('out', dtype);
      program.pass('main', [cut.threads * cut.rows, 1, 1], (pass) => {
        const stand = standInRow(pass, cut);
        const type = pass.typeOf(dtype);
        const shared = cut.threads > 1 ? [pass.shared('shared', type, cut.threads * cut.rows)] : [];
        const isRow = pass.let('isRow', stand.row.lt(pass.param('rows')));
        const base = pass.let('base', stand.row.mul(pass.param('length')));
        const each = (body: (place: Value) => void): void => pass.if(isRow, () => {
          pass.for('at', stand.first, pass.param('length'), (at) => body(pass.let('place', base.add(at))), cut.threads);
        });
        const largest = pass.var('largest', literal(-Infinity, type));
        each((place) => pass.assign(largest, largest.max(pass.load(x, place))));
        shareValues(pass, cut, stand, shared, [largest], ([a], [b]) => [a!.max(b!)]);
        const top = pass.let('top', largest);
        const sum = pass.var('sum', literal(0, type));
        each((place) => pass.assign(sum, sum.add(pass.load(x, place).sub(top).unary('exp'))));
        shareValues(pass, cut, stand, shared, [sum], ([a], [b]) => [a!.add(b!)]);
        const last = pass.let('last', isLog ? sum.unary('log') : literal(1, type).div(sum));
        each((place) => {
          const shifted = pass.let('shifted', pass.load(x, place).sub(top));
          pass.store(out, place, pass.wrap(dtype, isLog ? shifted.sub(last) : shifted.unary('exp').mul(last)));
        });
      });
    },
  };
}

function supportsSoftmax({ inputDtypes: [dtype] }: SupportQuery, target: GridTarget): Support {
  if (dtype === undefined) return 'nothing to normalize';
  return refuseDtype(dtype, target) ?? supportsExpr([unary('exp', input(0, dtype))], [dtype], target);
}

/** The first of the largest (smallest) along the dimension, counted from the lowest (highest) finite value: NaN is passed over; of nothing but such, the first. */
function argReduce(call: OpCall, target: GridTarget): GridLaunch {
  const lines = linesOf(call)!;
  const { dtype } = call.inputs[0]!;
  const outputs = lines.outer * lines.inner;
  // Lines side by side are read best by a thread for each.
  const cut = cutRows(lines.inner > 1 ? 1 : lines.length, target);
  const isMax = call.op === 'ArgMax';
  const limits = limitsOf(dtype);
  const result = call.outputs[0]!.dtype;
  return {
    name: 'argreduce', key: `${call.op}:${dtype}>${result}:${cut.threads}x${cut.rows}:${lines.inner > 1 ? 'lines' : 'rows'}`, inputs: [0],
    params: { outputs, length: lines.length, inner: lines.inner }, workgroups: [ceilDivide(outputs, cut.rows)], flops: outputs * lines.length,
    build(program) {
      const x = program.input('x', dtype);
      const out = program.output('out', result);
      program.pass('main', [cut.threads * cut.rows, 1, 1], (pass) => {
        const stand = standInRow(pass, cut);
        const type = pass.typeOf(dtype);
        const number = type === 'bool' ? 'int32' : type;
        const shared = cut.threads > 1 ? [pass.shared('values', number, cut.threads * cut.rows), pass.shared('places', 'int32', cut.threads * cut.rows)] : [];
        const isRow = pass.let('isRow', stand.row.lt(pass.param('outputs')));
        const best = pass.var('best', type === 'bool' ? int(isMax ? -1 : 2) : pass.constant(isMax ? limits.lowest : limits.highest, dtype));
        const none = pass.param('length');
        const place = pass.var('best', none);
        const base = pass.let('base', lines.inner > 1 ? baseOf(pass, stand.row) : stand.row.mul(pass.param('length')));
        const load = (at: Value): Value => pass.load(x, base.add(lines.inner > 1 ? at.mul(pass.param('inner')) : at)).cast(number);
        pass.if(isRow, () => {
          pass.for('at', stand.first, pass.param('length'), (at) => {
            const value = pass.let('value', load(at));
            pass.if(isMax ? value.gt(best) : value.lt(best), () => {
              pass.assign(best, value);
              pass.assign(place, at);
            });
          }, cut.threads);
        });
        shareValues(pass, cut, stand, shared, [best, place], ([a, i], [b, j]) => {
          const isBetter = pass.let('isBetter', (isMax ? b!.gt(a!) : b!.lt(a!)).or(b!.eq(a!).and(j!.lt(i!))));
          return [isBetter.select(b!, a!), isBetter.select(j!, i!)];
        });
        pass.if(stand.first.eq(0).and(isRow), () => {
          // Nothing beat the lowest value: all are that, or NaN.
          pass.store(out, stand.row, place.eq(none).select(int(0), place).cast(out.type));
        });
      });
    },
  };
}

/** Where the line of a result begins. */
function baseOf(pass: PassBuilder, line: Value): Value {
  const outer = pass.let('outer', line.div(pass.param('inner')));
  return outer.mul(pass.param('length')).mul(pass.param('inner')).add(line.sub(outer.mul(pass.param('inner'))));
}

const supportsArg = ({ inputDtypes: [dtype], outputDtypes: [result] }: SupportQuery, target: GridTarget): Support =>
  (dtype === undefined || result === undefined ? 'nothing to compare' : refuseDtype(dtype, target) ?? refuseDtype(result, target) ?? true);

const argKernel = (op: string): GridKernel => ({ op, supports: supportsArg, hostArgs: () => [undefined, 'compile'], launch: argReduce });
const softmaxKernel = (op: string): GridKernel => ({ op, supports: supportsSoftmax, launch: softmax });

export const rowKernels: readonly GridKernel[] = [argKernel('ArgMax'), argKernel('ArgMin'), softmaxKernel('Softmax'), softmaxKernel('LogSoftmax')];
