/** What is to be seen with some groups open: boxes within boxes, and every edge between the boxes that stand for its ends. */
import { entry, exit } from './ends.js';
import type { PlacementReport, ReportCopy, ReportInput, ReportNode } from './report.js';
import type { Group, Leaf, Scopes } from './scopes.js';

export interface SceneEdge {
  readonly from: string;
  readonly to: string;
  /** Tensors, each once. */
  readonly tensors: number;
  /** Only control dependencies. */
  readonly isControl: boolean;
  readonly copies: readonly ReportCopy[];
}

export interface SceneBox {
  readonly id: string;
  readonly item: Leaf | Group;
  readonly width: number;
  readonly height: number;
  /** What is in it; absent for nodes and closed groups. */
  readonly inside?: SceneLevel;
}

export interface SceneLevel {
  readonly boxes: readonly SceneBox[];
  readonly edges: readonly SceneEdge[];
}

const characterWidth = 6.6;
const boxHeight = { leaf: 38, group: 44 } as const;

/** The text of a box, short enough for it. */
export function shortLabel(label: string): string {
  return label.length <= 30 ? label : `${label.slice(0, 12)}…${label.slice(-17)}`;
}

export function sceneOf(report: PlacementReport, scopes: Scopes, open: ReadonlySet<string>): SceneLevel {
  return new SceneBuilder(report, scopes, open).level(scopes.root);
}

/** The box that stands for a node: its own, or that of the outermost closed group around it. */
export function standIn(scopes: Scopes, open: ReadonlySet<string>, node: string): string | undefined {
  const path = scopes.ancestors.get(node);
  return path === undefined ? undefined : (path.find((group) => !open.has(group.id))?.id ?? node);
}

interface EdgeDraft {
  readonly from: string;
  readonly to: string;
  readonly tensors: Set<string>;
  readonly copies: Set<ReportCopy>;
}

class SceneBuilder {
  /** By group, then by the ends. */
  private readonly edges = new Map<string, Map<string, EdgeDraft>>();

  constructor(report: PlacementReport, private readonly scopes: Scopes, private readonly open: ReadonlySet<string>) {
    const byName = new Map(report.nodes.map((node) => [node.name, node]));
    for (const consumer of report.nodes) {
      for (const input of consumer.inputs) {
        const producer = byName.get(input.node);
        if (producer !== undefined) this.connect(producer, consumer, input);
      }
    }
  }

  level(group: Group): SceneLevel {
    const boxes = group.children.map((item): SceneBox => {
      const inside = item.kind === 'group' && this.open.has(item.id) ? this.level(item) : undefined;
      const text = item.kind === 'leaf' ? Math.max(shortLabel(item.label).length, item.node.op.length * 1.1) : shortLabel(item.label).length + 5;
      return { id: item.id, item, width: Math.max(86, Math.round(text * characterWidth + 22)), height: boxHeight[item.kind], ...(inside === undefined ? {} : { inside }) };
    });
    const edges = [...(this.edges.get(group.id)?.values() ?? [])].map(({ from, to, tensors, copies }): SceneEdge => {
      const data = [...tensors].filter((tensor) => !tensor.startsWith('^')).length;
      return { from, to, tensors: data, isControl: data === 0, copies: [...copies] };
    });
    return { boxes, edges };
  }

  private connect(producer: ReportNode, consumer: ReportNode, { tensor, copy }: ReportInput): void {
    const from = this.path(producer.name);
    const to = this.path(consumer.name);
    if (from === undefined || to === undefined) return;
    let shared = 0;
    while (shared < from.length - 1 && shared < to.length - 1 && from[shared] === to[shared]) shared++;
    const [a, b] = [from[shared]!, to[shared]!];
    if (a === b) return;
    this.add(shared === 0 ? '' : from[shared - 1]!, a, b, tensor, copy);
    for (let i = shared + 1; i < from.length; i++) this.add(from[i - 1]!, from[i]!, exit, tensor, copy);
    for (let i = shared + 1; i < to.length; i++) this.add(to[i - 1]!, entry, to[i]!, tensor, copy);
  }

  /** The boxes from the outside to the one that stands for the node. */
  private path(node: string): readonly string[] | undefined {
    const groups = this.scopes.ancestors.get(node);
    if (groups === undefined) return undefined;
    const closed = groups.findIndex((group) => !this.open.has(group.id));
    return closed < 0 ? [...groups.map(({ id }) => id), node] : groups.slice(0, closed + 1).map(({ id }) => id);
  }

  private add(group: string, from: string, to: string, tensor: string, copy: ReportCopy | undefined): void {
    let level = this.edges.get(group);
    if (level === undefined) this.edges.set(group, (level = new Map<string, EdgeDraft>()));
    const key = `${from} ${to}`;
    let edge = level.get(key);
    if (edge === undefined) level.set(key, (edge = { from, to, tensors: new Set(), copies: new Set() }));
    edge.tensors.add(tensor);
    if (copy !== undefined) edge.copies.add(copy);
  }
}
