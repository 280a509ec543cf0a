/** Numbers and tables for people. */
import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';

export function formatBytes(bytes: number): string {
  return prettyBytes(bytes, { binary: true });
}

export function formatMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(3) : ms.toFixed(1)} ms`;
}

/** Rows as aligned columns without borders. */
export function table(rows: readonly (readonly string[])[]): string {
  const edges = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'];
  const made = new Table({ chars: Object.fromEntries(edges.map((edge) => [edge, edge === 'middle' ? '  ' : ''])), style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } });
  made.push(...rows.map((row) => [...row]));
  return made.toString().replace(/ +$/gm, '');
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
