/** A sequence over real buffers: a bind group for each pass of each launch, the launches' words in one uniform buffer, fault words in another. */
import { attachNode, InternalError, ResourceExhaustedError, type Bound, type BufferRange, type OpError } from '@sessionflow/core/device';
import type { LaunchParams } from '@sessionflow/core/kernels';
import { bufferUsage } from '../flags.js';
import type { Block, Memory } from '../memory.js';
import { firstError, isOutOfMemory } from '../scopes.js';
import { bindingAlignment, type RecordedLaunch, type WebGpuSequence } from './sequence.js';

export type Overrides = ReadonlyMap<number, LaunchParams>;

const faultWordsBytes = 8;

export class WebGpuBound implements Bound {
  readonly faults: GPUBuffer | undefined;
  private readonly uniforms: GPUBuffer | undefined;
  private groups: readonly (readonly GPUBindGroup[])[] = [];
  private readonly blocks: readonly Block[];
  /** What WebGPU found wrong with the buffers and bind groups; undefined: nothing. */
  private readonly bindError: Promise<GPUError | undefined>;
  /** Launches whose words are those of an earlier run. */
  private replaced: readonly number[] = [];
  private runs = 0;
  /** Why this cannot run: a buffer that the GPU had no room for, or bindings that it refused. Told once `known` has ended. */
  failure: OpError | undefined;
  private isKnown = false;
  private isReleased = false;

  constructor(private readonly device: GPUDevice, memory: Memory, readonly sequence: WebGpuSequence, ranges: readonly BufferRange[]) {
    const { slots, uniforms, faultBytes } = sequence;
    if (ranges.length < slots.length) throw new InternalError(`internal: ${ranges.length} buffers were bound to a sequence of ${slots.length} slots.`);
    this.blocks = slots.map((bytes, slot) => {
      const range = ranges[slot]!;
      if (range.bytes < bytes) throw new InternalError(`internal: slot ${slot} takes ${bytes} bytes, and was bound to ${range.bytes}.`);
      return blockOf(memory, range);
    });
    let made: { uniforms: GPUBuffer | undefined; faults: GPUBuffer | undefined } | undefined;
    this.bindError = firstError(device, () => {
      made = {
        uniforms: uniforms.length > 0 ? device.createBuffer({ size: uniforms.length, usage: bufferUsage.uniform | bufferUsage.copyTarget }) : undefined,
        faults: faultBytes > 0 ? device.createBuffer({ size: faultBytes, usage: bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget }) : undefined,
      };
      if (made.uniforms !== undefined) device.queue.writeBuffer(made.uniforms, 0, uniforms);
      this.groups = sequence.launches.map((launch) => this.bindGroups(launch, ranges, made?.uniforms, made?.faults));
    });
    this.uniforms = made?.uniforms;
    this.faults = made?.faults;
  }

  /** The first node that it runs. */
  get node(): string | undefined {
    return this.sequence.launches[0]?.nodes[0];
  }

  /** Whether `begin` writes words: what was encoded before must be submitted by then. */
  writesWords(overrides: Overrides | undefined): boolean {
    return this.replaced.length > 0 || (overrides?.size ?? 0) > 0;
  }

  /** Makes the words ready for a run; undoes what the run before replaced. */
  begin(overrides: Overrides | undefined): void {
    if (this.isReleased) throw new InternalError('internal: a bound sequence was run after its release.');
    const { sequence, uniforms } = this;
    this.runs++;
    if (uniforms === undefined) return;
    for (const index of this.replaced) {
      if (overrides?.has(index) !== true) this.write(index, sequence.launches[index]!.program.launch);
    }
    for (const [index, params] of overrides ?? []) this.write(index, params);
    this.replaced = overrides === undefined ? [] : [...overrides.keys()];
  }

  /** Encodes the launches, each in a pass of its own where `timing` says so (it gives the pass's timestamps). */
  encode(encoder: GPUCommandEncoder, overrides: Overrides | undefined, timing?: (index: number) => GPUComputePassTimestampWrites | undefined): void {
    const { launches } = this.sequence;
    if (this.faults !== undefined) encoder.clearBuffer(this.faults);
    let pass: GPUComputePassEncoder | undefined;
    let last: GPUComputePipeline | undefined;
    for (let index = 0; index < launches.length; index++) {
      const timestampWrites = timing?.(index);
      if (pass === undefined || timing !== undefined) {
        pass?.end();
        pass = encoder.beginComputePass(timestampWrites === undefined ? {} : { timestampWrites });
        last = undefined;
      }
      last = this.launch(pass, index, overrides, last);
    }
    pass?.end();
  }

  /** Encodes each launch by itself; `submit` is called after each. */
  encodeApart(overrides: Overrides | undefined, encoder: () => GPUCommandEncoder, submit: () => void): void {
    if (this.faults !== undefined) encoder().clearBuffer(this.faults);
    for (let index = 0; index < this.sequence.launches.length; index++) {
      const pass = encoder().beginComputePass();
      this.launch(pass, index, overrides, undefined);
      pass.end();
      submit();
    }
  }

  /** A run has ended. */
  end(): void {
    this.runs--;
    if (this.isReleased && this.runs === 0) this.destroy();
  }

  /** The fault that a run reported, from what it left in the fault buffer. */
  faultIn(words: Int32Array): OpError | undefined {
    for (const { fault, program, nodes } of this.sequence.launches) {
      const code = fault === undefined ? 0 : words[fault / 4]!;
      if (fault === undefined || code === 0) continue;
      const error = program.fault?.(code, words[fault / 4 + 1]!) ?? new InternalError(`internal: program '${program.key}' reported fault ${code}, which has no text.`);
      return attachNode(error, nodes[0] ?? '(unknown)');
    }
    return undefined;
  }

  /** Waits for the GPU's answers about buffers and bindings; undefined where they are there. */
  known(memory: Memory): Promise<void> | undefined {
    return this.isKnown ? undefined : this.ask(memory);
  }

  private async ask(memory: Memory): Promise<void> {
    await memory.settled();
    const lacking = this.blocks.findIndex(({ failure }) => failure !== undefined);
    if (lacking >= 0) {
      const node = this.sequence.launches.find(({ slots }) => slots.includes(lacking))?.nodes[0];
      const { failure } = this.blocks[lacking]!;
      this.failure = failure === undefined || node === undefined ? failure : attachNode(failure, node);
    } else {
      const error = await this.bindError;
      if (error !== undefined) this.failure = await this.explain(error);
    }
    this.isKnown = true;
  }

  /** A GPU error in the words of this sequence: the node is that of the first launch that fails alone. */
  async explain(error: GPUError): Promise<OpError> {
    return await this.culprit() ?? (this.node === undefined ? fromGpu(error) : attachNode(fromGpu(error), this.node));
  }

  /** What the GPU says of the first launch that fails alone. */
  async culprit(): Promise<OpError | undefined> {
    for (const [index, { nodes }] of this.sequence.launches.entries()) {
      const alone = await firstError(this.device, () => {
        const encoder = this.device.createCommandEncoder();
        const pass = encoder.beginComputePass();
        this.launch(pass, index, undefined, undefined);
        pass.end();
        encoder.finish();
      });
      if (alone !== undefined) return attachNode(fromGpu(alone), nodes[0] ?? '(unknown)');
    }
    return undefined;
  }

  /** What still runs keeps its buffers until it has ended. */
  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    if (this.runs === 0) this.destroy();
  }

  private launch(encoder: GPUComputePassEncoder, index: number, overrides: Overrides | undefined, last: GPUComputePipeline | undefined): GPUComputePipeline | undefined {
    const { passes, program } = this.sequence.launches[index]!;
    const { grid } = overrides?.get(index) ?? program.launch;
    let current = last;
    for (let i = 0; i < passes.length; i++) {
      const [x, y, z] = [grid[3 * i]!, grid[3 * i + 1]!, grid[3 * i + 2]!];
      if (x * y * z === 0) continue;
      const { pipeline } = passes[i]!;
      if (pipeline !== current) encoder.setPipeline(pipeline);
      current = pipeline;
      encoder.setBindGroup(0, this.groups[index]![i]!);
      encoder.dispatchWorkgroups(x, y, z);
    }
    return current;
  }

  private bindGroups({ passes, slots, words, fault, nodes }: RecordedLaunch, ranges: readonly BufferRange[], uniforms: GPUBuffer | undefined, faults: GPUBuffer | undefined): GPUBindGroup[] {
    return passes.map(({ layout, buffers, takesWords, reportsFaults }) => {
      const resources: GPUBufferBinding[] = buffers.map(({ slot: place }) => {
        const slot = slots[place]!;
        return { buffer: this.blocks[slot]!.gpu, offset: ranges[slot]!.offset, size: Math.max(16, Math.ceil(this.sequence.slots[slot]! / 16) * 16) };
      });
      if (takesWords && words !== undefined && uniforms !== undefined) resources.push({ buffer: uniforms, offset: words.offset, size: words.bytes });
      if (reportsFaults && fault !== undefined && faults !== undefined) resources.push({ buffer: faults, offset: fault, size: faultWordsBytes });
      return this.device.createBindGroup({ label: nodes[0] ?? '', layout, entries: resources.map((resource, binding) => ({ binding, resource })) });
    });
  }

  private write(index: number, params: LaunchParams): void {
    const words = this.sequence.replacement(index, params);
    if (words !== undefined && this.uniforms !== undefined) this.device.queue.writeBuffer(this.uniforms, words.offset, new Uint8Array(words.bytes));
  }

  private destroy(): void {
    this.uniforms?.destroy();
    this.faults?.destroy();
  }
}

/** The block of a range that lies in it, at an offset that can be bound. */
export function blockOf(memory: Memory, { buffer, offset, bytes }: BufferRange): Block {
  if (!memory.holds(buffer)) throw new InternalError('internal: a buffer that was released, or is of another device, was given to the WebGPU device.');
  if (offset < 0 || bytes < 0 || offset + bytes > buffer.bytes) {
    throw new InternalError(`internal: bytes ${offset} to ${offset + bytes} were asked of a buffer of ${buffer.bytes} bytes.`);
  }
  if (offset % bindingAlignment !== 0) throw new InternalError(`internal: a range at offset ${offset}, which is no multiple of ${bindingAlignment}, was given to the WebGPU device.`);
  return buffer;
}

/** A GPU error as TensorFlow's. */
export function fromGpu(error: GPUError): OpError {
  if (isOutOfMemory(error)) return new ResourceExhaustedError(`OOM on the WebGPU device: ${error.message}`);
  return new InternalError(`internal: WebGPU says: ${error.message}`);
}
