/**
 * The whole program of a worker. It is rendered by `Function.prototype.toString` into the source of a worker (see spawn.ts), so that every bundler
 * can ship it without knowing of workers. Therefore:
 *
 * * it refers to nothing outside its own body but globals: no imports, no module constants (types are fine, they vanish);
 * * it uses no syntax that a build for ES2023 would replace by a helper function.
 *
 * A worker sleeps in `Atomics.wait` on its order word, deaf to messages. An order to walk list 0 sends it back to its event loop, where one
 * message waits for it; after that message it listens to orders again.
 */
import type { FromWorker, LoadedModule, StartMessage, ToWorker } from './protocol.js';

interface Port {
  postMessage(message: FromWorker): void;
  on?(event: 'message', listener: (message: ToWorker) => void): void;
  onmessage?: ((event: { readonly data: ToWorker }) => void) | null;
}

type Walk = (list: number, place: number, thread: number, threads: number, budget: number) => number;

export function workerMain(): void {
  const builtin = typeof process === 'object' && typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule('node:worker_threads') : undefined;
  const port: Port = (builtin?.parentPort ?? globalThis) as Port;
  let start: StartMessage;
  let table: WebAssembly.Table;
  let walk: Walk;
  let imports: WebAssembly.Imports;
  let seen = 0;

  const load = (modules: readonly LoadedModule[]): void => {
    for (const { module, base, count } of modules) {
      if (table.length < base + count) table.grow(base + count - table.length);
      new WebAssembly.Instance(module, imports);
    }
  };

  /** A kernel trapped at the command that the place names: stop the others, too. */
  const trapped = (list: number, error: unknown): void => {
    const words = new Int32Array(start.memory.buffer);
    const at = (offset: number): number => (list + offset) >>> 2;
    if (Atomics.compareExchange(words, at(start.head.faultCode), 0, -1) === 0) {
      Atomics.store(words, at(start.head.faultCommand), Atomics.load(words, (start.place + start.layout.at) >>> 2));
    }
    Atomics.compareExchange(words, at(start.head.stop), 0, start.trapReason);
    Atomics.add(words, at(start.head.generation), 1);
    Atomics.notify(words, at(start.head.generation));
    port.postMessage({ kind: 'trap', text: String(error) });
  };

  /** Follows orders until one sends it back to the event loop. */
  const serve = (): void => {
    const { place, layout, finish, thread, spins } = start;
    const words = new Int32Array(start.memory.buffer);
    const order = (place + layout.order) >>> 2;
    const asleep = (place + layout.asleep) >>> 2;
    const remaining = finish >>> 2;
    for (;;) {
      for (let turn = 0; turn < spins && Atomics.load(words, order) === seen; turn++);
      while (Atomics.load(words, order) === seen) {
        Atomics.store(words, asleep, 1);
        Atomics.wait(words, order, seen);
        Atomics.store(words, asleep, 0);
      }
      seen = Atomics.load(words, order);
      const list = Atomics.load(words, (place + layout.list) >>> 2) >>> 0;
      if (list === 0) return;
      Atomics.store(words, (place + layout.at) >>> 2, 0);
      Atomics.store(words, (place + layout.item) >>> 2, 0);
      try {
        walk(list, place, thread, Atomics.load(words, (place + layout.threads) >>> 2), 0x7fffffff);
      } catch (error) {
        trapped(list, error);
      }
      if (Atomics.sub(words, remaining, 1) === 1) {
        Atomics.store(words, remaining + 1, 1);
        if (start.byMessage) port.postMessage({ kind: 'finished' });
        else Atomics.notify(words, remaining + 1);
      }
    }
  };

  const receive = (message: ToWorker): void => {
    try {
      if (message.kind === 'start') {
        start = message;
        const offset = performance.timeOrigin - start.timeOrigin;
        table = new WebAssembly.Table({ initial: 0, element: 'anyfunc' });
        imports = { s: { m: start.memory, t: table, n: () => (performance.now() + offset) * 1000 } };
        walk = new WebAssembly.Instance(start.walker, imports).exports['walk'] as Walk;
      }
      load(message.modules);
    } catch (error) {
      port.postMessage({ kind: 'failed', text: String(error) });
      return;
    }
    port.postMessage({ kind: 'ready' });
    serve();
  };

  if (port.on) port.on('message', receive);
  else port.onmessage = (event) => receive(event.data);
}
