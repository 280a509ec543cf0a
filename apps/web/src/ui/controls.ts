/** The side bar: which model, on which devices, on which picture. */
import { h } from '@sessionflow/placement-view/dom';
import { taskList } from '@sessionflow/vision';
import type { DeviceChoice } from '../engine/protocol.js';
import type { Photograph, Sample } from '../pictures.js';

export interface ControlEvents {
  readonly task: (id: string) => void;
  readonly files: (files: readonly File[]) => void;
  readonly devices: (choice: DeviceChoice) => void;
  readonly threads: (count: number) => void;
  readonly sample: (name: string) => void;
  readonly camera: () => void;
}

const deviceNames: readonly (readonly [DeviceChoice, string, string])[] = [
  ['cpu', 'CPU', 'WebAssembly'],
  ['both', 'GPU and CPU', 'WebGPU with soft placement'],
  ['gpu', 'GPU alone', 'WebGPU without soft placement'],
];

export class Controls {
  readonly element: HTMLElement;
  private readonly models = h('div', { class: 'choices', role: 'radiogroup', 'aria-label': 'Model' });
  private readonly devices = h('div', { class: 'choices', role: 'radiogroup', 'aria-label': 'Devices' });
  private readonly threadCount = h('output', {});
  private readonly threads = h('input', { type: 'range', min: 1, max: 1, value: 1, 'aria-label': 'Threads of the CPU device', oninput: () => { this.threadCount.value = this.threads.value; }, onchange: () => { this.events.threads(Number(this.threads.value)); } });
  private readonly gpuNote = h('p', { class: 'muted note' });
  private readonly threadNote = h('p', { class: 'muted note' });
  private readonly samples = h('div', { class: 'samples', role: 'radiogroup', 'aria-label': 'Picture' });
  private readonly cameraButton = h('button', { 'aria-pressed': 'false', onclick: () => { this.events.camera(); } }, 'Camera');

  constructor(private readonly events: ControlEvents, form: HTMLElement) {
    const picker = (label: string, accept: string, isMultiple: boolean): HTMLElement => {
      const input = h('input', { type: 'file', accept, multiple: isMultiple, class: 'hidden', 'aria-label': label, onchange: () => {
        events.files([...(input.files ?? [])]);
        input.value = '';
      } });
      return h('label', { class: 'button' }, input, label);
    };
    this.element = h('nav', { class: 'controls', 'aria-label': 'Settings' },
      h('section', {}, h('h2', {}, 'Model'), this.models, picker('Open a model…', '.json,.bin,.pb,.pbtxt', true), h('p', { class: 'muted note' }, 'Or drop one: model.json with its .bin files, or a .pb.'), form),
      h('section', {}, h('h2', {}, 'Devices'), this.devices, this.gpuNote, h('label', { class: 'threads' }, 'Threads', this.threads, this.threadCount), this.threadNote),
      h('section', {}, h('h2', {}, 'Picture'), this.samples, h('div', { class: 'row' }, picker('Open a picture…', 'image/*', false), this.cameraButton)),
    );
    this.models.append(...taskList.map(({ id, title, description }) => choice('model', id, title, description, () => { events.task(id); })));
    this.devices.append(...deviceNames.map(([id, title, description]) => choice('devices', id, title, description, () => { events.devices(id); })));
  }

  /** Marks the task that is open; none for a model of the user's. */
  markTask(id: string | undefined): void {
    for (const input of this.models.querySelectorAll('input')) input.checked = input.value === id;
  }

  markDevices(chosen: DeviceChoice): void {
    for (const input of this.devices.querySelectorAll('input')) input.checked = input.value === chosen;
  }

  /** Without a GPU, what asks for one cannot be chosen, and says why. */
  setGpu(why: string | undefined): void {
    for (const input of this.devices.querySelectorAll('input')) input.disabled = input.value !== 'cpu' && why !== undefined;
    this.gpuNote.textContent = why === undefined ? '' : `No GPU: ${why}.`;
  }

  setThreads(most: number, chosen: number, why: string | undefined): void {
    this.threads.max = String(most);
    this.threads.value = String(chosen);
    this.threads.disabled = why !== undefined || most === 1;
    this.threadCount.value = String(chosen);
    this.threadNote.textContent = why === undefined ? '' : `One thread only: ${why}.`;
  }

  setCamera(isOn: boolean): void {
    this.cameraButton.textContent = isOn ? 'Stop the camera' : 'Camera';
    this.cameraButton.setAttribute('aria-pressed', String(isOn));
  }

  showSamples({ whole, samples }: Photograph): void {
    this.samples.replaceChildren(...samples.map((sample) => h('label', { class: 'sample', title: sample.name }, h('input', { type: 'radio', name: 'picture', value: sample.name, 'aria-label': sample.name, onchange: () => { this.events.sample(sample.name); } }), thumbnail(whole, sample))));
  }

  markSample(name: string | undefined): void {
    for (const input of this.samples.querySelectorAll('input')) input.checked = input.value === name;
  }
}

function choice(group: string, value: string, title: string, description: string, take: () => void): HTMLElement {
  return h('label', { class: 'choice' }, h('input', { type: 'radio', name: group, value, onchange: take }), h('span', {}, h('b', {}, title), h('small', {}, description)));
}

function thumbnail(whole: ImageBitmap, { left, top, width, height }: Sample): HTMLCanvasElement {
  const side = 112;
  const canvas = h('canvas', { width: side, height: side });
  const cut = Math.min(width, height);
  // The upper part of tall pictures: that is where faces are.
  canvas.getContext('2d')?.drawImage(whole, left + (width - cut) / 2, top, cut, cut, 0, 0, side, side);
  return canvas;
}
