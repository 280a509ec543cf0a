// A session that nobody holds any more: needs the garbage collector, so a process of its own, and so a build.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const core = new URL('../../dist/index.js', import.meta.url);

/** Runs a session and forgets it; prints the warnings that came and what is left on its devices. */
const program = `
import * as tf from ${JSON.stringify(core.href)};
const devices = [];
const inner = tf.reference();
const backend = { ...inner, open: async (info) => { const device = await inner.open(info); devices.push(device); return device; } };
const said = [];
const logger = { info() {}, warning(text) { said.push(text); }, error(text) { said.push('error: ' + text); } };
const graph = new tf.Graph();
const { y, v } = graph.asDefault(() => ({ y: tf.matmul(tf.constant([[1, 2]]), tf.constant([[3], [4]])), v: new tf.Variable([1, 2, 3]) }));
async function forget(closes) {
  const session = new tf.Session({ graph, backends: [backend], logger });
  await session.run(v.initializer);
  const [value] = await session.run([y, v]);
  if (closes) await session.close();
  return value.item();
}
const values = [await forget(false), await forget(true)];
const held = devices.map((device) => device.memory().buffers);
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
  expect(held?.[0]).toBeGreaterThan(0);
  expect(said).toEqual(['A session was forgotten open. It is released now; call close(), or declare it with `await using`, to release it in time.']);
  expect(left?.every((buffers) => buffers === 0)).toBe(true);
});
