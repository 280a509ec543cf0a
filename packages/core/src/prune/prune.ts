/**
 * Prune: from a whole graph to what one signature needs. Each feed becomes an `_Arg` node that takes the place of the fed output, each
 * connection puts one tensor into the place of another; what no fetch or target needs is dropped. Texts, rules and the order of the checks:
 * the feed/fetch rewrite of TensorFlow's DirectSession.
 */
import { dtypeInfo, type DType } from '../dtypes.js';
import { AttrReader } from '../graph/attrs.js';
import { endpointText, type Endpoint, type GraphData, type NodeData } from '../graph/graphData.js';
import { InvalidArgumentError, NotFoundError } from '../errors.js';
import { keepNeeded, type StageGraph } from '../graph/stageGraph.js';
import { opDefinition } from '../ops/registry.js';
import type { Stage } from '../stage.js';

/** What a call feeds, fetches and runs. Lists hold no duplicates. */
export interface PruneRequest {
  readonly feeds: readonly Endpoint[];
  readonly fetches: readonly Endpoint[];
  readonly targets: readonly string[];
  /** In the order in which they take effect, after the feeds. */
  readonly connections?: readonly Connection[];
}

/** For one call, what reads `to` reads `from`. */
export interface Connection {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

const placeholders: ReadonlySet<string> = new Set(['Placeholder', 'PlaceholderV2']);

/** The name of the `_Arg` node of a fed endpoint. */
export function argName(feed: Endpoint): string {
  return `_arg_${feed.node}_${feed.index}`;
}

/** What stands in the place of an output. */
interface Substitute {
  readonly endpoint: Endpoint;
  readonly dtype: DType;
  /** As TensorFlow's texts call it. */
  readonly text: string;
}

/** The substitutes of a call, as far as they are known. */
class Substitutes {
  private readonly byOutput = new Map<string, Substitute>();
  /** For the control edges of placeholders that have one. */
  private readonly byPlaceholder = new Map<string, string>();

  get isEmpty(): boolean {
    return this.byOutput.size === 0;
  }

  add(node: NodeData, index: number, substitute: Substitute): void {
    this.byOutput.set(endpointText({ node: node.name, index }), substitute);
    if (placeholders.has(node.op)) this.byPlaceholder.set(node.name, substitute.endpoint.node);
  }

  of(endpoint: Endpoint): Substitute | undefined {
    return this.byOutput.get(endpointText(endpoint));
  }

  readonly input = (endpoint: Endpoint): Endpoint => this.of(endpoint)?.endpoint ?? endpoint;
  readonly control = (name: string): string => this.byPlaceholder.get(name) ?? name;
}

export function* prune(graph: GraphData, request: PruneRequest): Stage<StageGraph> {
  const { feeds, connections = [] } = request;
  checkNames(graph, request);
  const nodes = new Map<string, NodeData>();
  const substitutes = new Substitutes();
  for (const [index, feed] of feeds.entries()) {
    const node = fedNode(graph, feed);
    const dtype = node.outputs[feed.index] ?? 'float32';
    const name = argName(feed);
    substitutes.add(node, feed.index, { endpoint: { node: name, index: 0 }, dtype, text: `${name}_${index}:0` });
    nodes.set(name, {
      name, op: '_Arg', inputs: [], controls: [], device: '', outputs: [dtype],
      attrs: { T: { kind: 'type', value: dtype }, index: { kind: 'int', value: index }, ...shapeAttr(node, feed.index) },
    });
  }
  for (const { from, to } of connections) {
    const node = fedNode(graph, to);
    if (comesFrom(graph, substitutes, from.node, to.node)) {
      throw new InvalidArgumentError(`Requested Tensor connection between nodes "${to.node}" and "${from.node}" would create a cycle.`, { node: to.node });
    }
    substitutes.add(node, to.index, { endpoint: from, dtype: graph.nodes.get(from.node)?.outputs[from.index] ?? 'float32', text: `_identity_${to.node}_${to.index}:0` });
  }
  checkFetches(graph, request);
  for (const node of graph.nodes.values()) {
    yield;
    nodes.set(node.name, substitutes.isEmpty ? node : { ...node, inputs: node.inputs.map(substitutes.input), controls: node.controls.map(substitutes.control) });
  }
  const pruned = keepNeeded({
    nodes,
    library: graph.library,
    args: feeds.map(argName),
    results: request.fetches.map(substitutes.input),
    targets: request.targets,
  });
  if (substitutes.isEmpty) return pruned;
  for (const { name } of pruned.nodes.values()) {
    yield;
    checkInputs(graph.nodes.get(name), graph, substitutes);
  }
  return pruned;
}

/** Whether `to` is among the nodes that `from` needs, itself included. */
function comesFrom(graph: GraphData, substitutes: Substitutes, from: string, to: string): boolean {
  const seen = new Set<string>();
  const stack = [from];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (name === to) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    const node = graph.nodes.get(name);
    if (node !== undefined) stack.push(...node.inputs.map((input) => substitutes.input(input).node), ...node.controls.map(substitutes.control));
  }
  return false;
}

/** A substitute is a value of its own dtype: an op that writes through a reference, or reads another dtype, cannot have it. */
function checkInputs(node: NodeData | undefined, graph: GraphData, substitutes: Substitutes): void {
  for (const [i, input] of node?.inputs.entries() ?? []) {
    const substitute = substitutes.of(input);
    if (node === undefined || substitute === undefined) continue;
    const isRef = opDefinition(node.op)?.inputs[i]?.isRef === true;
    const wanted = graph.nodes.get(input.node)?.outputs[input.index];
    if (!isRef && wanted === substitute.dtype) continue;
    const expected = `${dtypeInfo[wanted ?? substitute.dtype].tfName}${isRef ? '_ref' : ''}`;
    throw new InvalidArgumentError(`Input ${i} of node ${node.name} was passed ${dtypeInfo[substitute.dtype].tfName} from ${substitute.text} incompatible with expected ${expected}.`, { node: node.name, op: node.op });
  }
}

/** What the placeholder said of its shape travels with the argument, so that errors can name it. */
function shapeAttr(node: NodeData, index: number): NodeData['attrs'] {
  const attrs = new AttrReader(node.attrs, node.name);
  const shape = index === 0 ? node.attrs['shape'] : undefined;
  return shape?.kind === 'shape' && attrs.has('dtype') ? { shape } : {};
}

function fedNode(graph: GraphData, endpoint: Endpoint): NodeData {
  const node = graph.nodes.get(endpoint.node);
  const text = endpointText(endpoint);
  if (node === undefined) throw new NotFoundError(`FeedInputs: unable to find feed output ${text}`, { node: endpoint.node });
  if (endpoint.index >= node.outputs.length) throw new InvalidArgumentError(`FeedInputs: ${text} should have output index < ${node.outputs.length}`, { node: node.name });
  return node;
}

function checkNames(graph: GraphData, { feeds, fetches, targets, connections = [] }: PruneRequest): void {
  for (const { from, to } of connections) {
    const source = graph.nodes.get(from.node);
    if (source === undefined) throw new InvalidArgumentError(`Requested tensor connection from unknown node: "${endpointText(to)}".`);
    if (from.index >= source.outputs.length) {
      throw new InvalidArgumentError(`Requested tensor connection from unknown edge: "${endpointText(to)}" (actual number of outputs = ${source.outputs.length}).`);
    }
  }
  if (fetches.length + targets.length === 0) throw new InvalidArgumentError('Must specify at least one target to fetch or execute.');
  const fed = new Set<string>();
  for (const endpoint of [...feeds, ...connections.map(({ to }) => to)]) {
    const text = endpointText(endpoint);
    if (fed.has(text)) throw new InvalidArgumentError(`Endpoint "${text}" fed more than once.`, { node: endpoint.node });
    fed.add(text);
  }
  for (const fetch of fetches) {
    const text = endpointText(fetch);
    if (fed.has(text)) throw new InvalidArgumentError(`${text} is both fed and fetched.`, { node: fetch.node });
  }
}

function checkFetches(graph: GraphData, { fetches, targets }: PruneRequest): void {
  for (const fetch of fetches) {
    const text = endpointText(fetch);
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
  const missing = targets.filter((name) => !graph.nodes.has(name));
  if (missing.length > 0) throw new NotFoundError(`PruneForTargets: Some target nodes not found: ${missing.join(' ')} `);
}
