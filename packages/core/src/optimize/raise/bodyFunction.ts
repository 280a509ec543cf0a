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
  const stops = new Set(cut.args.flatMap(({ endpoints }) => endpoints.map((endpoint) => endpoint.node)));
  const redirect = (endpoint: Endpoint): Endpoint => argOf.get(endpointText(endpoint)) ?? endpoint;
  const members = closure(graph, cut.results, stops);
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
    name: cut.name, args, nodes, isStateful, attrs: {}, controlResults: [],
    results: cut.results.map((endpoint, i) => ({ name: `result_${i}`, dtype: dtypeOf(endpoint), from: redirect(endpoint) })),
  };
}

/** The nodes that the endpoints need, by data and control edges, up to (and without) the nodes in `stops`. */
export function closure(graph: PlacedGraph, endpoints: readonly Endpoint[], stops: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const stack = endpoints.map((endpoint) => endpoint.node);
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (found.has(name) || stops.has(name)) continue;
    found.add(name);
    const node = graph.nodes.get(name);
    if (node !== undefined) stack.push(...node.inputs.map((endpoint) => endpoint.node), ...node.controls);
  }
  return found;
}
