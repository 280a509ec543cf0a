/**
 * The contract with a backend: raw verbs. Policy (lifetimes, pools, statistics, copies between devices, placement) lives in core.
 * Only discover, open, prepare and a ticket's `done` are promises; everything else is a plain call.
 */
import type { DType } from '../dtypes.js';
import type { KernelTable } from '../kernels/kernel.js';
import type { DeviceProgram, LaunchParams } from '../kernels/program.js';
import type { DeviceInfo } from './info.js';

/** What `discover` may need from a ConfigProto. */
export interface DiscoverConfig {
  /** How many devices core will take: for a CPU how many there are to be; absent: one CPU, every accelerator. */
  readonly deviceCount?: number;
  /** `gpu_options.per_process_gpu_memory_fraction`: the part of a device's memory that this process may take, as `info.memoryLimit` then says; absent: all of it. */
  readonly memoryFraction?: number;
  /** `memoryFraction` without `gpu_options.allow_growth`: that part is taken when the device opens, by devices that can keep memory for later. */
  readonly reserve?: boolean;
}

/** What a backend found. No devices is normal; `reason` then says why, in words. */
export interface Discovery<Info extends DeviceInfo = DeviceInfo> {
  readonly devices: readonly Info[];
  readonly reason?: string;
}

/** What a device package exports: a plain value. */
export interface Backend<Source = unknown, Info extends DeviceInfo = DeviceInfo> {
  readonly name: string;
  readonly deviceType: string;
  /** Order among backends of one device type; higher first. */
  readonly priority: number;
  /** What its devices can run. Where `load` is there: known when it has ended. */
  readonly kernels: KernelTable<Source, Info>;
  /**
   * Loads the code of its devices, where that is apart from the backend; `discover` waits for it as well. A session asks when it is made, so
   * that code comes while the program goes on. UnavailableError if it cannot be loaded; whoever asks after that tries anew.
   */
  load?(): Promise<unknown>;
  /** Never throws for a device that is not there: that is a reason. */
  discover(config: DiscoverConfig): Promise<Discovery<Info>>;
  /** Opens a device that `discover` gave. Core opens each device once per process and counts its users. */
  open(info: Info): Promise<Device<Source, Info>>;
}

/** Untyped device memory. Only its own device looks inside. */
export interface DeviceBuffer {
  readonly bytes: number;
}

export interface BufferRange {
  readonly buffer: DeviceBuffer;
  readonly offset: number;
  readonly bytes: number;
}

/** Compiled code of one program key on one device. */
export interface Executable {
  readonly key: string;
}

/** One launch of a sequence. */
export interface Launch<Source = unknown> {
  readonly kind: 'launch';
  readonly program: DeviceProgram<Source>;
  readonly executable: Executable;
  /** Slot numbers: the program's inputs, then the outputs, then scratch if it has any. */
  readonly slots: readonly number[];
  /** The nodes it stands for, root first: errors, traces and step stats name them. */
  readonly nodes: readonly string[];
}

/** `while (condition…) body…`: only where `info.controlFlow`. `test` is a slot with one bool that the condition items write. */
export interface Loop<Source = unknown> {
  readonly kind: 'loop';
  readonly condition: readonly SequenceItem<Source>[];
  readonly test: number;
  readonly body: readonly SequenceItem<Source>[];
}

export type SequenceItem<Source = unknown> = Launch<Source> | Loop<Source>;

/** Launches recorded as one thing that the device prepared in its best form. */
export interface Sequence {
  release(): void;
}

/** A sequence over real memory. Belongs to one lease: never run twice at the same time. */
export interface Bound {
  release(): void;
}

/** Start and end of one launch, in microseconds on the device's clock. */
export interface LaunchTime {
  readonly nodes: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** How one hears that work is done. */
export interface Ticket {
  /** True when the work has finished well: `done` need not be awaited then. Work that failed is never settled, its error is heard by `done`. */
  readonly settled: boolean;
  /** Rejects with this run's own error (an OpError naming the node of the launch it came from). */
  readonly done: Promise<void>;
  /** Best effort, between launches; `done` then rejects with CancelledError. */
  cancel(): void;
  /** Of a timed sequence, after `done`. */
  readonly times?: readonly LaunchTime[];
}

export interface StreamOptions {
  /** Threads that kernels of this stream may use; 0: as many as the device has. */
  readonly threads: number;
  /** Bytes that this stream's user may hold; 0: the device's limit. */
  readonly memoryLimit: number;
}

/** A session's ordered way into a device: each call starts when the one before it has finished. Memory named in a call is used again only after its ticket. */
export interface Stream {
  upload(to: BufferRange, from: Uint8Array): Ticket;
  download(from: BufferRange, to: Uint8Array): Ticket;
  /** Copies within the device. */
  copy(from: BufferRange, to: BufferRange): Ticket;
  /**
   * Copies from a device that names the same `info.peers`, in the order of both streams: `from` is `source`'s. Undefined if the two do not reach each
   * other after all: core goes by way of the host.
   */
  receive?(from: BufferRange, source: Stream, to: BufferRange): Ticket | undefined;
  /** `overrides` replaces the params of launches (by their place in the sequence) for this run. */
  run(bound: Bound, overrides?: ReadonlyMap<number, LaunchParams>): Ticket;
  /** Makes later work wait for another stream's ticket without holding up the host; absent: core waits on the host. */
  wait?(ticket: Ticket): void;
  /** Releases the stream after its work is done. */
  close(): Promise<void>;
}

export interface MemoryUse {
  readonly buffers: number;
  readonly bytes: number;
  readonly peakBytes: number;
}

/** An open device. */
export interface Device<Source = unknown, Info extends DeviceInfo = DeviceInfo> {
  readonly info: Info;
  /** Throws ResourceExhaustedError when there is no room. Contents are undefined. */
  allocate(bytes: number): DeviceBuffer;
  release(buffer: DeviceBuffer): void;
  /** Compiles programs whose keys are new; a key compiles once per device. */
  prepare(programs: readonly DeviceProgram<Source>[]): Promise<readonly Executable[]>;
  /** `slots` is the size in bytes of each slot. */
  sequence(items: readonly SequenceItem<Source>[], slots: readonly number[], options: { readonly timed: boolean }): Sequence;
  bind(sequence: Sequence, slots: readonly BufferRange[]): Bound;
  stream(options: StreamOptions): Stream;
  /** A live view of device memory, where the host can see it (no copy). Valid until the buffer is released or memory grows. */
  view?(range: BufferRange): Uint8Array;
  memory(): MemoryUse;
  /**
   * Settles when the device is gone for good (unplugged, reset, taken away by the platform), with the reason: what runs on it fails with
   * UnavailableError, and core opens it anew for the next session. Absent where that cannot happen.
   */
  readonly lost?: Promise<string>;
  close(): Promise<void>;
}

/** Bytes that one element of `dtype` takes on a device, or undefined where it has no storage there. */
export function storedDType(info: DeviceInfo, dtype: DType): DType | undefined {
  return info.storage[dtype]?.as;
}
