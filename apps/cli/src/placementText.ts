/** A placement as a table for the terminal: nodes by name scope, coloured by device; then copies, and what is amiss. */
import { styleText } from 'node:util';
import type { ExplainedNode, GraphExplanation, PartialShape, PlacementExplanation } from '@sessionflow/core';
import { formatBytes, table } from './text.js';

type Format = Parameters<typeof styleText>[0];
type Paint = (format: Format, text: string) => string;

/** The first devices get a colour each; those after them share these again. */
const colors = ['green', 'cyan', 'magenta', 'yellow', 'blue', 'red'] as const;

export function placementText(explanation: PlacementExplanation, useColors: boolean): string {
  const paint: Paint = (format, text) => (useColors ? styleText(format, text, { validateStream: false }) : text);
  const palette = new Map(explanation.devices.map(({ name }, i) => [name, colors[i % colors.length] ?? 'green']));
  const device = (name: string): string => paint(palette.get(name) ?? 'red', shortName(name, explanation));
  const sections = [
    table(explanation.devices.map(({ name, backend, description, nodes }) => [device(name), `${nodes} node${nodes === 1 ? '' : 's'}`, backend, description])),
    ...explanation.absent.map(({ backend, deviceType, reason }) => `no ${deviceType} of ${backend}: ${reason}`),
    '',
    ...graphText(explanation, device, paint),
    ...explanation.functions.flatMap((fn) => [
      '', paint('bold', `function ${fn.name}`) + ` called by ${fn.callers.join(', ')} on ${device(fn.device)}`, ...graphText(fn, device, paint),
    ]),
    ...explanation.warnings.map(({ text }) => paint('yellow', `\nwarning: ${text}`)),
  ];
  return `${sections.join('\n')}\n`;
}

/** `CPU:0`; the full name where devices of several processes are about. */
function shortName(name: string, { devices }: PlacementExplanation): string {
  const address = (full: string): string => full.replace(/\/device:.*$/, '');
  const isOneProcess = devices.every((other) => address(other.name) === address(name));
  return isOneProcess ? name.replace(/^.*\/device:/, '') : name;
}

function graphText(graph: GraphExplanation, device: (name: string) => string, paint: Paint): string[] {
  const byScope = new Map<string, ExplainedNode[]>();
  for (const node of graph.nodes) {
    const list = byScope.get(node.scope);
    if (list === undefined) byScope.set(node.scope, [node]);
    else list.push(node);
  }
  const lines: string[] = [];
  const rows = [...byScope].flatMap(([scope, nodes]) => [
    ...(scope === '' ? [] : [[paint('bold', `${scope}/`), '', '', '', '']]),
    ...nodes.map((node) => [
      `${scope === '' ? '' : '  '}${scope === '' ? node.name : node.name.slice(scope.length + 1)}`, node.op, device(node.device), whoCan(node, device), whyHere(node, device),
    ]),
  ]);
  if (rows.length > 0) lines.push(table([['node', 'op', 'is on', 'can be on', 'why'].map((title) => paint('dim', title)), ...rows]));
  lines.push('', graph.copies.length === 0 ? 'no copies between devices' : total(['copy between devices', 'copies between devices'], graph.copies));
  if (graph.copies.length > 0) {
    lines.push(table(graph.copies.map(({ tensor, dtype, shape, bytes, from, to, consumers, isFetched }) => [
      `  ${tensor}`, `${dtype}${shapeOf(shape)}`, bytesOf(bytes), `${device(from)} → ${device(to)}`, `for ${[...consumers, ...(isFetched ? ['the client'] : [])].join(', ')}`,
    ])));
  }
  if (graph.hostCopies.length > 0) {
    lines.push(total(['copy to the host, which must know it', 'copies to the host, which must know them'], graph.hostCopies));
    lines.push(table(graph.hostCopies.map(({ tensor, dtype, shape, bytes, device: from, consumers }) => [
      `  ${tensor}`, `${dtype}${shapeOf(shape)}`, bytesOf(bytes), `${device(from)} → host`, consumers.length === 0 ? 'which goes by it' : `for ${consumers.join(', ')}`,
    ])));
  }
  return lines;
}

/** The devices that can run it. */
function whoCan({ candidates }: ExplainedNode, device: (name: string) => string): string {
  const able = candidates.filter(({ refusal }) => refusal === null);
  return able.length === candidates.length && able.length > 1 ? 'any' : able.map(({ device: name }) => device(name)).join(' ');
}

/** What was asked, the rule that decided, and why others cannot run it, as far as the rule does not say so. */
function whyHere({ requested, reason, candidates }: ExplainedNode, device: (name: string) => string): string {
  const asked = requested === '' || reason.includes(requested) ? '' : `asked for ${requested}: `;
  const others = candidates.flatMap(({ device: name, refusal }) => (refusal === null || reason.includes(refusal) ? [] : [`${device(name)} cannot: ${refusal}`]));
  return [`${asked}${reason}`, ...others].join('; ');
}

function total([one, many]: readonly [string, string], copies: readonly { readonly bytes: number | null }[]): string {
  const known = copies.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const unknown = copies.filter(({ bytes }) => bytes === null).length;
  return `${copies.length} ${copies.length === 1 ? one : many}, ${formatBytes(known)}${unknown === 0 ? '' : ` and ${unknown} of unknown size`}:`;
}

const bytesOf = (bytes: number | null): string => (bytes === null ? 'unknown' : formatBytes(bytes));

function shapeOf(shape: PartialShape): string {
  return shape === null ? '[…]' : `[${shape.map((size) => size ?? '?').join(',')}]`;
}
