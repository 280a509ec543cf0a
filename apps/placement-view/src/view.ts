/** The placement view: the graph, its legend, a search and a panel with the reasons, in a shadow root of its own. */
import type { PlacementExplanation } from '@sessionflow/core';
import { GraphCanvas, describe } from './canvas.js';
import { chip, groupPanel, nodePanel, overviewPanel } from './details.js';
import { h } from './dom.js';
import { layoutInput, type Layouter } from './layout.js';
import { deviceLabel, deviceStyle } from './palette.js';
import { read, search, type Reading } from './reading.js';
import { bytesOf, readExplanation, type ReportNode } from './report.js';
import { sceneOf, standIn } from './scene.js';
import { firstOpen, groupByScope, type Group, type Leaf, type Scopes } from './scopes.js';
import styles from './view.css?inline';

export interface PlacementView {
  /** Shows another placement from the beginning. Resolves when it is drawn. */
  show(title: string, explanation: PlacementExplanation): Promise<void>;
  /** Opens what is around a node, and chooses it. */
  choose(node: string): Promise<void>;
}

export interface ViewOptions {
  readonly layout: Layouter;
  /** More buttons for the bar. */
  readonly tools?: readonly Node[];
}

/** Boxes that are to be seen at first, at most. */
const firstBoxes = 70;
/** Boxes that "open all" may show. */
const mostBoxes = 2500;
const shownResults = 60;

/** Puts a view into an element. It takes the element's size; colours follow its `color-scheme`. */
export function placementView(host: HTMLElement, options: ViewOptions): PlacementView {
  return new View(host.shadowRoot ?? host.attachShadow({ mode: 'open' }), options);
}

class View implements PlacementView {
  private readonly canvas: GraphCanvas;
  private readonly svg: SVGSVGElement;
  private readonly panel = h('aside', { class: 'panel', 'aria-label': 'Details' });
  private readonly legend = h('div', { class: 'legend' });
  private readonly live = h('div', { class: 'hidden', 'aria-live': 'polite' });
  private readonly busy = h('div', { class: 'busy', hidden: true }, 'Laying out…');
  private readonly input = h('input', {
    type: 'search', placeholder: 'Search name, op, device  ( / )', 'aria-label': 'Search nodes by name, op or device', role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'results', autocomplete: 'off', spellcheck: 'false',
    oninput: () => { this.find(); }, onfocus: () => { this.find(); },
  });
  private readonly results = h('ul', { class: 'results', id: 'results', role: 'listbox', 'aria-label': 'Nodes found', hidden: true });
  private readonly constantsBox = h('input', { type: 'checkbox', onchange: () => { this.showConstants(this.constantsBox.checked); } });
  private reading: Reading = read({ title: '', devices: [], absent: [], warnings: [], nodes: [], copies: [], hostCopies: [] });
  private scopes: Scopes = groupByScope([]);
  private open = new Set<string>();
  private chosen: string | undefined;
  private active = -1;
  private found: readonly ReportNode[] = [];
  /** Counts drawings, so that one that was overtaken is dropped. */
  private version = 0;

  constructor(root: ShadowRoot, private readonly options: ViewOptions) {
    this.svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    for (const [name, value] of Object.entries({ class: 'graph', tabindex: '0', role: 'tree', 'aria-label': 'The placed graph. Arrow keys move between nodes, Enter opens and closes groups.' })) this.svg.setAttribute(name, value);
    this.svg.innerHTML = '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto-start-reverse"><path d="M0,0.8 L8,4 L0,7.2 z"/></marker><marker id="arrow-copy" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="4.5" markerHeight="4.5" orient="auto-start-reverse"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>';
    const button = (text: string, title: string, onclick: () => void): HTMLElement => h('button', { title, 'aria-label': title, onclick }, text);
    root.replaceChildren(
      h('style', {}, styles),
      h('div', { class: 'view' },
        h('div', { class: 'bar' },
          h('div', { class: 'search' }, this.input, this.results),
          h('label', { class: 'check', title: 'Constants hang on the nodes that read them; show them as nodes of their own' }, this.constantsBox, 'constants'),
          h('span', { class: 'group' },
            button('−', 'Zoom out (−)', () => { this.canvas.zoomBy(1 / 1.4); }), button('+', 'Zoom in (+)', () => { this.canvas.zoomBy(1.4); }), button('Fit', 'Show the whole graph (0)', () => { this.canvas.fit(true); })),
          h('span', { class: 'group' },
            button('Open all', 'Open every group', () => { this.openAll(); }), button('Close all', 'Close every group', () => { this.setOpen(new Set()); })),
          ...(options.tools ?? []),
        ),
        h('div', { class: 'stage' }, this.svg, this.legend, this.busy),
        this.panel, this.live,
      ),
    );
    this.canvas = new GraphCanvas(this.svg, { choose: (id) => { this.select(id); }, toggle: (id) => { this.toggle(id); } });
    this.svg.addEventListener('keydown', (event) => { this.key(event); });
    this.input.addEventListener('keydown', (event) => { this.searchKey(event); });
    this.input.addEventListener('blur', () => { setTimeout(() => { this.hideResults(); }, 150); });
    document.addEventListener('keydown', (event) => {
      const [target] = event.composedPath();
      if (event.key !== '/' || target instanceof HTMLInputElement || target instanceof HTMLSelectElement || !root.host.checkVisibility()) return;
      event.preventDefault();
      this.input.focus();
    });
  }

  async show(title: string, explanation: PlacementExplanation): Promise<void> {
    this.reading = read(readExplanation(title, explanation));
    this.chosen = undefined;
    this.input.value = '';
    this.regroup();
    this.open = firstOpen(this.scopes, firstBoxes);
    this.drawLegend();
    this.fillPanel();
    await this.redraw();
    this.canvas.fit();
  }

  async choose(name: string): Promise<void> {
    const node = this.reading.byName.get(name);
    if (node === undefined) return;
    const isHidden = node.op === 'Const' && !this.constantsBox.checked;
    if (isHidden) {
      this.constantsBox.checked = true;
      this.regroup();
    }
    const closed = (this.scopes.ancestors.get(name) ?? []).filter(({ id }) => !this.open.has(id));
    for (const { id } of closed) this.open.add(id);
    if (isHidden || closed.length > 0) await this.redraw();
    this.select(name);
    this.canvas.reveal(name);
  }

  private get visibleNodes(): readonly ReportNode[] {
    const { nodes } = this.reading.report;
    return this.constantsBox.checked ? nodes : nodes.filter(({ op }) => op !== 'Const');
  }

  private regroup(): void {
    this.scopes = groupByScope(this.visibleNodes);
  }

  private showConstants(are: boolean): void {
    if (!are && this.chosen !== undefined && this.reading.byName.get(this.chosen)?.op === 'Const') this.chosen = undefined;
    this.regroup();
    this.fillPanel();
    void this.redraw(this.chosen);
  }

  private async redraw(anchor?: string): Promise<void> {
    const version = ++this.version;
    const scene = sceneOf(this.reading.report, this.scopes, this.open);
    const late = setTimeout(() => { this.busy.hidden = false; }, 150);
    try {
      const layout = await this.options.layout(layoutInput(scene));
      if (version !== this.version) return;
      this.canvas.draw(this.reading.report, scene, layout, anchor);
      this.mark();
    } catch (error) {
      this.live.textContent = `The graph could not be drawn: ${error instanceof Error ? error.message : String(error)}`;
      this.busy.hidden = false;
      this.busy.textContent = this.live.textContent;
      clearTimeout(late);
      return;
    }
    clearTimeout(late);
    this.busy.hidden = true;
  }

  private mark(): void {
    const lit = this.input.value.trim() === '' ? undefined : new Set(this.found.map(({ name }) => name));
    const isLit = (item: Leaf | Group): boolean => (item.kind === 'leaf' ? lit?.has(item.id) === true : item.leaves.some(({ name }) => lit?.has(name) === true));
    this.canvas.mark(this.chosen, lit === undefined ? undefined : isLit);
  }

  private select(id: string | undefined): void {
    this.chosen = id;
    this.fillPanel();
    this.mark();
    const group = id === undefined ? undefined : this.scopes.groups.get(id);
    const node = id === undefined ? undefined : this.reading.byName.get(id);
    if (group !== undefined) this.live.textContent = describe(this.reading.report, group);
    else if (node !== undefined) this.live.textContent = `${node.op} ${node.name} on ${deviceLabel(this.reading.report, node.device)}: ${node.reason}`;
  }

  private toggle(id: string): void {
    const open = new Set(this.open);
    if (!open.delete(id)) open.add(id);
    this.chosen = id;
    this.setOpen(open, id);
  }

  private setOpen(open: Set<string>, anchor?: string): void {
    this.open = open;
    // What is chosen may have gone into a group that closed.
    if (this.chosen !== undefined && this.reading.byName.has(this.chosen)) this.chosen = standIn(this.scopes, open, this.chosen);
    this.fillPanel();
    void this.redraw(anchor).then(() => { if (anchor === undefined) this.canvas.fit(); });
  }

  private openAll(): void {
    this.setOpen(firstOpen(this.scopes, mostBoxes));
  }

  private fillPanel(): void {
    const events = {
      go: (name: string) => { void this.choose(name); },
      toggle: (id: string) => { this.toggle(id); },
      query: (text: string) => { this.input.value = text; this.input.focus(); this.find(); },
      close: () => { this.select(undefined); },
    };
    const node = this.chosen === undefined ? undefined : this.reading.byName.get(this.chosen);
    const group = this.chosen === undefined ? undefined : this.scopes.groups.get(this.chosen);
    const content = group !== undefined ? groupPanel(this.reading, group, this.open.has(group.id), events)
      : node !== undefined ? nodePanel(this.reading, node, this.constantsOf(node), events)
        : overviewPanel(this.reading, this.reading.report.nodes, events);
    this.panel.replaceChildren(...content);
    this.panel.scrollTop = 0;
  }

  /** The constants that a node reads, while they are no nodes of their own. */
  private constantsOf(node: ReportNode): readonly ReportNode[] {
    if (this.constantsBox.checked) return [];
    return [...new Set(node.inputs.map((input) => input.node))].flatMap((name) => this.reading.byName.get(name) ?? []).filter(({ op }) => op === 'Const');
  }

  private drawLegend(): void {
    const { report } = this.reading;
    this.legend.replaceChildren(
      ...report.devices.map(({ name }) => h('div', { class: 'row', style: deviceStyle(report, name) }, chip(this.reading, name), h('span', { class: 'number' }, String(report.nodes.filter(({ device }) => device === name).length)))),
      h('div', { class: 'row' }, h('span', { class: 'copy-sample' }), h('span', {}, 'copies'), h('span', { class: 'number' }, report.copies.length === 0 ? '0' : `${report.copies.length}, ${bytesOf(report.copies)}`)),
    );
  }

  // ---- keys ----

  private key(event: KeyboardEvent): void {
    const arrows: Readonly<Record<string, 'up' | 'down' | 'left' | 'right'>> = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' };
    const direction = arrows[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (direction !== undefined && event.shiftKey) this.canvas.panBy({ left: 80, right: -80, up: 0, down: 0 }[direction], { up: 80, down: -80, left: 0, right: 0 }[direction]);
    else if (direction !== undefined) {
      const next = this.canvas.neighbour(this.chosen, direction);
      if (next !== undefined) {
        this.select(next);
        this.canvas.reveal(next);
      }
    } else if ((event.key === 'Enter' || event.key === ' ') && this.chosen !== undefined) {
      if (this.scopes.groups.has(this.chosen)) this.toggle(this.chosen);
      else this.panel.querySelector('button')?.focus();
    } else if (event.key === 'Escape') this.select(undefined);
    else if (event.key === 'Backspace' && this.chosen !== undefined) this.closeAround(this.chosen);
    else if (event.key === '+' || event.key === '=') this.canvas.zoomBy(1.4);
    else if (event.key === '-') this.canvas.zoomBy(1 / 1.4);
    else if (event.key === '0') this.canvas.fit(true);
    else return;
    event.preventDefault();
  }

  /** Closes the innermost open group around a box. */
  private closeAround(id: string): void {
    const path = this.scopes.ancestors.get(id) ?? this.scopes.ancestors.get(this.scopes.groups.get(id)?.leaves[0]?.name ?? '') ?? [];
    const innermost = path.filter((group) => this.open.has(group.id)).pop();
    if (innermost !== undefined) this.toggle(innermost.id);
  }

  // ---- search ----

  private find(): void {
    this.found = search(this.reading, this.input.value);
    this.active = -1;
    const isShown = this.input.value.trim() !== '';
    const { report } = this.reading;
    this.results.replaceChildren(
      h('li', { class: 'muted', role: 'presentation' }, `${this.found.length} of ${report.nodes.length} nodes`),
      ...this.found.slice(0, shownResults).map((node, i) => h('li', { role: 'option', id: `result-${i}`, 'aria-selected': 'false', onmousedown: (event) => { event.preventDefault(); this.take(node); } },
        h('i', { class: 'swatch', style: deviceStyle(report, node.device) }), h('b', {}, node.op), h('span', { class: 'name' }, node.name))),
      ...(this.found.length > shownResults ? [h('li', { class: 'muted', role: 'presentation' }, `and ${this.found.length - shownResults} more`)] : []),
    );
    this.results.hidden = !isShown;
    this.input.setAttribute('aria-expanded', String(isShown));
    this.mark();
  }

  private searchKey(event: KeyboardEvent): void {
    event.stopPropagation();
    const shown = Math.min(this.found.length, shownResults);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (shown > 0) this.activate((this.active + (event.key === 'ArrowDown' ? 1 : this.active < 0 ? 0 : -1) + shown) % shown);
    } else if (event.key === 'Enter') {
      const node = this.found[Math.max(0, this.active)];
      if (node !== undefined) this.take(node);
    } else if (event.key === 'Escape') {
      this.input.value = '';
      this.find();
      this.svg.focus();
    }
  }

  private activate(index: number): void {
    this.results.querySelector('[aria-selected="true"]')?.setAttribute('aria-selected', 'false');
    this.active = index;
    const option = this.results.querySelector(`#result-${index}`);
    option?.setAttribute('aria-selected', 'true');
    option?.scrollIntoView({ block: 'nearest' });
    this.input.setAttribute('aria-activedescendant', `result-${index}`);
  }

  private take(node: ReportNode): void {
    this.hideResults();
    this.svg.focus({ preventScroll: true });
    void this.choose(node.name);
  }

  private hideResults(): void {
    this.results.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
  }
}
