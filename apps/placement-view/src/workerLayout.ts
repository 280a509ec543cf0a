/** Layouts off the main thread, one worker for all of them. */
import type { Layout, Layouter } from './layout.js';

type Answer = { readonly id: number; readonly layout: Layout } | { readonly id: number; readonly error: string };

/** A layouter in the worker that runs layout.worker.ts. Rejects when the worker does, or could not be loaded. */
export function workerLayouter(worker: Worker): Layouter {
  const waiting = new Map<number, { readonly resolve: (layout: Layout) => void; readonly reject: (error: Error) => void }>();
  let next = 0;
  let broken: Error | undefined;
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ('layout' in data) call?.resolve(data.layout);
    else call?.reject(new Error(data.error));
  });
  worker.addEventListener('error', (event) => {
    broken = new Error(`the layout worker failed: ${event.message || 'it could not be loaded'}`);
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
  });
  return (level) => new Promise((resolve, reject) => {
    if (broken !== undefined) {
      reject(broken);
      return;
    }
    waiting.set(next, { resolve, reject });
    worker.postMessage({ id: next++, level });
  });
}
