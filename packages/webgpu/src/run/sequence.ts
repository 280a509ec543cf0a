/** Launches in order, checked once: which pipelines, which slots, how many workgroups, where their words lie in the uniform buffer. */
import { attachNode, InternalError, type Sequence, type SequenceItem } from '@sessionflow/core/device';
import type { DeviceProgram, LaunchParams } from '@sessionflow/core/kernels';
import type { WebGpuInfo } from '../info.js';
import type { CompiledPass, WebGpuExecutable } from '../pipelines.js';
import type { WgslSource } from '../source.js';

/** Uniform and storage bindings start at multiples of this in every WebGPU. */
export const bindingAlignment = 256;

export interface RecordedLaunch {
  readonly program: DeviceProgram<WgslSource>;
  readonly passes: readonly CompiledPass[];
  readonly slots: readonly number[];
  readonly nodes: readonly string[];
  /** Where its words begin in the bound's uniform buffer, and the binding's size; undefined without words. */
  readonly words: { readonly offset: number; readonly bytes: number } | undefined;
  /** Where its two fault words begin in the bound's fault buffer; undefined if it reports none. */
  readonly fault: number | undefined;
}

export class WebGpuSequence implements Sequence {
  readonly launches: readonly RecordedLaunch[];
  /** Bytes of the uniform buffer, and what lies in it. */
  readonly uniforms: Uint8Array;
  readonly faultBytes: number;

  constructor(items: readonly SequenceItem<WgslSource>[], readonly slots: readonly number[], readonly timed: boolean, private readonly info: WebGpuInfo) {
    let uniformBytes = 0;
    let faultBytes = 0;
    this.launches = items.map((item): RecordedLaunch => {
      if (item.kind !== 'launch') throw new InternalError('internal: a loop was recorded on the WebGPU device, which says that it has none.');
      const { program, slots: bound, nodes } = item;
      const { passes, slots: count, failure } = item.executable as WebGpuExecutable;
      if (failure !== undefined) throw attachNode(failure, nodes[0] ?? '(unknown)');
      if (bound.length < count) throw new InternalError(`internal: program '${program.key}' has ${count} slots and was given ${bound.length}.`, { node: nodes[0] });
      this.checkGrid(program.launch, program.key, passes.length, nodes);
      const bytes = Math.max(16, Math.ceil(program.launch.words.length / 4) * 16);
      const words = passes.some(({ takesWords }) => takesWords) ? { offset: uniformBytes, bytes } : undefined;
      if (words !== undefined) uniformBytes += Math.ceil(bytes / bindingAlignment) * bindingAlignment;
      const fault = passes.some(({ reportsFaults }) => reportsFaults) ? faultBytes : undefined;
      if (fault !== undefined) faultBytes += bindingAlignment;
      return { program, passes, slots: bound, nodes, words, fault };
    });
    this.uniforms = new Uint8Array(uniformBytes);
    this.faultBytes = faultBytes;
    for (const { words, program } of this.launches) if (words !== undefined) this.uniforms.set(bytesOf(program.launch.words), words.offset);
  }

  /** The words that replace a launch's own for one run, and their place. */
  replacement(index: number, params: LaunchParams): { readonly offset: number; readonly bytes: Uint8Array } | undefined {
    const { words, program, passes, nodes } = this.launches[index]!;
    this.checkGrid(params, program.key, passes.length, nodes);
    if (words === undefined) return undefined;
    if (params.words.length * 4 > words.bytes) throw new InternalError(`internal: ${params.words.length} words replace ${program.launch.words.length} of program '${program.key}'.`, { node: nodes[0] });
    return { offset: words.offset, bytes: bytesOf(params.words) };
  }

  release(): void { /* Pipelines belong to the device, buffers to what is bound. */ }

  private checkGrid({ grid }: LaunchParams, key: string, passes: number, nodes: readonly string[]): void {
    if (grid.length === 3 * passes && grid.every((groups) => Number.isInteger(groups) && groups >= 0 && groups <= this.info.workgroupsPerAxis)) return;
    const error = new InternalError(`internal: program '${key}' is launched on a grid of ${grid.join('×')} workgroups; this adapter takes up to ${this.info.workgroupsPerAxis} along each of three axes, for each of ${passes} passes.`);
    throw attachNode(error, nodes[0] ?? '(unknown)');
  }
}

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
