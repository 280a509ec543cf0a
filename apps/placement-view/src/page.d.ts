/** Made by build.js: dist/page.js. */
import type { PlacementExplanation } from '@sessionflow/core';

/** One HTML file that shows a placement and needs nothing else: no network, no other file. `title`: what was placed. */
export function placementPage(title: string, explanation: PlacementExplanation): string;
