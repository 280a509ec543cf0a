/** The side panel: what is to be said of a node, of a group, or of the whole placement. */
import { h } from './dom.js';
import { deviceLabel, deviceStyle } from './palette.js';
import { copiesInto, count, type Reading } from './reading.js';
import { bytesOf, formatBytes, type PlacementReport, type ReportCopy, type ReportNode } from './report.js';
import type { Group } from './scopes.js';

export interface PanelEvents {
  readonly go: (node: string) => void;
  readonly toggle: (group: string) => void;
  readonly query: (text: string) => void;
  readonly close: () => void;
}

/** Rows of a list before the rest is only counted. */
const shownRows = 40;

/** What each rule of the placer says, for readers who do not know the placer. */
const rules: Readonly<Record<string, string>> = {
  assigned: 'kept from an earlier placement',
  requested: 'the device that was asked for',
  soft: 'moved by soft placement',
  reference: 'follows a reference or resource',
  colocated: 'colocated with another node',
  only: 'the only device that can run it',
  default: 'the default device',
  preferred: 'the preferred of several devices',
  consumers: 'where everything that uses it is',
  metadata: 'beside the node whose metadata it reads',
  client: 'fed: with the client',
};

export function ruleText(rule: string): string {
  return rules[rule] ?? rule;
}

export function nodePanel(reading: Reading, node: ReportNode, constants: readonly ReportNode[], events: PanelEvents): readonly Node[] {
  const { report } = reading;
  const outgoing = (reading.copiesFrom.get(node.name) ?? []).filter(({ from }) => from === node.device);
  const consumers = reading.consumers.get(node.name) ?? [];
  const hidden = new Set(constants.map(({ name }) => name));
  const inputs = node.inputs.filter((input) => !hidden.has(input.node));
  const hostReads = report.hostCopies.filter(({ consumers: readers }) => readers.includes(node.name));
  return [
    heading(node.op, node.name, events),
    h('p', { class: 'where' }, chip(reading, node.device), h('span', {}, ruleText(node.rule))),
    section('Why here', h('p', { class: 'reason' }, sentence(node.reason))),
    section('Asked for', h('p', {}, node.requested === '' ? 'no device' : h('code', {}, node.requested))),
    section('Who could run it', h('ul', { class: 'able' }, node.candidates.map(({ device, refusal }) => h('li', { class: refusal === null ? 'yes' : 'no' },
      chip(reading, device), h('span', {}, refusal === null ? (device === node.device ? 'can, and does' : 'can') : `cannot: ${refusal}`),
    )))),
    node.decidedBy !== null && section('Decided by', links(reading, [{ name: node.decidedBy, note: '' }], events)),
    inputs.length > 0 && section(`Inputs (${inputs.length})`, links(reading, inputs.map(({ node: name, isControl, copy }) => ({ name, note: isControl ? 'control' : note(copy) })), events)),
    constants.length > 0 && section(`Constants (${constants.length})`, links(reading, constants.map(({ name }) => ({ name, note: '' })), events)),
    hostReads.length > 0 && section('Read by the host before it starts', links(reading, hostReads.map((copy) => ({ name: copy.node, note: sizeText(copy) })), events)),
    consumers.length > 0 && section(`Used by (${consumers.length})`, links(reading, consumers.map(({ name, device }) => ({ name, note: note(outgoing.find(({ to }) => to === device)) })), events)),
  ].filter((part) => part !== false);
}

export function groupPanel(reading: Reading, group: Group, isOpen: boolean, events: PanelEvents): readonly Node[] {
  const inside = new Set(group.leaves.map(({ name }) => name));
  const leaving: ReportCopy[] = [];
  const entering = new Set<ReportCopy>();
  for (const node of group.leaves) {
    for (const copy of copiesInto(node)) if (!inside.has(copy.node)) entering.add(copy);
    for (const copy of reading.copiesFrom.get(node.name) ?? []) if ((reading.consumers.get(node.name) ?? []).some(({ name, device }) => device === copy.to && !inside.has(name))) leaving.push(copy);
  }
  return [
    heading('Group', group.id.replace(/\/$/, ''), events),
    h('p', {}, h('button', { class: 'wide', onclick: () => { events.toggle(group.id); } }, isOpen ? 'Close this group' : 'Open this group')),
    ...countsOf(reading, group.leaves, events),
    copiesSection(reading, 'Copies in', [...entering], events),
    copiesSection(reading, 'Copies out', leaving, events),
  ].filter((part) => part !== undefined);
}

export function overviewPanel(reading: Reading, nodes: readonly ReportNode[], events: PanelEvents): readonly Node[] {
  const { report } = reading;
  return [
    h('h2', {}, report.title === '' ? 'Placement' : report.title),
    h('p', { class: 'muted' }, `${report.nodes.length} nodes on ${report.devices.length === 1 ? 'one device' : `${report.devices.length} devices`}. Choose a node to see why it is where it is.`),
    ...countsOf(reading, nodes, events),
    copiesSection(reading, 'Copies between devices', report.copies, events) ?? section('Copies between devices', h('p', { class: 'muted' }, 'none')),
    ...report.warnings.map((warning) => pingPong(reading, warning, events)),
    ...(report.hostCopies.length === 0 ? [] : [section(`Read by the host (${report.hostCopies.length}, ${bytesOf(report.hostCopies)})`, links(reading, report.hostCopies.map((copy) => ({ name: copy.node, note: `from ${deviceLabel(report, copy.device)}, ${sizeText(copy)}` })), events))]),
  ];
}

/** Values that go back and forth: short, with the copies to look at underneath. */
function pingPong(reading: Reading, { device, via, leave, come }: PlacementReport['warnings'][number], events: PanelEvents): HTMLElement {
  const name = (full: string): string => deviceLabel(reading.report, full);
  const list = (title: string, edges: typeof leave): readonly Node[] => [
    h('h4', {}, title),
    h('ul', { class: 'links' }, edges.slice(0, shownRows).map(({ tensor, to }) => h('li', {}, h('button', { class: 'link name', onclick: () => { events.go(tensor.replace(/:\d+$/, '')); } }, wrap(tensor)), h('span', { class: 'muted' }, 'for ', wrap(to))))),
  ];
  return h('details', { class: 'warning' },
    h('summary', {}, `Values leave ${name(device)} for ${via.map(name).join(', ')} and come back in every run: ${leave.length} out, ${come.length} back`),
    ...list('out', leave), ...list('back', come));
}

function countsOf(reading: Reading, nodes: readonly ReportNode[], events: PanelEvents): readonly Node[] {
  const { report } = reading;
  const devices = report.devices.map(({ name, backend, description }) => ({ name, description: [backend, description].filter((text) => text !== '').join(', '), nodes: nodes.filter(({ device }) => device === name).length }));
  const bars = (rows: readonly (readonly [string, number])[], label: (key: string) => string): HTMLElement => h('ul', { class: 'counts' }, rows.slice(0, 12).map(([key, times]) => h('li', {},
    h('button', { class: 'link', onclick: () => { events.query(key); }, title: `Search for ${key}` }, label(key)), h('span', { class: 'number' }, String(times)),
  )), rows.length > 12 && h('li', { class: 'muted' }, `and ${rows.length - 12} more`));
  return [
    section('Devices', h('ul', { class: 'devices' }, devices.map(({ name, description, nodes: times }) => h('li', {},
      chip(reading, name, () => { events.query(name); }), h('span', { class: 'number' }, `${times} ${times === 1 ? 'node' : 'nodes'}`), h('small', { class: 'muted' }, description),
    )), report.absent.map(({ backend, deviceType, reason }) => h('li', { class: 'muted' }, `no ${deviceType} of ${backend}: ${reason}`)))),
    section('Decided by', bars(count(nodes.map(({ rule }) => rule)), ruleText)),
    section('Ops', bars(count(nodes.map(({ op }) => op)), (op) => op)),
  ];
}

function copiesSection(reading: Reading, title: string, copies: readonly ReportCopy[], events: PanelEvents): Node | undefined {
  if (copies.length === 0) return undefined;
  const { report } = reading;
  const sorted = [...copies].sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
  return section(`${title} (${copies.length}, ${bytesOf(copies)})`, h('ul', { class: 'links' }, sorted.slice(0, shownRows).map((copy) => h('li', {},
    h('button', { class: 'link name', onclick: () => { events.go(copy.node); } }, wrap(copy.tensor)),
    h('span', { class: 'route' }, `${deviceLabel(report, copy.from)} → ${deviceLabel(report, copy.to)}${copy.isFetched ? ' (result)' : ''}, ${sizeText(copy)}`),
  )), sorted.length > shownRows && h('li', { class: 'muted' }, `and ${sorted.length - shownRows} more`)));
}

function sizeText({ bytes, dtype, shape }: Pick<ReportCopy, 'bytes' | 'dtype' | 'shape'>): string {
  const size = bytes === null ? 'size known at run time' : formatBytes(bytes);
  return `${size}, ${dtype}${shape === null ? '' : ` [${shape.map((dim) => dim ?? '?').join(', ')}]`}`;
}

function heading(kind: string, name: string, events: PanelEvents): HTMLElement {
  return h('header', {}, h('h2', {}, kind), h('button', { class: 'icon', onclick: () => { events.close(); }, 'aria-label': 'Back to the overview', title: 'Back to the overview (Esc)' }, '✕'), h('p', { class: 'full' }, wrap(name)));
}

function section(title: string, ...content: readonly Node[]): HTMLElement {
  return h('section', {}, h('h3', {}, title), ...content);
}

function links(reading: Reading, nodes: readonly { readonly name: string; readonly note: string }[], events: PanelEvents): HTMLElement {
  return h('ul', { class: 'links' }, nodes.slice(0, shownRows).map(({ name, note: text }) => {
    const node = reading.byName.get(name);
    return h('li', {},
      h('button', { class: 'link name', onclick: () => { events.go(name); } }, h('i', { class: 'swatch', style: deviceStyle(reading.report, node?.device ?? '') }), ' ', wrap(name)), h('span', { class: 'muted' }, node?.op ?? ''), text !== '' && h('span', { class: 'route' }, text),
    );
  }), nodes.length > shownRows && h('li', { class: 'muted' }, `and ${nodes.length - shownRows} more`));
}

function note(copy: ReportCopy | undefined): string {
  return copy === undefined ? '' : `copy, ${sizeText(copy)}`;
}

export function chip({ report }: Reading, device: string, onclick?: () => void): HTMLElement {
  const content = [h('i', { class: 'swatch' }), deviceLabel(report, device)];
  return onclick === undefined ? h('span', { class: 'chip', style: deviceStyle(report, device), title: device }, content) : h('button', { class: 'chip', style: deviceStyle(report, device), title: device, onclick }, content);
}

/** Long names break after their slashes. */
function wrap(name: string): DocumentFragment {
  const text = document.createDocumentFragment();
  name.split('/').forEach((part, i) => { text.append(...(i === 0 ? [part] : ['/', document.createElement('wbr'), part])); });
  return text;
}

function sentence(text: string): string {
  return text === '' ? '' : `${text[0]!.toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
