/**
 * What a kernel yields for one signature. Making a program is pure: it needs no device, so wasm bytes, WGSL and CUDA C can be produced
 * and compared on any machine.
 */
import type { AnyTensor } from '../device/anyTensor.js';
import type { HostTensor } from '../hostTensor.js';
import type { OpError } from '../errors.js';
import type { HostContext } from './hostContext.js';

/** The numbers of one launch. Their meaning is the backend's own: sizes and strides as words (floats by their bits), and how much work there is. */
export interface LaunchParams {
  readonly words: Int32Array;
  /** How much to launch: workgroups in x, y, z; or items and the grain that a thread takes at once. */
  readonly grid: readonly number[];
}

/** What `launchFor` may reach in a run. Only programs that ask `everyRun` need it. */
export type LaunchContext = Pick<HostContext, 'session'>;

/** A constant input that the kernel wants in another layout. Done once per device and constant; plans share the result and count as its users. */
export interface Pack {
  /** Which signature input is replaced. */
  readonly input: number;
  /** Names the layout: equal keys over the same constant are the same bytes. */
  readonly key: string;
  /** Size of the packed form. */
  readonly bytes: number;
  /** Lays the constant out. Runs once, when the plan is made. */
  readonly pack: (constant: HostTensor) => Uint8Array;
}

/** Code for the device. */
export interface DeviceProgram<Source = unknown> {
  readonly kind: 'device';
  /** Equal keys mean equal source. Sizes are launch params and enter the key only where the code depends on them. */
  readonly key: string;
  /** The code. Asked at most once per device and key. */
  readonly source: () => Source;
  /** The signature inputs that are bound as buffers, in binding order; the others were compiled in or are launch params. */
  readonly inputs: readonly number[];
  readonly launch: LaunchParams;
  /** Launch params when `'value'` arguments are known only at run time; gets the values of all signature inputs that are host values. */
  readonly launchFor?: (values: readonly (HostTensor | undefined)[], context?: LaunchContext) => LaunchParams;
  /** `launchFor` is asked in every run, whatever is known: it takes from the session's state (a random generator moves on). */
  readonly everyRun?: boolean;
  /** Bytes of scratch memory; its slot comes after inputs and outputs. */
  readonly scratch: number;
  readonly packs: readonly Pack[];
  /** Output o may take the place of signature input i, if nothing else needs that input afterwards. */
  readonly inPlace: readonly { readonly output: number; readonly input: number }[];
  /** The error for a fault code (not 0) that the code reported, with one detail number. */
  readonly fault?: (code: number, detail: number) => OpError;
  /** Work done by one launch, for benches and traces. */
  readonly flops: number;
}

/** How a placeless program wants an input: on the host, where it lies, or on the device of its step (where that stores the dtype). */
export type Wanted = 'host' | 'anywhere' | 'device';

/** TypeScript that moves values without looking into them: what keeps them, and gives them back, wherever they lie. */
export interface PlacelessProgram {
  /** By input; past the end: `host`. */
  readonly takes: readonly Wanted[];
  /** Whether its outputs may lie anywhere; else they are host values. */
  readonly gives: 'host' | 'anywhere';
  /** Inputs stay the caller's; what it keeps of them it must hold. Outputs are the caller's to release. */
  readonly run: (inputs: readonly AnyTensor[], context: HostContext) => readonly AnyTensor[] | Promise<readonly AnyTensor[]>;
}

/** TypeScript over host values: a step of its own in the plan. */
export interface HostProgram {
  readonly kind: 'host';
  /** Of a program whose code may not be there yet: brings it; undefined once it is there. `run` waits for it by itself. */
  readonly load?: () => Promise<unknown> | undefined;
  run(inputs: readonly HostTensor[], context: HostContext): readonly HostTensor[] | Promise<readonly HostTensor[]>;
  /** The same where values may lie on devices. */
  readonly placeless?: PlacelessProgram;
}

export type Program<Source = unknown> = DeviceProgram<Source> | HostProgram;
