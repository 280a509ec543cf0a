/** Programs on their way to code: keys that are new are assembled into one module per batch, compiled once, and put into every thread's table. */
import { inParts, InternalError } from '@sessionflow/core/device';
import type { Executable, Stage } from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import type { WasmSource } from './abi.js';
import { i32, ModuleBuilder, type FunctionRef } from './asm/index.js';
import { importMemory, imports, type MemoryImport } from './run/walker.js';
import type { LoadedModule } from './workers/protocol.js';

export interface WasmExecutable extends Executable {
  /** Index in the tables of each phase's function. */
  readonly functions: readonly number[];
}

export class Programs {
  private readonly known = new Map<string, WasmExecutable>();
  private readonly underWay = new Map<string, Promise<void>>();
  /** Table indices given out. Index 0 stays empty, so that a forgotten one traps. */
  private used = 1;

  /** `load` instantiates a module on every thread. */
  constructor(private readonly memory: MemoryImport, private readonly load: (module: LoadedModule) => Promise<void>) {}

  async prepare(programs: readonly DeviceProgram<WasmSource>[]): Promise<readonly WasmExecutable[]> {
    const batch = new Map<string, DeviceProgram<WasmSource>>();
    const waits = new Set<Promise<void>>();
    for (const program of programs) {
      const wait = this.underWay.get(program.key);
      if (wait !== undefined) waits.add(wait);
      else if (!this.known.has(program.key)) batch.set(program.key, program);
    }
    if (batch.size > 0) {
      const made = this.make(batch);
      for (const key of batch.keys()) this.underWay.set(key, made);
      waits.add(made);
      try {
        await made;
      } finally {
        for (const key of batch.keys()) this.underWay.delete(key);
      }
    }
    await Promise.all(waits);
    return programs.map(({ key }) => {
      const executable = this.known.get(key);
      if (executable === undefined) throw new InternalError(`internal: program '${key}' was not compiled.`);
      return executable;
    });
  }

  private async make(batch: ReadonlyMap<string, DeviceProgram<WasmSource>>): Promise<void> {
    const module = new ModuleBuilder();
    importMemory(module, this.memory);
    module.importTable(imports.module, imports.table, { initial: 0 });
    const assembled = await inParts(assemble(batch, module));
    // Batches that are assembled at the same time get their indices one after the other.
    const base = this.used;
    const functions: FunctionRef[] = [];
    const executables: WasmExecutable[] = [];
    for (const [key, phases] of assembled) {
      executables.push({ key, functions: phases.map((_, phase) => base + functions.length + phase) });
      functions.push(...phases);
    }
    this.used += functions.length;
    module.element(i32.const(base), functions);
    const bytes = module.finish();
    let compiled: WebAssembly.Module;
    try {
      compiled = await WebAssembly.compile(bytes);
    } catch (error) {
      throw new InternalError(`internal: the engine refused the code of ${[...batch.keys()].map((key) => `'${key}'`).join(', ')}: ${String(error)}`, { cause: error });
    }
    await this.load({ module: compiled, base, count: functions.length });
    for (const executable of executables) this.known.set(executable.key, executable);
  }
}

/** The functions of each key, in the order of their phases. */
function* assemble(batch: ReadonlyMap<string, DeviceProgram<WasmSource>>, module: ModuleBuilder): Stage<Map<string, readonly FunctionRef[]>> {
  const assembled = new Map<string, readonly FunctionRef[]>();
  for (const [key, program] of batch) {
    yield;
    assembled.set(key, program.source().assemble(module));
  }
  return assembled;
}
