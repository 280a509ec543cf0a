/**
 * The fake driver of the tests (`native/fake`): kernels run on the CPU, memory is counted, failures can be had on order. Not part of what is
 * published; the workspace's build makes it where a C++ compiler is.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { CudaNativeOptions } from '../options.js';

/** What the fake driver is to pretend or to do wrong. A counter n makes the n-th such thing from now on fail, once. */
export interface FakeSettings {
  readonly devices?: number;
  /** As the driver says it: 13000 is CUDA 13.0. */
  readonly version?: number;
  /** Bytes of each device. */
  readonly memory?: number;
  readonly hasPools?: boolean;
  /** Whether devices reach each other; true by default. */
  readonly hasPeers?: boolean;
  readonly failAllocation?: number;
  /** Refuses a kernel or graph launch. */
  readonly failLaunch?: number;
  /** A kernel that runs reads where it must not. */
  readonly faultKernel?: number;
  /** The device disappears under a kernel. */
  readonly loseDevice?: number;
  /** cuBLASLt or cuDNN finds no algorithm. */
  readonly failLibrary?: number;
  /** cuBLASLt or cuDNN refuses a call that it has an algorithm for. */
  readonly failLibraryRun?: number;
  /** A library call in an executable graph does not take other addresses. */
  readonly failUpdate?: number;
  /** A call that makes or enqueues something is refused, with this code (1, an invalid value, by default). */
  readonly failCall?: number;
  readonly failCallWith?: number;
  /** Compute capability: 80. */
  readonly capability?: number;
  /** A device that failed fails again when it is opened anew. */
  readonly staysBroken?: boolean;
  /** Microseconds before each piece of work, so that the host is ahead of the device. */
  readonly slow?: number;
}

/** What the fake driver holds, and what it did. */
export type FakeCounts = Readonly<Record<
  'allocations' | 'bytes' | 'pinned' | 'streams' | 'events' | 'pools' | 'modules' | 'graphs' | 'execs' | 'contexts' | 'corruptions' | 'kernels' | 'graphLaunches' | 'graphUpdates' | 'peerCopies' | 'hostCopies' | 'peakBytes' | 'refusedCalls'
  /** What a real driver would refuse, crash on or do in another order. The fake says on stderr what it was. */
  | 'misuses',
  number>>;

interface Control {
  configure(settings: FakeSettings): void;
  counts(): FakeCounts;
  /** The call that `failCall` refused last. */
  refused(): string;
}

export interface FakeCuda extends Control {
  /** Options of a backend over the fake driver. */
  readonly options: CudaNativeOptions;
}

const folder = process.env['SESSIONFLOW_FAKE_CUDA'] ?? fileURLToPath(new URL('../../native/build/fake', import.meta.url));
export const fakeFolder = folder;

/** Why there is no fake driver here; undefined if there is one. Where everything must run (CI=true) its absence is an error. */
export function whyNoFake(): string | undefined {
  if (existsSync(`${folder}/libcuda.so.1`) && existsSync(`${folder}/fake_control.node`)) return undefined;
  const reason = `the fake CUDA driver was not built (pnpm --filter @sessionflow/cuda-native run build:native; it wants a C++17 compiler on Linux x64): no ${folder}`;
  if (process.env['CI'] === 'true' && process.platform === 'linux' && process.arch === 'x64') throw new Error(reason);
  return reason;
}

export function fakeCuda(): FakeCuda {
  const control = createRequire(import.meta.url)(`${folder}/fake_control.node`) as Control;
  return { options: { libraryPath: folder, kernelCache: false }, configure: (settings) => { control.configure(settings); }, counts: () => control.counts(), refused: () => control.refused() };
}



