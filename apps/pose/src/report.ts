/** The tables that the sample prints. */
import Table from 'cli-table3';
import type * as tf from '@sessionflow/core';
import { visible } from '@sessionflow/vision';
import type { Found } from './draw.js';

/** Op types that have a row of their own; the rest share one. */
const shownOps = 10;

/** How many nodes of each op type stand on each device. */
export function placementTable(graph: tf.Graph, placement: ReadonlyMap<string, string>): string {
  const rows: string[][] = [];
  for (const [name, ops] of countOps(graph, placement)) {
    const device = name.replace(/^.*\/device:/, '');
    const sorted = [...ops].sort(([, a], [, b]) => b - a);
    const rest = sorted.slice(shownOps);
    for (const [op, nodes] of sorted.slice(0, shownOps)) rows.push([device, op, String(nodes)]);
    if (rest.length > 0) rows.push([device, `${rest.length} more`, String(rest.reduce((sum, [, nodes]) => sum + nodes, 0))]);
  }
  return table(['device', 'op', 'nodes'], rows);
}

/** What was found where, and how long it took. */
export function peopleTable(found: readonly Found[], runMs: readonly number[]): string {
  return table(['person', 'keypoints', 'face', 'ms'], found.map(({ name, keypoints, boxes }, i) => [
    name, `${keypoints.filter(({ score }) => score >= visible).length} of ${keypoints.length}`, boxes[0]?.score.toFixed(2) ?? 'none', runMs[i]?.toFixed(1) ?? '',
  ]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function countOps(graph: tf.Graph, placement: ReadonlyMap<string, string>): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const op of graph.getOperations()) {
    const device = placement.get(op.name) ?? '';
    const ops = counts.get(device) ?? new Map<string, number>();
    counts.set(device, ops);
    ops.set(op.type, (ops.get(op.type) ?? 0) + 1);
  }
  return counts;
}

/** Without the lines between rows: they would double the height. */
function table(head: string[], rows: readonly string[][]): string {
  const between = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const numbers = new Set(['nodes', 'ms']);
  const made = new Table({ head, chars: between, style: { head: [], border: [] }, colAligns: head.map((name) => (numbers.has(name) ? 'right' : 'left')) });
  made.push(...rows);
  return made.toString();
}
