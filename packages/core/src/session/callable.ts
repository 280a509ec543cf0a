/** Callables: a signature that is resolved once and called often. */
import { dtypeInfo, type DType } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import type { AnyTensor } from '../device/anyTensor.js';
import type { Graph } from '../graph/graph.js';
import { parseEndpoint, type Endpoint, type GraphData } from '../graph/graphData.js';
import type { HostTensor } from '../hostTensor.js';
import { CallableOptions, parseMessage, type MessageInput, type RunMetadata, type RunOptions, type RunOptionsInput } from '../proto/index.js';
import { checkKeys } from '../options.js';
import { isPlainObject } from '../plainObject.js';
import { prune, type PruneRequest } from '../prune/prune.js';
import { finish } from '../stage.js';
import { callableDevices, type CallableDevices } from './callableDevices.js';
import { endpointsOf, type FetchMapper } from './fetches.js';
import type { FeedKey, FeedValue } from './feeds.js';
import { TensorHandle, type HandleStore } from './handles.js';
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

/** A callable that was made of CallableOptions: takes values in the order of `feed` (a handle stands for what it keeps), gives them in the order of `fetch`. */
export interface Callable {
  (values?: readonly HostTensor[], call?: { readonly metadata?: RunMetadata; readonly signal?: AbortSignal }): Promise<HostTensor[]>;
  /** Later calls fail. */
  release(): void;
}

/** What a callable runs. */
export interface CallableSignature {
  readonly data: GraphData;
  readonly request: PruneRequest;
  readonly devices?: CallableDevices;
}

/** Gives the runs of one signature, which is compiled once. */
export type CallableRun = (signature: CallableSignature) => (args: readonly AnyTensor[], options: RunOptions, call: Omit<RunCall, 'options'>) => Promise<readonly HostTensor[]>;

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
  if (request.fetches.length + request.targets.length > 0) finish(prune(data, request));
  const step = run({ data, request });
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

interface OptionParts extends Pick<CallableParts, 'graph' | 'run' | 'options'> {
  readonly input: CallableInput;
  /** Gives the callable its number in its session. */
  readonly number: () => number;
  /** Where what stays on a device is kept. */
  readonly store: HandleStore;
  /** CancelledError once the session is closed. */
  readonly checkOpen: () => void;
}

/** A callable of CallableOptions: checked now, run on the graph as it is now. */
export function callableFromOptions({ graph, run, input, options: runOptionsOf, number, store, checkOpen }: OptionParts): Callable {
  const options = parseMessage(CallableOptions, input, 'options');
  const runOptions = runOptionsOf(options.runOptions ?? {});
  if (graph.version === 0) throw new InvalidArgumentError('Session was not created with a graph before MakeCallable()!');
  const data = graph.toGraphData();
  const feeds = (options.feed ?? []).map(parseEndpoint);
  const fetches = (options.fetch ?? []).map(parseEndpoint);
  const connections = (options.tensorConnection ?? []).map(({ fromTensor = '', toTensor = '' }) => ({ from: parseEndpoint(fromTensor), to: parseEndpoint(toTensor) }));
  const request: PruneRequest = { feeds, fetches, targets: options.target ?? [], connections };
  const devices = callableDevices(data, request, options);
  finish(prune(data, request));
  const handle = number();
  const step = run({ data, request, ...(devices === undefined ? {} : { devices }) });
  let released = false;
  const call = async (values: readonly HostTensor[] = [], { metadata, signal }: Pick<RunCall, 'metadata' | 'signal'> = {}): Promise<HostTensor[]> => {
    checkOpen();
    if (released) throw new InvalidArgumentError(`Attempted to run callable after handle was released: ${handle}`);
    if (values.length !== feeds.length) throw new InvalidArgumentError(`Expected ${feeds.length} feed tensors, but got ${values.length}`);
    const args = values.map((value, i) => argument(value, i, dtypeAt(data, feeds[i])));
    const given = { ...(metadata === undefined ? {} : { metadata }), ...(signal === undefined ? {} : { signal }) };
    const results = await step(args, runOptions, given);
    return results.map((value, i) => (devices?.keeps[i] === undefined ? value : new TensorHandle(String(value.item()), store)));
  };
  return Object.assign(call, { release: () => { released = true; } });
}

/** A handle is fed as what it keeps, where that lies. */
function argument(value: HostTensor, index: number, dtype: DType | undefined): AnyTensor {
  const given = value instanceof TensorHandle && dtype !== 'string' ? value.kept : value;
  if (dtype === given.dtype) return given;
  throw new InvalidArgumentError(`Expects arg[${index}] to be ${dtype === undefined ? 'a tensor' : dtypeInfo[dtype].tfName} but ${dtypeInfo[given.dtype].tfName} is provided`);
}

function dtypeAt(data: GraphData, endpoint: Endpoint | undefined): DType | undefined {
  return endpoint === undefined ? undefined : data.nodes.get(endpoint.node)?.outputs[endpoint.index];
}
