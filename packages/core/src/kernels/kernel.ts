/**
 * Kernels: how an op runs on one kind of device. The kernel table is the only statement of ability: the placer, `sessionflow place`, the
 * conformance suite and `sessionflow devices` all ask `supportOf` (findKernel.ts), and lower picks from the same table.
 */
import type { DType } from '../dtypes.js';
import type { Expr, MapFunction } from '../codegen/expr.js';
import type { DeviceInfo } from '../device/info.js';
import type { AttrReader } from '../graph/attrs.js';
import type { HostTensor } from '../hostTensor.js';
import type { ReductionMeaning } from '../ops/opDef.js';
import type { Shape } from '../shape.js';
import type { Program } from './program.js';

/** `true`, or why not, in words. */
export type Support = true | string;

/** The placer's question. It knows no shapes, so a yes is binding for every shape. */
export interface SupportQuery {
  readonly op: string;
  readonly attrs: AttrReader;
  readonly inputDtypes: readonly DType[];
  readonly outputDtypes: readonly DType[];
  /** Values of inputs that are constants in the graph. */
  readonly constants: readonly (HostTensor | undefined)[];
}

/** An input or output of a signature. */
export interface Arg {
  readonly dtype: DType;
  readonly shape: Shape;
  /** The value, when the plan knows it. */
  readonly constant?: HostTensor | undefined;
}

/**
 * A scalar expression that the kernel applies to each element of its output 0 before storing it. In `expr`, input 0 is the kernel's own result and
 * input i ≥ 1 is the i-th extra argument, which stands after the op's own inputs in the signature and broadcasts against the output.
 */
export interface Epilogue {
  readonly extra: number;
  /** Of the kernel's own result. */
  readonly dtype: DType;
  readonly expr: Expr;
}

/** One op with everything known. */
export interface OpCall {
  readonly kind: 'op';
  readonly op: string;
  readonly node: string;
  readonly attrs: AttrReader;
  readonly inputs: readonly Arg[];
  readonly outputs: readonly Arg[];
  readonly epilogue?: Epilogue | undefined;
}

/** Fused elementwise code over broadcast inputs; all outputs have one shape, that of the iteration space. */
export interface MapCall {
  readonly kind: 'map';
  readonly node: string;
  readonly inputs: readonly Arg[];
  readonly outputs: readonly Arg[];
  readonly fn: MapFunction;
}

/** `after(reduce(before(inputs)))` over `axes` of the iteration space `space`; the output's shape may or may not keep the reduced axes as 1. */
export interface ReduceCall {
  readonly kind: 'reduce';
  readonly node: string;
  readonly inputs: readonly Arg[];
  readonly outputs: readonly Arg[];
  readonly space: Shape;
  readonly axes: readonly number[];
  readonly reducer: ReductionMeaning['reducer'];
  /** One output: the element that is reduced. */
  readonly before: MapFunction;
  /** Applied to each result (input 0). */
  readonly after?: Expr | undefined;
}

export type Call = OpCall | MapCall | ReduceCall;

/**
 * Which inputs must be host values: `'compile'` when the plan must know them (shapes, axes), `'value'` when it is enough at launch (offsets).
 * Inputs not named are device buffers.
 */
export type HostArgs = readonly (undefined | 'value' | 'compile')[];

/** How one op runs. A kernel whose programs are host programs says so in `isHost`: it is chosen last. */
export interface Kernel<Source = unknown, Info extends DeviceInfo = DeviceInfo> {
  readonly op: string;
  readonly isHost?: boolean;
  /** Left out: yes, always. */
  supports?(query: SupportQuery): Support;
  /** Whether this kernel takes this call, epilogue included. Left out: yes, if the call has no epilogue. Among the kernels of an op that `supports` said yes to, the last must take every shape. */
  accepts?(call: OpCall, info: Info): boolean;
  hostArgs?(query: SupportQuery): HostArgs;
  program(call: OpCall, info: Info): Program<Source>;
}

/** How fused elementwise code runs. `supports` is asked for the whole function, and for single ops by the placer. */
export interface MapKernel<Source = unknown, Info extends DeviceInfo = DeviceInfo> {
  readonly isHost?: boolean;
  supports(fn: MapFunction): Support;
  program(call: MapCall, info: Info): Program<Source>;
}

export interface ReduceKernel<Source = unknown, Info extends DeviceInfo = DeviceInfo> {
  readonly isHost?: boolean;
  supports(reducer: ReductionMeaning['reducer'], before: MapFunction, after?: Expr): Support;
  program(call: ReduceCall, info: Info): Program<Source>;
}

/** Everything a kind of device can do. Lists are in order of preference. */
export interface KernelTable<Source = unknown, Info extends DeviceInfo = DeviceInfo> {
  readonly ops: Readonly<Record<string, readonly Kernel<Source, Info>[]>>;
  readonly map: readonly MapKernel<Source, Info>[];
  readonly reduce: readonly ReduceKernel<Source, Info>[];
}

/** The table that tries `first`, then `second`. */
export function combineTables<S, I extends DeviceInfo>(first: KernelTable<S, I>, second: KernelTable<S, I>): KernelTable<S, I> {
  const ops: Record<string, readonly Kernel<S, I>[]> = { ...first.ops };
  for (const [op, kernels] of Object.entries(second.ops)) ops[op] = [...(ops[op] ?? []), ...kernels];
  return { ops, map: [...first.map, ...second.map], reduce: [...first.reduce, ...second.reduce] };
}
