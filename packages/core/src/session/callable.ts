/** Callables: a signature that is resolved once and called often. */
import { dtypeInfo } from '../dtypes.js';
import { InvalidArgumentError, NotFoundError, UnimplementedError } from '../errors.js';
import { parseDeviceName } from '../device/deviceName.js';
import type { Graph } from '../graph/graph.js';
import { endpointText, type Endpoint, type GraphData, type NodeData } from '../graph/graphData.js';
import { topologicalOrder } from '../graph/stageGraph.js';
import type { HostTensor } from '../hostTensor.js';
import { CallableOptions, parseMessage, type MessageInput, type RunMetadata, type RunOptions, type RunOptionsInput } from '../proto/index.js';
import { checkKeys } from '../options.js';
import { isPlainObject } from '../plainObject.js';
import { prune, type PruneRequest } from '../prune/prune.js';
import { endpointsOf, type FetchMapper } from './fetches.js';
import type { FeedKey, FeedValue } from './feeds.js';
import type { RunCall } from './steps.js';

/** A callable with a feed list: takes a value for each of its keys, in order, and what a call of `run` may have beside. */
export type RunCallable<R, K extends readonly FeedKey[] = readonly FeedKey[]> = (...values: [...{ [I in keyof K]: FeedValue }, call?: RunCall]) => Promise<R>;

/** TypeError for what a RunCall does not have. */
export function checkRunCall(what: string, call: RunCall): void {
  checkKeys(what, call, ['options', 'metadata', 'signal'] satisfies (keyof RunCall)[]);
}

/** The RunCall after `count` values of a callable with a feed list; what else comes there is ignored, as Python ignores it. */
export function runCallAt(given: readonly unknown[], count: number): RunCall {
  const call = given[count];
  return isPlainObject(call) ? call : {};
}

/** CallableOptions as an object with camelCase names, text, JSON or bytes. */
export type CallableInput = MessageInput<CallableOptions> | string | Uint8Array;

/** A callable that was made of CallableOptions. */
export interface Callable {
  (values?: readonly HostTensor[], call?: { readonly metadata?: RunMetadata; readonly signal?: AbortSignal }): Promise<HostTensor[]>;
  /** Later calls fail. */
  release(): void;
}

/** Gives the runs of one signature, which is compiled once. `isOwn`: of a graph that is not the session's, so that nobody shares it. */
export type CallableRun = (data: GraphData, request: PruneRequest, isOwn: boolean) =>
  (args: readonly HostTensor[], options: RunOptions, call: Omit<RunCall, 'options'>) => Promise<readonly HostTensor[]>;

interface CallableParts {
  readonly graph: Graph;
  readonly run: CallableRun;
  readonly mapper: FetchMapper;
  readonly acceptOptions: boolean;
  readonly options: (input: RunOptionsInput) => RunOptions;
}

/** A callable without feeds, on the graph as it is now. */
export function callableFrom({ graph, run, mapper, acceptOptions, options }: CallableParts): (call?: RunCall) => Promise<unknown> {
  const data = graph.toGraphData();
  const request: PruneRequest = { feeds: [], fetches: endpointsOf(mapper.tensors), targets: mapper.targets.map((op) => op.name) };
  // Without anything to run, every call fails.
  if (request.fetches.length + request.targets.length > 0) prune(data, request);
  const step = run(data, request, false);
  return async (call = {}) => {
    checkRunCall('A callable', call);
    if (!acceptOptions && (call.options !== undefined || call.metadata !== undefined)) {
      throw new TypeError('This callable was made without `acceptOptions`: it takes no options and no metadata.');
    }
    const parsed = call.options === undefined ? {} : options(call.options);
    const results = await step([], parsed, call);
    const values = new Map(mapper.tensors.map((tensor, i) => [tensor, results[i] as HostTensor]));
    return mapper.build((tensor) => values.get(tensor) as HostTensor);
  };
}

/** A callable of CallableOptions: checked now, run on the graph as it is now. */
export function callableFromOptions(graph: Graph, run: CallableRun, input: CallableInput): Callable {
  const options = parseMessage(CallableOptions, input, 'options');
  const connected = connect(graph.toGraphData(), (options.tensorConnection ?? []).map(({ fromTensor = '', toTensor = '' }) => [endpointOf(fromTensor), endpointOf(toTensor)]));
  const request: PruneRequest = { feeds: (options.feed ?? []).map(endpointOf), fetches: (options.fetch ?? []).map(endpointOf), targets: options.target ?? [] };
  checkDevices(connected, request, options);
  prune(connected, request);
  const step = run(connected, request, connected !== graph.toGraphData());
  let released = false;
  const call = async (values: readonly HostTensor[] = [], { metadata, signal }: Pick<RunCall, 'metadata' | 'signal'> = {}): Promise<HostTensor[]> => {
    if (released) throw new InvalidArgumentError('Attempted to run callable after handle was released: 0');
    if (values.length !== request.feeds.length) throw new InvalidArgumentError(`Expected ${request.feeds.length} feed tensors, but got ${values.length}`);
    values.forEach((value, i) => {
      const feed = request.feeds[i];
      const dtype = feed === undefined ? undefined : connected.nodes.get(feed.node)?.outputs[feed.index];
      if (dtype !== value.dtype) throw new InvalidArgumentError(`Expects arg[${i}] to be ${dtype === undefined ? 'a tensor' : dtypeInfo[dtype].tfName} but ${dtypeInfo[value.dtype].tfName} is provided`);
    });
    const given = { ...(metadata === undefined ? {} : { metadata }), ...(signal === undefined ? {} : { signal }) };
    return [...await step(values, options.runOptions ?? {}, given)];
  };
  return Object.assign(call, { release: () => { released = true; } });
}

function endpointOf(text: string): Endpoint {
  const match = /^(.*):(\d+)$/.exec(text);
  return match === null ? { node: text, index: 0 } : { node: match[1] ?? '', index: Number(match[2]) };
}

/** Puts `from` in the place of `to` everywhere. */
function connect(data: GraphData, connections: readonly (readonly [from: Endpoint, to: Endpoint])[]): GraphData {
  if (connections.length === 0) return data;
  const replaced = new Map<string, Endpoint>();
  for (const [from, to] of connections) {
    const source = data.nodes.get(from.node);
    if (source === undefined) throw new InvalidArgumentError(`Requested tensor connection from unknown node: "${endpointText(to)}".`);
    if (from.index >= source.outputs.length) {
      throw new InvalidArgumentError(`Requested tensor connection from unknown edge: "${endpointText(to)}" (actual number of outputs = ${source.outputs.length}).`);
    }
    if (!data.nodes.has(to.node)) throw new NotFoundError(`FeedInputs: unable to find feed output ${endpointText(to)}`);
    replaced.set(endpointText(to), from);
  }
  const nodes = new Map<string, NodeData>();
  for (const node of data.nodes.values()) nodes.set(node.name, { ...node, inputs: node.inputs.map((input) => replaced.get(endpointText(input)) ?? input) });
  for (const [from, to] of connections) {
    try {
      topologicalOrder(nodes);
    } catch (error) {
      throw new InvalidArgumentError(`Requested Tensor connection between nodes "${to.node}" and "${from.node}" would create a cycle.`, { cause: error });
    }
  }
  return { ...data, nodes };
}

/** Feeds and fetches live on the client's device; other devices are refused as TensorFlow refuses those that it has no way for. */
function checkDevices(data: GraphData, request: PruneRequest, options: CallableOptions): void {
  for (const [listed, devices] of [[request.feeds, options.feedDevices], [request.fetches, options.fetchDevices]] as const) {
    for (const [tensor, device] of devices ?? []) {
      const endpoint = endpointOf(tensor);
      if (!listed.some((known) => endpointText(known) === endpointText(endpoint)) || !data.nodes.has(endpoint.node)) {
        throw new InvalidArgumentError(`Tensor ${tensor}, specified in either feed_devices or fetch_devices was not found in the Graph`);
      }
      const parsed = parseDeviceName(device);
      if (parsed === undefined) throw new InvalidArgumentError(`Invalid device name ('${device}') provided for the tensor '${tensor}' in CallableOptions`);
      if (parsed.type !== 'CPU') {
        const dtype = data.nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'float32';
        throw new UnimplementedError(`Cannot feed or fetch tensor '${endpointText(endpoint)}' from device ${device} as feeding/fetching from ${parsed.type ?? 'GPU'} devices is not yet supported for ${dtypeInfo[dtype].tfName} tensors`);
      }
      if (listed === request.fetches && options.fetchSkipSync !== true) {
        throw new UnimplementedError('CallableOptions.fetch_skip_sync = false is not yet implemented. You can set it to true instead, but MUST ensure that Device::Sync() is invoked on the Device corresponding to the fetched tensor before dereferencing the Tensor\'s memory.');
      }
    }
  }
}
