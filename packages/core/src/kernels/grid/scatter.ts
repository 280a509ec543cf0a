/**
 * ScatterNd, TensorScatter*, UnsortedSegment*, Segment*V2: updates at places that data tells. Every element of the output looks for the updates that are its
 * own and takes them in order, so equal calls give equal bits and nothing is atomic. Where that is far more looking than there are updates to
 * take, a thread for each element of a slice goes through them instead, after the output was filled.
 */
import { binary, input } from '../../codegen/expr.js';
import { firstKernelFault, supportsExpr } from '../../codegen/grid/applyExpr.js';
import type { Buffer, PassBuilder, Variable } from '../../codegen/grid/builder.js';
import { refuseDtype, type GridTarget } from '../../codegen/grid/types.js';
import type { Value } from '../../codegen/grid/value.js';
import { dtypeInfo, limitsOf, type DType } from '../../dtypes.js';
import { InvalidArgumentError } from '../../errors.js';
import { shapeText, sizeOf, type Shape } from '../../shape.js';
import { placeText } from '../geometry/gather.js';
import { identityOf } from '../geometry/reduction.js';
import type { HostArgs, OpCall, Support, SupportQuery } from '../kernel.js';
import { rowOffset } from './gather.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import type { GridKernel } from './table.js';

const threads = 64;
type Update = 'set' | 'add' | 'sub' | 'mul' | 'max' | 'min';

interface Scatter {
  readonly update: Update;
  /** Signature inputs. `base`: what the output is before; left out: `start` everywhere. */
  readonly base: number | undefined;
  readonly indices: number;
  readonly updates: number;
  readonly start: number | bigint | boolean;
  /** The dimensions that indices name, the elements of a slice, and the number of updates. */
  readonly indexed: Shape;
  readonly inner: number;
  readonly rows: number;
  /** Negative indices are left out without a word. */
  readonly skipsNegative: boolean;
}

/** Above this many lookups for an output, updates are gone through once. */
const manyLookups = 2 ** 31;

function launch(call: OpCall, target: GridTarget, scatter: Scatter): GridLaunch {
  const { dtype } = call.outputs[0]!;
  const { indexed, inner, rows, base, update } = scatter;
  const size = sizeOf(call.outputs[0]!.shape);
  const indices = call.inputs[scatter.indices]!;
  const isEmpty = rows * inner === 0;
  const walks = !isEmpty && size * rows > manyLookups;
  const sizes = Object.fromEntries(indexed.map((dim, d) => [`size${d}`, dim]));
  return {
    name: 'scatter',
    key: `${update}:${dtype}:${indices.dtype}:${indexed.length}:${base === undefined ? String(scatter.start) : 'base'}:${isEmpty ? 'empty' : walks ? 'walk' : ''}:${scatter.skipsNegative ? 'skip' : ''}`,
    inputs: [...(base === undefined ? [] : [base]), ...(isEmpty ? [] : [scatter.indices, scatter.updates])],
    params: { size, rows, inner, ...sizes },
    workgroups: walks ? [ceilDivide(size, threads), ceilDivide(inner, threads)] : [ceilDivide(size, threads)],
    flops: rows * inner,
    fault: (_code, detail) => new InvalidArgumentError(
      `indices${placeText(detail, scatter.skipsNegative ? indices.shape : indices.shape.slice(0, -1))} does not index into shape ${shapeText(call.outputs[0]!.shape)}`,
      { node: call.node, op: call.op }),
    build(program) {
      const from = base === undefined ? undefined : program.input('base', dtype);
      const places = isEmpty ? undefined : program.input('indices', indices.dtype);
      const updates = places === undefined ? undefined : program.input('updates', dtype);
      const out = program.output('out', dtype);
      const first = (pass: PassBuilder, at: Value): Value => (from === undefined ? pass.constant(scatter.start, dtype) : pass.load(from, at));
      if (places === undefined || updates === undefined || walks) {
        program.pass('fill', [threads, 1, 1], (pass) => {
          const at = pass.let('at', pass.globalIndex());
          pass.if(at.lt(pass.param('size')), () => pass.store(out, at, first(pass, at)));
        });
      }
      if (places === undefined || updates === undefined) return;
      program.pass('update', [threads, 1, 1], (pass) => {
        const at = pass.let('at', pass.globalIndex());
        pass.if(at.lt(pass.param(walks ? 'inner' : 'size')), () => {
          const find = (row: Value) => findRow(pass, scatter, places, row, at);
          if (walks) walk(pass, dtype, scatter.update, out, updates, at, find);
          else lookUp(pass, dtype, scatter.update, out, updates, at, first(pass, at), find);
        });
      });
    },
  };
}

type Find = (row: Value) => { readonly offset: Value; readonly isInside: Value };

function findRow(pass: PassBuilder, { indexed, skipsNegative }: Scatter, places: Buffer, row: Value, at: Value): ReturnType<Find> {
  const isFirst = at.eq(0);
  if (!skipsNegative) return rowOffset(pass, places, row, indexed.length, isFirst);
  const given = pass.let('given', pass.load(places, row));
  const limit = pass.param('size0').cast(given.type);
  if (pass.target.faults) pass.if(isFirst.and(given.ge(limit)), () => pass.fault(firstKernelFault, row));
  const isInside = given.ge(0).and(given.lt(limit));
  return { offset: pass.let('offset', isInside.select(given, 0).cast('int32')), isInside };
}

/** One element and every update. */
function lookUp(pass: PassBuilder, dtype: DType, update: Update, out: Buffer, updates: Buffer, at: Value, start: Value, find: Find): void {
  const value = pass.var('value', start);
  const slice = pass.let('slice', at.div(pass.param('inner')));
  const within = pass.let('within', at.sub(slice.mul(pass.param('inner'))));
  pass.for('row', 0, pass.param('rows'), (row) => {
    const { offset, isInside } = find(row);
    pass.if(isInside.and(offset.eq(slice)), () => {
      combine(pass, dtype, update, value, pass.load(updates, row.mul(pass.param('inner')).add(within)));
    });
  });
  pass.store(out, at, value);
}

/** One column of all slices, update after update. */
function walk(pass: PassBuilder, dtype: DType, update: Update, out: Buffer, updates: Buffer, at: Value, find: Find): void {
  pass.for('row', 0, pass.param('rows'), (row) => {
    const { offset, isInside } = find(row);
    pass.if(isInside, () => {
      const place = pass.let('place', offset.mul(pass.param('inner')).add(at));
      const value = pass.var('value', pass.load(out, place));
      combine(pass, dtype, update, value, pass.load(updates, row.mul(pass.param('inner')).add(at)));
      pass.store(out, place, value);
    });
  });
}

function combine(pass: PassBuilder, dtype: DType, update: Update, value: Variable, taken: Value): void {
  pass.assign(value, update === 'set' ? taken : pass.apply(binary(dtype === 'bool' && update === 'add' ? 'or' : update, input(0, dtype), input(1, dtype)), [value, taken]));
}

/** `indices` names slices by its last dimension. */
function byRows(call: OpCall, update: Update, base: number | undefined, indices: number, updates: number): Scatter {
  const { shape } = call.inputs[indices]!;
  const output = call.outputs[0]!.shape;
  const depth = shape.at(-1) ?? 1;
  const zero = call.outputs[0]!.dtype === 'bool' ? false : 0;
  return {
    update, base, indices, updates, start: zero, indexed: output.slice(0, depth), inner: sizeOf(output.slice(depth)), rows: sizeOf(shape.slice(0, -1)), skipsNegative: false,
  };
}

function bySegments(call: OpCall, update: 'add' | 'mul' | 'max' | 'min'): Scatter {
  const output = call.outputs[0]!;
  return {
    update, base: undefined, indices: 1, updates: 0, start: identity(update, output.dtype), indexed: output.shape.slice(0, 1), inner: sizeOf(output.shape.slice(1)),
    rows: sizeOf(call.inputs[1]!.shape), skipsNegative: true,
  };
}

/** TensorFlow's empty segments hold the lowest and highest finite floats. */
function identity(update: 'add' | 'mul' | 'max' | 'min', dtype: DType): number | bigint {
  const value = identityOf(update, dtype);
  if (Number.isFinite(Number(value))) return value;
  return value === Infinity ? limitsOf(dtype).highest : limitsOf(dtype).lowest;
}

function supportsScatter(data: number, indices: number, update: Update) {
  return ({ inputDtypes }: SupportQuery, target: GridTarget): Support => {
    const dtype = inputDtypes[data]!;
    const refused = refuseDtype(dtype, target) ?? refuseDtype(inputDtypes[indices]!, target);
    if (refused !== undefined || update === 'set') return refused ?? true;
    if (dtypeInfo[dtype].kind === 'bool') return update === 'add' ? true : `${update} of bools has no meaning`;
    return supportsExpr([binary(update, input(0, dtype), input(1, dtype))], [dtype], target);
  };
}

const tensorScatter = (op: string, update: Update): GridKernel => ({
  op, supports: supportsScatter(0, 1, update), launch: (call, target) => launch(call, target, byRows(call, update, 0, 1, 2)),
});
const segment = (op: string, update: 'add' | 'mul' | 'max' | 'min'): GridKernel => ({
  op, supports: supportsScatter(0, 1, update), hostArgs: (): HostArgs => [undefined, undefined, 'compile'],
  launch: (call, target) => launch(call, target, bySegments(call, update)),
});

export const scatterKernels: readonly GridKernel[] = [
  {
    op: 'ScatterNd', supports: supportsScatter(1, 0, 'add'), hostArgs: () => [undefined, undefined, 'compile'],
    launch: (call, target) => launch(call, target, byRows(call, 'add', undefined, 0, 1)),
  },
  tensorScatter('ScatterNdNonAliasingAdd', 'add'), tensorScatter('TensorScatterUpdate', 'set'), tensorScatter('TensorScatterAdd', 'add'),
  tensorScatter('TensorScatterSub', 'sub'), tensorScatter('TensorScatterMax', 'max'), tensorScatter('TensorScatterMin', 'min'),
  ...(['Unsorted', ''] as const).flatMap((order) => {
    const version = order === '' ? 'V2' : '';
    return [segment(`${order}SegmentSum${version}`, 'add'), segment(`${order}SegmentProd${version}`, 'mul'), segment(`${order}SegmentMax${version}`, 'max'), segment(`${order}SegmentMin${version}`, 'min')];
  }),
];
