/** Ops that may wait for what others do to their object: for room, for elements, for those before them in line. */
import type { AttrValue, FunctionRef } from '../graph/attrs.js';
import type { FunctionLibrary, NodeData } from '../graph/graphData.js';
import { controlFlowOps } from './controlFlowOps.js';

export const waitingOps: ReadonlySet<string> = new Set([
  'QueueEnqueueV2', 'QueueEnqueueManyV2', 'QueueDequeueV2', 'QueueDequeueManyV2', 'QueueDequeueUpToV2', 'QueueCloseV2',
]);

/** The nodes that may wait: such ops, and calls, loops and branches with one inside. */
export function waitingNodes(nodes: ReadonlyMap<string, NodeData>, library: FunctionLibrary): ReadonlySet<string> {
  const known = new Map<string, boolean>();
  const isWaiting = (node: NodeData): boolean => waitingOps.has(node.op) || (controlFlowOps.has(node.op) && functionsOf(node).some(({ name }) => functionWaits(name)));
  const functionWaits = (name: string): boolean => {
    const found = known.get(name);
    if (found !== undefined) return found;
    // A function that calls itself waits if something else in it does.
    known.set(name, false);
    const waits = [...(library.get(name)?.nodes.values() ?? [])].some(isWaiting);
    known.set(name, waits);
    return waits;
  };
  return new Set([...nodes.values()].filter(isWaiting).map(({ name }) => name));
}

function functionsOf(node: NodeData): readonly FunctionRef[] {
  return Object.values<AttrValue>(node.attrs).flatMap((attr): readonly FunctionRef[] => {
    if (attr.kind === 'func') return [attr.value];
    return attr.kind === 'list' && attr.of === 'func' ? attr.value : [];
  });
}
