/** The frame of the page: header with the status strip, side bar, tabs, messages; files may be dropped anywhere. */
import { h } from '@sessionflow/placement-view/dom';
import { droppedFiles } from '../files.js';
import { statusStrip, type Statement } from './status.js';

const tabNames = { result: 'Result', placement: 'Placement', timeline: 'Timeline', tensors: 'Tensors' } as const;
export type TabName = keyof typeof tabNames;

export interface ShellEvents {
  readonly tab: (name: TabName) => void;
  readonly measure: () => void;
  readonly files: (files: readonly File[]) => void;
  /** Soft placement is wished for, after an error that it avoids. */
  readonly soften: () => void;
}

export class Shell {
  tab: TabName = 'result';
  private readonly status = h('div', { class: 'strip' });
  private readonly line = h('p', { class: 'line', role: 'status' }, 'Starting…');
  private readonly failure = h('div', { class: 'failure', role: 'alert', hidden: true });
  private readonly measure = h('button', { onclick: () => { this.events.measure(); } }, 'Measure');
  private readonly tabs = new Map<TabName, HTMLButtonElement>();

  constructor(controls: HTMLElement, private readonly panels: Readonly<Record<TabName, HTMLElement>>, private readonly events: ShellEvents) {
    const list = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Views', onkeydown: (event) => { if (event instanceof KeyboardEvent) this.tabKey(event); } });
    for (const [name, title] of Object.entries(tabNames) as [TabName, string][]) {
      const tab = h('button', { role: 'tab', id: `tab-${name}`, 'aria-controls': `panel-${name}`, onclick: () => { this.choose(name); } }, title);
      this.tabs.set(name, tab);
      list.append(tab);
      for (const [key, value] of Object.entries({ role: 'tabpanel', id: `panel-${name}`, 'aria-labelledby': `tab-${name}` })) panels[name].setAttribute(key, value);
    }
    document.body.append(
      h('header', { class: 'top' }, h('h1', {}, 'Sessionflow'), h('p', { class: 'muted' }, 'TensorFlow graphs in your browser'), h('span', { class: 'grow' }), this.status),
      h('main', {}, controls, h('div', { class: 'views' }, h('div', { class: 'head' }, list, this.line, this.measure), this.failure, h('div', { class: 'panels' }, Object.values(panels)))),
    );
    this.mark();
    this.acceptDrops();
  }

  showStatus(list: readonly Statement[]): void {
    this.status.replaceChildren(...statusStrip(list));
  }

  /** What is going on. Takes an error from the page: things go on. */
  say(text: string): void {
    this.line.textContent = text;
    this.failure.hidden = true;
  }

  fail(error: unknown, isHard = false): void {
    const message = error instanceof Error ? error.message : String(error);
    const [first = '', ...more] = message.split('\n').filter((line) => line.trim() !== '');
    this.failure.replaceChildren(
      h('p', {}, first),
      ...(more.length > 0 ? [h('details', {}, h('summary', {}, 'More'), h('pre', {}, more.join('\n')))] : []),
      ...(isHard ? [h('button', { onclick: () => { this.events.soften(); } }, 'Let the CPU run what the GPU cannot (soft placement)')] : []),
    );
    this.failure.hidden = false;
    this.line.textContent = '';
  }

  setBusy(isBusy: boolean): void {
    document.documentElement.classList.toggle('busy', isBusy);
    this.measure.disabled = isBusy;
  }

  private choose(name: TabName): void {
    this.tab = name;
    this.mark();
    this.events.tab(name);
  }

  private mark(): void {
    for (const [name, tab] of this.tabs) {
      tab.setAttribute('aria-selected', String(name === this.tab));
      tab.tabIndex = name === this.tab ? 0 : -1;
      this.panels[name].hidden = name !== this.tab;
    }
  }

  private tabKey(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const names = [...this.tabs.keys()];
    const next = names[(names.indexOf(this.tab) + step + names.length) % names.length]!;
    this.choose(next);
    this.tabs.get(next)?.focus();
  }

  private acceptDrops(): void {
    const root = document.documentElement;
    document.addEventListener('dragover', (event) => {
      event.preventDefault();
      root.classList.add('dropping');
    });
    document.addEventListener('dragleave', (event) => { if (event.relatedTarget === null) root.classList.remove('dropping'); });
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      root.classList.remove('dropping');
      if (event.dataTransfer !== null) void droppedFiles(event.dataTransfer).then((files) => { this.events.files(files); }, (error: unknown) => { this.fail(error); });
    });
  }
}
