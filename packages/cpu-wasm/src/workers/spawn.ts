/** Starts a worker from `workerMain`'s own source: an eval worker in Node, a Blob worker in browsers. */
import { nodeBuiltin } from '../features.js';
import type { FromWorker, ToWorker } from './protocol.js';
import { workerMain } from './workerMain.js';

/** A worker of either kind. */
export interface WorkerHandle {
  post(message: ToWorker): void;
  /** Whether the worker keeps the process alive. Nothing to do in browsers. */
  hold(on: boolean): void;
  terminate(): Promise<void>;
}

export interface WorkerEvents {
  readonly onMessage: (message: FromWorker) => void;
  readonly onError: (text: string) => void;
}

interface NodeWorker {
  postMessage(message: ToWorker): void;
  on(event: 'message', listener: (message: FromWorker) => void): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  on(event: 'exit', listener: (code: number) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}

interface NodeWorkerThreads {
  readonly Worker: new (source: string, options: { readonly eval: true; readonly execArgv: readonly string[]; readonly name: string }) => NodeWorker;
}

const source = (): string => `'use strict';(${workerMain.toString()})();`;

/** Throws where the page's content security policy (or the engine) allows no such worker at once; a later refusal comes by `onError`. */
export function spawnWorker(events: WorkerEvents): WorkerHandle {
  const threads = nodeBuiltin<NodeWorkerThreads>('node:worker_threads');
  return threads === undefined ? spawnInBrowser(events) : spawnInNode(threads, events);
}

function spawnInNode({ Worker }: NodeWorkerThreads, { onMessage, onError }: WorkerEvents): WorkerHandle {
  // The parent's own flags (loaders, inspectors) have no place in a worker that imports nothing.
  const worker = new Worker(source(), { eval: true, execArgv: [], name: 'sessionflow' });
  let ended = false;
  worker.on('message', onMessage);
  worker.on('error', (error) => onError(String(error)));
  worker.on('exit', (code) => {
    if (!ended) onError(`the worker ended with code ${code}`);
  });
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    hold: (on) => (on ? worker.ref() : worker.unref()),
    async terminate() {
      ended = true;
      await worker.terminate();
    },
  };
}

function spawnInBrowser({ onMessage, onError }: WorkerEvents): WorkerHandle {
  const url = URL.createObjectURL(new Blob([source()], { type: 'text/javascript' }));
  let worker: Worker;
  try {
    worker = new Worker(url, { name: 'sessionflow' });
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error;
  }
  worker.onmessage = (event: MessageEvent<FromWorker>) => {
    URL.revokeObjectURL(url);
    onMessage(event.data);
  };
  worker.onerror = (event) => {
    URL.revokeObjectURL(url);
    onError(event.message || 'the page does not allow workers from Blob URLs (content security policy: worker-src blob:)');
  };
  return {
    post: (message) => worker.postMessage(message),
    hold: () => undefined,
    async terminate() {
      worker.terminate();
    },
  };
}
