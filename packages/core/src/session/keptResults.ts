/** Results that stay on a device: what is given for them are session handles. */
import type { NodeData } from '../graph/graphData.js';
import type { PlacedGraph } from '../graph/typedGraph.js';

/** For each result with a device, a copy there (none where it is there already) and a handle in its place: text, for `TensorHandle`. */
export function withKeptResults(placed: PlacedGraph, keeps: readonly (string | undefined)[]): PlacedGraph {
  const nodes = new Map(placed.nodes);
  const placement = new Map(placed.placement);
  const results = placed.results.map((result, i) => {
    const device = keeps[i];
    const dtype = placed.nodes.get(result.node)?.outputs[result.index];
    if (device === undefined || dtype === undefined) return result;
    const name = `_retval_${result.node}_${result.index}_${i}`;
    const add = (node: Pick<NodeData, 'name' | 'op' | 'inputs' | 'outputs'>): void => {
      nodes.set(node.name, { ...node, controls: [], device, attrs: { T: { kind: 'type', value: dtype } } });
      placement.set(node.name, device);
    };
    add({ name: `${name}/value`, op: 'Identity', inputs: [result], outputs: [dtype] });
    add({ name, op: 'GetSessionHandle', inputs: [{ node: `${name}/value`, index: 0 }], outputs: ['string'] });
    return { node: name, index: 0 };
  });
  return { ...placed, nodes, placement, results };
}
