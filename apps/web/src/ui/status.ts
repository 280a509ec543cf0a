/** What this browser has: a strip of short statements, each with its reason. */
import { h } from '@sessionflow/placement-view/dom';
import type { Capabilities } from '../engine/protocol.js';

export interface Statement {
  readonly title: string;
  readonly text: string;
  readonly isGood: boolean;
  /** The whole story. */
  readonly why: string;
}

export function statements({ backends }: Capabilities): readonly Statement[] {
  const gpu = backends.find(({ deviceType }) => deviceType === 'GPU');
  const cpu = backends.find(({ deviceType }) => deviceType === 'CPU');
  const whyGpu = gpu?.reason;
  const whyOneThread = cpu?.details['no threads because'];
  const threads = Number(cpu?.details['threads'] ?? 1);
  return [
    { title: 'WebGPU', isGood: gpu !== undefined && whyGpu === undefined, text: whyGpu === undefined ? /name: ([^,]+)/.exec(gpu?.description ?? '')?.[1] ?? 'ready' : 'not here', why: whyGpu ?? `WebGPU: ${detailsText(gpu?.details)}` },
    {
      title: 'Threads', isGood: whyOneThread === undefined, text: String(threads),
      why: whyOneThread === undefined ? `WebAssembly runs on ${threads} threads over shared memory.` : `One thread only: ${String(whyOneThread)}. The server that sends this page sets them.`,
    },
    { title: 'SIMD', isGood: cpu?.reason === undefined, text: cpu?.reason === undefined ? String(cpu?.details['simd'] ?? '') : 'not here', why: cpu?.reason ?? `WebAssembly SIMD: ${detailsText(cpu?.details)}` },
  ];
}

function detailsText(details: Readonly<Record<string, unknown>> | undefined): string {
  return Object.entries(details ?? {}).map(([name, value]) => `${name} ${String(value)}`).join(', ');
}

export function statusStrip(list: readonly Statement[]): HTMLElement[] {
  return list.map(({ title, text, isGood, why }) => h('details', { class: `status ${isGood ? 'good' : 'lacking'}` }, h('summary', { title: why }, h('i', { class: 'lamp', 'aria-hidden': 'true' }), h('b', {}, title), ' ', text), h('p', {}, why)));
}
