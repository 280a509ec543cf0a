/** The whole page that `sessionflow place --html` writes: the placement stands in it as JSON. */
import type { PlacementExplanation } from '@sessionflow/core';
import { h } from './dom.js';
import { layout } from './layout.js';
import { placementView } from './view.js';
import { workerLayouter } from './workerLayout.js';
import workerSource from 'layout-worker';

const { title, explanation } = JSON.parse(document.getElementById('report')?.textContent ?? '') as { readonly title: string; readonly explanation: PlacementExplanation };
document.title = `${title}: placement`;

/** A worker from the page's own text. Where a browser allows none, layouts are made here. */
function layouter(): ReturnType<typeof workerLayouter> {
  try {
    return workerLayouter(new Worker(URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }))));
  } catch {
    return async (level) => layout(level);
  }
}

const schemes = ['light dark', 'light', 'dark'] as const;
const names = { 'light dark': 'Colours: the system’s', light: 'Colours: light', dark: 'Colours: dark' } as const;
let scheme = 0;
const theme = h('button', { title: names['light dark'], 'aria-label': names['light dark'], onclick: () => {
  scheme = (scheme + 1) % schemes.length;
  const chosen = schemes[scheme]!;
  document.documentElement.style.colorScheme = chosen;
  theme.title = names[chosen];
  theme.setAttribute('aria-label', names[chosen]);
} }, '◐');

const host = h('div', { id: 'view' });
document.body.append(host);
await placementView(host, { layout: layouter(), tools: [theme] }).show(title, explanation);
document.documentElement.dataset['drawn'] = 'true';
