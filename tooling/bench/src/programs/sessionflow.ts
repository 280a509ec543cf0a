/** Sessionflow on `@sessionflow/cpu-wasm`, and the few lines that say a graph as data. */
import { Graph, HostTensor, importGraphDef, Session, type AttrValue, type Fetches, type GraphDefData, type NodeDefData } from '@sessionflow/core';
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

export function graphDef(...nodes: NodeDefData[]): GraphDefData {
  return { nodes, functions: [], gradients: [], versions: { producer: 0, minConsumer: 0, badConsumers: [] } };
}

export function float32(values: Float32Array, shape: readonly number[]): HostTensor {
  return new HostTensor('float32', [...shape], values);
}

/** A float32 node; `T` and `dtype` are filled in. */
export function node(op: string, name: string, input: readonly string[], attr: Readonly<Record<string, AttrValue>> = {}): NodeDefData {
  return { op, name, input, device: '', attr: { [op === 'Placeholder' || op === 'Const' ? 'dtype' : 'T']: { kind: 'type', value: 'float32' }, ...attr } };
}

export function placeholder(name: string, shape: readonly number[]): NodeDefData {
  return node('Placeholder', name, [], { shape: { kind: 'shape', value: shape } });
}

export function constant(name: string, value: HostTensor): NodeDefData {
  return node('Const', name, [], { value: { kind: 'tensor', value } });
}
