// A session that nobody holds any more: needs the garbage collector, so a process of its own, and so a build.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const core = new URL('../../dist/bundled/index.js', import.meta.url);

/** Runs a session and forgets it; prints the warnings that came and what is left on its devices. */
const program = `
import * as tf from ${JSON.stringify(core.href)};
const devices = [];
let held;
const watched = (inner) => ({ ...inner, open: async (info) => { const device = await inner.open(info); devices.push(device); return device; } });
const backends = [watched(tf.reference()), watched(tf.simulated())];
const said = [];
const logger = { info() {}, warning(text) { said.push(text); }, error(text) { said.push('error: ' + text); } };
const graph = new tf.Graph();
const { x, y, v, z, handle } = graph.asDefault(() => {
  const x = tf.placeholder('float32', [2], { name: 'x' });
  const z = tf.device('/gpu:0', () => tf.square(x));
  const [y, v] = tf.device('/cpu:0', () => [tf.matmul(tf.constant([[1, 2]]), tf.constant([[3], [4]])), new tf.Variable([1, 2, 3])]);
  return { x, y, v, z, handle: tf.getSessionHandle(z) };
});
async function forget(closes) {
  const session = new tf.Session({ graph, backends, logger });
  await session.run(v.initializer);
  const [value] = await session.run([y, v]);
  // A handle that nobody deletes, a step that nobody finishes, a callable that nobody calls again.
  await session.run(handle, { 'x:0': [1, 2] });
  const step = await session.partialRunSetup([z, handle], [x]);
  await session.partialRun(step, z, { 'x:0': [3, 4] });
  await session.makeCallable(z, { feedList: [x] })([5, 6]);
  if (closes) await session.close();
  // Counted while the session cannot have been collected.
  else held = devices.map((device) => device.memory().buffers);
  return session.graph === graph ? value.item() : undefined;
}
const values = [await forget(false), await forget(true)];
for (let i = 0; i < 200 && (said.length === 0 || devices.some((device) => device.memory().buffers > 0)); i++) {
  gc();
  await new Promise((resolve) => { setTimeout(resolve, 10); });
}
console.log(JSON.stringify({ values, held, said, left: devices.map((device) => device.memory().buffers) }));
`;

it('is released with a warning; one that was closed is not spoken of', { timeout: 60_000 }, async () => {
  if (!existsSync(fileURLToPath(core))) throw new Error('packages/core/dist is missing: this test needs a build (pnpm build, or npm test, which builds first)');
  const out = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], { encoding: 'utf8' }, (error, text, err) => {
      if (error === null) resolve(text);
      else reject(new Error(err, { cause: error }));
    });
  });
  const { values, held, said, left } = JSON.parse(out) as Record<string, unknown[]>;
  expect(values).toEqual([11, 11]);
  expect(held?.map((buffers) => Number(buffers) > 0)).toEqual([true, true]);
  expect(said).toEqual(['A session was forgotten open. It is released now; call close(), or declare it with `await using`, to release it in time.']);
  expect(left?.every((buffers) => buffers === 0)).toBe(true);
});
