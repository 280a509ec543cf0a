/** Programs on their way to pipelines: each key compiles once per device, all of a plan at the same time, none of them on this thread. */
import { InternalError, type Executable, type OpError } from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import { shaderStage } from './flags.js';
import { firstError } from './scopes.js';
import type { WgslPass, WgslSource } from './source.js';

export interface CompiledPass extends Omit<WgslPass, 'code'> {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** A compiled program, or why it is none: the sequence that uses it says so with the node's name. */
export interface WebGpuExecutable extends Executable {
  readonly slots: number;
  readonly passes: readonly CompiledPass[];
  readonly failure: OpError | undefined;
}

export class Pipelines {
  private readonly known = new Map<string, Promise<WebGpuExecutable>>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();

  constructor(private readonly device: GPUDevice) {}

  prepare(programs: readonly DeviceProgram<WgslSource>[]): Promise<readonly WebGpuExecutable[]> {
    return Promise.all(programs.map((program) => {
      const known = this.known.get(program.key) ?? this.compile(program);
      this.known.set(program.key, known);
      return known;
    }));
  }

  private async compile({ key, source }: DeviceProgram<WgslSource>): Promise<WebGpuExecutable> {
    const { slots, passes } = source();
    try {
      return { key, slots, passes: await Promise.all(passes.map((pass) => this.compilePass(key, pass))), failure: undefined };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { key, slots, passes: [], failure: new InternalError(`internal: WebGPU refused the program '${key}': ${text}`, { cause: error }) };
    }
  }

  private async compilePass(key: string, { code, ...pass }: WgslPass): Promise<CompiledPass> {
    const layout = this.layoutOf(pass);
    const label = `${key} ${pass.name}`;
    let module: GPUShaderModule | undefined;
    // A module's errors are those of its pipeline, too; the scope keeps them from being reported on the console.
    void firstError(this.device, () => { module = this.device.createShaderModule({ label, code }); });
    if (module === undefined) throw new InternalError('WebGPU made no module.');
    try {
      const pipeline = await this.device.createComputePipelineAsync({
        label, layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }), compute: { module, entryPoint: 'main' },
      });
      return { ...pass, pipeline, layout };
    } catch (error) {
      const { messages } = await module.getCompilationInfo().catch(() => undefined) ?? { messages: [] };
      const said = messages.filter(({ type }) => type === 'error').map(({ lineNum, linePos, message }) => `${lineNum}:${linePos} ${message}`);
      throw said.length > 0 ? new Error(said.join('; '), { cause: error }) : error;
    }
  }

  private layoutOf({ buffers, takesWords, reportsFaults }: Omit<WgslPass, 'code'>): GPUBindGroupLayout {
    const name = `${buffers.map(({ access }) => access[0]).join('')}${takesWords ? 'u' : ''}${reportsFaults ? 'f' : ''}`;
    const known = this.layouts.get(name);
    if (known !== undefined) return known;
    const types: GPUBufferBindingType[] = buffers.map(({ access }) => (access === 'read' ? 'read-only-storage' : 'storage'));
    if (takesWords) types.push('uniform');
    if (reportsFaults) types.push('storage');
    const layout = this.device.createBindGroupLayout({
      label: name, entries: types.map((type, binding) => ({ binding, visibility: shaderStage.compute, buffer: { type } })),
    });
    this.layouts.set(name, layout);
    return layout;
  }
}
