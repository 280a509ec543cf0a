/** Programs on their way to pipelines: each key compiles once per device, all of a plan at the same time, none of them on this thread. */
import { InternalError, type Executable, type OpError } from '@sessionflow/core/device';
import type { DeviceProgram } from '@sessionflow/core/kernels';
import { shaderStage } from './flags.js';
import { firstError } from './scopes.js';
import type { WgslSource } from './source.js';

/** A compiled program, or why it is none: the sequence that uses it says so with the node's name. */
export interface WebGpuExecutable extends Executable {
  readonly pipeline: GPUComputePipeline | undefined;
  readonly layout: GPUBindGroupLayout | undefined;
  readonly source: Pick<WgslSource, 'slots' | 'takesWords' | 'reportsFaults'>;
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

  private async compile({ key, source: render }: DeviceProgram<WgslSource>): Promise<WebGpuExecutable> {
    const { code, ...source } = render();
    const layout = this.layoutOf(source);
    let module: GPUShaderModule | undefined;
    try {
      // A module's errors are those of its pipeline, too; the scope keeps them from being reported on the console.
      void firstError(this.device, () => { module = this.device.createShaderModule({ label: key, code }); });
      if (module === undefined) throw new InternalError('WebGPU made no module.');
      const pipeline = await this.device.createComputePipelineAsync({
        label: key, layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }), compute: { module, entryPoint: 'main' },
      });
      return { key, pipeline, layout, source, failure: undefined };
    } catch (error) {
      const { messages } = await module?.getCompilationInfo().catch(() => undefined) ?? { messages: [] };
      const said = messages.filter(({ type }) => type === 'error').map(({ lineNum, linePos, message }) => `${lineNum}:${linePos} ${message}`);
      const text = said.length > 0 ? said.join('; ') : error instanceof Error ? error.message : String(error);
      return { key, pipeline: undefined, layout, source, failure: new InternalError(`internal: WebGPU refused the program '${key}': ${text}`, { cause: error }) };
    }
  }

  private layoutOf({ slots, takesWords, reportsFaults }: Omit<WgslSource, 'code'>): GPUBindGroupLayout {
    const name = `${slots.map((access) => access[0]).join('')}${takesWords ? 'u' : ''}${reportsFaults ? 'f' : ''}`;
    const known = this.layouts.get(name);
    if (known !== undefined) return known;
    const types: GPUBufferBindingType[] = slots.map((access) => (access === 'read' ? 'read-only-storage' : 'storage'));
    if (takesWords) types.push('uniform');
    if (reportsFaults) types.push('storage');
    const layout = this.device.createBindGroupLayout({
      label: name, entries: types.map((type, binding) => ({ binding, visibility: shaderStage.compute, buffer: { type } })),
    });
    this.layouts.set(name, layout);
    return layout;
  }
}
