/** Diagonals and bands of matrices: elements that are picked by where they stand. */
import type { PassBuilder } from '../../codegen/grid/builder.js';
import type { GridTarget } from '../../codegen/grid/types.js';
import { int, type Value } from '../../codegen/grid/value.js';
import { InvalidArgumentError } from '../../errors.js';
import { sizeOf } from '../../shape.js';
import { intsOf } from '../geometry/movement/boxes.js';
import type { HostArgs, OpCall } from '../kernel.js';
import type { GridLaunch } from './launch.js';
import { picking, supportsPicking, takeApart } from './pointwise.js';
import type { GridKernel } from './table.js';

/** Diagonals `lower` to `upper` of matrices, and their compact form: a row each, the highest first, as long as the longest. */
interface Band {
  readonly lower: number;
  readonly upper: number;
  readonly rows: number;
  readonly columns: number;
  readonly longest: number;
  /** Which shorter diagonals stand at the right end of their rows: those above the main one, those below. */
  readonly rightAbove: boolean;
  readonly rightBelow: boolean;
}

function bandOf(call: OpCall, k: number | undefined, rows: number, columns: number): Band {
  const [lower = 0, upper = lower] = k === undefined ? [] : intsOf(call.inputs[k]!.constant) ?? [];
  const [above, below] = (call.attrs.has('align') ? call.attrs.string('align') : 'LEFT_LEFT').split('_');
  const longest = Math.min(rows + Math.min(upper, 0), columns - Math.max(lower, 0));
  return { lower, upper, rows, columns, longest, rightAbove: above === 'RIGHT', rightBelow: below === 'RIGHT' };
}

/** A diagonal that is no part of the matrices is an error of the graph's author. */
function checkBand(call: OpCall, { lower, upper, rows, columns }: Band): void {
  const refuse = (message: string): never => { throw new InvalidArgumentError(message, { node: call.node, op: call.op }); };
  if (lower > upper) refuse(`lower_diag_index must not be larger than upper_diag_index: ${lower} > ${upper}`);
  for (const [name, value] of [['lower', lower], ['upper', upper]] as const) {
    if (value !== 0 && !(-rows < value && value < columns)) refuse(`${name}_diag_index is out of bound: ${value} It must be between ${-rows} and ${columns}`);
  }
}

const bandParams = ({ lower, upper, rows, columns, longest }: Band): Record<string, number> => ({ lower, upper, rows, columns, longest, diagonals: upper - lower + 1 });
const bandKey = ({ rightAbove, rightBelow }: Band): string => `${rightAbove ? 'r' : 'l'}${rightBelow ? 'r' : 'l'}`;

/** How far a diagonal is moved in its row of the compact form, and how long it is. */
function standOf(pass: PassBuilder, { rightAbove, rightBelow }: Band, diagonal: Value): { shift: Value; length: Value } {
  const length = pass.let('length', pass.param('rows').add(diagonal.min(0)).min(pass.param('columns').sub(diagonal.max(0))));
  const gap = pass.param('longest').sub(length);
  const shift = rightAbove === rightBelow ? (rightAbove ? gap : int(0)) : diagonal.ge(0).select(rightAbove ? gap : int(0), rightBelow ? gap : int(0));
  return { shift: pass.let('shift', shift), length };
}

/** Whether an element of a matrix lies in the band, and its place in the compact form. */
function inBand(pass: PassBuilder, band: Band, batch: Value, row: Value, column: Value): { isIn: Value; place: Value } {
  const diagonal = pass.let('diagonal', column.sub(row));
  const isIn = pass.let('isIn', diagonal.ge(pass.param('lower')).and(diagonal.le(pass.param('upper'))));
  const { shift } = standOf(pass, band, diagonal);
  const along = row.sub(diagonal.neg().max(0)).add(shift);
  const line = batch.mul(pass.param('diagonals')).add(pass.param('upper').sub(diagonal));
  return { isIn, place: line.mul(pass.param('longest')).add(along) };
}

/** Inputs: diagonals; then maybe k, rows, columns, padding. */
function matrixDiag(call: OpCall, target: GridTarget): GridLaunch {
  const [rows, columns] = call.outputs[0]!.shape.slice(-2) as [number, number];
  const band = bandOf(call, call.inputs.length > 1 ? 1 : undefined, rows, columns);
  checkBand(call, band);
  const padding = call.inputs.length > 4 ? [4] : [];
  return picking(call, target, {
    name: 'matrixDiag', key: `${bandKey(band)}:${padding.length}`, sources: [0, ...padding], params: bandParams(band),
    code: () => (pass, at) => {
      const [batch, row, column] = takeApart(pass, at, [pass.param('rows'), pass.param('columns')]) as [Value, Value, Value];
      const { isIn, place } = inBand(pass, band, batch, row, column);
      return [{ source: 0, place, when: isIn }, ...padding.map(() => ({ source: 1, place: int(0) }))];
    },
  });
}

/** Inputs: matrices; then maybe k, padding. */
function matrixDiagPart(call: OpCall, target: GridTarget): GridLaunch {
  const [rows, columns] = call.inputs[0]!.shape.slice(-2) as [number, number];
  const band = bandOf(call, call.inputs.length > 1 ? 1 : undefined, rows, columns);
  checkBand(call, band);
  const padding = call.inputs.length > 2 ? [2] : [];
  return picking(call, target, {
    name: 'matrixDiagPart', key: `${bandKey(band)}:${padding.length}`, sources: [0, ...padding], params: bandParams(band),
    code: () => (pass, at) => {
      const [batch, line, position] = takeApart(pass, at, [pass.param('diagonals'), pass.param('longest')]) as [Value, Value, Value];
      const diagonal = pass.let('diagonal', pass.param('upper').sub(line));
      const { shift, length } = standOf(pass, band, diagonal);
      const along = pass.let('along', position.sub(shift));
      const row = along.add(diagonal.neg().max(0));
      const place = batch.mul(pass.param('rows')).add(row).mul(pass.param('columns')).add(along.add(diagonal.max(0)));
      return [{ source: 0, place, when: along.ge(0).and(along.lt(length)) }, ...padding.map(() => ({ source: 1, place: int(0) }))];
    },
  });
}

/** Inputs: matrices, diagonals; then maybe k. */
function matrixSetDiag(call: OpCall, target: GridTarget): GridLaunch {
  const [rows, columns] = call.outputs[0]!.shape.slice(-2) as [number, number];
  const band = bandOf(call, call.inputs.length > 2 ? 2 : undefined, rows, columns);
  checkBand(call, band);
  return picking(call, target, {
    name: 'matrixSetDiag', key: bandKey(band), sources: [0, 1], params: bandParams(band),
    code: () => (pass, at) => {
      const [batch, row, column] = takeApart(pass, at, [pass.param('rows'), pass.param('columns')]) as [Value, Value, Value];
      const { isIn, place } = inBand(pass, band, batch, row, column);
      return [{ source: 1, place, when: isIn }, { source: 0, place: at }];
    },
  });
}

/** Negative limits keep everything on their side. */
function bandPart(call: OpCall, target: GridTarget): GridLaunch {
  const [rows, columns] = call.outputs[0]!.shape.slice(-2) as [number, number];
  const [lower = 0, upper = 0] = [1, 2].map((i) => intsOf(call.inputs[i]!.constant)![0]!);
  const refuse = (message: string): never => { throw new InvalidArgumentError(message, { node: call.node, op: call.op }); };
  if (lower > rows) refuse(`num_lower must be negative or less or equal to number of rows (${rows}) got: ${lower}`);
  if (upper > columns) refuse(`num_upper must be negative or less or equal to number of columns (${columns}) got: ${upper}`);
  return picking(call, target, {
    name: 'bandPart', key: '', sources: [0], params: { rows, columns, below: lower < 0 ? rows : lower, above: upper < 0 ? columns : upper },
    code: () => (pass, at) => {
      const [, row, column] = takeApart(pass, at, [pass.param('rows'), pass.param('columns')]) as [Value, Value, Value];
      return [{ source: 0, place: at, when: row.sub(column).le(pass.param('below')).and(column.sub(row).le(pass.param('above'))) }];
    },
  });
}

/** A tensor on the diagonal of one of twice its rank. */
function diag(call: OpCall, target: GridTarget): GridLaunch {
  const side = sizeOf(call.inputs[0]!.shape);
  return picking(call, target, {
    name: 'diag', key: '', sources: [0], params: { side },
    code: () => (pass, at) => {
      const row = pass.let('row', at.div(pass.param('side')));
      return [{ source: 0, place: row, when: at.eq(row.mul(pass.param('side').add(1))) }];
    },
  });
}

function diagPart(call: OpCall, target: GridTarget): GridLaunch {
  return picking(call, target, {
    name: 'diagPart', key: '', sources: [0], params: { step: sizeOf(call.outputs[0]!.shape) + 1 },
    code: () => (pass, at) => [{ source: 0, place: at.mul(pass.param('step')) }],
  });
}

const kernel = (op: string, launch: GridKernel['launch'], hostArgs: HostArgs = []): GridKernel => ({ op, supports: supportsPicking(), hostArgs: () => hostArgs, launch });
const [host, device] = ['compile', undefined] as const;

export const diagonalKernels: readonly GridKernel[] = [
  kernel('Diag', diag), kernel('DiagPart', diagPart),
  ...['MatrixDiag', 'BatchMatrixDiag'].map((op) => kernel(op, matrixDiag)),
  ...['MatrixDiagV2', 'MatrixDiagV3'].map((op) => kernel(op, matrixDiag, [device, host, host, host, device])),
  ...['MatrixDiagPart', 'BatchMatrixDiagPart'].map((op) => kernel(op, matrixDiagPart)),
  ...['MatrixDiagPartV2', 'MatrixDiagPartV3'].map((op) => kernel(op, matrixDiagPart, [device, host, device])),
  ...['MatrixSetDiag', 'BatchMatrixSetDiag'].map((op) => kernel(op, matrixSetDiag)),
  ...['MatrixSetDiagV2', 'MatrixSetDiagV3'].map((op) => kernel(op, matrixSetDiag, [device, device, host])),
  ...['MatrixBandPart', 'BatchMatrixBandPart'].map((op) => kernel(op, bandPart, [device, host, host])),
];
