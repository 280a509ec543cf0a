/**
 * `output_partition_graphs`: what was run, as one GraphDef per device, with the `_Arg`, `_Retval`, `_Send` and `_Recv` nodes at its edges.
 * What is planned only when sizes are born from data stands with the rest, on its devices.
 */
import type { Attrs } from '../graph/attrs.js';
import { endpointText, type Endpoint, type NodeData } from '../graph/graphData.js';
import { outputText } from '../graph/inputText.js';
import { currentGraphVersion } from '../graph/graph.js';
import type { PartitionedGraph, Transfer } from '../partition/partition.js';
import { graphDefToProto } from '../proto/graphDef.js';
import type { NodeDefData } from '../proto/graphDefData.js';
import type { GraphDef } from '../proto/index.js';

const text = (value: string): { readonly kind: 'string'; readonly value: Uint8Array } => ({ kind: 'string', value: new TextEncoder().encode(value) });

export function partitionGraphs(partitioned: PartitionedGraph): GraphDef[] {
  const byDevice = new Map<string, NodeDefData[]>();
  const listOf = (device: string): NodeDefData[] => {
    const list = byDevice.get(device) ?? [];
    byDevice.set(device, list);
    return list;
  };
  for (const [device, nodes] of partitioned.devices) {
    const received = new Map(partitioned.transfers.filter(({ to }) => to === device).map((transfer) => [endpointText(transfer.endpoint), transfer]));
    for (const transfer of received.values()) listOf(device).push(transferNode('_Recv', transfer));
    for (const node of nodes) listOf(device).push(nodeDef(node, device, (endpoint) => (received.has(endpointText(endpoint)) ? recvName(endpoint) : undefined)));
  }
  for (const transfer of partitioned.transfers) listOf(transfer.from).push(transferNode('_Send', transfer));
  const { later } = partitioned;
  for (const node of later?.graph.nodes.values() ?? []) {
    const device = later?.graph.placement.get(node.name) ?? '';
    if (!(partitioned.devices.get(device) ?? []).some((known) => known.name === node.name)) listOf(device).push(nodeDef(node, device, () => undefined));
  }
  partitioned.results.forEach((result, index) => {
    const endpoint = result.kind === 'now' ? result.endpoint : later?.graph.results[result.index];
    if (endpoint === undefined) return;
    const graph = result.kind === 'now' ? partitioned.graph : later?.graph;
    const device = graph?.placement.get(endpoint.node) ?? '';
    const dtype = graph?.nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'float32';
    listOf(device).push({
      name: `_retval_${endpoint.node}_${endpoint.index}_${index}`, op: '_Retval', input: [outputText(endpoint.node, endpoint.index)], device,
      attr: { T: { kind: 'type', value: dtype }, index: { kind: 'int', value: index } },
    });
  });
  const versions = { producer: currentGraphVersion, minConsumer: 0, badConsumers: [] };
  return [...byDevice.values()].map((nodes) => graphDefToProto({ nodes, functions: [], gradients: [], versions }));
}

function recvName({ node, index }: Endpoint): string {
  return `${node}/_recv_${index}`;
}

function nodeDef(node: NodeData, device: string, received: (endpoint: Endpoint) => string | undefined): NodeDefData {
  return {
    name: node.name, op: node.op, device, attr: node.attrs,
    input: [
      ...node.inputs.map((endpoint) => received(endpoint) ?? outputText(endpoint.node, endpoint.index)),
      ...node.controls.map((control) => `^${control}`),
    ],
  };
}

function transferNode(op: '_Send' | '_Recv', { endpoint, dtype, from, to }: Transfer): NodeDefData {
  const attr: Attrs = {
    [op === '_Send' ? 'T' : 'tensor_type']: { kind: 'type', value: dtype },
    tensor_name: text(endpointText(endpoint)), send_device: text(from), recv_device: text(to),
    send_device_incarnation: { kind: 'int', value: 1 }, client_terminated: { kind: 'bool', value: false },
  };
  const name = op === '_Send' ? `${endpoint.node}/_send_${endpoint.index}_${to.replace(/^.*\/device:/, '').replace(':', '_')}` : recvName(endpoint);
  return { name, op, device: op === '_Send' ? from : to, input: op === '_Send' ? [outputText(endpoint.node, endpoint.index)] : [], attr };
}
