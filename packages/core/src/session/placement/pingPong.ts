/**
 * Values that leave an accelerator and come back to it: between the two copies the accelerator waits for another device, in every run. A
 * graph that only goes to an accelerator and returns to the client is as it should be.
 */
import { endpointText, type NodeData } from '../../graph/graphData.js';
import { topologicalOrder, withoutBackEdges } from '../../graph/stageGraph.js';
import { shortDevice } from '../../graph/printGraph.js';
import type { CrossingEdge, PingPong } from './explanation.js';

/** A way out of a device, as the nodes that it leads to carry it on. */
interface Excursion {
  readonly leave: Set<string>;
  readonly come: Set<string>;
  readonly via: Set<string>;
}

/** How many edges of a kind a text names. */
const named = 3;

export function pingPongs(nodes: ReadonlyMap<string, NodeData>, placement: ReadonlyMap<string, string>, client: string): PingPong[] {
  const devices = new Set<string>();
  for (const name of nodes.keys()) devices.add(placement.get(name) ?? '');
  devices.delete(client);
  devices.delete('');
  // One walk for each device that may be left: few, however large the graph.
  if (devices.size === 0 || new Set([...placement.values()]).size < 2) return [];
  const order = topologicalOrder(withoutBackEdges(nodes));
  return [...devices].flatMap((device) => pingPongOf(device, order, nodes, placement));
}

function pingPongOf(device: string, order: readonly NodeData[], nodes: ReadonlyMap<string, NodeData>, placement: ReadonlyMap<string, string>): PingPong[] {
  // Excursions by the nodes they have reached; two that meet become one.
  const reached = new Map<string, Excursion>();
  const all = new Map<Excursion, Excursion>();
  const rootOf = (excursion: Excursion): Excursion => {
    let root = excursion;
    for (let next = all.get(root); next !== undefined && next !== root; next = all.get(root)) root = next;
    return root;
  };
  const joined = (a: Excursion | undefined, b: Excursion): Excursion => {
    const [x, y] = [a === undefined ? undefined : rootOf(a), rootOf(b)];
    if (x === undefined || x === y) return y;
    const [large, small] = x.leave.size + x.come.size >= y.leave.size + y.come.size ? [x, y] : [y, x];
    for (const key of ['leave', 'come', 'via'] as const) for (const item of small[key]) large[key].add(item);
    all.set(small, large);
    return large;
  };
  for (const node of order) {
    const at = placement.get(node.name) ?? '';
    let own: Excursion | undefined;
    for (const input of node.inputs) {
      if (nodes.get(input.node)?.op === 'Const') continue;
      const from = placement.get(input.node) ?? '';
      if (from === device && at !== device) {
        const excursion: Excursion = { leave: new Set([`${endpointText(input)} ${node.name}`]), come: new Set(), via: new Set([at]) };
        all.set(excursion, excursion);
        own = joined(own, excursion);
      } else if (from !== device) {
        const carried = reached.get(input.node);
        if (carried === undefined) continue;
        if (at === device) rootOf(carried).come.add(`${endpointText(input)} ${node.name}`);
        else own = joined(own, carried);
      }
    }
    if (own !== undefined && at !== device) {
      rootOf(own).via.add(at);
      reached.set(node.name, own);
    }
  }
  return [...all].flatMap(([excursion, parent]) => (excursion === parent && excursion.come.size > 0 ? [described(device, excursion)] : []));
}

function described(device: string, excursion: Excursion): PingPong {
  const edges = (texts: ReadonlySet<string>): CrossingEdge[] => [...texts].map((text) => {
    const at = text.indexOf(' ');
    return { tensor: text.slice(0, at), to: text.slice(at + 1) };
  });
  const [leave, come, via] = [edges(excursion.leave), edges(excursion.come), [...excursion.via]];
  const listed = (list: readonly CrossingEdge[]): string => {
    const more = list.length > named ? ` and ${list.length - named} more` : '';
    return list.slice(0, named).map(({ tensor, to }) => `${tensor} → ${to}`).join(', ') + more;
  };
  const there = via.map(shortDevice).join(', ');
  const text = `The graph ping-pongs between ${shortDevice(device)} and ${there}: values leave ${shortDevice(device)} (${listed(leave)}) and come back (${listed(come)}) in every run.`;
  return { kind: 'ping-pong', device, via, leave, come, text };
}
