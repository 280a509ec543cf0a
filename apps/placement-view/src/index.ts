/** `@sessionflow/placement-view`: a placement as a graph to look at. Runs in browsers. */
export { placementView, type PlacementView, type ViewOptions } from './view.js';
export { workerLayouter } from './workerLayout.js';
export type { Layouter } from './layout.js';
