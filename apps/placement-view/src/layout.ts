/**
 * Where the boxes of a scene lie, from top to bottom. Every open group is laid out by itself (dagre, a layered layout) and is then one box of
 * the group around it: the time is that of a few small layouts, where one of all nodes would take many seconds.
 */
import { Graph, layout as layered, type EdgeLabel, type GraphLabel, type NodeLabel } from '@dagrejs/dagre';
import { entry, exit } from './ends.js';
import type { SceneEdge, SceneLevel } from './scene.js';

/** What `layout` needs of a scene: it can be sent to a worker. */
export interface LayoutLevel {
  readonly boxes: readonly { readonly id: string; readonly width: number; readonly height: number; readonly inside?: LayoutLevel }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly hasLabel: boolean }[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedBox {
  readonly id: string;
  /** The left upper corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  /** Number of the group in whose level the edge is (its id), and of the edge in it. */
  readonly level: string;
  readonly index: number;
  readonly points: readonly Point[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Groups before what is in them. */
  readonly boxes: readonly PlacedBox[];
  readonly edges: readonly PlacedEdge[];
}

/** A layout somewhere: here, or in a worker. */
export type Layouter = (level: LayoutLevel) => Promise<Layout>;

const padding = { side: 18, top: 34, bottom: 16 } as const;
const borderEnds: ReadonlySet<string> = new Set([entry, exit]);

/** The part of a scene that a layout needs. */
export function layoutInput(scene: SceneLevel): LayoutLevel {
  return {
    boxes: scene.boxes.map(({ id, width, height, inside }) => ({ id, width, height, ...(inside === undefined ? {} : { inside: layoutInput(inside) }) })),
    edges: scene.edges.map(({ from, to, copies }: SceneEdge) => ({ from, to, hasLabel: copies.length > 0 })),
  };
}

export function layout(root: LayoutLevel): Layout {
  const boxes: PlacedBox[] = [];
  const edges: PlacedEdge[] = [];
  const put = (level: Inner, id: string, dx: number, dy: number): void => {
    for (const { box, x, y, width, height, inner } of level.boxes) {
      boxes.push({ id: box, x: x + dx, y: y + dy, width, height });
      if (inner !== undefined) put(inner, box, x + dx + padding.side, y + dy + padding.top);
    }
    level.edges.forEach((points, index) => { edges.push({ level: id, index, points: points.map((point) => ({ x: point.x + dx, y: point.y + dy })) }); });
  };
  const whole = arrange(root);
  put(whole, '', 0, 0);
  return { width: whole.width, height: whole.height, boxes, edges };
}

interface Inner {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly { readonly box: string; readonly x: number; readonly y: number; readonly width: number; readonly height: number; readonly inner: Inner | undefined }[];
  readonly edges: readonly (readonly Point[])[];
  /** Where edges from outside come in and go out: positions along the upper and lower border. */
  readonly entryX: number | undefined;
  readonly exitX: number | undefined;
}

function arrange(level: LayoutLevel): Inner {
  const inners = new Map<string, Inner>();
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>();
  // Beyond some size the better ranking costs seconds.
  graph.setGraph({ rankdir: 'TB', nodesep: 22, ranksep: 30, edgesep: 10, marginx: 0, marginy: 0, ranker: level.boxes.length > 250 ? 'longest-path' : 'network-simplex' });
  for (const { id, width, height, inside } of level.boxes) {
    const inner = inside === undefined ? undefined : arrange(inside);
    if (inner !== undefined) inners.set(id, inner);
    graph.setNode(id, inner === undefined ? { width, height } : { width: Math.max(width, inner.width + 2 * padding.side), height: inner.height + padding.top + padding.bottom });
  }
  for (const { from, to, hasLabel } of level.edges) {
    for (const end of [from, to]) if (borderEnds.has(end) && !graph.hasNode(end)) graph.setNode(end, { width: 1, height: 1 });
    graph.setEdge(from, to, hasLabel ? { width: 64, height: 18, labelpos: 'c' } : {});
  }
  if (graph.hasNode(exit)) keepLast(graph, level);
  layered(graph);
  const { width = 0, height = 0 } = graph.graph();
  const placed = level.boxes.map(({ id }) => {
    const { x = 0, y = 0, width: w, height: h } = graph.node(id);
    return { box: id, x: x - w / 2, y: y - h / 2, width: w, height: h, inner: inners.get(id) };
  });
  const at = new Map(placed.map((box) => [box.box, box]));
  const edges = level.edges.map(({ from, to }) => {
    const points = (graph.edge(from, to)?.points ?? []).map(({ x, y }) => ({ x, y }));
    const [source, target] = [at.get(from), at.get(to)];
    const last = points.length - 1;
    const leaves = source?.inner?.exitX;
    const enters = target?.inner?.entryX;
    // Edges that run upwards (cycles between groups) keep the nearest border: a way to the other one would cross the group.
    if (source !== undefined && leaves !== undefined && (points[1]?.y ?? 0) >= source.y + source.height) points[0] = { x: source.x + padding.side + leaves, y: source.y + source.height };
    if (target !== undefined && enters !== undefined && (points[last - 1]?.y ?? 0) <= target.y) points[last] = { x: target.x + padding.side + enters, y: target.y };
    // Ends on the border lie outside this level by the padding.
    if (from === entry) points[0] = { x: points[0]!.x, y: -padding.top };
    if (to === exit) points[last] = { x: points[last]!.x, y: height + padding.bottom };
    return points;
  });
  const xOf = (end: string): number | undefined => (graph.hasNode(end) ? graph.node(end).x : undefined);
  return { width, height, boxes: placed, edges, entryX: xOf(entry), exitX: xOf(exit) };
}

/** What goes out goes out below everything else, and so crosses nothing. */
function keepLast(graph: Graph<GraphLabel, NodeLabel, EdgeLabel>, { boxes }: LayoutLevel): void {
  for (const { id } of boxes) if ((graph.outEdges(id) ?? []).length === 0) graph.setEdge(id, exit, { weight: 0 });
}
