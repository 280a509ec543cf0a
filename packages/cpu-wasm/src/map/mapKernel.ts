/**
 * Fused elementwise code as one SIMD loop nest. The innermost axis runs four elements at a time over inputs that lie side by side or are one
 * value; outer axes are counted like an odometer. An item is a chunk of the innermost axis in one row; the chunks of a row that one call gets
 * are one loop.
 */
import { exprKey, operands, usedInputs, type Expr, type MapFunction } from '@sessionflow/core/codegen';
import { InvalidArgumentError, sizeOf, type OpError } from '@sessionflow/core/device';
import { collapse, isWhole, stridesAlong, type CollapsedAxis, type DeviceProgram, type MapCall, type MapKernel } from '@sessionflow/core/kernels';
import type { WasmSource } from '../abi.js';
import { i32, type FunctionBuilder, type Local, type ModuleBuilder, type FunctionRef } from '../asm/index.js';
import type { WasmFeatures, WasmInfo } from '../info.js';
import { phaseType } from '../abi.js';
import { grainOf, operationsOf } from './cost.js';
import { divisionByZero, negativePower } from './int32.js';
import { elementBytes, loadFour, loadSome, loadSplat, storeFour, storeSome, type Simd, type SimdDType } from './lanes.js';
import { mayFault, renderSimd, supportsSimd } from './renderExpr.js';

/** Elements of a chunk: small enough to share a short row, large enough that the odometer does not count. */
const chunkElements = 1024;

export const wasmMap: MapKernel<WasmSource, WasmInfo> = {
  supports: (fn) => supportsSimd(fn.outputs, fn.inputs),
  program: mapProgram,
};

/** The error of a fault code of rendered expressions. */
export function expressionFault(code: number): OpError {
  return code === negativePower
    ? new InvalidArgumentError('Integers to negative integer powers are not allowed')
    : new InvalidArgumentError(code === divisionByZero ? 'Integer division by zero' : `internal: unknown fault ${code}`);
}

function mapProgram(call: MapCall, info: WasmInfo): DeviceProgram<WasmSource> {
  const { fn } = call;
  const space = call.outputs[0]?.shape ?? [];
  const used = usedInputs(fn.outputs);
  const axes = collapse(space, used.map((index) => call.inputs[index]!.shape));
  const inner = axes.at(-1)!;
  const outer = axes.slice(0, -1);
  const dtypes = used.map((index) => fn.inputs[index] as SimdDType);
  const shape: MapShape = { fn, used, dtypes, isSplat: inner.moves.map((moves) => !moves), outer: outer.length, features: info.features };
  const rows = outer.reduce((product, { size }) => product * size, 1);
  const chunks = Math.max(1, Math.ceil(inner.size / chunkElements));
  const items = sizeOf(space) === 0 ? 0 : rows * chunks;
  const operations = operationsOf(fn.outputs) * sizeOf(space);
  const bytes = bytesMoved(call, used, dtypes);
  return {
    kind: 'device',
    key: `map:${fn.inputs.join()}:${shape.isSplat.map((splat) => (splat ? 's' : 'v')).join('')}:${shape.outer}:${exprKey(fn.outputs)}`,
    source: () => ({ assemble: (module) => [assembleMap(module, shape)] }),
    inputs: used,
    launch: { words: launchWords(axes, dtypes, inner, outer, chunks), grid: [items, grainOf(items, operations, bytes)] },
    scratch: 0,
    packs: [],
    inPlace: used.flatMap((index, i) => (isWhole(space, call.inputs[index]!.shape)
      ? fn.outputs.flatMap((output, o) => (elementBytes[output.dtype as SimdDType] === elementBytes[dtypes[i]!] ? [{ output: o, input: index }] : []))
      : [])),
    ...(mayFault(fn.outputs) ? { fault: expressionFault } : {}),
    flops: operations,
  };
}

function bytesMoved(call: MapCall, used: readonly number[], dtypes: readonly SimdDType[]): number {
  const inputs = used.reduce((sum, index, i) => sum + sizeOf(call.inputs[index]!.shape) * elementBytes[dtypes[i]!], 0);
  return call.outputs.reduce((sum, { dtype, shape }) => sum + sizeOf(shape) * elementBytes[dtype as SimdDType], inputs);
}

/** Words: inner size, chunks in a row, then size and byte strides of each outer axis, innermost first. */
function launchWords(axes: readonly CollapsedAxis[], dtypes: readonly SimdDType[], inner: CollapsedAxis, outer: readonly CollapsedAxis[], chunks: number): Int32Array {
  const strides = stridesAlong(axes, dtypes.length);
  const words = [inner.size, chunks];
  for (let axis = outer.length - 1; axis >= 0; axis--) {
    words.push(outer[axis]!.size, ...dtypes.map((dtype, i) => strides[i]![axis]! * elementBytes[dtype]));
  }
  return Int32Array.from(words);
}

interface MapShape {
  readonly fn: MapFunction;
  readonly used: readonly number[];
  /** Of the used inputs. */
  readonly dtypes: readonly SimdDType[];
  /** Whether a used input has one value along the innermost axis. */
  readonly isSplat: readonly boolean[];
  /** Number of outer axes. */
  readonly outer: number;
  readonly features: WasmFeatures;
}

function assembleMap(module: ModuleBuilder, shape: MapShape): FunctionRef {
  return module.function(phaseType, (f) => {
    const { dtypes, fn, outer } = shape;
    const params = f.param('i32', 0);
    const item = f.param('i32', 1);
    const end = f.param('i32', 2);
    const outputs = fn.outputs.map(({ dtype }) => dtype as SimdDType);
    const firstWord = 4 * (dtypes.length + outputs.length);
    const word = (index: number) => i32.load(params, firstWord + 4 * index);
    const size = f.let(word(0));
    const chunks = f.let(word(1));
    const fault = mayFault(fn.outputs) ? f.let(i32.const(0)) : undefined;
    // Where each input's row starts, and which row it is.
    const rows = dtypes.map((_, i) => f.let(i32.load(params, 4 * i)));
    const row = f.let(i32.divU(item, chunks));
    const chunk = f.let(i32.sub(item, i32.mul(row, chunks)));
    const outputRow = f.let(i32.mul(row, size));
    const counters = Array.from({ length: outer }, () => f.local('i32'));
    const axisWord = (axis: number, index: number) => word(2 + axis * (dtypes.length + 1) + index);
    counters.forEach((counter, axis) => {
      f.set(counter, i32.remU(row, axisWord(axis, 0)));
      f.set(row, i32.divU(row, axisWord(axis, 0)));
      rows.forEach((start, i) => f.set(start, i32.add(start, i32.mul(counter, axisWord(axis, 1 + i)))));
    });
    f.loop((again) => {
      const run = f.let(i32.sub(end, item));
      const left = f.let(i32.sub(chunks, chunk));
      f.if(i32.ltS(left, run), () => f.set(run, left));
      const from = f.let(i32.mul(chunk, chunkElements));
      const count = f.let(i32.sub(i32.mul(i32.add(chunk, run), chunkElements), from));
      const rest = f.let(i32.sub(size, from));
      f.if(i32.ltS(rest, count), () => f.set(count, rest));
      const at = (start: Local<'i32'>, dtype: SimdDType) => i32.add(start, i32.mul(from, elementBytes[dtype]));
      const reads = rows.map((start, i) => f.let(shape.isSplat[i] ? start : at(start, dtypes[i]!)));
      const writes = outputs.map((dtype, o) => f.let(
        i32.add(i32.load(params, 4 * (dtypes.length + o)), i32.mul(i32.add(outputRow, from), elementBytes[dtype]))));
      innerLoop(f, shape, outputs, reads, writes, count, fault);
      f.increase(item, run);
      f.if(i32.ltS(item, end), () => {
        f.set(chunk, 0);
        f.increase(outputRow, size);
        nextRow(f, counters, rows, axisWord);
        f.br(again);
      });
    });
    f.result(fault ?? i32.const(0));
  });
}

/** Turns the odometer: the innermost counter goes up, and one that is full goes back and carries. */
function nextRow(f: FunctionBuilder, counters: readonly Local<'i32'>[], rows: readonly Local<'i32'>[], axisWord: (axis: number, index: number) => ReturnType<typeof i32.load>): void {
  f.block((done) => counters.forEach((counter, axis) => {
    f.increase(counter, 1);
    rows.forEach((start, i) => f.increase(start, axisWord(axis, 1 + i)));
    f.brIf(done, i32.ltS(counter, axisWord(axis, 0)));
    rows.forEach((start, i) => f.set(start, i32.sub(start, i32.mul(counter, axisWord(axis, 1 + i)))));
    f.set(counter, 0);
  }));
}

/** Whether a node depends on nothing that moves along the innermost axis. */
function invariants(shape: MapShape): Expr[] {
  const splat = new Set(shape.used.filter((_, i) => shape.isSplat[i]));
  const found: Expr[] = [];
  const known = new Map<Expr, boolean>();
  const visit = (node: Expr): boolean => {
    const seen = known.get(node);
    if (seen !== undefined) return seen;
    const parts = operands(node).map(visit);
    const holds = node.kind === 'input' ? splat.has(node.index) : parts.every(Boolean);
    known.set(node, holds);
    if (holds && node.kind !== 'input' && node.kind !== 'const') found.push(node);
    return holds;
  };
  shape.fn.outputs.forEach(visit);
  return found;
}

/** `count` ≥ 1 elements from the pointers on, which it moves. */
function innerLoop(
  f: FunctionBuilder, shape: MapShape, outputs: readonly SimdDType[], reads: readonly Local<'i32'>[], writes: readonly Local<'i32'>[],
  count: Local<'i32'>, fault: Local<'i32'> | undefined,
): void {
  const { fn, used, dtypes, isSplat, features } = shape;
  const inputs = new Array<Simd | undefined>(fn.inputs.length).fill(undefined);
  used.forEach((index, i) => {
    if (isSplat[i]) inputs[index] = loadSplat(dtypes[i]!, reads[i]!).map((part) => f.let(part));
  });
  const once = new Map<Expr, Simd>();
  const options = { features, ...(fault === undefined ? {} : { fault }) };
  for (const node of invariants(shape)) renderSimd(f, node, inputs, { ...options, known: once });

  /** Four elements, `load`ed and `store`d; all loads stand before the first store. */
  const four = (load: (dtype: SimdDType, i: number) => Simd, store: (dtype: SimdDType, o: number, x: Simd) => void): void => f.scope(() => {
    const given = [...inputs];
    used.forEach((index, i) => {
      if (!isSplat[i]) given[index] = load(dtypes[i]!, i).map((part) => f.let(part));
    });
    const known = new Map(once);
    const results = fn.outputs.map((output) => renderSimd(f, output, given, { ...options, known }));
    results.forEach((x, o) => store(outputs[o]!, o, x));
  });
  const whole = (step: number): void => four(
    (dtype, i) => loadFour(dtype, reads[i]!, step * 4 * elementBytes[dtype]),
    (dtype, o, x) => storeFour(f, dtype, writes[o]!, x, step * 4 * elementBytes[dtype]),
  );
  const advance = (elements: number): void => {
    reads.forEach((read, i) => {
      if (!isSplat[i]) f.increase(read, elements * elementBytes[dtypes[i]!]);
    });
    writes.forEach((write, o) => f.increase(write, elements * elementBytes[outputs[o]!]));
  };
  const loopOf = (times: ReturnType<typeof i32.shrU>, steps: number): void => f.scope(() => {
    const turns = f.let(times);
    f.repeat(turns, () => {
      for (let step = 0; step < steps; step++) whole(step);
      advance(4 * steps);
    });
  });

  const unroll = operationsOf(fn.outputs) * (dtypes.length + 1) <= 24 ? 4 : 1;
  if (unroll > 1) loopOf(i32.shrU(count, 4), unroll);
  loopOf(unroll > 1 ? i32.and(i32.shrU(count, 2), 3) : i32.shrU(count, 2), 1);
  const rest = f.let(i32.and(count, 3));
  f.if(rest, () => four(
    (dtype, i) => loadSome(f, dtype, reads[i]!, rest),
    (dtype, o, x) => storeSome(f, dtype, writes[o]!, x, rest),
  ));
}
