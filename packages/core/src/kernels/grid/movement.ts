/**
 * Ops that only move data, as lists of boxes. All boxes are one pass over their elements laid end to end: a thread finds its box by the ends,
 * its place in the box by the sizes, and moves one group of elements that lie side by side on both sides. Bits are moved, whatever the dtype.
 */
import type { Buffer, PassBuilder, ProgramBuilder } from '../../codegen/grid/builder.js';
import { loadedType, type GridTarget, type Lanes } from '../../codegen/grid/types.js';
import { int, type Value } from '../../codegen/grid/value.js';
import { toStored } from '../../device/storage.js';
import { hasBytes, viewBytes, type DType } from '../../dtypes.js';
import { InternalError } from '../../errors.js';
import { HostTensor } from '../../hostTensor.js';
import { joinDims, intsOf, movements, type Box, type BoxDim, type HostValues, type Movement, type MovementOp } from '../geometry/index.js';
import type { OpCall } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import type { GridKernel } from './table.js';
import { refuseHeld, unitOf, type Unit } from './units.js';

const threads = 64;
/** Most boxes of one pass: each is code of its own. */
const passBoxes = 12;

/** A box as the kernel runs it: dimensions from the target's outermost to its innermost, in units, at least one. */
interface Copy {
  readonly from: number | 'fill';
  readonly to: number;
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly dims: readonly BoxDim[];
}

function copyOf(box: Box, words: number): Copy | undefined {
  if (box.shape.includes(0)) return undefined;
  const dims = box.shape.map((size, axis) => ({ size, from: box.fromStrides[axis]! * words, to: box.toStrides[axis]! * words }));
  if (words > 1) dims.push({ size: words, from: 1, to: 1 });
  const joined = joinDims(dims.sort((a, b) => Math.abs(b.to) - Math.abs(a.to)));
  return {
    from: box.from, to: box.to, fromOffset: box.fromOffset * words, toOffset: box.toOffset * words,
    dims: joined.length > 0 ? joined : [{ size: 1, from: 1, to: 1 }],
  };
}

/** Elements of a group, if every copy moves whole groups. Sources that are one value over the innermost dimension are read one by one. */
function lanesOf(copies: readonly Copy[], isFixed: boolean): Lanes {
  if (!isFixed) return 1;
  const fits = (lanes: number): boolean => copies.every(({ from, fromOffset, toOffset, dims }) => {
    const inner = dims.at(-1)!;
    const whole = (x: number): boolean => x % lanes === 0;
    const rest = dims.slice(0, -1);
    const isSource = from === 'fill' || (inner.from === 1 && whole(fromOffset) && rest.every((dim) => whole(dim.from)));
    return isSource && inner.to === 1 && whole(inner.size) && whole(toOffset) && rest.every((dim) => whole(dim.to));
  });
  return fits(4) ? 4 : fits(2) ? 2 : 1;
}

/** The same copy in groups. */
function grouped(copy: Copy, lanes: Lanes): Copy {
  const last = copy.dims.length - 1;
  return {
    ...copy, fromOffset: copy.fromOffset / lanes, toOffset: copy.toOffset / lanes,
    dims: copy.dims.map((dim, d) => (d === last ? { ...dim, size: dim.size / lanes } : { size: dim.size, from: dim.from / lanes, to: dim.to / lanes })),
  };
}

const groupsOf = (copies: readonly Copy[]): number => copies.reduce((sum, { dims }) => sum + dims.reduce((product, { size }) => product * size, 1), 0);

/** Copies in passes that bind few enough buffers. */
function passesOf(copies: readonly Copy[], target: GridTarget): Copy[][] {
  const passes: Copy[][] = [];
  let buffers = new Set<string>();
  for (const copy of copies) {
    const bound = new Set([...buffers, ...(copy.from === 'fill' ? [] : [`from${copy.from}`]), `to${copy.to}`]);
    const last = passes.at(-1);
    if (last === undefined || last.length === passBoxes || bound.size > target.bindings) {
      passes.push([copy]);
      buffers = new Set([...(copy.from === 'fill' ? [] : [`from${copy.from}`]), `to${copy.to}`]);
    } else {
      last.push(copy);
      buffers = bound;
    }
  }
  return passes;
}

/** The numbers of all copies. A stride of 1 along the innermost dimension, and of 0, is in the code. */
function paramsOf(passes: readonly (readonly Copy[])[], fill: readonly number[]): Record<string, number> {
  const params: Record<string, number> = Object.fromEntries(fill.map((word, i) => [`fill${i}`, word]));
  let number = 0;
  for (const copies of passes) {
    let end = 0;
    for (const { dims, from, fromOffset, toOffset } of copies) {
      end += groupsOf([{ dims, from, to: 0, fromOffset, toOffset }]);
      params[`end${number}`] = end;
      params[`to${number}`] = toOffset;
      if (from !== 'fill') params[`from${number}`] = fromOffset;
      dims.forEach((dim, d) => {
        if (d > 0) params[`size${number}_${d}`] = dim.size;
        if (dim.to !== 1) params[`to${number}_${d}`] = dim.to;
        if (from !== 'fill' && dim.from !== 1 && dim.from !== 0) params[`from${number}_${d}`] = dim.from;
      });
      number++;
    }
  }
  return params;
}

const strideKey = (stride: number): string => (stride === 1 ? '1' : stride === 0 ? '0' : 's');
const copyKey = ({ from, to, dims }: Copy): string => `${from}>${to}:${dims.map((dim) => strideKey(dim.from) + (dim.to === 1 ? '1' : 's')).join('.')}`;

function build(program: ProgramBuilder, passes: readonly (readonly Copy[])[], inputs: number, outputs: number, unit: Unit, lanes: Lanes): void {
  const sources = Array.from({ length: inputs }, () => program.input('from', { stored: unit.stored }, { lanes }));
  const targets = Array.from({ length: outputs }, () => program.output('to', { stored: unit.stored }, { lanes }));
  let first = 0;
  for (const copies of passes) {
    const base = first;
    first += copies.length;
    program.pass(`copy${base}`, [threads, 1, 1], (pass) => {
      const group = pass.let('group', pass.globalIndex());
      const branch = (i: number): void => {
        const copy = copies[i];
        if (copy === undefined) return;
        const start = i === 0 ? int(0) : pass.param(`end${base + i - 1}`);
        pass.if(group.lt(pass.param(`end${base + i}`)), () => copyGroup(pass, copy, base + i, group.sub(start), sources, targets, unit, lanes), () => branch(i + 1));
      };
      branch(0);
    });
  }
}

function copyGroup(
  pass: PassBuilder, { from, to, dims }: Copy, number: number, group: Value, sources: readonly Buffer[], targets: readonly Buffer[], unit: Unit, lanes: Lanes,
): void {
  let rest = pass.let('rest', group);
  let source = from === 'fill' ? int(0) : pass.param(`from${number}`);
  let target = pass.param(`to${number}`);
  for (let d = dims.length - 1; d >= 0; d--) {
    const dim = dims[d]!;
    let at = rest;
    if (d > 0) {
      const size = pass.param(`size${number}_${d}`);
      const outer = pass.let('outer', rest.div(size));
      at = pass.let('at', rest.sub(outer.mul(size)));
      rest = outer;
    }
    target = target.add(dim.to === 1 ? at : at.mul(pass.param(`to${number}_${d}`)));
    if (from !== 'fill' && dim.from !== 0) source = source.add(dim.from === 1 ? at : at.mul(pass.param(`from${number}_${d}`)));
  }
  const values = from === 'fill' ? fillOf(pass, unit, lanes, target) : pass.loadGroup(sources[from]!, source);
  pass.storeGroup(targets[to]!, target, values);
}

/** The fill value: one word, or the word of an element of several that the group's place asks for. */
function fillOf(pass: PassBuilder, { stored, words }: Unit, lanes: Lanes, target: Value): Value[] {
  const type = loadedType(stored);
  const word = (i: number): Value => {
    const bits = pass.param(`fill${i}`);
    if (type === 'uint32') return bits.bitcast('uint32');
    return type === 'float32' ? bits.bitcast('float32') : type === 'bool' ? bits.ne(0) : bits.cast(type);
  };
  if (words === 1) return Array.from({ length: lanes }, () => word(0));
  const at = (lane: number): Value => {
    const place = pass.let('word', target.mul(lanes).add(lane).mod(words));
    return Array.from({ length: words - 1 }, (_, i) => i + 1).reduce<Value>((chosen, i) => place.eq(i).select(word(i), chosen), word(0));
  };
  return Array.from({ length: lanes }, (_, lane) => at(lane));
}

/** The fill value as the words of params: bits of whole words; else the value itself (a half as a float32). */
function fillWords(bytes: Uint8Array | undefined, dtype: DType, unit: Unit, target: GridTarget): number[] {
  if (bytes === undefined || !hasBytes(dtype)) return Array.from({ length: unit.words }, () => 0);
  const one = new HostTensor<DType>(dtype, [], viewBytes(dtype, bytes.slice().buffer, 0, 1));
  const stored = toStored(one, target.storage[dtype]?.as ?? dtype).slice();
  if (stored.length >= 4) return [...new Int32Array(stored.buffer)];
  const value = Number(one.data instanceof Uint16Array && (dtype === 'float16' || dtype === 'bfloat16') ? one.item() : one.data[0]);
  return [loadedType(unit.stored) === 'float32' ? new Int32Array(Float32Array.of(value).buffer)[0]! : value];
}

function valuesOf(tensors: readonly (HostTensor | undefined)[]): HostValues {
  return {
    ints: (input) => intsOf(tensors.at(input)),
    bytes: (input) => {
      const data = tensors.at(input)?.data;
      return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : undefined;
    },
  };
}

function launch(op: MovementOp, call: OpCall, target: GridTarget): GridLaunch {
  const dtype = call.inputs.at(op.data)!.dtype;
  const unit = unitOf(dtype, target);
  const given = call.inputs.map(({ constant }) => constant);
  const isFixed = op.atLaunch !== true || (op.hostArgs?.({ op: call.op, attrs: call.attrs, inputDtypes: call.inputs.map((input) => input.dtype), outputDtypes: [], constants: given }) ?? [])
    .every((need, i) => need !== 'value' || given[i] !== undefined);
  const planned = (tensors: readonly (HostTensor | undefined)[]): { movement: Movement; copies: Copy[] } => {
    const movement = op.plan(call, valuesOf(tensors));
    if (movement === undefined) throw new InternalError(`internal: ${call.op} '${call.node}' was lowered without the values that it needs.`);
    return { movement, copies: movement.boxes.flatMap((box) => copyOf(box, unit.words) ?? []) };
  };
  const first = planned(given);
  const lanes = target.vectors ? lanesOf(first.copies, isFixed) : 1;
  const shaped = ({ movement, copies }: { movement: Movement; copies: Copy[] }): Pick<GridLaunch, 'params' | 'workgroups'> & { passes: Copy[][] } => {
    const passes = passesOf(copies.map((copy) => grouped(copy, lanes)), target);
    return {
      passes, params: paramsOf(passes, fillWords(movement.fill, dtype, unit, target)),
      workgroups: passes.map((pass) => ceilDivide(groupsOf(pass), threads)),
    };
  };
  const { passes, params, workgroups } = shaped(first);
  const inputs = first.movement.inputs;
  return {
    name: 'copy',
    key: `${unit.stored}x${unit.words}:${lanes}:${inputs.length}>${call.outputs.length}:${passes.map((pass) => pass.map(copyKey).join(',')).join(';')}`,
    inputs, params, workgroups, flops: 0,
    build: (program) => build(program, passes, inputs.length, call.outputs.length, unit, lanes),
    ...(isFixed ? {} : { launchFor: (values) => shaped(planned(call.inputs.map((input, i) => values[i] ?? input.constant))) }),
  };
}

const channelsFirst: ReadonlySet<string> = new Set(['DepthToSpace', 'SpaceToDepth']);

function movementKernel(op: MovementOp): GridKernel {
  return {
    op: op.op,
    supports: ({ inputDtypes, attrs }, target) => {
      const refused = refuseHeld(inputDtypes.at(op.data), target);
      if (refused !== undefined) return refused;
      if (channelsFirst.has(op.op) && attrs.string('data_format') !== 'NHWC') return `${op.op} of ${attrs.string('data_format')} has no kernel; only NHWC has`;
      return true;
    },
    ...(op.hostArgs === undefined ? {} : { hostArgs: op.hostArgs }),
    launch: (call, target) => launch(op, call, target),
  };
}

export const movementKernels: readonly GridKernel[] = Object.values<MovementOp>(movements).map(movementKernel);
