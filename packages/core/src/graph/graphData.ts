/**
 * A graph as plain data: what the compile stages take and give. The client's `Graph` (graph.ts) turns itself into this, importers of
 * functions make it, and every stage returns a new one instead of changing its input.
 */
import type { DType } from '../dtypes.js';
import type { Attrs } from './attrs.js';

/** Output `index` of the node named `node`. */
export interface Endpoint {
  readonly node: string;
  readonly index: number;
}

/** One node. `attrs` is complete: defaults are filled in when a node is made. */
export interface NodeData {
  readonly name: string;
  readonly op: string;
  /** Data inputs, flattened over list arguments. */
  readonly inputs: readonly Endpoint[];
  /** Names of nodes that must have run before this one. */
  readonly controls: readonly string[];
  /** The requested device: empty or a partial name. */
  readonly device: string;
  readonly attrs: Attrs;
  /** dtype of each output, flattened over list arguments. */
  readonly outputs: readonly DType[];
}

/** Nodes by name, in insertion order. */
export interface GraphData {
  readonly nodes: ReadonlyMap<string, NodeData>;
  readonly library: FunctionLibrary;
}

/** A function of the library: its body is a graph whose `_Arg` nodes are named in `args`. */
export interface FunctionData {
  readonly name: string;
  readonly args: readonly { readonly name: string; readonly dtype: DType }[];
  readonly results: readonly { readonly name: string; readonly dtype: DType; readonly from: Endpoint }[];
  /** Nodes that must run though no result needs them. */
  readonly controlResults: readonly string[];
  readonly nodes: ReadonlyMap<string, NodeData>;
  readonly isStateful: boolean;
  readonly attrs: Attrs;
}

export type FunctionLibrary = ReadonlyMap<string, FunctionData>;

/** `name:index`, the text form of an endpoint. */
export function endpointText(endpoint: Endpoint): string {
  return `${endpoint.node}:${endpoint.index}`;
}

/** `name`, or `name:1`. Anything else is a name. */
export function parseEndpoint(text: string): Endpoint {
  if (!text.includes(':')) return { node: text, index: 0 };
  const match = /^(.*):(\d+)$/.exec(text);
  return match === null ? { node: text, index: 0 } : { node: match[1]!, index: Number(match[2]) };
}
