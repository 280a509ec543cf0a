/** OneHot and Range. */
import { dtypeInfo, type DType } from '../../dtypes.js';
import { refuseDtype, type GridTarget } from '../../codegen/grid/types.js';
import { int } from '../../codegen/grid/value.js';
import { binary, cast, constant, input } from '../../codegen/expr.js';
import { supportsExpr } from '../../codegen/grid/applyExpr.js';
import { sizeOf } from '../../shape.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import type { GridKernel } from './table.js';

const threads = 64;

/** Inputs: indices, depth, on and off values. An index outside of the depth has no on value. */
function oneHot(call: OpCall): GridLaunch {
  const [indices, , on] = call.inputs;
  const output = call.outputs[0]!;
  const given = call.attrs.int('axis');
  const axis = given < 0 ? given + output.shape.length : given;
  const size = sizeOf(output.shape);
  return {
    name: 'onehot', key: `${indices!.dtype}:${on!.dtype}`, inputs: [0, 2, 3], params: { size, depth: output.shape[axis]!, inner: sizeOf(output.shape.slice(axis + 1)) },
    workgroups: [ceilDivide(size, threads)], flops: 0,
    build(program) {
      const places = program.input('indices', indices!.dtype);
      const values = [program.input('on', on!.dtype), program.input('off', on!.dtype)] as const;
      const out = program.output('out', on!.dtype);
      program.pass('main', [threads, 1, 1], (pass) => {
        const at = pass.let('at', pass.globalIndex());
        pass.if(at.lt(pass.param('size')), () => {
          const line = pass.let('line', at.div(pass.param('inner')));
          const outer = pass.let('outer', line.div(pass.param('depth')));
          const level = line.sub(outer.mul(pass.param('depth')));
          const index = pass.load(places, outer.mul(pass.param('inner')).add(at.sub(line.mul(pass.param('inner')))));
          const isOn = pass.let('isOn', index.eq(level.cast(index.type)));
          pass.store(out, at, isOn.select(pass.load(values[0], int(0)), pass.load(values[1], int(0))));
        });
      });
    },
  };
}

/** start + i · delta, in the dtype's own arithmetic. */
function range(call: OpCall): GridLaunch {
  const output = call.outputs[0]!;
  const [start, , delta] = call.inputs.map(({ constant: value }) => value!.item() as number | bigint);
  const { dtype } = output;
  const size = sizeOf(output.shape);
  return {
    name: 'range', key: `${dtype}:${String(start)}:${String(delta)}`, inputs: [], params: { size }, workgroups: [ceilDivide(size, threads)], flops: size,
    build(program) {
      const out = program.output('out', dtype);
      program.pass('main', [threads, 1, 1], (pass) => {
        const at = pass.let('at', pass.globalIndex());
        pass.if(at.lt(pass.param('size')), () => pass.store(out, at, pass.apply(rangeExpr(dtype, start!, delta!), [at])));
      });
    },
  };
}

const rangeExpr = (dtype: DType, start: number | bigint, delta: number | bigint) =>
  binary('add', constant(start, dtype), binary('mul', cast(input(0, 'int32'), dtype), constant(delta, dtype)));

function supportsOneHot({ inputDtypes }: SupportQuery, target: GridTarget): Support {
  return refuseDtype(inputDtypes[0]!, target) ?? refuseDtype(inputDtypes[2]!, target) ?? true;
}

/** A plan may be made for integers that are fed, never for floats. */
function supportsRange({ outputDtypes: [dtype], constants }: SupportQuery, target: GridTarget): Support {
  if (dtypeInfo[dtype!].kind === 'float' && constants.some((value) => value === undefined)) return `Range of ${dtype} needs its numbers as constants`;
  return refuseDtype(dtype!, target) ?? supportsExpr([rangeExpr(dtype!, 0, 1)], ['int32'], target);
}

export const generateKernels: readonly GridKernel[] = [
  { op: 'OneHot', supports: supportsOneHot, hostArgs: () => [undefined, 'compile', undefined, undefined], launch: oneHot },
  { op: 'Range', supports: supportsRange, hostArgs: () => ['compile', 'compile', 'compile'], launch: range },
];
