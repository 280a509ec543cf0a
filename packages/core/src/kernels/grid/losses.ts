/** SparseSoftmaxCrossEntropyWithLogits: the threads of a workgroup share rows of logits. */
import { firstKernelFault } from '../../codegen/grid/applyExpr.js';
import { literal, type Value } from '../../codegen/grid/value.js';
import { InvalidArgumentError } from '../../errors.js';
import type { GridTarget } from '../../codegen/grid/types.js';
import type { OpCall } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import { supportsNumbers } from './pointwise.js';
import { cutRows, shareValues, standInRow } from './shareRow.js';
import type { GridKernel } from './table.js';

/** Outputs: log Σ exp(logits) − logit of the label, and softmax − one-hot. A label that is no class is a fault, and where those are not told, NaN. */
function sparseCrossEntropy(call: OpCall, target: GridTarget): GridLaunch {
  const [logits, labels] = [call.inputs[0]!, call.inputs[1]!];
  const { dtype } = logits;
  const [rows, columns] = logits.shape as readonly [number, number];
  if (columns === 0) throw new InvalidArgumentError(`Must have at least one class, but got logits shape [${rows},0]`, { node: call.node, op: call.op });
  const cut = cutRows(columns, target);
  return {
    name: 'sparseCrossEntropy', key: `${dtype}:${labels.dtype}:${cut.threads}x${cut.rows}`, inputs: [0, 1], params: { rows, columns },
    workgroups: [ceilDivide(rows, cut.rows)], flops: 6 * rows * columns,
    fault: (_code, detail) => new InvalidArgumentError(`Received a label value at row ${detail} which is outside the valid range of [0, ${columns}).`, { node: call.node, op: call.op }),
    build(program) {
      const [x, y] = [program.input('logits', dtype), program.input('labels', labels.dtype)];
      const [loss, backprop] = [program.output('loss', dtype), program.output('backprop', dtype)];
      program.pass('main', [cut.threads * cut.rows, 1, 1], (pass) => {
        const stand = standInRow(pass, cut);
        const shared = cut.threads > 1 ? [pass.shared('values', x.type, cut.threads * cut.rows)] : [];
        const isRow = pass.let('isRow', stand.row.lt(pass.param('rows')));
        const base = pass.let('base', stand.row.mul(pass.param('columns')));
        const each = (body: (at: Value, value: Value) => void): void => pass.if(isRow, () => {
          pass.for('at', stand.first, pass.param('columns'), (at) => body(at, pass.let('value', pass.load(x, base.add(at)))), cut.threads);
        });
        const largest = pass.var('largest', literal(-Infinity, x.type));
        each((_at, value) => pass.assign(largest, largest.max(value)));
        shareValues(pass, cut, stand, shared, [largest], ([a], [b]) => [a!.max(b!)]);
        const sum = pass.var('sum', literal(0, x.type));
        each((_at, value) => pass.assign(sum, sum.add(value.sub(largest).unary('exp'))));
        shareValues(pass, cut, stand, shared, [sum], ([a], [b]) => [a!.add(b!)]);
        pass.if(isRow, () => {
          const label = pass.let('label', pass.load(y, stand.row));
          const isClass = pass.let('isClass', label.ge(0).and(label.lt(pass.param('columns').cast(label.type))));
          const place = pass.let('place', isClass.select(label, 0).cast('int32'));
          pass.if(stand.first.eq(0), () => {
            pass.if(isClass.not(), () => pass.fault(firstKernelFault, stand.row));
            const value = sum.unary('log').sub(pass.load(x, base.add(place)).sub(largest));
            pass.store(loss, stand.row, pass.wrap(dtype, isClass.select(value, NaN)));
          });
          pass.for('at', stand.first, pass.param('columns'), (at) => {
            const share = pass.load(x, base.add(at)).sub(largest).unary('exp').div(sum);
            const own = share.sub(at.eq(place).select(literal(1, x.type), 0));
            pass.store(backprop, base.add(at), pass.wrap(dtype, isClass.select(own, NaN)));
          }, cut.threads);
        });
      });
    },
  };
}

export const lossKernels: readonly GridKernel[] = [{ op: 'SparseSoftmaxCrossEntropyWithLogits', supports: supportsNumbers(), launch: sparseCrossEntropy }];
