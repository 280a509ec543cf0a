/** Gather, GatherV2, GatherNd: runs of elements picked by indices. An index out of range is a fault; where those are not told, its run is zeros. */
import type { Buffer, PassBuilder, ProgramBuilder } from '../../codegen/grid/builder.js';
import { firstKernelFault } from '../../codegen/grid/applyExpr.js';
import { loadedType, refuseDtype, type GridTarget, type Lanes } from '../../codegen/grid/types.js';
import { int, literal, type Value } from '../../codegen/grid/value.js';
import { InvalidArgumentError } from '../../errors.js';
import { shapeText, sizeOf } from '../../shape.js';
import { gatherSizes, placeText } from '../geometry/gather.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import type { GridKernel } from './table.js';
import { refuseHeld, unitOf, type Unit } from './units.js';

const threads = 64;

interface Runs {
  readonly unit: Unit;
  readonly lanes: Lanes;
  /** Groups of a run. */
  readonly run: number;
}

function runsOf(call: OpCall, inner: number, target: GridTarget): Runs {
  const unit = unitOf(call.inputs[0]!.dtype, target);
  const lanes: Lanes = target.vectors && (inner * unit.words) % 4 === 0 ? 4 : 1;
  return { unit, lanes, run: (inner * unit.words) / lanes };
}

/** An index as an int32 that is inside [0, limit), and whether it was. */
export function checkedIndex(pass: PassBuilder, indices: Buffer, place: Value, limit: Value, detail: Value, isFirst: Value | undefined): { index: Value; isInside: Value } {
  const given = pass.let('given', pass.load(indices, place));
  const isInside = pass.let('isInside', given.ge(0).and(given.lt(limit.cast(given.type))));
  const isWrong = isFirst === undefined ? isInside.not() : isInside.not().and(isFirst);
  if (pass.target.faults) pass.if(isWrong, () => pass.fault(firstKernelFault, detail));
  return { index: isInside.select(given, 0).cast('int32'), isInside };
}

/** Copies a group, or zeros. */
function copyRun(pass: PassBuilder, { unit, lanes }: Runs, from: Buffer, source: Value, out: Buffer, target: Value, isInside: Value): void {
  pass.if(isInside, () => pass.storeGroup(out, target, pass.loadGroup(from, source)),
    () => pass.storeGroup(out, target, Array.from({ length: lanes }, () => literal(loadedType(unit.stored) === 'bool' ? false : 0, loadedType(unit.stored)))));
}

function declare(program: ProgramBuilder, call: OpCall, { unit, lanes }: Runs): { params: Buffer; indices: Buffer; out: Buffer } {
  return {
    params: program.input('params', { stored: unit.stored }, { lanes }), indices: program.input('indices', call.inputs[1]!.dtype),
    out: program.output('out', { stored: unit.stored }, { lanes }),
  };
}

function gather(call: OpCall, target: GridTarget): GridLaunch {
  const { limit, batches, outer, picks, inner } = gatherSizes(call)!;
  const runs = runsOf(call, inner, target);
  const indices = call.inputs[1]!;
  const groups = batches * outer * picks * runs.run;
  return {
    name: 'gather', key: `${runs.unit.stored}:${runs.lanes}:${indices.dtype}`, inputs: [0, 1], params: { groups, limit, outer, picks, run: runs.run },
    workgroups: [ceilDivide(groups, threads)], flops: 0,
    fault: (_code, detail) => new InvalidArgumentError(`indices${placeText(detail, indices.shape)} is not in [0, ${limit})`, { node: call.node, op: call.op }),
    build(program) {
      const buffers = declare(program, call, runs);
      program.pass('main', [threads, 1, 1], (pass) => {
        const group = pass.let('group', pass.globalIndex());
        pass.if(group.lt(pass.param('groups')), () => {
          const item = pass.let('item', group.div(pass.param('run')));
          const within = pass.let('within', group.sub(item.mul(pass.param('run'))));
          const line = pass.let('line', item.div(pass.param('picks')));
          const pick = pass.let('pick', item.sub(line.mul(pass.param('picks'))));
          const place = pass.let('place', line.div(pass.param('outer')).mul(pass.param('picks')).add(pick));
          const { index, isInside } = checkedIndex(pass, buffers.indices, place, pass.param('limit'), place, undefined);
          const source = pass.let('source', line.mul(pass.param('limit')).add(index).mul(pass.param('run')).add(within));
          copyRun(pass, runs, buffers.params, source, buffers.out, group, isInside);
        });
      });
    },
  };
}

function gatherNd(call: OpCall, target: GridTarget): GridLaunch {
  const [params, indices] = [call.inputs[0]!, call.inputs[1]!];
  const depth = indices.shape.at(-1) ?? 0;
  const rows = sizeOf(indices.shape.slice(0, -1));
  const runs = runsOf(call, sizeOf(params.shape.slice(depth)), target);
  const groups = rows * runs.run;
  const sizes = Object.fromEntries(params.shape.slice(0, depth).map((size, d) => [`size${d}`, size]));
  return {
    name: 'gathernd', key: `${runs.unit.stored}:${runs.lanes}:${indices.dtype}:${depth}`, inputs: depth === 0 ? [0] : [0, 1], params: { groups, run: runs.run, ...sizes },
    workgroups: [ceilDivide(groups, threads)], flops: 0,
    fault: (_code, detail) => new InvalidArgumentError(
      `indices${placeText(detail, indices.shape.slice(0, -1))} does not index into param shape ${shapeText(params.shape)}`, { node: call.node, op: call.op }),
    build(program) {
      const { unit, lanes } = runs;
      const from = program.input('params', { stored: unit.stored }, { lanes });
      const places = depth === 0 ? undefined : program.input('indices', indices.dtype);
      const out = program.output('out', { stored: unit.stored }, { lanes });
      program.pass('main', [threads, 1, 1], (pass) => {
        const group = pass.let('group', pass.globalIndex());
        pass.if(group.lt(pass.param('groups')), () => {
          const row = pass.let('row', group.div(pass.param('run')));
          const within = pass.let('within', group.sub(row.mul(pass.param('run'))));
          const { offset, isInside } = rowOffset(pass, places, row, depth);
          copyRun(pass, runs, from, offset.mul(pass.param('run')).add(within), out, group, isInside);
        });
      });
    },
  };
}

/** Which slice a row of an index matrix names: sizes are the params `size0`, `size1`, … */
export function rowOffset(pass: PassBuilder, indices: Buffer | undefined, row: Value, depth: number, isFirst?: Value): { offset: Value; isInside: Value } {
  let offset = int(0);
  let isInside = literal(true, 'bool');
  for (let d = 0; d < depth && indices !== undefined; d++) {
    const size = pass.param(`size${d}`);
    const found = checkedIndex(pass, indices, row.mul(depth).add(d), size, row, isFirst);
    offset = d === 0 ? found.index : offset.mul(size).add(found.index);
    isInside = d === 0 ? found.isInside : isInside.and(found.isInside);
  }
  return { offset: pass.let('offset', offset), isInside };
}

function supports({ inputDtypes }: SupportQuery, target: GridTarget): Support {
  return refuseHeld(inputDtypes[0], target) ?? refuseDtype(inputDtypes[1]!, target) ?? true;
}

export const gatherKernels: readonly GridKernel[] = [
  { op: 'Gather', supports, launch: gather },
  { op: 'GatherV2', supports, hostArgs: () => [undefined, undefined, 'compile'], launch: gather },
  { op: 'GatherNd', supports, launch: gatherNd },
];
