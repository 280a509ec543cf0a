/**
 * The whole program of a worker. It is rendered by `Function.prototype.toString` into the source of a worker (see spawn.ts), so that every bundler
 * can ship it without knowing of workers. Therefore:
 *
 * * it refers to nothing outside its own body but globals: no imports, no module constants (types are fine, they vanish);
 * * it uses no syntax that a build for ES2023 would replace by a helper function.
 *
 * A worker sleeps in `Atomics.wait` on its order word, deaf to messages. When its place counts more messages than it has had, it goes back to its
 * event loop and gets them; after each message it listens to orders again.
 */
import type { FromWorker, LoadedModule, StartMessage, ToWorker } from './protocol.js';

interface Port {
  postMessage(message: FromWorker): void;
  on?(event: 'message', listener: (message: ToWorker) => void): void;
  onmessage?: ((event: { readonly data: ToWorker }) => void) | null;
}

type Join = (list: number, place: number, thread: number) => void;

export function workerMain(): void {
  const builtin = typeof process === 'object' && typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule('node:worker_threads') : undefined;
  const port: Port = (builtin?.parentPort ?? globalThis) as Port;
  let start: StartMessage;
  let table: WebAssembly.Table;
  let join: Join;
  let imports: WebAssembly.Imports;
  let seen = 0;
  let received = 0;

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
    port.postMessage({ kind: 'trap', text: String(error) });
    // Whoever waits for the next command sees that the step has moved, then that the run has stopped.
    Atomics.add(words, at(start.head.step), 1);
    Atomics.notify(words, at(start.head.step));
    Atomics.sub(words, at(start.head.inside), 1);
    Atomics.store(words, at(start.head.finish), 1);
    Atomics.notify(words, at(start.head.finish));
  };

  /** Follows orders until there is a message to receive. */
  const serve = (): void => {
    const { place, layout, thread, spins } = start;
    const words = new Int32Array(start.memory.buffer);
    const order = (place + layout.order) >>> 2;
    const asleep = (place + layout.asleep) >>> 2;
    for (;;) {
      if (Atomics.load(words, (place + layout.messages) >>> 2) !== received) return;
      for (let turn = 0; turn < spins && Atomics.load(words, order) === seen; turn++);
      while (Atomics.load(words, order) === seen) {
        Atomics.store(words, asleep, 1);
        Atomics.wait(words, order, seen);
        Atomics.store(words, asleep, 0);
      }
      seen = Atomics.load(words, order);
      const list = Atomics.load(words, (place + layout.list) >>> 2) >>> 0;
      try {
        if (list !== 0) join(list, place, thread);
      } catch (error) {
        trapped(list, error);
      }
      Atomics.store(words, (place + layout.answered) >>> 2, seen);
      if (list !== 0 && start.byMessage) port.postMessage({ kind: 'left' });
    }
  };

  const receive = (message: ToWorker): void => {
    received += 1;
    try {
      if (message.kind === 'start') {
        start = message;
        const offset = performance.timeOrigin - start.timeOrigin;
        table = new WebAssembly.Table({ initial: 0, element: 'anyfunc' });
        imports = { s: { m: start.memory, t: table, n: () => (performance.now() + offset) * 1000 } };
        join = new WebAssembly.Instance(start.walker, imports).exports['join'] as Join;
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
