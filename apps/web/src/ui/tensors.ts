/** Outputs of a run as tables and pictures of planes. */
import { h } from '@sessionflow/placement-view/dom';
import type { Plane, TensorSummary } from '../engine/protocol.js';

/** Dark to light, by way of blue and green: even in lightness, so that grey print keeps the order. */
const ramp: readonly (readonly [number, number, number])[] = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

export type PlaneSource = (output: string, number: number) => Promise<Plane | null>;

export function tensorCards(outputs: readonly TensorSummary[], planes: PlaneSource): HTMLElement[] {
  return outputs.map((output) => h('article', { class: 'tensor' },
    h('h3', {}, output.name),
    h('p', { class: 'muted' }, `${output.dtype} [${output.shape.join(', ')}]`),
    output.statistics !== null && h('table', {}, h('tbody', {}, statistics(output.statistics).map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', { class: 'number' }, value))))),
    output.largest.length > 0 && h('table', {}, h('thead', {}, h('tr', {}, h('th', {}, 'largest at'), h('th', {}, 'value'))), h('tbody', {}, output.largest.map(({ index, value }) => h('tr', {}, h('td', {}, String(index)), h('td', { class: 'number' }, short(value)))))),
    output.text !== null && h('code', { class: 'values' }, output.text),
    output.plane !== null && planeViewer(output.name, output.plane, planes),
  ));
}

function statistics({ min, max, mean, notFinite }: NonNullable<TensorSummary['statistics']>): [string, string][] {
  return [['least', short(min)], ['mean', short(mean)], ['most', short(max)], ...(notFinite === 0 ? [] : [['not finite', String(notFinite)] as [string, string]])];
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(5);
}

function planeViewer(name: string, first: Plane, planes: PlaneSource): HTMLElement {
  const canvas = h('canvas', { class: 'plane', role: 'img' });
  const caption = h('figcaption', { class: 'muted' });
  const show = (plane: Plane): void => {
    paint(canvas, plane);
    caption.textContent = plane.title;
    canvas.setAttribute('aria-label', `The part ${plane.title} of ${name}`);
  };
  show(first);
  let wanted = 0;
  const slider = h('input', {
    type: 'range', min: 0, max: first.count - 1, value: 0, 'aria-label': `Plane of ${name}`,
    oninput: () => {
      const number = Number(slider.value);
      wanted = number;
      void planes(name, number).then((plane) => { if (plane !== null && wanted === number) show(plane); });
    },
  });
  return h('figure', {}, canvas, first.count > 1 && slider, caption);
}

function paint(canvas: HTMLCanvasElement, { rows, columns, values }: Plane): void {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  if (context === null) return;
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((least, value) => Math.min(least, value), Infinity);
  const high = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  const image = context.createImageData(columns, rows);
  values.forEach((value, i) => { image.data.set(Number.isFinite(value) ? [...colorAt(high > low ? (value - low) / (high - low) : 0), 255] : [255, 0, 0, 255], 4 * i); });
  context.putImageData(image, 0, 0);
}

function colorAt(part: number): readonly [number, number, number] {
  const at = Math.min(ramp.length - 2, Math.floor(part * (ramp.length - 1)));
  const within = part * (ramp.length - 1) - at;
  const [from, to] = [ramp[at]!, ramp[at + 1]!];
  return [from[0] + (to[0] - from[0]) * within, from[1] + (to[1] - from[1]) * within, from[2] + (to[2] - from[2]) * within];
}
