/** What the device and a worker say to each other. Modules travel as messages; orders to walk go through the worker's place in shared memory. */
import type { head, place, stopped } from '../run/layout.js';

/** A compiled module whose functions stand in every thread's table from `base` on. */
export interface LoadedModule {
  readonly module: WebAssembly.Module;
  readonly base: number;
  readonly count: number;
}

/** First message. The layout travels with it, since a worker's code may refer to nothing outside itself. */
export interface StartMessage {
  readonly kind: 'start';
  readonly memory: WebAssembly.Memory;
  readonly walker: WebAssembly.Module;
  readonly modules: readonly LoadedModule[];
  readonly thread: number;
  /** Address of this worker's place. */
  readonly place: number;
  readonly head: typeof head;
  readonly layout: typeof place;
  readonly trapReason: typeof stopped.trap;
  /** `performance.timeOrigin` of the device's thread: all clocks count from there. */
  readonly timeOrigin: number;
  /** Looks at the order word before it sleeps. */
  readonly spins: number;
  /** Also tell of the end of a walk by message, where `Atomics.waitAsync` is missing. */
  readonly byMessage: boolean;
}

export interface ModulesMessage {
  readonly kind: 'modules';
  readonly modules: readonly LoadedModule[];
}

export type ToWorker = StartMessage | ModulesMessage;

export type FromWorker =
  /** All modules sent so far are in the table, and the worker listens to its order word again. */
  | { readonly kind: 'ready' }
  /** The worker is out of a list; sent only where it was asked for. */
  | { readonly kind: 'left' }
  /** A kernel trapped; sent before the walk is reported as finished. */
  | { readonly kind: 'trap'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string };
