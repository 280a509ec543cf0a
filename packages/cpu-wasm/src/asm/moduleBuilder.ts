/** Builds a module: imports first, then functions in any order (they may call each other before they are defined), then `finish`. */
import { ByteWriter } from './byteWriter.js';
import { FunctionBuilder } from './functionBuilder.js';
import { typeCodes, type Value, type ValueType } from './value.js';

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface FunctionRef {
  readonly index: number;
  readonly type: FunctionType;
}

export interface GlobalRef {
  readonly index: number;
}

/** Sizes in 64 KiB pages; shared memories need a maximum. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum?: number;
  readonly shared?: boolean;
}

export interface TableLimits {
  readonly initial: number;
  readonly maximum?: number;
}

type ExportKind = 'function' | 'table' | 'memory' | 'global';
const exportCodes: Readonly<Record<ExportKind, number>> = { function: 0, table: 1, memory: 2, global: 3 };

export class ModuleBuilder {
  private readonly types: Uint8Array[] = [];
  private readonly typeIndices = new Map<string, number>();
  private readonly imports: Uint8Array[] = [];
  private readonly declared: FunctionRef[] = [];
  private readonly bodies: (Uint8Array | undefined)[] = [];
  private readonly exports: Uint8Array[] = [];
  private readonly globals: Uint8Array[] = [];
  private readonly elements: Uint8Array[] = [];
  private readonly data: Uint8Array[] = [];
  private readonly helpers = new Map<string, FunctionRef>();
  private memories: Uint8Array[] = [];
  private tables: Uint8Array[] = [];
  private importedFunctions = 0;
  private importedGlobals = 0;

  /** The index of a function type. */
  typeIndex(type: FunctionType): number {
    const key = `${type.params.join()}>${type.results.join()}`;
    const known = this.typeIndices.get(key);
    if (known !== undefined) return known;
    const out = new ByteWriter(16);
    out.byte(0x60);
    for (const list of [type.params, type.results]) {
      out.u32(list.length);
      for (const item of list) out.byte(typeCodes[item]);
    }
    this.typeIndices.set(key, this.types.length);
    this.types.push(out.take());
    return this.types.length - 1;
  }

  private import(module: string, name: string, kind: number, describe: (out: ByteWriter) => void): void {
    if (kind === 0 && this.declared.length > 0) throw new Error('internal: a function was imported after one was declared.');
    const out = new ByteWriter(32);
    out.name(module);
    out.name(name);
    out.byte(kind);
    describe(out);
    this.imports.push(out.take());
  }

  importMemory(module: string, name: string, limits: MemoryLimits): void {
    this.import(module, name, 2, (out) => writeMemory(out, limits));
  }

  importFunction(module: string, name: string, type: FunctionType): FunctionRef {
    const index = this.typeIndex(type);
    this.import(module, name, 0, (out) => out.u32(index));
    return { index: this.importedFunctions++, type };
  }

  importTable(module: string, name: string, limits: TableLimits): void {
    this.import(module, name, 1, (out) => writeTable(out, limits));
  }

  importGlobal(module: string, name: string, type: ValueType, mutable: boolean): GlobalRef {
    this.import(module, name, 3, (out) => { out.byte(typeCodes[type]); out.byte(mutable ? 1 : 0); });
    return { index: this.importedGlobals++ };
  }

  /** The module's own memory. */
  memory(limits: MemoryLimits): void {
    const out = new ByteWriter(16);
    writeMemory(out, limits);
    this.memories = [out.take()];
  }

  /** The module's own table of functions. */
  table(limits: TableLimits): void {
    const out = new ByteWriter(16);
    writeTable(out, limits);
    this.tables = [out.take()];
  }

  /** A global with a constant start value. */
  global(type: ValueType, mutable: boolean, start: Value): GlobalRef {
    const out = new ByteWriter(16);
    out.byte(typeCodes[type]);
    out.byte(mutable ? 1 : 0);
    start.emit(out);
    out.byte(0x0b);
    this.globals.push(out.take());
    return { index: this.importedGlobals + this.globals.length - 1 };
  }

  /** Reserves a function, to be defined later. */
  declare(type: FunctionType): FunctionRef {
    const ref = { index: this.importedFunctions + this.declared.length, type };
    this.declared.push(ref);
    this.bodies.push(undefined);
    return ref;
  }

  define(ref: FunctionRef, build: (f: FunctionBuilder) => void): void {
    const f = new FunctionBuilder(this, ref.type);
    build(f);
    this.bodies[ref.index - this.importedFunctions] = f.finish();
  }

  function(type: FunctionType, build: (f: FunctionBuilder) => void): FunctionRef {
    const ref = this.declare(type);
    this.define(ref, build);
    return ref;
  }

  /** The function of that key, built when it is first asked for. */
  helper(key: string, type: FunctionType, build: (f: FunctionBuilder) => void): FunctionRef {
    const known = this.helpers.get(key);
    if (known !== undefined) return known;
    const ref = this.declare(type);
    this.helpers.set(key, ref);
    this.define(ref, build);
    return ref;
  }

  export(name: string, kind: ExportKind, index: number): void {
    const out = new ByteWriter(32);
    out.name(name);
    out.byte(exportCodes[kind]);
    out.u32(index);
    this.exports.push(out.take());
  }

  exportFunction(name: string, ref: FunctionRef): void {
    this.export(name, 'function', ref.index);
  }

  /** Writes functions into the table from `offset` when the module is instantiated; a Value must be constant (a global's value is). */
  element(offset: Value<'i32'>, functions: readonly FunctionRef[]): void {
    const out = new ByteWriter(32);
    out.u32(0);
    offset.emit(out);
    out.byte(0x0b);
    out.u32(functions.length);
    for (const ref of functions) out.u32(ref.index);
    this.elements.push(out.take());
  }

  /** Writes bytes to memory when the module is instantiated. */
  segment(offset: Value<'i32'>, bytes: Uint8Array): void {
    const out = new ByteWriter(bytes.length + 16);
    out.u32(0);
    offset.emit(out);
    out.byte(0x0b);
    out.sized(bytes);
    this.data.push(out.take());
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(4096);
    out.append(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
    const functions = this.declared.map((ref) => {
      const one = new ByteWriter(4);
      one.u32(this.typeIndex(ref.type));
      return one.take();
    });
    const code = this.bodies.map((body, i) => {
      if (body === undefined) throw new Error(`internal: function ${i + this.importedFunctions} was declared but not defined.`);
      const one = new ByteWriter(body.length + 5);
      one.sized(body);
      return one.take();
    });
    const sections: readonly [number, readonly Uint8Array[]][] = [
      [1, this.types], [2, this.imports], [3, functions], [4, this.tables], [5, this.memories], [6, this.globals],
      [7, this.exports], [9, this.elements], [10, code], [11, this.data],
    ];
    for (const [id, items] of sections) {
      if (items.length === 0) continue;
      const body = new ByteWriter(4096);
      body.u32(items.length);
      for (const item of items) body.append(item);
      out.byte(id);
      out.sized(body.view());
    }
    return out.take();
  }
}

function writeMemory(out: ByteWriter, { initial, maximum, shared = false }: MemoryLimits): void {
  if (shared && maximum === undefined) throw new Error('internal: a shared memory needs a maximum size.');
  out.byte((shared ? 2 : 0) | (maximum === undefined ? 0 : 1));
  out.u32(initial);
  if (maximum !== undefined) out.u32(maximum);
}

function writeTable(out: ByteWriter, { initial, maximum }: TableLimits): void {
  out.byte(0x70);
  out.byte(maximum === undefined ? 0 : 1);
  out.u32(initial);
  if (maximum !== undefined) out.u32(maximum);
}
