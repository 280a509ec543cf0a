/** What the page and its engine say to each other. Everything can be sent between threads. */
import type { BackendReport, DType } from '@sessionflow/core';
import type { Finding } from '@sessionflow/vision';

/** `cpu`: WebAssembly alone; `gpu`: every node asks for the GPU; `both`: likewise, but what it cannot run goes to the CPU. */
export type DeviceChoice = 'cpu' | 'gpu' | 'both';

export type ModelSource =
  | { readonly kind: 'task'; readonly id: string }
  /** Files that somebody chose; `main` is the model among them. */
  | { readonly kind: 'files'; readonly files: readonly File[]; readonly main: string };

export interface OpenRequest {
  readonly source: ModelSource;
  readonly devices: DeviceChoice;
  /** 0: one per hardware thread. */
  readonly threads: number;
  /** URL of the folder that the bundled models lie in. */
  readonly models: string;
}

export interface Port {
  /** `name:0`. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | null)[] | null;
}

export interface ModelInfo {
  readonly title: string;
  readonly nodes: number;
  /** What the user has to say: empty for a task, which takes the picture and nothing else. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** How an input of a model that is no task is filled. */
export interface FeedChoice {
  readonly name: string;
  readonly shape: readonly number[];
  readonly from: 'picture' | 'random' | 'zeros';
  /** What a picture's bytes, or random numbers, are scaled to. */
  readonly range: keyof typeof ranges;
}

/** Lowest and highest value. */
export const ranges = { bytes: [0, 255], unit: [0, 1], signed: [-1, 1] } as const;

export interface RunRequest {
  /** Handed over: the engine closes it. */
  readonly picture: ImageBitmap | null;
  readonly feeds: readonly FeedChoice[];
  /** Also bring back the trace. */
  readonly isTraced: boolean;
  /** Also bring back what is in the outputs. */
  readonly isSummarized: boolean;
}

export interface RunResult {
  readonly ms: number;
  /** In pixels of the picture; null where the model is no task. */
  readonly finding: Finding | null;
  readonly outputs: readonly TensorSummary[];
  /** Chrome's trace format. */
  readonly trace: string | null;
}

/** What a tensor holds, in short. */
export interface TensorSummary extends Port {
  readonly shape: readonly number[];
  readonly statistics: { readonly min: number; readonly max: number; readonly mean: number; readonly notFinite: number } | null;
  /** The largest values with their places, of tensors with one axis that is longer than 1. */
  readonly largest: readonly { readonly index: number; readonly value: number }[];
  /** A plane of it to look at. */
  readonly plane: Plane | null;
  /** The values themselves, where they are few or no numbers. */
  readonly text: string | null;
}

export interface Plane {
  readonly rows: number;
  readonly columns: number;
  /** Which part of the tensor it is: `[0, :, :, 3]`. */
  readonly title: string;
  /** How many such planes the tensor has. */
  readonly count: number;
  readonly values: Float32Array<ArrayBuffer>;
}

/** What this browser has. */
export interface Capabilities {
  readonly backends: readonly { readonly name: string; readonly deviceType: string; readonly reason: string | undefined; readonly description: string; readonly details: BackendReport['devices'][number]['info']['details'] }[];
  readonly hardwareThreads: number;
}
