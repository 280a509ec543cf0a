/**
 * The whole program of a worker. It is rendered by `Function.prototype.toString` into the source of a worker (see spawn.ts), so that every bundler
 * can ship it without knowing of workers. Therefore:
 *
 * * it refers to nothing outside its own body but globals: no imports, no module constants (types are fine, they vanish);
 * * it uses no syntax that a build for ES2023 would replace by a helper function;
 * * its inner functions are methods of one object, since builds that keep the names of functions wrap other functions in a helper.
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

type Join = (list: number, place: number, thread: number, sleeps: number) => void;

/** What a worker knows once it was started. */
interface Started {
  readonly message: StartMessage;
  readonly table: WebAssembly.Table;
  readonly imports: WebAssembly.Imports;
  readonly join: Join;
}

export function workerMain(): void {
  const builtin = typeof process === 'object' && typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule('node:worker_threads') : undefined;
  const port: Port = (builtin?.parentPort ?? globalThis) as Port;
  const worker = {
    /** The last order that was followed. */
    seen: 0,
    received: 0,
    started: undefined as Started | undefined,

    start(message: StartMessage): Started {
      const offset = performance.timeOrigin - message.timeOrigin;
      const table = new WebAssembly.Table({ initial: 0, element: 'anyfunc' });
      const imports = {
        s: {
          m: message.memory,
          t: table,
          n(): number {
            return (performance.now() + offset) * 1000;
          },
        },
      };
      return { message, table, imports, join: new WebAssembly.Instance(message.walker, imports).exports['join'] as Join };
    },

    load({ table, imports }: Started, modules: readonly LoadedModule[]): void {
      for (const { module, base, count } of modules) {
        if (table.length < base + count) table.grow(base + count - table.length);
        new WebAssembly.Instance(module, imports);
      }
    },

    /** A kernel trapped at the command that the place names: stop the others, too. */
    trapped({ message }: Started, list: number, error: unknown): void {
      const { head, layout, place, trapReason } = message;
      const words = new Int32Array(message.memory.buffer);
      if (Atomics.compareExchange(words, (list + head.faultCode) >>> 2, 0, -1) === 0) {
        Atomics.store(words, (list + head.faultCommand) >>> 2, Atomics.load(words, (place + layout.at) >>> 2));
      }
      Atomics.compareExchange(words, (list + head.stop) >>> 2, 0, trapReason);
      port.postMessage({ kind: 'trap', text: String(error) });
      // Whoever waits for the next command sees that the step has moved, then that the run has stopped.
      Atomics.add(words, (list + head.step) >>> 2, 1);
      Atomics.notify(words, (list + head.step) >>> 2);
      // The run's end is told before this thread leaves: once nobody is inside, the next run may begin, and must not be told that it is over.
      Atomics.store(words, (list + head.finish) >>> 2, 1);
      Atomics.sub(words, (list + head.inside) >>> 2, 1);
      Atomics.notify(words, (list + head.finish) >>> 2);
    },

    /** Follows orders until there is a message to receive. */
    serve(started: Started): void {
      const { place, layout, thread, spins, memory, byMessage } = started.message;
      const words = new Int32Array(memory.buffer);
      const order = (place + layout.order) >>> 2;
      const asleep = (place + layout.asleep) >>> 2;
      while (Atomics.load(words, (place + layout.messages) >>> 2) === worker.received) {
        for (let turn = 0; turn < spins && Atomics.load(words, order) === worker.seen; turn++);
        while (Atomics.load(words, order) === worker.seen) {
          Atomics.store(words, asleep, 1);
          Atomics.wait(words, order, worker.seen);
          Atomics.store(words, asleep, 0);
        }
        worker.seen = Atomics.load(words, order);
        const list = Atomics.load(words, (place + layout.list) >>> 2) >>> 0;
        try {
          if (list !== 0) started.join(list, place, thread, 1);
        } catch (error) {
          worker.trapped(started, list, error);
        }
        Atomics.store(words, (place + layout.answered) >>> 2, worker.seen);
        if (list !== 0 && byMessage) port.postMessage({ kind: 'left' });
      }
    },

    receive(message: ToWorker): void {
      worker.received += 1;
      let started: Started | undefined;
      try {
        started = message.kind === 'start' ? worker.start(message) : worker.started;
        if (started === undefined) return;
        worker.started = started;
        worker.load(started, message.modules);
      } catch (error) {
        port.postMessage({ kind: 'failed', text: String(error) });
        return;
      }
      port.postMessage({ kind: 'ready' });
      worker.serve(started);
    },

    listen(): void {
      if (port.on) port.on('message', (message) => worker.receive(message));
      else port.onmessage = ({ data }) => worker.receive(data);
    },
  };
  worker.listen();
}
