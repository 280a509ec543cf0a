/** The code of reductions. See reduceKernel.ts for the launch words. */
import type { Expr, MapFunction } from '@sessionflow/core/codegen';
import { i32, v128, type FunctionBuilder, type FunctionRef, type I32, type Local, type ModuleBuilder, type Value } from '../asm/index.js';
import type { WasmFeatures } from '../info.js';
import {
  elementBytes, loadFour, loadSome, loadSplat, partCount, storeFirst, storeFour, storeSome, widenMask, type Simd, type SimdDType,
} from '../map/lanes.js';
import { mayFault, renderSimd, type RenderOptions } from '../map/renderExpr.js';
import { phaseType } from '../abi.js';
import { columnChunk, joinChunk, type ReducePlan } from './plan.js';
import { accumulate, firstPlaces, foldPlaces, identity, type Reducer } from './reducers.js';

export interface ReduceCode {
  readonly reducer: Reducer;
  readonly before: MapFunction;
  readonly after: Expr | undefined;
  readonly used: readonly number[];
  /** Of the used inputs. */
  readonly dtypes: readonly SimdDType[];
  readonly element: SimdDType;
  readonly result: SimdDType;
  readonly plan: ReducePlan;
  readonly features: WasmFeatures;
}

type Sum = readonly Local<'v128'>[];

/** What the pieces of a function share. */
interface Emit {
  readonly f: FunctionBuilder;
  readonly code: ReduceCode;
  readonly options: RenderOptions;
  readonly word: (index: number) => Value<'i32'>;
  readonly slot: (index: number) => Value<'i32'>;
}

function emitFor(f: FunctionBuilder, code: ReduceCode): Emit {
  const params = f.param('i32', 0);
  const slots = code.dtypes.length + 1 + (code.plan.parts > 1 ? 1 : 0);
  const outputs = [code.before.outputs[0]!, ...(code.after === undefined ? [] : [code.after])];
  const fault = mayFault(outputs) ? f.let(i32.const(0)) : undefined;
  return {
    f, code,
    options: { features: code.features, ...(fault === undefined ? {} : { fault }) },
    word: (index) => i32.load(params, 4 * (slots + index)),
    slot: (index) => i32.load(params, 4 * index),
  };
}

const newSum = (f: FunctionBuilder, { reducer, element }: ReduceCode): Sum => identity(reducer, element).map((part) => f.let(part));

/** Applies `after` and stores; into scratch the bare sum goes. */
function finish({ f, code, options, slot, word }: Emit, sum: Simd, index: Value<'i32'>, part: Local<'i32'>, store: (dtype: SimdDType, address: I32, x: Simd) => void): void {
  const { after, dtypes, element, plan, result } = code;
  if (plan.parts > 1) {
    const place = i32.add(i32.mul(part, word(4)), index);
    store(element, f.let(i32.add(slot(dtypes.length + 1), i32.mul(place, elementBytes[element]))), sum);
    return;
  }
  const value = after === undefined ? sum : renderSimd(f, after, [sum], options);
  store(result, f.let(i32.add(slot(dtypes.length), i32.mul(index, elementBytes[result]))), value);
}

/** The first phase, or the only one: items are (unit, part). */
export function assembleReduce(module: ModuleBuilder, code: ReduceCode): FunctionRef {
  return module.function(phaseType, (f) => {
    const emit = emitFor(f, code);
    const { word, slot } = emit;
    const { plan, dtypes } = code;
    const item = f.param('i32', 1);
    const end = f.param('i32', 2);
    const stride = dtypes.length + 1;
    const keptWord = (axis: number, index: number) => word(5 + stride * (1 + axis) + index);
    const reducedWord = (axis: number, index: number) => word(5 + stride * (1 + plan.kept.length + axis) + index);
    f.loop((again) => {
      const unit = f.let(i32.divU(item, word(2)));
      const part = f.let(i32.sub(item, i32.mul(unit, word(2))));
      const row = f.let(plan.byRows ? unit : i32.divU(unit, word(1)));
      const column = f.let(plan.byRows ? i32.const(0) : i32.mul(i32.sub(unit, i32.mul(row, word(1))), columnChunk));
      const from = f.let(i32.mul(part, word(3)));
      const extent = f.let(i32.sub(word(5), from));
      const partSize = f.let(word(3));
      f.if(i32.ltS(partSize, extent), () => f.set(extent, partSize));
      const pointers = dtypes.map((_, i) => f.let(i32.add(slot(i), i32.mul(from, word(6 + i)))));
      const left = f.let(row);
      for (let axis = plan.kept.length - 1; axis >= 0; axis--) {
        const at = f.let(i32.remU(left, keptWord(axis, 0)));
        f.set(left, i32.divU(left, keptWord(axis, 0)));
        pointers.forEach((pointer, i) => f.increase(pointer, i32.mul(at, keptWord(axis, 1 + i))));
      }
      if (plan.byRows) reduceRow(emit, row, part, pointers, extent, reducedWord);
      else reduceColumns(emit, row, column, part, pointers, extent, reducedWord);
      f.increase(item, 1);
      f.brIf(again, i32.ltS(item, end));
    });
    f.result(emit.options.fault ?? i32.const(0));
  });
}

type AxisWord = (axis: number, index: number) => Value<'i32'>;

/** Runs `body` for every step of the reduced axes but the innermost, pointers in place; the outermost takes `extent` steps. */
function overReduced({ f, code }: Emit, pointers: readonly Local<'i32'>[], extent: Local<'i32'>, axisWord: AxisWord, body: () => void): void {
  const nest = (axis: number): void => {
    if (axis === code.plan.reduced.length) {
      body();
      return;
    }
    const steps = f.let(axis === 0 ? extent : axisWord(axis, 0));
    const count = f.let(steps);
    f.repeat(count, () => {
      nest(axis + 1);
      pointers.forEach((pointer, i) => f.increase(pointer, axisWord(axis, 1 + i)));
    });
    pointers.forEach((pointer, i) => f.set(pointer, i32.sub(pointer, i32.mul(steps, axisWord(axis, 1 + i)))));
  };
  nest(0);
}

/** Whether a used input has one value along the innermost axis. */
const isSplat = ({ plan }: ReduceCode, input: number): boolean => !plan.axes.at(-1)!.moves[input];

/** The element at four places, from pointers. */
function element({ f, code, options }: Emit, load: (dtype: SimdDType, i: number) => Simd): Simd {
  const given = new Array<Simd | undefined>(code.before.inputs.length).fill(undefined);
  code.used.forEach((index, i) => {
    given[index] = load(code.dtypes[i]!, i).map((part) => f.let(part));
  });
  return renderSimd(f, code.before.outputs[0]!, given, options);
}

/** Elements that one run sums up before the run's sum joins the total: keeps the rounding error of long float sums small. */
const runElements = 4096;

/** One output: sums along the innermost axis in four vectors, joined at the end. */
function reduceRow(emit: Emit, row: Local<'i32'>, part: Local<'i32'>, starts: readonly Local<'i32'>[], extent: Local<'i32'>, axisWord: AxisWord): void {
  const { f, code, word } = emit;
  const { reducer, plan, features } = code;
  const ways = plan.inner >= 32 ? 4 : 1;
  const total = newSum(f, code);
  const length = plan.reduced.length === 0 ? extent : f.let(word(0));
  overReduced(emit, starts, extent, axisWord, () => {
    const pointers = starts.map((start) => f.let(start));
    const left = f.let(length);
    const advance = (elements: number): void => pointers.forEach((pointer, i) => {
      if (!isSplat(code, i)) f.increase(pointer, elements * elementBytes[code.dtypes[i]!]);
    });
    const load = (step: number) => (dtype: SimdDType, i: number): Simd => (isSplat(code, i)
      ? loadSplat(dtype, pointers[i]!) : loadFour(dtype, pointers[i]!, 4 * step * elementBytes[dtype]));
    f.loop((again) => {
      const sums = Array.from({ length: ways }, () => newSum(f, code));
      const run = f.let(left);
      f.if(i32.gtS(run, runElements), () => f.set(run, runElements));
      f.set(left, i32.sub(left, run));
      const turns = f.let(i32.shrU(run, ways === 4 ? 4 : 2));
      f.repeat(turns, () => {
        sums.forEach((sum, step) => f.scope(() => accumulate(f, reducer, code.element, sum, element(emit, load(step)), features)));
        advance(4 * ways);
      });
      if (ways === 4) {
        const singles = f.let(i32.and(i32.shrU(run, 2), 3));
        f.repeat(singles, () => {
          accumulate(f, reducer, code.element, sums[0]!, element(emit, load(0)), features);
          advance(4);
        });
      }
      const rest = f.let(i32.and(run, 3));
      f.if(rest, () => {
        const x = element(emit, (dtype, i) => (isSplat(code, i) ? loadSplat(dtype, pointers[i]!) : loadSome(f, dtype, pointers[i]!, rest)));
        const mask = f.let(firstPlaces(rest));
        const masks = partCount(code.element) === 1 ? [mask] : widenMask(mask);
        const none = identity(reducer, code.element);
        accumulate(f, reducer, code.element, sums[0]!, x.map((value, i) => v128.bitselect(value, none[i]!, masks[i]!)), features);
      });
      for (let way = ways >> 1; way >= 1; way >>= 1) {
        for (let i = 0; i < way; i++) accumulate(f, reducer, code.element, sums[i]!, sums[i + way]!, features);
      }
      accumulate(f, reducer, code.element, total, sums[0]!, features);
      f.brIf(again, i32.gtS(left, 0));
    });
  });
  foldPlaces(f, reducer, code.element, total, features);
  finish(emit, total, row, part, (dtype, address, x) => storeFirst(f, dtype, address, x));
}

/** A chunk of columns of one output row: several vectors go down the reduced axes side by side. */
function reduceColumns(
  emit: Emit, row: Local<'i32'>, column: Local<'i32'>, part: Local<'i32'>, starts: readonly Local<'i32'>[], extent: Local<'i32'>, axisWord: AxisWord,
): void {
  const { f, code, word } = emit;
  const { reducer, features } = code;
  const size = f.let(word(0));
  const last = f.let(i32.add(column, columnChunk));
  f.if(i32.gtS(last, size), () => f.set(last, size));
  const offset = (pointer: Local<'i32'>, i: number): Value<'i32'> => (isSplat(code, i) ? pointer : i32.add(pointer, i32.mul(column, elementBytes[code.dtypes[i]!])));
  const store = (sums: readonly Sum[], step: number, write: (dtype: SimdDType, address: I32, x: Simd) => void): void => {
    const index = i32.add(i32.mul(row, size), column);
    finish(emit, sums[step]!, step === 0 ? index : i32.add(index, 4 * step), part, write);
  };
  const group = (vectors: number): void => {
    const sums = Array.from({ length: vectors }, () => newSum(f, code));
    const pointers = starts.map((start, i) => f.let(offset(start, i)));
    overReduced(emit, pointers, extent, axisWord, () => sums.forEach((sum, step) => f.scope(() => {
      const x = element(emit, (dtype, i) => (isSplat(code, i) ? loadSplat(dtype, pointers[i]!) : loadFour(dtype, pointers[i]!, 4 * step * elementBytes[dtype])));
      accumulate(f, reducer, code.element, sum, x, features);
    })));
    sums.forEach((_, step) => f.scope(() => store(sums, step, (dtype, address, x) => storeFour(f, dtype, address, x))));
    f.increase(column, 4 * vectors);
  };
  const vectorsAtOnce = partCount(code.element) === 2 ? 2 : 4;
  for (const vectors of [vectorsAtOnce, 1]) {
    f.while(() => i32.geS(i32.sub(last, column), 4 * vectors), () => group(vectors));
  }
  const rest = f.let(i32.sub(last, column));
  f.if(i32.gtS(rest, 0), () => {
    const sums = [newSum(f, code)];
    const pointers = starts.map((start, i) => f.let(offset(start, i)));
    overReduced(emit, pointers, extent, axisWord, () => {
      const x = element(emit, (dtype, i) => (isSplat(code, i) ? loadSplat(dtype, pointers[i]!) : loadSome(f, dtype, pointers[i]!, rest)));
      accumulate(f, reducer, code.element, sums[0]!, x, features);
    });
    store(sums, 0, (dtype, address, x) => storeSome(f, dtype, address, x, rest));
  });
}

/** The second phase: joins the parts of `joinChunk` outputs an item. */
export function assembleJoin(module: ModuleBuilder, code: ReduceCode): FunctionRef {
  return module.function(phaseType, (f) => {
    const emit = emitFor(f, code);
    const { options, slot, word } = emit;
    const { after, dtypes, features, reducer } = code;
    const outputs = f.let(word(4));
    const at = f.let(i32.mul(f.param('i32', 1), joinChunk));
    const end = f.let(i32.mul(f.param('i32', 2), joinChunk));
    f.if(i32.gtS(end, outputs), () => f.set(end, outputs));
    const bytes = elementBytes[code.element];
    const four = (load: (address: Local<'i32'>) => Simd, store: (address: I32, x: Simd) => void): void => {
      const sum = newSum(f, code);
      const from = f.let(i32.add(slot(dtypes.length + 1), i32.mul(at, bytes)));
      const parts = f.let(word(2));
      f.repeat(parts, () => {
        accumulate(f, reducer, code.element, sum, load(from), features);
        f.increase(from, i32.mul(outputs, bytes));
      });
      const value = after === undefined ? sum : renderSimd(f, after, [sum], options);
      store(f.let(i32.add(slot(dtypes.length), i32.mul(at, elementBytes[code.result]))), value);
    };
    f.while(() => i32.geS(i32.sub(end, at), 4), () => {
      four((address) => loadFour(code.element, address), (address, x) => storeFour(f, code.result, address, x));
      f.increase(at, 4);
    });
    const rest = f.let(i32.sub(end, at));
    f.if(i32.gtS(rest, 0), () => {
      four((address) => loadSome(f, code.element, address, rest), (address, x) => storeSome(f, code.result, address, x, rest));
    });
    f.result(options.fault ?? i32.const(0));
  });
}

