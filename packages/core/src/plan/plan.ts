/**
 * A plan: what a call compiles to. It is data with a printer (printPlan.ts); what is printed is what runs. Values live in host slots and in
 * device slots: ranges of the run's lease, constants that the device keeps, or memory that outlives the run (external). A host slot holds a
 * HostTensor; that of a value which something else made (a branch, a loop) may hold a value on a device.
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

/** A value where it lies: on the host, or in an external slot of a device. */
export type ValueRef = HostRef | { readonly kind: 'device'; readonly device: string; readonly slot: number; readonly dtype: DType; readonly shape: Shape };

/**
 * Where a device slot lies: in an arena of the lease, in a constant that plans share, or in memory that is told from run to run: a value that
 * came in from outside, or one that leaves.
 */
export type SlotPlace =
  | { readonly kind: 'arena'; readonly arena: number; readonly offset: number }
  | { readonly kind: 'constant'; readonly value: HostTensor; readonly pack: Pack | undefined }
  | { readonly kind: 'external' };

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
  /** Values for `program.launchFor`, where it is to be asked in every run. */
  readonly launchValues: readonly (HostRef | undefined)[] | undefined;
}

/** Host value → device slot; memory is taken for it when the slot is external. */
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
/** Device slot → slot of another device that keeps the dtype in the same form: without the host, where the two reach each other. */
export interface MoveStep {
  readonly kind: 'move';
  readonly from: { readonly device: string; readonly slot: number };
  readonly device: string;
  readonly slot: number;
  readonly bytes: number;
  readonly name: string;
}
/** A value that may lie anywhere → external device slot. No copy where it is on the device already. */
export interface BringStep {
  readonly kind: 'bring';
  readonly device: string;
  readonly from: number;
  readonly slot: number;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly name: string;
}
/** A value that may lie anywhere → host value. No copy where it is on the host already. */
export interface FetchStep {
  readonly kind: 'fetch';
  readonly from: number;
  readonly to: number;
  readonly name: string;
}
/** A variable that a sequence changes. Nothing else of the session gets at it between the read and the write. */
export interface CellUpdate {
  readonly node: NodeData;
  readonly handle: HostRef;
  /** External slots: the value before, and after. */
  readonly old: number;
  readonly fresh: number;
  /** Whether the new value may take the old one's memory, when nobody else holds that. */
  readonly inPlace: boolean;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Slots that launches before this change read last: they hold nothing up. */
  readonly early: readonly SpentSlot[];
}
/** Launches of a sequence that are a loop: from `start` on, `condition` of them, then `body` of them. Loops inside it stand before it in the list. */
export interface PlannedLoop {
  readonly node: string;
  readonly start: number;
  readonly condition: number;
  /** Device slot of one bool. */
  readonly test: number;
  readonly body: number;
}
/** One sequence on one device. */
export interface RunStep {
  readonly kind: 'run';
  readonly device: string;
  readonly launches: readonly PlannedLaunch[];
  readonly loops: readonly PlannedLoop[];
  /** External slots that it writes: their memory is taken when it runs. */
  readonly makes: readonly number[];
  readonly updates: readonly CellUpdate[];
}
/** TypeScript over host values. */
export interface HostStep {
  readonly kind: 'host';
  readonly device: string;
  readonly node: NodeData;
  readonly nodes: readonly string[];
  readonly program: HostProgram;
  /** Host values, but for what a placeless program takes. */
  readonly inputs: readonly ValueRef[];
  readonly outputs: readonly number[];
  /** It may wait for others: the steps after it go on meanwhile, up to a wait step that names it. */
  readonly mayWait: boolean;
}
/** What follows needs these host steps to be over. */
export interface WaitStep {
  readonly kind: 'wait';
  /** Their indices. */
  readonly for: readonly number[];
}
/** If, While or a call: its bodies are plans of their own. Values go in and out where they lie. */
export interface ControlStep {
  readonly kind: 'control';
  readonly device: string;
  readonly node: NodeData;
  readonly inputs: readonly ValueRef[];
  readonly outputs: readonly number[];
}

export type Step = UploadStep | DownloadStep | MoveStep | BringStep | FetchStep | RunStep | HostStep | ControlStep | WaitStep;

export type PlanResult = { readonly kind: 'now'; readonly ref: ValueRef } | { readonly kind: 'later'; readonly index: number };

/** A slot that a run no longer needs: one holder less of what is in it. */
export type SpentSlot = { readonly kind: 'host'; readonly slot: number } | { readonly kind: 'device'; readonly device: string; readonly slot: number };

/** Where an argument comes in. */
export type ArgPlace = { readonly kind: 'host'; readonly slot: number } | { readonly kind: 'device'; readonly device: string; readonly slot: number };

export interface Plan {
  readonly args: readonly { readonly name: string; readonly place: ArgPlace; readonly dtype: DType; readonly shape: Shape }[];
  readonly hostSlots: number;
  readonly devices: readonly DevicePlan[];
  /** In an order that is legal as it stands. */
  readonly steps: readonly Step[];
  /** By step: slots whose last reader it is. */
  readonly spent: readonly (readonly SpentSlot[])[];
  readonly results: readonly PlanResult[];
  /** What can be planned only when this plan has run: its arguments are these values. */
  readonly later: { readonly graph: LaterGraph['graph']; readonly captures: readonly ValueRef[] } | undefined;
}
