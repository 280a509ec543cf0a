/** Sessionflow on `@sessionflow/cpu-wasm`. */
import { Graph, importGraphDef, Session, type Fetches, type GraphDefData, type HostTensor } from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import type { Values } from '../agree.js';
import type { Program } from './program.js';

/** One device for all sessions, as in a program that uses several; how many of its threads work is each session's own setting. */
const backend = cpuWasm();

export interface SessionflowJob {
  readonly graphDef: GraphDefData;
  /** Names of tensors. */
  readonly fetches: readonly string[];
  readonly feeds: ReadonlyMap<string, HostTensor> | Readonly<Record<string, HostTensor>>;
  readonly threads: number;
  /**
   * Time the ops alone: run the operations behind `fetches`, and leave their results on the device. Constants are not folded, so a graph over
   * constants finds its operands on the device.
   */
  readonly resident?: boolean;
}

export interface SessionflowProgram extends Program {
  readonly session: Session;
  readonly fetches: Fetches;
}

export async function sessionflow({ graphDef, fetches, feeds, threads, resident = false }: SessionflowJob): Promise<SessionflowProgram> {
  const graph = new Graph();
  importGraphDef(graphDef, { name: '', graph });
  const session = new Session({
    graph,
    backends: [backend],
    config: { intraOpParallelismThreads: threads, ...(resident ? { graphOptions: { optimizerOptions: { optLevel: 'L0' as const } } } : {}) },
  });
  const fed = feeds instanceof Map ? feeds as ReadonlyMap<string, HostTensor> : new Map(Object.entries(feeds));
  const timed = resident ? fetches.map((name) => name.replace(/:0$/, '')) : fetches;
  return {
    name: threads === 1 ? 'Sessionflow, 1 thread' : `Sessionflow, ${threads} threads`,
    session,
    fetches,
    run: () => session.run(timed, fed),
    results: async () => (await session.run([...fetches], fed)).map((value) => (value as HostTensor).data as Values),
    close: () => session.close(),
  };
}
