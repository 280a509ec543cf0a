/** Partitions as text: each device's nodes, and the Send/Recv pairs at the cuts. */
import { inputText, printNode, shortDevice } from '../graph/printGraph.js';
import type { PartitionedGraph } from './partition.js';

export function printPartition({ devices, transfers, graph, later }: PartitionedGraph): string {
  const lines: string[] = [];
  for (const [device, nodes] of devices) {
    lines.push(`  on ${device}:`);
    for (const node of nodes) lines.push(`    ${printNode(node, undefined, graph.shapes.get(node.name))}`);
    for (const transfer of transfers) {
      if (transfer.from === device) lines.push(`    _Send(${inputText(transfer.endpoint)}) → ${shortDevice(transfer.to)}`);
      if (transfer.to === device) lines.push(`    _Recv(${inputText(transfer.endpoint)}) ← ${shortDevice(transfer.from)}`);
    }
  }
  if (later !== undefined) lines.push(`  later, from ${later.captures.map(inputText).join(', ')}: ${later.graph.nodes.size} nodes`);
  return lines.join('\n');
}
