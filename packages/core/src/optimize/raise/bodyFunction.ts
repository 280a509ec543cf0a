/** Cutting a subgraph out as a function of the library. */
import type { DType } from '../../dtypes.js';
import { endpointText, type Endpoint, type FunctionData, type NodeData } from '../../graph/graphData.js';
import type { PlacedGraph } from '../../graph/typedGraph.js';

/** What a function is cut out by. */
export interface Cut {
  readonly name: string;
  /** Endpoints that become arguments: each may stand for several endpoints of the graph (a Merge and its Switch). */
  readonly args: readonly { readonly dtype: DType; readonly endpoints: readonly Endpoint[] }[];
  readonly results: readonly Endpoint[];
  /** Nodes that run with the function though no result needs them. */
  readonly effects?: readonly string[];
  /** Whether a control edge from this node is the function's own; others are left to whoever calls it. Left out: all are. */
  readonly ownsControl?: (name: string) => boolean;
}

/** The nodes between the arguments and the results, as a function; devices that were placed become requests. */
export function cutFunction(graph: PlacedGraph, cut: Cut): FunctionData {
  const argOf = new Map<string, Endpoint>();
  const nodes = new Map<string, NodeData>();
  const args = cut.args.map(({ dtype, endpoints }, index) => {
    const name = `${cut.name}/arg_${index}`;
    for (const endpoint of endpoints) argOf.set(endpointText(endpoint), { node: name, index: 0 });
    nodes.set(name, {
      name, op: '_Arg', inputs: [], controls: [], device: '', outputs: [dtype],
      attrs: { T: { kind: 'type', value: dtype }, index: { kind: 'int', value: index } },
    });
    return { name, dtype };
  });
  const { effects = [] } = cut;
  const redirect = (endpoint: Endpoint): Endpoint => argOf.get(endpointText(endpoint)) ?? endpoint;
  const members = membersOf(graph, cut);
  let isStateful = false;
  for (const name of members) {
    const node = graph.nodes.get(name);
    if (node === undefined) continue;
    nodes.set(name, {
      ...node, inputs: node.inputs.map(redirect), controls: node.controls.filter((control) => members.has(control)), device: graph.placement.get(name) ?? node.device,
    });
    isStateful ||= node.op.startsWith('Random') || node.op.startsWith('TensorArray');
  }
  const dtypeOf = (endpoint: Endpoint): DType => graph.nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'float32';
  return {
    name: cut.name, args, nodes, isStateful, attrs: {}, controlResults: effects.filter((effect) => members.has(effect)),
    results: cut.results.map((endpoint, i) => ({ name: `result_${i}`, dtype: dtypeOf(endpoint), from: redirect(endpoint) })),
  };
}

/** The nodes of a cut. */
export function membersOf(graph: PlacedGraph, { args, results, effects = [], ownsControl }: Cut): Set<string> {
  const stops = new Set(args.flatMap(({ endpoints }) => endpoints.map((endpoint) => endpoint.node)));
  return closure(graph, [...results, ...effects.map((node) => ({ node, index: -1 }))], stops, ownsControl);
}

/**
 * The nodes that the endpoints need, by data and control edges, up to (and without) the nodes in `stops`. Control edges from nodes that
 * `follows` says no to are passed over.
 */
export function closure(graph: PlacedGraph, endpoints: readonly Endpoint[], stops: ReadonlySet<string>, follows: (control: string) => boolean = () => true): Set<string> {
  const found = new Set<string>();
  const stack = endpoints.map((endpoint) => endpoint.node);
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (found.has(name) || stops.has(name)) continue;
    found.add(name);
    const node = graph.nodes.get(name);
    if (node !== undefined) stack.push(...node.inputs.map((endpoint) => endpoint.node), ...node.controls.filter(follows));
  }
  return found;
}

/** Everything that needs one of these nodes, by data or control edges. */
export function dependents(graph: PlacedGraph, roots: readonly string[]): ReadonlySet<string> {
  const readers = new Map<string, string[]>();
  for (const node of graph.nodes.values()) {
    for (const source of [...node.inputs.map((endpoint) => endpoint.node), ...node.controls]) {
      const known = readers.get(source);
      if (known === undefined) readers.set(source, [node.name]);
      else known.push(node.name);
    }
  }
  const found = new Set<string>();
  const stack = [...roots];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    stack.push(...(readers.get(name) ?? []));
  }
  return found;
}
