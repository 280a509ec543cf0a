/** A traced run as lanes, a device's under its name, over a time axis that zooms. */
import { scaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import { zoom, zoomIdentity, type ZoomBehavior, type ZoomTransform } from 'd3-zoom';
import { h } from '@sessionflow/placement-view/dom';
import { formatMicros, parseTrace, timeByOp, type Trace, type TraceEvent } from './trace.js';

const rowHeight = 24;
const deviceHeight = 22;
const rulerHeight = 24;
const hues = [212, 152, 32, 280, 340, 190, 60, 110, 250, 10] as const;

export class TimelineView {
  readonly element: HTMLElement;
  private readonly canvas = h('canvas', { tabindex: 0, role: 'img', 'aria-label': 'Timeline of the traced run. Left and right arrows go from event to event, plus and minus zoom.' });
  private readonly tip = h('div', { class: 'tip', hidden: true });
  private readonly said = h('div', { class: 'event', 'aria-live': 'polite' });
  private readonly table = h('div', { class: 'times' });
  private readonly head = h('p', { class: 'muted' });
  private readonly save = h('button', { onclick: () => { this.download(); } }, 'Save trace.json');
  private readonly behavior: ZoomBehavior<HTMLCanvasElement, unknown>;
  private transform: ZoomTransform = zoomIdentity;
  private trace: Trace = { lanes: [], events: [], flows: [], duration: 0 };
  private text = '';
  private chosen: number | undefined;
  /** The upper edge of each lane. */
  private tops: readonly number[] = [];

  constructor() {
    const scroll = h('div', { class: 'lanes' }, this.canvas, this.tip);
    this.element = h('div', { class: 'timeline' },
      h('div', { class: 'row' }, this.head, h('span', { class: 'grow' }),
        h('span', { class: 'buttons' }, h('button', { title: 'Zoom out (−)', 'aria-label': 'Zoom out', onclick: () => { this.scale(1 / 1.6); } }, '−'), h('button', { title: 'Zoom in (+)', 'aria-label': 'Zoom in', onclick: () => { this.scale(1.6); } }, '+'), h('button', { title: 'The whole run (0)', onclick: () => { this.reset(); } }, 'Whole run')), this.save),
      scroll, this.said, this.table);
    this.behavior = zoom<HTMLCanvasElement, unknown>().scaleExtent([1, 20000]).on('zoom', ({ transform }: { transform: ZoomTransform }) => {
      this.transform = transform;
      this.draw();
    });
    select(this.canvas).call(this.behavior).on('dblclick.zoom', null);
    this.canvas.addEventListener('pointermove', (event) => { this.hover(event); });
    this.canvas.addEventListener('pointerleave', () => { this.tip.hidden = true; });
    this.canvas.addEventListener('click', (event) => { this.choose(this.eventAt(event)); });
    this.canvas.addEventListener('keydown', (event) => { this.key(event); });
    new ResizeObserver(() => { this.resize(); }).observe(scroll);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { this.draw(); });
  }

  /** Shows a trace in Chrome's format. */
  show(text: string): void {
    this.text = text;
    this.trace = parseTrace(text);
    this.chosen = undefined;
    let y = rulerHeight;
    this.tops = this.trace.lanes.map(({ isFirst }) => {
      if (isFirst) y += deviceHeight;
      y += rowHeight;
      return y - rowHeight;
    });
    const { events, duration } = this.trace;
    this.head.textContent = `${events.length} events in ${formatMicros(duration)}. Scroll to zoom, drag to move, click an event.`;
    this.fillTable();
    this.choose(undefined);
    this.resize();
    this.reset();
  }

  private get height(): number {
    return (this.tops.at(-1) ?? rulerHeight) + rowHeight + 8;
  }

  private get width(): number {
    return this.canvas.clientWidth || 1;
  }

  private resize(): void {
    const ratio = devicePixelRatio;
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = Math.max(1, Math.round(this.width * ratio));
    this.canvas.height = Math.max(1, Math.round(this.height * ratio));
    const extent: [[number, number], [number, number]] = [[0, 0], [this.width, this.height]];
    this.behavior.extent(extent).translateExtent(extent);
    this.draw();
  }

  private reset(): void {
    this.behavior.transform(select(this.canvas), zoomIdentity);
  }

  private scale(factor: number): void {
    this.behavior.scaleBy(select(this.canvas), factor);
  }

  private time() {
    return this.transform.rescaleX(scaleLinear([0, Math.max(1, this.trace.duration)], [8, this.width - 8]));
  }

  private draw(): void {
    const context = this.canvas.getContext('2d');
    if (context === null) return;
    const { width } = this;
    const style = getComputedStyle(this.element);
    const color = (name: string): string => style.getPropertyValue(name);
    const isDark = style.getPropertyValue('--is-dark').trim() === '1';
    const x = this.time();
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, this.height);
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.lineWidth = 1;
    for (const tick of x.ticks(Math.max(2, Math.floor(width / 110)))) {
      context.fillStyle = color('--line');
      context.fillRect(Math.round(x(tick)), rulerHeight - 6, 1, this.height);
      context.fillStyle = color('--muted');
      context.fillText(formatMicros(tick), x(tick) + 3, rulerHeight / 2);
    }
    this.trace.lanes.forEach(({ device, isFirst }, lane) => {
      const top = this.tops[lane]!;
      context.fillStyle = color('--raised');
      context.fillRect(0, top, width, rowHeight - 2);
      if (!isFirst) return;
      context.fillStyle = color('--text');
      context.font = '600 12px system-ui, sans-serif';
      context.fillText(device.replace(/^.*\/device:/, ''), 8, top - deviceHeight / 2 + 1);
      context.font = '11px system-ui, sans-serif';
    });
    this.trace.events.forEach((event, i) => {
      const left = x(event.start);
      const length = Math.max(1, x(event.start + event.duration) - left - 0.5);
      if (left + length < 0 || left > width) return;
      const top = this.tops[event.lane]!;
      context.fillStyle = `hsl(${hueOf(event.op)} 55% ${isDark ? 40 : 72}%)`;
      context.fillRect(left, top + 1, length, rowHeight - 4);
      if (i === this.chosen) {
        context.strokeStyle = color('--accent');
        context.lineWidth = 2;
        context.strokeRect(left, top + 1, length, rowHeight - 4);
      }
      if (length < 34) return;
      context.save();
      context.beginPath();
      context.rect(Math.max(0, left), top, Math.min(length, width) - 3, rowHeight);
      context.clip();
      context.fillStyle = isDark ? '#fff' : '#111';
      context.fillText(event.op, Math.max(0, left) + 4, top + rowHeight / 2 - 1);
      context.restore();
    });
    this.drawFlows(context, x, color('--copy'));
  }

  private drawFlows(context: CanvasRenderingContext2D, x: (time: number) => number, color: string): void {
    context.strokeStyle = color;
    context.lineWidth = 1.2;
    context.globalAlpha = 0.7;
    for (const { from, to } of this.trace.flows) {
      const [x1, y1, x2, y2] = [x(from.time), this.tops[from.lane]! + rowHeight / 2, x(to.time), this.tops[to.lane]! + rowHeight / 2];
      if (Math.max(x1, x2) < 0 || Math.min(x1, x2) > this.width) continue;
      context.beginPath();
      context.moveTo(x1, y1);
      context.bezierCurveTo(x1 + 12, y1, x2 - 12, y2, x2, y2);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  private eventAt({ offsetX, offsetY }: MouseEvent): number | undefined {
    const lane = this.tops.findIndex((top) => offsetY >= top && offsetY < top + rowHeight);
    if (lane < 0) return undefined;
    const x = this.time();
    // The nearest within a few pixels: short events are thinner than a pointer.
    let best: { readonly index: number; readonly distance: number } | undefined;
    this.trace.events.forEach((event, index) => {
      if (event.lane !== lane) return;
      const distance = Math.max(0, x(event.start) - offsetX, offsetX - x(event.start + event.duration));
      if (distance < 4 && (best === undefined || distance < best.distance)) best = { index, distance };
    });
    return best?.index;
  }

  private hover(event: PointerEvent): void {
    const found = this.trace.events[this.eventAt(event) ?? -1];
    this.tip.hidden = found === undefined;
    if (found === undefined) return;
    this.tip.textContent = `${found.op}, ${formatMicros(found.duration)}: ${found.node}`;
    this.tip.style.left = `${Math.max(4, Math.min(event.offsetX + 12, this.width - this.tip.offsetWidth - 8))}px`;
    this.tip.style.top = `${event.offsetY + 18}px`;
  }

  private choose(index: number | undefined): void {
    this.chosen = index;
    const event = this.trace.events[index ?? -1];
    this.said.replaceChildren(...(event === undefined ? [] : [h('p', {}, h('b', {}, event.op), ` ${event.node}`), h('p', { class: 'muted' },
      `${shortDevice(event)}, at ${formatMicros(event.start)} for ${formatMicros(event.duration)}${event.inputs.length === 0 ? '' : `; reads ${event.inputs.join(', ')}`}`)]));
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const last = this.trace.events.length - 1;
    if (event.key === 'ArrowRight') this.choose(Math.min(last, (this.chosen ?? -1) + 1));
    else if (event.key === 'ArrowLeft') this.choose(Math.max(0, (this.chosen ?? 1) - 1));
    else if (event.key === '+' || event.key === '=') this.scale(1.6);
    else if (event.key === '-') this.scale(1 / 1.6);
    else if (event.key === '0') this.reset();
    else if (event.key === 'Escape') this.choose(undefined);
    else return;
    event.preventDefault();
    const chosen = this.trace.events[this.chosen ?? -1];
    if (chosen !== undefined && event.key.startsWith('Arrow')) this.bringIn(chosen);
  }

  private bringIn({ start, duration }: TraceEvent): void {
    const x = this.time();
    const [left, right] = [x(start), x(start + duration)];
    if (left >= 0 && right <= this.width) return;
    this.behavior.translateBy(select(this.canvas), (this.width / 2 - (left + right) / 2) / this.transform.k, 0);
  }

  private fillTable(): void {
    const rows = timeByOp(this.trace.events).slice(0, 15);
    const most = rows[0]?.micros ?? 1;
    this.table.replaceChildren(h('h3', {}, 'Where the time went'), h('table', {}, h('thead', {}, h('tr', {}, ...['op', 'device', 'times', 'time'].map((name) => h('th', { scope: 'col' }, name)))), h('tbody', {}, rows.map((row) => h('tr', {},
      h('td', {}, h('i', { class: 'dot', style: `background: hsl(${hueOf(row.op)} 55% 55%)` }), row.op), h('td', {}, shortDevice(row)), h('td', { class: 'number' }, String(row.count)),
      h('td', { class: 'number' }, h('span', { class: 'bar', style: `width: ${(80 * row.micros) / most}px` }), formatMicros(row.micros)))))));
  }

  private download(): void {
    const url = URL.createObjectURL(new Blob([this.text], { type: 'application/json' }));
    h('a', { href: url, download: 'trace.json' }).click();
    setTimeout(() => { URL.revokeObjectURL(url); }, 1000);
  }
}

function shortDevice({ device }: { readonly device: string }): string {
  return device.replace(/^.*\/device:/, '');
}

/** The same colour for the same op, always. */
function hueOf(op: string): number {
  let sum = 0;
  for (const character of op) sum = (sum * 31 + character.charCodeAt(0)) >>> 0;
  return hues[sum % hues.length]!;
}
