/** A report with what the panels ask of it: who reads whom, and what is counted. */
import type { PlacementReport, ReportCopy, ReportNode } from './report.js';

export interface Reading {
  readonly report: PlacementReport;
  readonly byName: ReadonlyMap<string, ReportNode>;
  readonly consumers: ReadonlyMap<string, readonly ReportNode[]>;
  /** Copies by the node that makes the tensor. */
  readonly copiesFrom: ReadonlyMap<string, readonly ReportCopy[]>;
  /** What search looks through: name, op, device and rule, in lower case. */
  readonly texts: ReadonlyMap<string, string>;
}

export function read(report: PlacementReport): Reading {
  const byName = new Map(report.nodes.map((node) => [node.name, node]));
  const consumers = new Map<string, ReportNode[]>();
  const copiesFrom = new Map<string, ReportCopy[]>();
  const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [value]);
    else list.push(value);
  };
  for (const node of report.nodes) for (const producer of new Set(node.inputs.map((input) => input.node))) push(consumers, producer, node);
  for (const copy of report.copies) push(copiesFrom, copy.node, copy);
  const texts = new Map(report.nodes.map((node) => [node.name, `${node.name} ${node.op} ${node.device} ${node.rule}`.toLowerCase()]));
  return { report, byName, consumers, copiesFrom, texts };
}

/** Copies that a node's inputs need, each once. */
export function copiesInto(node: ReportNode): readonly ReportCopy[] {
  return [...new Set(node.inputs.flatMap(({ copy }) => copy ?? []))];
}

/** Nodes in which every word of the query occurs (in the name, op, device or rule): first those whose op or last name has them, constants last. */
export function search({ report, texts }: Reading, query: string): readonly ReportNode[] {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return [];
  const rank = ({ name, op }: ReportNode): number => {
    const close = `${op} ${name.slice(name.lastIndexOf('/') + 1)}`.toLowerCase();
    return (words.every((word) => close.includes(word)) ? 0 : 1) + (op === 'Const' ? 2 : 0);
  };
  return report.nodes.filter(({ name }) => words.every((word) => texts.get(name)?.includes(word) === true)).sort((a, b) => rank(a) - rank(b));
}

/** How often each key occurs, most frequent first. */
export function count(keys: Iterable<string>): [string, number][] {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}
