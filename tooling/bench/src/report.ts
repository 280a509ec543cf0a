/** What a section found, as a table for people and as data. */
import Table from 'cli-table3';


export type Cell = string | number | null;

export interface Section {
  readonly title: string;
  /** What was measured and how to read it. */
  readonly notes: readonly string[];
  readonly columns: readonly string[];
  /** The first cell is the row's name; numbers are shown to three digits. */
  readonly rows: readonly (readonly Cell[])[];
  /** Programs that could not be had here, and why. */
  readonly absent?: readonly string[];
}

export function printSection(section: Section): string {
  const table = new Table({
    head: [...section.columns], colAligns: section.columns.map((_, i) => (i === 0 ? 'left' : 'right')), style: { head: [], border: [], compact: true },
  });
  table.push(...section.rows.map((row) => row.map(cellText)));
  return [`## ${section.title}`, ...section.notes, table.toString(), ...(section.absent ?? []).map((line) => `absent: ${line}`), ''].join('\n');
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return cell;
  const digits = Math.abs(cell) >= 100 ? 0 : Math.abs(cell) >= 10 ? 1 : Math.abs(cell) >= 1 ? 2 : 3;
  return cell.toFixed(digits);
}
