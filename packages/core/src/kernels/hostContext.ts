/** What a host program may reach beside its inputs: who it is, and the state of the session and of the step it runs in. */
import type { AttrReader } from '../graph/attrs.js';
import type { DType } from '../dtypes.js';

/** Named objects (lists, queues, random generators) by container and name. */
export interface ResourceManager {
  get(container: string, name: string): unknown;
  /** Gives the object of that name, making it first if there is none. */
  getOrCreate<T>(container: string, name: string, create: () => T): T;
  delete(container: string, name: string): boolean;
}

export interface HostContext {
  readonly node: string;
  readonly op: string;
  readonly attrs: AttrReader;
  readonly outputDtypes: readonly DType[];
  /** Objects that live as long as the session. */
  readonly session: ResourceManager;
  /** Objects that live as long as this run. */
  readonly step: ResourceManager;
  /** Aborted when the run is cancelled; long host programs look at it. */
  readonly signal: AbortSignal;
}
