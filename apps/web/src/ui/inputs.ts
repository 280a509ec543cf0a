/** A form for the inputs of a model that the page does not know: what each is filled with, and its open sizes. */
import { h } from '@sessionflow/placement-view/dom';
import type { FeedChoice, Port, ranges } from '../engine/protocol.js';

const rangeNames: Readonly<Record<FeedChoice['range'], string>> = { bytes: '0 to 255', unit: '0 to 1', signed: '−1 to 1' };
const fillings: Readonly<Partial<Record<FeedChoice['from'], string>>> = { random: 'random numbers', zeros: 'zeros' };
/** A size for what a model leaves open: one picture, of a side that many models take. */
const openSize = (axis: number, rank: number): number => (axis === 0 || rank !== 4 ? 1 : axis === 3 ? 3 : 224);

export class InputForm {
  readonly element = h('form', { class: 'inputs', hidden: true, onsubmit: (event) => { event.preventDefault(); } });
  private choices: FeedChoice[] = [];

  constructor(private readonly changed: () => void) {}

  get feeds(): readonly FeedChoice[] {
    return this.choices;
  }

  show(ports: readonly Port[]): void {
    this.choices = ports.map((port) => firstChoice(port));
    this.element.hidden = ports.length === 0;
    this.element.replaceChildren(...ports.map((port, i) => this.field(port, i)));
  }

  private field(port: Port, index: number): HTMLElement {
    const change = (part: Partial<FeedChoice>): void => {
      this.choices[index] = { ...this.choices[index]!, ...part };
      this.changed();
    };
    const choice = this.choices[index]!;
    const select = <K extends string>(label: string, options: Readonly<Partial<Record<K, string>>>, value: K, take: (value: K) => void): HTMLElement => {
      const made = h('select', { 'aria-label': `${port.name}: ${label}`, onchange: () => { take(made.value as K); } }, (Object.entries(options) as [K, string][]).map(([key, text]) => h('option', { value: key, selected: key === value }, text)));
      return made;
    };
    return h('fieldset', {}, h('legend', {}, port.name, h('span', { class: 'muted' }, ` ${port.dtype}`)),
      h('div', { class: 'sizes' }, ...(choice.shape.length === 0 ? ['a scalar'] : choice.shape.map((size, axis) => {
        const isOpen = port.shape === null || port.shape[axis] === null;
        const input = h('input', { type: 'number', min: 1, max: 4096, value: size, disabled: !isOpen, 'aria-label': `${port.name}: size ${axis}`, onchange: () => {
          const given = Math.round(Number(input.value));
          if (given >= 1) change({ shape: this.choices[index]!.shape.map((old, at) => (at === axis ? given : old)) });
        } });
        return input;
      }))),
      h('div', { class: 'row' },
        select('filled with', isPicture(choice.shape) ? { picture: 'the picture', ...fillings } : fillings, choice.from, (from: FeedChoice['from']) => { change({ from }); }),
        select('values', rangeNames, choice.range, (range) => { change({ range }); })),
    );
  }
}

function isPicture(shape: readonly number[]): boolean {
  return (shape.length === 4 || shape.length === 3) && [1, 3].includes(shape.at(-1) ?? 0);
}

function firstChoice({ name, dtype, shape }: Port): FeedChoice {
  const known = shape === null ? [] : shape.map((size, axis) => size ?? openSize(axis, shape.length));
  const range: keyof typeof ranges = dtype === 'float32' || dtype === 'float16' || dtype === 'float64' ? 'unit' : 'bytes';
  return { name, shape: known, from: isPicture(known) ? 'picture' : 'random', range };
}
