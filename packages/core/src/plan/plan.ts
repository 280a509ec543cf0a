/**
 * A plan: what a call compiles to. It is data with a printer (printPlan.ts); what is printed is what runs. Values live in host slots
 * (HostTensors of one run) and in device slots (ranges of the run's lease, or constants that the device keeps).
 */
import type { DType } from '../dtypes.js';
import type { NodeData } from '../graph/graphData.js';
import type { HostTensor } from '../hostTensor.js';
import type { DeviceProgram, HostProgram, Pack } from '../kernels/program.js';
import type { LaterGraph } from '../partition/partition.js';
import type { Shape } from '../shape.js';

/** A value as the host reads it: a constant, or a host slot under some shape (null: the shape that the value has when it is made). */
export type HostRef =
  | { readonly kind: 'constant'; readonly value: HostTensor }
  | { readonly kind: 'slot'; readonly slot: number; readonly shape: Shape | null };

/** Where a device slot lies: in an arena of the lease, or in a constant that plans share. */
export type SlotPlace =
  | { readonly kind: 'arena'; readonly arena: number; readonly offset: number }
  | { readonly kind: 'constant'; readonly value: HostTensor; readonly pack: Pack | undefined };

export interface DeviceSlot {
  readonly bytes: number;
  readonly place: SlotPlace;
}

/** What a plan needs of one device. */
export interface DevicePlan {
  readonly device: string;
  /** Sizes of the arenas that a lease holds. */
  readonly arenas: readonly number[];
  readonly slots: readonly DeviceSlot[];
}

export interface PlannedLaunch {
  readonly label: string;
  readonly nodes: readonly string[];
  readonly program: DeviceProgram;
  /** Device slots: the program's inputs, outputs, scratch. */
  readonly slots: readonly number[];
  /** Values for `program.launchFor`, where some are known only at run time. */
  readonly launchValues: readonly (HostRef | undefined)[] | undefined;
}

/** Host value → device slot. */
export interface UploadStep {
  readonly kind: 'upload';
  readonly device: string;
  readonly from: HostRef;
  readonly slot: number;
  readonly dtype: DType;
  readonly name: string;
}
/** Device slot → host value. */
export interface DownloadStep {
  readonly kind: 'download';
  readonly device: string;
  readonly slot: number;
  readonly to: number;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly name: string;
}
/** One sequence on one device. */
export interface RunStep {
  readonly kind: 'run';
  readonly device: string;
  readonly launches: readonly PlannedLaunch[];
}
/** TypeScript over host values. */
export interface HostStep {
  readonly kind: 'host';
  readonly device: string;
  readonly node: NodeData;
  readonly nodes: readonly string[];
  readonly program: HostProgram;
  readonly inputs: readonly HostRef[];
  readonly outputs: readonly number[];
}
/** If, While or a call: its bodies are plans of their own. */
export interface ControlStep {
  readonly kind: 'control';
  readonly device: string;
  readonly node: NodeData;
  readonly inputs: readonly HostRef[];
  readonly outputs: readonly number[];
}

export type Step = UploadStep | DownloadStep | RunStep | HostStep | ControlStep;

export type PlanResult = { readonly kind: 'now'; readonly ref: HostRef } | { readonly kind: 'later'; readonly index: number };

export interface Plan {
  /** The host slot of each argument. */
  readonly args: readonly { readonly name: string; readonly slot: number; readonly dtype: DType; readonly shape: Shape }[];
  readonly hostSlots: number;
  readonly devices: readonly DevicePlan[];
  /** In an order that is legal as it stands. */
  readonly steps: readonly Step[];
  readonly results: readonly PlanResult[];
  /** What can be planned only when this plan has run: its arguments are these values. */
  readonly later: { readonly graph: LaterGraph['graph']; readonly captures: readonly HostRef[] } | undefined;
}
