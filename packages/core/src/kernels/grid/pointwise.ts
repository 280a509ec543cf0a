/** Kernels of a thread for each element of the output, whatever it takes to make it. */
import type { PassBuilder, ProgramBuilder } from '../../codegen/grid/builder.js';
import { loadedType, refuseDtype, type GridTarget } from '../../codegen/grid/types.js';
import { literal, type Value } from '../../codegen/grid/value.js';
import { sizeOf } from '../../shape.js';
import type { OpCall, Support, SupportQuery } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import { refuseHeld, unitOf } from './units.js';

const threads = 64;

export interface Pointwise extends Pick<GridLaunch, 'fault'> {
  readonly name: string;
  /** What the code depends on beside the dtypes of inputs and output. */
  readonly key: string;
  /** Signature inputs that are bound, in the order in which `code` declares them. */
  readonly inputs: readonly number[];
  readonly params?: GridLaunch['params'];
  /** Operations for an element; 1 by default. */
  readonly flops?: number;
  /** Declares the inputs; gives what makes an element from its place in the output. */
  readonly code: (program: ProgramBuilder) => (pass: PassBuilder, at: Value) => Value;
}

/** Output 0, element by element. */
export function pointwise(call: OpCall, { name, key, inputs, params = {}, flops = 1, fault, code }: Pointwise): GridLaunch {
  const { dtype, shape } = call.outputs[0]!;
  const size = sizeOf(shape);
  return {
    name, key: `${key}:${inputs.map((i) => call.inputs[i]!.dtype).join()}>${dtype}`, inputs, params: { size, ...params }, workgroups: [ceilDivide(size, threads)],
    flops: size * flops, ...(fault === undefined ? {} : { fault }),
    build(program) {
      const element = code(program);
      const out = program.output('out', dtype);
      program.pass('main', [threads, 1, 1], (pass) => {
        const at = pass.let('at', pass.globalIndex());
        pass.if(at.lt(pass.param('size')), () => pass.store(out, at, pass.wrap(dtype, element(pass, at))));
      });
    },
  };
}

/** Where an element comes from: a place in the i-th bound source, where `when` holds (always, if left out). */
export interface Picked {
  readonly source: number;
  readonly place: Value;
  readonly when?: Value;
}

export interface Picking extends Omit<Pointwise, 'code' | 'flops' | 'inputs'> {
  /** Signature inputs whose elements are moved, by their bits. */
  readonly sources: readonly number[];
  /** Signature inputs that are read as numbers. */
  readonly numbers?: readonly number[];
  /** Declares the numbers; gives the picks of an element, of which the first that holds counts. Where none does, the element is zero. */
  readonly code: (program: ProgramBuilder) => (pass: PassBuilder, at: Value) => readonly Picked[];
}

/** Elements of one dtype that are moved and not looked at. */
export function picking(call: OpCall, target: GridTarget, { name, key, sources, numbers = [], params = {}, fault, code }: Picking): GridLaunch {
  const { dtype, shape } = call.outputs[0]!;
  const { stored, words } = unitOf(dtype, target);
  const size = sizeOf(shape) * words;
  const type = loadedType(stored);
  return {
    name, key: `${key}:${stored}x${words}:${numbers.map((i) => call.inputs[i]!.dtype).join()}`, inputs: [...sources, ...numbers], params: { size, ...params },
    workgroups: [ceilDivide(size, threads)], flops: 0, ...(fault === undefined ? {} : { fault }),
    build(program) {
      const from = sources.map(() => program.input('from', { stored }));
      const picksOf = code(program);
      const out = program.output('out', { stored });
      program.pass('main', [threads, 1, 1], (pass) => {
        const unit = pass.let('unit', pass.globalIndex());
        pass.if(unit.lt(pass.param('size')), () => {
          const at = pass.let('at', unit.div(words));
          const word = words === 1 ? undefined : pass.let('word', unit.sub(at.mul(words)));
          const chosen = pass.var('chosen', literal(type === 'bool' ? false : 0, type));
          const choose = (picks: readonly Picked[]): void => {
            const [first, ...others] = picks;
            if (first === undefined) return;
            const take = (): void => {
              const place = first.place.mul(words);
              pass.assign(chosen, pass.load(from[first.source]!, word === undefined ? place : place.add(word)));
            };
            if (first.when === undefined) take();
            else pass.if(first.when, take, () => choose(others));
          };
          choose(picksOf(pass, at));
          pass.store(out, unit, chosen);
        });
      });
    },
  };
}

/** Takes `count` numbers apart: the rest of a division, innermost first. The last is what is left. */
export function takeApart(pass: PassBuilder, at: Value, sizes: readonly Value[]): Value[] {
  let rest = at;
  const parts = [...sizes].reverse().map((size) => {
    const outer = pass.let('outer', rest.div(size));
    const part = pass.let('part', rest.sub(outer.mul(size)));
    rest = outer;
    return part;
  });
  return [rest, ...parts.reverse()];
}

/** The ops whose inputs (those named, by default all) and outputs are of dtypes that the target computes in. */
export const supportsNumbers = (inputs?: readonly number[]) => ({ inputDtypes, outputDtypes }: SupportQuery, target: GridTarget): Support => {
  const asked = [...(inputs === undefined ? inputDtypes : inputs.flatMap((i) => inputDtypes[i] ?? [])), ...outputDtypes];
  return asked.map((dtype) => refuseDtype(dtype, target)).find((reason) => reason !== undefined) ?? true;
};

/** The ops that move elements of output 0's dtype and read these inputs as numbers. */
export const supportsPicking = (numbers: readonly number[] = []) => ({ inputDtypes, outputDtypes }: SupportQuery, target: GridTarget): Support =>
  refuseHeld(outputDtypes[0], target) ?? numbers.map((i) => refuseDtype(inputDtypes[i]!, target)).find((reason) => reason !== undefined) ?? true;
