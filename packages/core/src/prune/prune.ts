/**
 * Prune: from a whole graph to what one signature needs. Each feed becomes an `_Arg` node that takes the place of the fed output; what no
 * fetch or target needs is dropped. Texts and rules: the feed/fetch rewrite of TensorFlow's DirectSession.
 */
import { dtypeInfo } from '../dtypes.js';
import { AttrReader } from '../graph/attrs.js';
import { endpointText, type Endpoint, type GraphData, type NodeData } from '../graph/graphData.js';
import { InvalidArgumentError, NotFoundError } from '../errors.js';
import { keepNeeded, type StageGraph } from '../graph/stageGraph.js';
import { opDefinition } from '../ops/registry.js';

/** What a call feeds, fetches and runs. Lists hold no duplicates. */
export interface PruneRequest {
  readonly feeds: readonly Endpoint[];
  readonly fetches: readonly Endpoint[];
  readonly targets: readonly string[];
}

const placeholders: ReadonlySet<string> = new Set(['Placeholder', 'PlaceholderV2', 'PlaceholderWithDefault']);

/** The name of the `_Arg` node of a fed endpoint. */
export function argName(feed: Endpoint): string {
  return `_arg_${feed.node}_${feed.index}`;
}

export function prune(graph: GraphData, request: PruneRequest): StageGraph {
  check(graph, request);
  const nodes = new Map<string, NodeData>();
  const fed = new Map<string, string>();
  /** Placeholders that are fed: their control edges wait for the feed instead. */
  const replaced = new Map<string, string>();
  for (const [index, feed] of request.feeds.entries()) {
    const node = nodeOf(graph, feed);
    const dtype = node.outputs[feed.index] ?? 'float32';
    const name = argName(feed);
    fed.set(endpointText(feed), name);
    if (placeholders.has(node.op)) replaced.set(node.name, name);
    nodes.set(name, {
      name, op: '_Arg', inputs: [], controls: [], device: '', outputs: [dtype],
      attrs: { T: { kind: 'type', value: dtype }, index: { kind: 'int', value: index }, ...shapeAttr(node, feed.index) },
    });
  }
  const redirect = (endpoint: Endpoint): Endpoint => {
    const arg = fed.get(endpointText(endpoint));
    return arg === undefined ? endpoint : { node: arg, index: 0 };
  };
  for (const node of graph.nodes.values()) {
    if (fed.size === 0) nodes.set(node.name, node);
    else nodes.set(node.name, { ...node, inputs: node.inputs.map(redirect), controls: node.controls.map((name) => replaced.get(name) ?? name) });
  }
  const pruned = keepNeeded({
    nodes,
    library: graph.library,
    args: request.feeds.map(argName),
    results: request.fetches.map(redirect),
    targets: request.targets.map((name) => replaced.get(name) ?? name),
  });
  if (fed.size > 0) for (const node of pruned.nodes.values()) checkReferences(node, pruned);
  return pruned;
}

/** What is fed is a value: an op that writes through a reference cannot have it. */
function checkReferences({ name, op, inputs }: NodeData, { nodes, args }: StageGraph): void {
  for (const [i, input] of inputs.entries()) {
    const arg = nodes.get(input.node);
    if (arg?.op !== '_Arg' || opDefinition(op)?.inputs[i]?.isRef !== true) continue;
    const dtype = dtypeInfo[arg.outputs[0] ?? 'float32'].tfName;
    throw new InvalidArgumentError(`Input ${i} of node ${name} was passed ${dtype} from ${arg.name}_${args.indexOf(arg.name)}:0 incompatible with expected ${dtype}_ref.`, { node: name, op });
  }
}

/** What the placeholder said of its shape travels with the argument, so that errors can name it. */
function shapeAttr(node: NodeData, index: number): NodeData['attrs'] {
  const attrs = new AttrReader(node.attrs, node.name);
  const shape = index === 0 ? node.attrs['shape'] : undefined;
  return shape?.kind === 'shape' && attrs.has('dtype') ? { shape } : {};
}

function nodeOf(graph: GraphData, endpoint: Endpoint): NodeData {
  const node = graph.nodes.get(endpoint.node);
  if (node === undefined) throw new NotFoundError(`FeedInputs: unable to find feed output ${endpointText(endpoint)}`, { node: endpoint.node });
  return node;
}

function check(graph: GraphData, request: PruneRequest): void {
  if (request.fetches.length + request.targets.length === 0) {
    throw new InvalidArgumentError('Must specify at least one target to fetch or execute.');
  }
  const feeds = new Set<string>();
  for (const feed of request.feeds) {
    const text = endpointText(feed);
    if (feeds.has(text)) throw new InvalidArgumentError(`Endpoint "${text}" fed more than once.`, { node: feed.node });
    feeds.add(text);
    const node = nodeOf(graph, feed);
    if (feed.index >= node.outputs.length) {
      throw new InvalidArgumentError(`FeedInputs: ${text} should have output index < ${node.outputs.length}`, { node: feed.node });
    }
  }
  for (const fetch of request.fetches) {
    const text = endpointText(fetch);
    if (feeds.has(text)) throw new InvalidArgumentError(`${text} is both fed and fetched.`, { node: fetch.node });
    const node = graph.nodes.get(fetch.node);
    if (node === undefined) throw new NotFoundError(`FetchOutputs node ${text}: not found`, { node: fetch.node });
    if (node.outputs.length === 0) {
      throw new InvalidArgumentError(
        `Tried to fetch data for '${text}', which produces no output.  To run to a node but not fetch any data, pass '${text}' as an argument to the 'target_node_names' argument of the Session::Run API.`,
        { node: fetch.node },
      );
    }
    if (fetch.index >= node.outputs.length) {
      throw new InvalidArgumentError(`FetchOutputs ${text}: output index too large, must be < ${node.outputs.length}`, { node: fetch.node });
    }
  }
  const missing = request.targets.filter((name) => !graph.nodes.has(name));
  if (missing.length > 0) throw new NotFoundError(`PruneForTargets: Some target nodes not found: ${missing.join(' ')} `);
}
