/** Programs made ready on one device: each key once. Kernels are compiled by NVRTC off the event loop, library calls pick their algorithm. */
import { InternalError, type Executable } from '@sessionflow/core/device';
import type { DeviceProgram, LaunchParams } from '@sessionflow/core/kernels';
import { isCallError, type Driver, type Handle } from './addon/driver.js';
import { opErrorOf } from './addon/errors.js';
import type { CudaInfo } from './info.js';
import type { KernelCache } from './kernelCache.js';
import type { CudaMemory } from './memory.js';
import { captured, enqueueCommand } from './run/graph.js';
import type { CudaKernels, CudaSource } from './source.js';
import { takeAll } from './steps.js';

/** One kernel, ready. */
export interface ReadyPass {
  readonly fn: Handle;
  readonly block: readonly [number, number, number];
}

/** Kernels of one launch, one after the other. */
export interface ReadyKernels {
  readonly kind: 'kernels';
  readonly passes: readonly ReadyPass[];
  readonly buffers: number;
  readonly words: number;
  readonly hasFault: boolean;
}

/** A library call that has its algorithm. */
export interface ReadyCall {
  readonly kind: 'matmul' | 'convolution';
  readonly call: Handle;
  readonly hasBias: boolean;
  /** Of a convolution: what lays the filter out, and where in scratch. */
  readonly layFilter?: { readonly kernels: ReadyKernels; readonly launch: LaunchParams; readonly offset: number };
}

export class CudaExecutable implements Executable {
  constructor(readonly owner: Programs, readonly key: string, readonly ready: ReadyKernels | ReadyCall) {}
}

/** Seen from NVRTC: no fast math, so that NaN, infinities and -0 are what IEEE says; the architecture comes on top. */
export const compilerOptions = ['--std=c++17', '--fmad=true', '--device-as-default-execution-space'];

export class Programs {
  private readonly known = new Map<string, Promise<CudaExecutable>>();
  private readonly modules: Handle[] = [];
  private readonly calls: (() => void)[] = [];
  private readonly architecture: string;
  private isClosed = false;

  /** `capture`: a stream on which nothing runs. */
  constructor(
    private readonly driver: Driver, private readonly context: Handle, private readonly info: CudaInfo, private readonly cache: KernelCache,
    private readonly heap: CudaMemory, private readonly capture: Handle,
  ) {
    const { capability } = info;
    const made = driver.architectures();
    // Machine code for the device, or for an earlier one of its generation, which it runs as well. Else PTX for the newest that this NVRTC knows, which the
    // driver compiles on: that wants a driver that is no older than NVRTC.
    const newest = Math.max(0, ...made.filter((arch) => arch <= capability));
    const isOfGeneration = Math.floor(newest / 10) === Math.floor(capability / 10);
    this.architecture = isOfGeneration ? `sm_${newest}` : `compute_${newest === 0 ? capability : newest}`;
  }

  prepare(programs: readonly DeviceProgram<CudaSource>[]): Promise<readonly CudaExecutable[]> {
    return Promise.all(programs.map((program) => {
      let executable = this.known.get(program.key);
      if (executable === undefined) {
        executable = this.make(program);
        this.known.set(program.key, executable);
        // A program that failed may be asked for again.
        executable.catch(() => this.known.delete(program.key));
      }
      return executable;
    }));
  }

  /** Unloads everything. */
  close(): void {
    this.isClosed = true;
    const steps = [...this.calls.splice(0), ...this.modules.splice(0).map((module) => () => { this.driver.unloadModule(module); })];
    this.known.clear();
    takeAll(steps);
  }

  private async make(program: DeviceProgram<CudaSource>): Promise<CudaExecutable> {
    const source = program.source();
    return new CudaExecutable(this, program.key, source.kind === 'kernels' ? await this.kernels(program.key, source) : await this.call(program.key, source));
  }

  private async call(key: string, source: Exclude<CudaSource, CudaKernels>): Promise<ReadyCall | ReadyKernels> {
    const { driver, context } = this;
    try {
      if (source.kind === 'matmul') {
        const { id } = driver.createMatmul(context, source.request);
        return this.tried({ kind: 'matmul', call: id, hasBias: source.hasBias }, () => { driver.destroyMatmul(id); });
      }
      const { id } = driver.createConvolution(context, source.request);
      const call = this.tried({ kind: 'convolution', call: id, hasBias: source.hasBias }, () => { driver.destroyConvolution(id); });
      const { kernels, launch } = source.layFilter;
      return { ...call, layFilter: { kernels: await this.kernels(key, kernels), launch, offset: source.filterOffset } };
    } catch (error) {
      // A library may have no algorithm for a shape: the kernels do.
      if (!isCallError(error)) throw error;
      return this.kernels(key, source.fallback);
    }
  }

  /** The call, once it was recorded and not done: a library may have an algorithm and refuse it all the same. Its code is then loaded, too. */
  private tried(ready: ReadyCall, free: () => void): ReadyCall {
    const { driver, heap, capture } = this;
    const memory = heap.raw(1, 'trying a library call');
    try {
      const [first, second, output, workspace] = [memory, memory, memory, memory];
      const command = { kind: 'call', ready, first, second, bias: ready.hasBias ? memory : 0, output, workspace } as const;
      driver.destroyGraph(captured(driver, capture, () => { enqueueCommand(driver, capture, command); }));
    } catch (error) {
      free();
      throw error;
    } finally {
      heap.rawRelease(memory);
    }
    this.calls.push(free);
    return ready;
  }

  private async kernels(key: string, { text, passes, buffers, words, hasFault }: CudaKernels): Promise<ReadyKernels> {
    const { driver, info } = this;
    const options = [...compilerOptions, `--gpu-architecture=${this.architecture}`];
    let image: Uint8Array;
    try {
      const { version = '' } = driver.report().nvrtc;
      image = await this.cache.image([version, ...options, text], async () => (await driver.compile(text, 'kernel.cu', options)).image);
    } catch (error) {
      if (isCallError(error)) throw new InternalError(`internal: NVRTC refuses the program '${key}': ${error.statusText}\n${text}`, { cause: error });
      throw opErrorOf(error, info, `compiling '${key}'`);
    }
    if (this.isClosed) throw new InternalError('internal: the device was closed while it compiled.');
    try {
      const module = driver.loadModule(this.context, image);
      this.modules.push(module);
      return { kind: 'kernels', buffers, words, hasFault, passes: passes.map(({ entry, block }) => ({ fn: driver.getFunction(module, entry), block })) };
    } catch (error) {
      throw opErrorOf(error, info, `loading '${key}'`);
    }
  }
}
