/**
 * Builds one function body straight into bytes. Statements run in the order they are called; values (value.ts) are emitted by the
 * statement that uses them. Control is structured by callbacks, and locals made inside a block are reused after it.
 */
import { ByteWriter } from './byteWriter.js';
import type { FunctionRef, FunctionType, GlobalRef, ModuleBuilder } from './moduleBuilder.js';
import { i32 } from './scalar.js';
import { asI32, asValue, Local, makeValue, typeCodes, type Effect, type I32, type Operands, type Value, type ValueType } from './value.js';

/** The target of a branch: the end of a block, or the start of a loop. */
export interface Label {
  readonly depth: number;
}

export class FunctionBuilder {
  private readonly code = new ByteWriter();
  private readonly types: ValueType[] = [];
  private readonly free: Record<ValueType, number[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  private taken: Local[] = [];
  private depth = 0;
  readonly params: readonly Local[];

  constructor(readonly module: ModuleBuilder, readonly type: FunctionType) {
    this.params = type.params.map((param, index) => new Local(param, index));
  }

  /** Parameter `index`, which must have the given type. */
  param<T extends ValueType>(type: T, index: number): Local<T> {
    const param = this.params[index];
    if (param?.type !== type) throw new Error(`internal: parameter ${index} read as ${type}, but it is ${param?.type ?? 'not there'}.`);
    return param as Local<T>;
  }

  /** A local that lives until the enclosing scope ends. Its content is undefined until set. */
  local<T extends ValueType>(type: T): Local<T> {
    let index = this.free[type].pop();
    if (index === undefined) {
      index = this.params.length + this.types.length;
      this.types.push(type);
    }
    const local = new Local(type, index);
    this.taken.push(local);
    return local;
  }

  locals<T extends ValueType>(type: T, count: number): Local<T>[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  /** A new local that holds the value. */
  let<T extends ValueType>(value: Value<T>): Local<T> {
    const local = this.local(value.type);
    value.emit(this.code);
    this.code.byte(0x21);
    this.code.u32(local.index);
    return local;
  }

  set<T extends ValueType>(local: Local<T>, value: Operands[T]): void {
    asValue(local.type, value).emit(this.code);
    this.code.byte(0x21);
    this.code.u32(local.index);
  }

  /** Sets the local where the result is used, and gives the value. */
  tee<T extends ValueType>(local: Local<T>, value: Operands[T]): Value<T> {
    return makeValue(local.type, (code) => {
      asValue(local.type, value).emit(code);
      code.byte(0x22);
      code.u32(local.index);
    });
  }

  /** local += value */
  increase(local: Local<'i32'>, by: I32): void {
    this.set(local, i32.add(local, by));
  }

  do(effect: Effect): void {
    effect.emit(this.code);
  }

  drop(value: Value): void {
    value.emit(this.code);
    this.code.byte(0x1a);
  }

  /** Runs `body` and takes back the locals made in it. */
  scope<R>(body: () => R): R {
    const outer = this.taken;
    this.taken = [];
    const result = body();
    for (const local of this.taken) this.free[local.type].push(local.index);
    this.taken = outer;
    return result;
  }

  private structured(opcode: number, body: (label: Label) => void): void {
    this.code.byte(opcode);
    this.code.byte(0x40);
    this.depth++;
    const label = { depth: this.depth };
    this.scope(() => body(label));
    this.depth--;
    this.code.byte(0x0b);
  }

  /** `br(label)` inside leaves the block. */
  block(body: (label: Label) => void): void {
    this.structured(0x02, body);
  }

  /** `br(label)` inside starts again; falling out of the end leaves. */
  loop(body: (label: Label) => void): void {
    this.structured(0x03, body);
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    asI32(condition).emit(this.code);
    this.code.byte(0x04);
    this.code.byte(0x40);
    this.depth++;
    this.scope(then);
    if (otherwise !== undefined) {
      this.code.byte(0x05);
      this.scope(otherwise);
    }
    this.depth--;
    this.code.byte(0x0b);
  }

  br(label: Label): void {
    this.code.byte(0x0c);
    this.code.u32(this.depth - label.depth);
  }

  brIf(label: Label, condition: I32): void {
    asI32(condition).emit(this.code);
    this.code.byte(0x0d);
    this.code.u32(this.depth - label.depth);
  }

  /** Jumps to `labels[index]`, or to `otherwise` past their end. */
  brTable(index: I32, labels: readonly Label[], otherwise: Label): void {
    asI32(index).emit(this.code);
    this.code.byte(0x0e);
    this.code.u32(labels.length);
    for (const label of labels) this.code.u32(this.depth - label.depth);
    this.code.u32(this.depth - otherwise.depth);
  }

  /** `for (i = from; i < to; i += step)`, signed; `to` is computed on each turn, so let it be a local or a constant. */
  for(i: Local<'i32'>, from: I32, to: I32, step: I32, body: () => void): void {
    this.set(i, from);
    this.if(i32.ltS(i, to), () => {
      this.loop((again) => {
        this.scope(body);
        this.increase(i, step);
        this.brIf(again, i32.ltS(i, to));
      });
    });
  }

  /** Counts `count` down to 0; `count` is changed. The shortest loop. */
  repeat(count: Local<'i32'>, body: () => void): void {
    this.if(i32.gtS(count, 0), () => this.repeatAtLeastOnce(count, body));
  }

  /** As `repeat` where count ≥ 1 is known. */
  repeatAtLeastOnce(count: Local<'i32'>, body: () => void): void {
    this.loop((again) => {
      this.scope(body);
      this.brIf(again, this.tee(count, i32.sub(count, 1)));
    });
  }

  while(condition: () => I32, body: () => void): void {
    this.block((done) => this.loop((again) => {
      this.brIf(done, i32.eqz(condition()));
      this.scope(body);
      this.br(again);
    }));
  }

  return(...values: readonly Value[]): void {
    for (const value of values) value.emit(this.code);
    this.code.byte(0x0f);
  }

  unreachable(): void {
    this.code.byte(0x00);
  }

  /** Leaves the value as the result of the body's end. */
  result(value: Value): void {
    value.emit(this.code);
  }

  /** A call with at most one result, as a statement; a result is dropped. */
  call(target: FunctionRef, ...args: readonly (Value | number)[]): void {
    emitArgs(this.code, target.type, args);
    this.code.byte(0x10);
    this.code.u32(target.index);
    for (const _ of target.type.results) this.code.byte(0x1a);
  }

  /** A call as a value: the function's one result. */
  callValue<T extends ValueType>(type: T, target: FunctionRef, ...args: readonly (Value | number)[]): Value<T> {
    const { results } = target.type;
    if (results.length !== 1 || results[0] !== type) throw new Error(`internal: the call does not give one ${type}.`);
    return makeValue(type, (code) => {
      emitArgs(code, target.type, args);
      code.byte(0x10);
      code.u32(target.index);
    });
  }

  /** A call through the module's table, as a value. */
  callIndirect<T extends ValueType>(type: T, signature: FunctionType, index: I32, ...args: readonly (Value | number)[]): Value<T> {
    const typeIndex = this.module.typeIndex(signature);
    return makeValue(type, (code) => {
      emitArgs(code, signature, args);
      asI32(index).emit(code);
      code.byte(0x11);
      code.u32(typeIndex);
      code.byte(0);
    });
  }

  global<T extends ValueType>(type: T, global: GlobalRef): Value<T> {
    return makeValue(type, (code) => { code.byte(0x23); code.u32(global.index); });
  }

  setGlobal(global: GlobalRef, value: Value): void {
    value.emit(this.code);
    this.code.byte(0x24);
    this.code.u32(global.index);
  }

  /** A function of the same module that is built once per key: shared inner loops. Its body may make helpers in turn. */
  helper(key: string, type: FunctionType, build: (f: FunctionBuilder) => void): FunctionRef {
    return this.module.helper(key, type, build);
  }

  /** Locals and code as the code section has them. */
  finish(): Uint8Array {
    if (this.depth !== 0) throw new Error('internal: a block was left open.');
    const out = new ByteWriter(this.code.length + 32);
    const groups: { type: ValueType; count: number }[] = [];
    for (const type of this.types) {
      const last = groups.at(-1);
      if (last?.type === type) last.count++;
      else groups.push({ type, count: 1 });
    }
    out.u32(groups.length);
    for (const { type, count } of groups) {
      out.u32(count);
      out.byte(typeCodes[type]);
    }
    out.append(this.code.view());
    out.byte(0x0b);
    return out.take();
  }
}

function emitArgs(code: ByteWriter, type: FunctionType, args: readonly (Value | number)[]): void {
  if (args.length !== type.params.length) {
    throw new Error(`internal: a call with ${args.length} arguments of a function with ${type.params.length}.`);
  }
  type.params.forEach((param, i) => {
    const arg = args[i] as Value | number;
    if (typeof arg !== 'number' && arg.type !== param) {
      throw new Error(`internal: argument ${i} of a call is ${arg.type}, the parameter ${param}.`);
    }
    asValue(param, arg as Operands[typeof param]).emit(code);
  });
}
