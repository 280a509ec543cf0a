/**
 * Fused elementwise code: a thread computes one group of elements that lie side by side. Groups have 4 elements (16 bytes) where the innermost
 * axis is a multiple of that. Inputs that are broadcast over the innermost axis are one load; outer axes are taken apart by their sizes.
 */
import { exprKey, usedInputs, type MapFunction } from '../../codegen/expr.js';
import { supportsExpr } from '../../codegen/grid/applyExpr.js';
import type { Buffer, PassBuilder } from '../../codegen/grid/builder.js';
import { refuseDtype, storedBytes, type GridTarget, type Lanes } from '../../codegen/grid/types.js';
import { int, type Value } from '../../codegen/grid/value.js';
import { sizeOf } from '../../shape.js';
import { collapse, isWhole, stridesAlong, type CollapsedAxis } from '../geometry/collapse.js';
import type { MapCall, Support } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';

const threads = 64;

export function supportsMap(fn: MapFunction, target: GridTarget): Support {
  const used = usedInputs(fn.outputs);
  const buffers = used.length + fn.outputs.length;
  if (buffers > target.bindings) return `the code reads and writes ${buffers} buffers; the device binds ${target.bindings}`;
  for (const dtype of [...used.map((i) => fn.inputs[i]!), ...fn.outputs.map((output) => output.dtype)]) {
    const reason = refuseDtype(dtype, target);
    if (reason !== undefined) return reason;
  }
  return supportsExpr(fn.outputs, used.map((i) => fn.inputs[i]!), target);
}

/** How many elements a thread moves at once. */
function lanesOf(inner: number, bytes: readonly number[], target: GridTarget): Lanes {
  const most = Math.max(...bytes) > 4 ? 2 : 4;
  return target.vectors && inner % most === 0 ? most : 1;
}

export function mapLaunch(call: MapCall, target: GridTarget): GridLaunch {
  const { fn } = call;
  const space = call.outputs[0]?.shape ?? [];
  const used = usedInputs(fn.outputs);
  const axes = collapse(space, used.map((i) => call.inputs[i]!.shape));
  const inner = axes.at(-1)!;
  const dtypes = [...used.map((i) => fn.inputs[i]!), ...fn.outputs.map(({ dtype }) => dtype)];
  const lanes = lanesOf(inner.size, dtypes.map((dtype) => storedBytes(dtype, target)), target);
  const size = sizeOf(space);
  const groups = size / lanes;
  // An input that stands still along an axis has no term for it in the code.
  const moves = axes.map((axis) => axis.moves.map((moved) => (moved ? 'v' : 's')).join('')).join();
  return {
    name: 'map',
    key: `${dtypes.join()}:${moves}:${lanes}:${exprKey(fn.outputs)}`,
    inputs: used,
    params: { groups, ...mapParams(axes, used.length, lanes) },
    workgroups: [ceilDivide(groups, threads)],
    inPlace: used.flatMap((index, i) => (isWhole(space, call.inputs[index]!.shape)
      ? fn.outputs.flatMap((output, o) => (storedBytes(output.dtype, target) === storedBytes(dtypes[i]!, target) ? [{ output: o, input: index }] : []))
      : [])),
    flops: size * Math.max(1, fn.outputs.length),
    build(program) {
      const inputs = used.map((index, i) => program.input('x', fn.inputs[index]!, { lanes: inner.moves[i] === true ? lanes : 1 }));
      const outputs = fn.outputs.map(({ dtype }) => program.output('out', dtype, { lanes }));
      program.pass('main', [threads, 1, 1], (pass) => {
        const group = pass.let('group', pass.globalIndex());
        pass.if(group.lt(pass.param('groups')), () => {
          const places = placesOf(pass, group, axes, inputs);
          const loaded = inputs.map((input, i) => pass.loadGroup(input, places[i]!));
          const results = Array.from({ length: lanes }, (_, lane) => {
            const values: (Value | undefined)[] = [];
            used.forEach((index, i) => { values[index] = loaded[i]![lane] ?? loaded[i]![0]; });
            const known = new Map();
            return fn.outputs.map((output) => pass.apply(output, values, known));
          });
          outputs.forEach((output, o) => pass.storeGroup(output, group, results.map((lane) => lane[o]!)));
        });
      });
    },
  };
}

/** Groups in the innermost axis, then for each axis but the outermost its size, and each input's stride along each axis, in its own groups. */
function mapParams(axes: readonly CollapsedAxis[], inputs: number, lanes: Lanes): Record<string, number> {
  const params: Record<string, number> = {};
  if (axes.length === 1) return params;
  const strides = stridesAlong(axes, inputs);
  const last = axes.length - 1;
  axes.forEach(({ size }, axis) => {
    if (axis > 0) params[`size${axis}`] = axis === last ? size / lanes : size;
    if (axis < last) strides.forEach((along, i) => { params[`stride${i}_${axis}`] = along[axis]! / (axes[last]!.moves[i] === true ? lanes : 1); });
  });
  return params;
}

/** The index of each input's group (element, where it has one lane). */
function placesOf(pass: PassBuilder, group: Value, axes: readonly CollapsedAxis[], inputs: readonly Buffer[]): Value[] {
  const last = axes.length - 1;
  const isMoved = (input: number): boolean => axes[last]!.moves[input] === true;
  if (last === 0) return inputs.map((_, i) => (isMoved(i) ? group : int(0)));
  const coordinates: Value[] = [];
  let rest = group;
  for (let axis = last; axis > 0; axis--) {
    const size = pass.param(`size${axis}`);
    const outer = pass.let('row', rest.div(size));
    coordinates[axis] = pass.let('at', rest.sub(outer.mul(size)));
    rest = outer;
  }
  coordinates[0] = rest;
  return inputs.map((_, i) => axes.reduce<Value>((sum, { moves }, axis) => {
    if (moves[i] !== true) return sum;
    const at = coordinates[axis]!;
    return sum.add(axis === last ? at : at.mul(pass.param(`stride${i}_${axis}`)));
  }, int(0)));
}
