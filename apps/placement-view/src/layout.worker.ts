/** `layout` in a worker: takes `{ id, level }`, answers `{ id, layout }` or `{ id, error }`. */
import { layout, type LayoutLevel } from './layout.js';

globalThis.addEventListener('message', ({ data }: MessageEvent<{ readonly id: number; readonly level: LayoutLevel }>) => {
  try {
    postMessage({ id: data.id, layout: layout(data.level) });
  } catch (error) {
    postMessage({ id: data.id, error: String(error) });
  }
});
