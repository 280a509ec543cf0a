import { expect, it, vi } from 'vitest';
import * as tf from '../index.js';
import type { Backend } from '../device/device.js';

/** x + 1, on a backend whose code comes by `load`. */
function sessionOn(load: () => Promise<unknown>): tf.Session {
  const graph = new tf.Graph();
  graph.asDefault(() => tf.add(tf.placeholder('float32', [], { name: 'x' }), 1, { name: 'y' }));
  const backend: Backend = { ...tf.reference(), load };
  return new tf.Session({ graph, backends: [backend] });
}

const run = (session: tf.Session): Promise<number> => session.run('y:0', { 'x:0': 2 }).then((value) => value.toArray() as number);

it('a session asks its backends for their code when it is made', async () => {
  const load = vi.fn(async () => undefined);
  await using session = sessionOn(load);
  expect(load).toHaveBeenCalledTimes(1);
  expect(await run(session)).toBe(3);
});

it('code that cannot be loaded fails a run by its name, and the next one asks for it anew', async () => {
  let isThere = false;
  await using session = sessionOn(async () => {
    if (!isThere) throw new tf.UnavailableError('The code of such devices could not be loaded: offline');
  });
  await expect(run(session)).rejects.toThrow(new tf.UnavailableError('The code of such devices could not be loaded: offline'));
  isThere = true;
  expect(await run(session)).toBe(3);
});

it('a session that is closed before its code is there runs nothing', async () => {
  let arrive = (): void => undefined;
  const coming = new Promise<void>((resolve) => { arrive = resolve; });
  const session = sessionOn(() => coming);
  const outcome = run(session).catch((error: unknown) => error);
  const closing = session.close();
  arrive();
  await closing;
  expect(await outcome).toBeInstanceOf(tf.CancelledError);
});
