/**
 * Builds grid programs. Buffers are named by the dtype that a kernel means; how the device keeps it, and which type it is computed in, is the
 * target's affair and settled in `load` and `store`.
 */
import type { Expr } from '../expr.js';
import type { DType } from '../../dtypes.js';
import { InternalError, UnimplementedError } from '../../errors.js';
import { applyExpr } from './applyExpr.js';
import type { AtomicOp, BuiltinName, GridArray, GridBuffer, GridParam, GridPass, GridProgram, GridStatement } from './program.js';
import { loadedType, narrowBits, storedType, valueType, type GridTarget, type Lanes, type StoredType, type ValueType } from './types.js';
import { int, operandOf, Value, type Operand } from './value.js';

/** A launch's params by name, in the order of their words: int32 numbers, or `float(x)`. */
export type ParamValues = Readonly<Record<string, number | FloatParam>>;
export interface FloatParam {
  readonly float32: number;
}
export const float = (float32: number): FloatParam => ({ float32 });

/** The words of a launch. UnimplementedError for a number that 32 bits do not hold: arrays of 2^31 elements and more have no kernels. */
export function packParams(values: ParamValues): Int32Array {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'number' || (value | 0) === value) continue;
    if (!Number.isInteger(value)) throw new InternalError(`internal: the launch param '${name}' is ${value}, not a whole number.`);
    throw new UnimplementedError(`The launch param '${name}' is ${value}: kernels count in 32 bits, so arrays have fewer than 2^31 elements.`);
  }
  const words = Int32Array.from(Object.values(values), (value) => (typeof value === 'number' ? value : 0));
  const floats = new Float32Array(words.buffer);
  Object.values(values).forEach((value, word) => {
    if (typeof value !== 'number') floats[word] = value.float32;
  });
  return words;
}

/** A buffer as kernels see it: elements of a dtype. */
export interface Buffer {
  /** What its elements are as values. */
  readonly type: ValueType;
  readonly lanes: Lanes;
  readonly declared: GridBuffer;
}

/** A variable that changes. */
export class Variable extends Value {}

/** Elements of a dtype, in the device's form; or of a form itself, for code that only moves bits. */
export type BufferForm = DType | { readonly stored: StoredType };

interface BufferOptions {
  /** Elements that a load or store moves; 1 by default. */
  readonly lanes?: Lanes;
}

/** Builds a program. `params` says the names, in the order of the launch's words. */
export function buildProgram(name: string, params: ParamValues, target: GridTarget, build: (program: ProgramBuilder) => void): GridProgram {
  const builder = new ProgramBuilder(name, params, target);
  build(builder);
  return builder.finish();
}

export class ProgramBuilder {
  private count = 0;
  private readonly params = new Map<string, GridParam>();
  private readonly buffers: GridBuffer[] = [];
  private readonly passes: GridPass[] = [];

  constructor(private readonly name: string, params: ParamValues, readonly target: GridTarget) {
    Object.entries(params).forEach(([key, value], word) => {
      this.params.set(key, { name: this.unique(key), word, type: typeof value === 'number' ? 'int32' : 'float32' });
    });
  }

  /** A name that nothing else has. */
  unique(hint: string): string {
    return `${hint}_${this.count++}`;
  }

  param(name: string): Value {
    const param = this.params.get(name);
    if (param === undefined) throw new InternalError(`internal: ${this.name} has no param '${name}'.`);
    return new Value({ kind: 'param', type: param.type, param });
  }

  /** Inputs, outputs and scratch are declared in this order: their places are the launch's slots. */
  input(name: string, form: BufferForm, options?: BufferOptions): Buffer {
    return this.buffer(name, form, 'input', options);
  }

  output(name: string, form: BufferForm, options?: BufferOptions): Buffer {
    return this.buffer(name, form, 'output', options);
  }

  scratch(name: string, form: BufferForm, options?: BufferOptions): Buffer {
    return this.buffer(name, form, 'scratch', options);
  }

  /** One dispatch over workgroups of so many threads. */
  pass(name: string, workgroup: readonly [number, number, number], build: (pass: PassBuilder) => void): void {
    const pass = new PassBuilder(this, workgroup);
    build(pass);
    this.passes.push({ name, workgroup, arrays: pass.arrays, body: pass.statements });
  }

  finish(): GridProgram {
    return { name: this.name, buffers: this.buffers, params: [...this.params.values()], passes: this.passes };
  }

  private buffer(name: string, form: BufferForm, role: GridBuffer['role'], { lanes = 1 }: BufferOptions = {}): Buffer {
    const order = ['input', 'output', 'scratch'];
    const last = this.buffers.at(-1)?.role ?? 'input';
    if (order.indexOf(role) < order.indexOf(last)) throw new InternalError(`internal: ${this.name} declares the ${role} '${name}' after an ${last}.`);
    const stored = typeof form === 'string' ? storedType(form, this.target) : form.stored;
    const type = typeof form === 'string' ? valueType(form, this.target) : loadedType(form.stored);
    if (stored === undefined || type === undefined) throw new InternalError(`internal: ${this.name} is made for ${JSON.stringify(form)}, which the device does not have.`);
    const declared: GridBuffer = { name: this.unique(name), binding: this.buffers.length, role, stored, lanes };
    this.buffers.push(declared);
    return { type, lanes, declared };
  }
}

/** Emits the statements of one pass. */
export class PassBuilder {
  readonly arrays: GridArray[] = [];
  statements: GridStatement[] = [];

  constructor(readonly program: ProgramBuilder, readonly workgroup: readonly [number, number, number]) {}

  get target(): GridTarget {
    return this.program.target;
  }

  param(name: string): Value {
    return this.program.param(name);
  }

  builtin(name: BuiltinName): Value {
    return new Value({ kind: 'builtin', type: 'int32', name });
  }

  /** Which thread of its workgroup: x first, then y, then z. */
  threadIndex(): Value {
    const [x, y, z] = this.workgroup;
    const id = (axis: 'x' | 'y' | 'z', size: number): Value => (size === 1 ? int(0) : this.builtin(`thread.${axis}`));
    return id('x', x).add(id('y', y).mul(x)).add(id('z', z).mul(x * y));
  }

  /** The number of this workgroup in a grid that `spread` laid out. May be one that is past the end. */
  workgroupIndex(): Value {
    return this.builtin('workgroup.x').add(this.builtin('workgroups.x').mul(this.builtin('workgroup.y')));
  }

  /** The number of this thread in a grid that `spread` laid out. May be one that is past the end. */
  globalIndex(): Value {
    const [x, y, z] = this.workgroup;
    return this.workgroupIndex().mul(x * y * z).add(this.threadIndex());
  }

  /** Names a value, so that it is computed once. Constants, params and names that hold it already stay as they are. */
  let(hint: string, value: Value): Value {
    const { node } = value;
    if (node.kind === 'literal' || node.kind === 'param' || (node.kind === 'name' && !node.isMutable)) return value;
    const name = this.program.unique(hint);
    this.statements.push({ kind: 'declare', isMutable: false, name, type: value.type, lanes: 1, value: node });
    return new Value({ kind: 'name', type: value.type, name, lanes: 1, isMutable: false });
  }

  var(hint: string, value: Value): Variable {
    const name = this.program.unique(hint);
    this.statements.push({ kind: 'declare', isMutable: true, name, type: value.type, lanes: 1, value: value.node });
    return new Variable({ kind: 'name', type: value.type, name, lanes: 1, isMutable: true });
  }

  assign(variable: Variable, operand: Operand): void {
    const { node } = variable;
    const value = operandOf(operand, variable.type);
    if (node.kind !== 'name' || value.type !== node.type) throw new InternalError(`internal: a ${value.type} is assigned to a ${variable.type}.`);
    this.statements.push({ kind: 'assign', name: node.name, type: node.type, value: value.node });
  }

  increase(variable: Variable, by: Operand): void {
    this.assign(variable, variable.add(by));
  }

  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.statements.push({ kind: 'if', condition: condition.node, then: this.block(then), otherwise: otherwise === undefined ? [] : this.block(otherwise) });
  }

  /** `body` for each number from `start` to below `end`. */
  for(hint: string, start: Operand, end: Operand, body: (index: Value) => void, step: Operand = 1): void {
    const last = this.let(`${hint}End`, operandOf(end, 'int32'));
    const name = this.program.unique(hint);
    const index = new Value({ kind: 'name', type: 'int32', name, lanes: 1, isMutable: false });
    const by = this.let(`${hint}Step`, operandOf(step, 'int32'));
    const statements = this.block(() => body(index));
    this.statements.push({ kind: 'for', name, start: operandOf(start, 'int32').node, end: last.node, step: by.node, body: statements });
  }

  while(condition: Value, body: () => void): void {
    this.statements.push({ kind: 'while', condition: condition.node, body: this.block(body) });
  }

  break(): void {
    this.statements.push({ kind: 'break' });
  }

  barrier(): void {
    this.statements.push({ kind: 'barrier' });
  }

  /** The run fails with this code; the thread goes on. Nothing on a target that reports no faults. */
  fault(code: number, detail: Operand): void {
    if (this.target.faults) this.statements.push({ kind: 'fault', code, detail: operandOf(detail, 'int32').node });
  }

  /** The element at an index, as a value of the buffer's type. */
  load(buffer: Buffer, index: Operand): Value {
    if (buffer.lanes !== 1) throw new InternalError('internal: one element of a buffer that is read in groups.');
    const { declared } = buffer;
    return new Value({ kind: 'load', type: loadedType(declared.stored), buffer: declared, index: operandOf(index, 'int32').node }).cast(buffer.type);
  }

  /** The elements of a group (one where the buffer has one lane). */
  loadGroup(buffer: Buffer, index: Operand): Value[] {
    if (buffer.lanes === 1) return [this.let('x', this.load(buffer, index))];
    const { declared, lanes } = buffer;
    const type = loadedType(declared.stored);
    return this.lanesOf(declared.name, type, lanes, new Value({ kind: 'load', type, buffer: declared, index: operandOf(index, 'int32').node }))
      .map((value) => value.cast(buffer.type));
  }

  store(buffer: Buffer, index: Operand, value: Operand): void {
    this.storeGroup(buffer, index, [operandOf(value, buffer.type)]);
  }

  storeGroup(buffer: Buffer, index: Operand, values: readonly Value[]): void {
    const { declared, lanes } = buffer;
    if (values.length !== lanes) throw new InternalError(`internal: ${values.length} values for a group of ${lanes}.`);
    const type = loadedType(declared.stored);
    this.statements.push({ kind: 'store', buffer: declared, index: operandOf(index, 'int32').node, values: values.map((value) => value.cast(type).node) });
  }

  atomic(op: AtomicOp, buffer: Buffer, index: Operand, value: Operand): void {
    this.statements.push({ kind: 'atomic', op, buffer: buffer.declared, index: operandOf(index, 'int32').node, value: operandOf(value, buffer.type).node });
  }

  shared(hint: string, type: ValueType, length: number, lanes: Lanes = 1): GridArray {
    return this.array('shared', hint, type, length, lanes);
  }

  private(hint: string, type: ValueType, length: number): GridArray {
    return this.array('private', hint, type, length, 1);
  }

  element(array: GridArray, index: Operand): Value {
    if (array.lanes !== 1) throw new InternalError('internal: one element of an array that is read in groups.');
    return new Value({ kind: 'element', type: array.type, array, index: operandOf(index, 'int32').node });
  }

  elementGroup(array: GridArray, index: Operand): Value[] {
    if (array.lanes === 1) return [this.let('x', this.element(array, index))];
    return this.lanesOf(array.name, array.type, array.lanes, new Value({ kind: 'element', type: array.type, array, index: operandOf(index, 'int32').node }));
  }

  setElement(array: GridArray, index: Operand, ...values: readonly Operand[]): void {
    if (values.length !== array.lanes) throw new InternalError(`internal: ${values.length} values for a group of ${array.lanes}.`);
    this.statements.push({ kind: 'setElement', array, index: operandOf(index, 'int32').node, values: values.map((value) => operandOf(value, array.type).node) });
  }

  /** A scalar expression on values of its inputs' dtypes; only those that it uses are looked at. */
  apply(expr: Expr, inputs: readonly (Value | undefined)[], known?: Map<Expr, Value>): Value {
    return applyExpr(this, expr, inputs, known);
  }

  /** A constant of a dtype. */
  constant(value: number | bigint | boolean, dtype: DType): Value {
    return operandOf(value, this.typeOf(dtype));
  }

  /** The type that a dtype is computed in. */
  typeOf(dtype: DType): ValueType {
    const type = valueType(dtype, this.target);
    if (type === undefined) throw new InternalError(`internal: ${dtype} arithmetic, which the device does not have.`);
    return type;
  }

  /** A value of a dtype's type, brought back to the dtype's own range after arithmetic. */
  wrap(dtype: DType, value: Value): Value {
    const bits = narrowBits(dtype);
    if (bits !== undefined) return value.type === 'uint32' ? value.and(2 ** bits - 1) : value.shl(32 - bits).shr(32 - bits);
    return (dtype === 'float16' || dtype === 'bfloat16') && value.type === 'float32' ? value.round(dtype) : value;
  }

  private lanesOf(hint: string, type: ValueType, lanes: Lanes, value: Value): Value[] {
    const name = this.program.unique(hint.replace(/_\d+$/, ''));
    this.statements.push({ kind: 'declare', isMutable: false, name, type, lanes, value: value.node });
    const of = new Value({ kind: 'name', type, name, lanes, isMutable: false }).node;
    return Array.from({ length: lanes }, (_, lane) => new Value({ kind: 'lane', type, of, lane }));
  }

  private array(space: GridArray['space'], hint: string, type: ValueType, length: number, lanes: Lanes): GridArray {
    const array: GridArray = { name: this.program.unique(hint), space, type, length, lanes };
    this.arrays.push(array);
    return array;
  }

  private block(body: () => void): GridStatement[] {
    const outer = this.statements;
    this.statements = [];
    body();
    const inner = this.statements;
    this.statements = outer;
    return inner;
  }
}
