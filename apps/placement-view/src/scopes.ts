/**
 * Nodes grouped by their name scopes. Scopes that hold one thing are merged with it, and a scope with more children than can be taken in at
 * once is cut into runs of neighbours in topological order, so that a graph without scopes can be looked at as well.
 */
import type { ReportNode } from './report.js';

export interface Leaf {
  readonly kind: 'leaf';
  /** The node's name. */
  readonly id: string;
  /** Its name within the group. */
  readonly label: string;
  readonly node: ReportNode;
}

export interface Group {
  readonly kind: 'group';
  /** Ends in `/`, so that it differs from the id of a node of that name; the root's is empty. */
  readonly id: string;
  readonly label: string;
  readonly children: readonly (Leaf | Group)[];
  /** All nodes below. */
  readonly leaves: readonly ReportNode[];
}

export interface Scopes {
  readonly root: Group;
  /** The groups around each node, outermost first, the root left out. */
  readonly ancestors: ReadonlyMap<string, readonly Group[]>;
  readonly groups: ReadonlyMap<string, Group>;
}

/** Children beyond which a group is cut into runs, and the length of a run. */
const most = 140;
const runLength = 40;

interface Draft {
  readonly scopes: Map<string, Draft>;
  readonly nodes: { readonly label: string; readonly node: ReportNode }[];
}

/** Groups the nodes that are to be seen. */
export function groupByScope(nodes: readonly ReportNode[]): Scopes {
  const draft: Draft = { scopes: new Map(), nodes: [] };
  for (const node of nodes) {
    const parts = node.name.split('/');
    const label = parts.pop() ?? node.name;
    let at = draft;
    for (const part of parts) {
      let inner = at.scopes.get(part);
      if (inner === undefined) at.scopes.set(part, (inner = { scopes: new Map(), nodes: [] }));
      at = inner;
    }
    at.nodes.push({ label, node });
  }
  const order = topologicalOrder(nodes);
  const root = build(draft, '', '', order);
  const groups = new Map<string, Group>();
  const ancestors = new Map<string, readonly Group[]>();
  const walk = (group: Group, path: readonly Group[]): void => {
    groups.set(group.id, group);
    for (const child of group.children) {
      if (child.kind === 'leaf') ancestors.set(child.id, path);
      else walk(child, [...path, child]);
    }
  };
  walk(root, []);
  return { root, ancestors, groups };
}

function build(draft: Draft, id: string, label: string, order: ReadonlyMap<string, number>): Group {
  const children: (Leaf | Group)[] = draft.nodes.map(({ label: own, node }) => ({ kind: 'leaf', id: node.name, label: own, node }));
  for (const [name, inner] of draft.scopes) children.push(...compressed(build(inner, `${id}${name}/`, name, order)));
  const first = (child: Leaf | Group): number => order.get(child.kind === 'leaf' ? child.id : (child.leaves[0]?.name ?? '')) ?? 0;
  children.sort((a, b) => first(a) - first(b));
  return group(id, label, children.length > most ? runs(id, children) : children);
}

function group(id: string, label: string, children: readonly (Leaf | Group)[]): Group {
  return { kind: 'group', id, label, children, leaves: children.flatMap((child) => (child.kind === 'leaf' ? [child.node] : child.leaves)) };
}

/** A scope with one thing in it is that thing, under a longer name. */
function compressed(inner: Group): readonly (Leaf | Group)[] {
  const [only, ...others] = inner.children;
  return only === undefined || others.length > 0 ? [inner] : [{ ...only, label: `${inner.label}/${only.label}` }];
}

function runs(id: string, children: readonly (Leaf | Group)[]): Group[] {
  const count = Math.ceil(children.length / runLength);
  return Array.from({ length: count }, (_, i) => {
    const part = children.slice(Math.round((i * children.length) / count), Math.round(((i + 1) * children.length) / count));
    return group(`${id}[${i}]/`, `${part[0]?.label ?? ''} … ${part[part.length - 1]?.label ?? ''}`, part);
  });
}

/** Each node's place in an order in which producers come first; in a cycle, the order of the list decides. */
export function topologicalOrder(nodes: readonly ReportNode[]): ReadonlyMap<string, number> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const order = new Map<string, number>();
  const entered = new Set<string>();
  for (const start of nodes) {
    const stack: { readonly node: ReportNode; next: number }[] = [{ node: start, next: 0 }];
    if (entered.has(start.name)) continue;
    entered.add(start.name);
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const input = top.node.inputs[top.next++];
      if (input === undefined) {
        order.set(top.node.name, order.size);
        stack.pop();
        continue;
      }
      const producer = byName.get(input.node);
      if (producer === undefined || entered.has(producer.name)) continue;
      entered.add(producer.name);
      stack.push({ node: producer, next: 0 });
    }
  }
  return order;
}

/** The groups to open at first: from the outside in, the largest first, while no more than `budget` boxes are to be seen. */
export function firstOpen({ root }: Scopes, budget: number): Set<string> {
  const open = new Set<string>();
  const closed: Group[] = [];
  const reveal = (group: Group): void => { for (const child of group.children) if (child.kind === 'group') closed.push(child); };
  let seen = root.children.length;
  reveal(root);
  while (closed.length > 0) {
    closed.sort((a, b) => b.leaves.length - a.leaves.length);
    const at = closed.findIndex((candidate) => seen + candidate.children.length <= budget);
    const [next] = at < 0 ? [] : closed.splice(at, 1);
    if (next === undefined) break;
    open.add(next.id);
    seen += next.children.length;
    reveal(next);
  }
  return open;
}
