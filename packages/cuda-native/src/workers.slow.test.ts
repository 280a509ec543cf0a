/** Sessions in worker threads, as they are published: what a thread leaves open when it ends is given back, and disturbs nobody. Needs a build. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeCuda, fakeFolder, whyNoFake } from './testing/fake.js';
import { held } from './testing/onDevice.js';

const reason = whyNoFake();
const built = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const entries = { core: built('../../core/dist/bundled/index.js'), cuda: built('../dist/index.js'), folder: fakeFolder };

/** `session`, `run` (twice x + 1) and what a thread does with them. */
const program = (what: string): string => `
  (async () => {
    const { parentPort, workerData } = require('node:worker_threads');
    const { pathToFileURL } = require('node:url');
    const given = workerData ?? JSON.parse(process.env.GIVEN);
    const tf = await import(pathToFileURL(given.core).href);
    const { cudaNative } = await import(pathToFileURL(given.cuda).href);
    const graph = new tf.Graph();
    const y = graph.asDefault(() => tf.add(tf.mul(tf.placeholder('float32', { shape: [4], name: 'x' }), 2), 1));
    const session = new tf.Session({ graph, backends: [cudaNative({ libraryPath: given.folder, kernelCache: false })] });
    const run = async (x) => (await session.run(y, { 'x:0': [x, x, x, x] })).toArray();
    const expectRun = async (x) => { const got = await run(x); if (got.join() !== Array(4).fill(2 * x + 1).join()) throw new Error('got ' + got); };
    ${what}
  })().catch((error) => { setImmediate(() => { throw error; }); });`;

const say = "parentPort.postMessage('here');";
const stay = 'setInterval(() => undefined, 1000);';

function started(what: string): { worker: Worker; said: Promise<unknown>; ended: Promise<unknown> } {
  const worker = new Worker(program(what), { eval: true, workerData: entries, execArgv: [] });
  const ended = new Promise((resolve) => {
    let error: unknown;
    worker.once('error', (thrown) => { error = thrown; });
    worker.once('exit', () => { resolve(error); });
  });
  const said = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    void ended.then((error) => { reject(error instanceof Error ? error : new Error('the thread ended before it said anything')); });
  });
  said.catch(() => undefined);
  return { worker, said, ended };
}

describe.skipIf(reason !== undefined)(`worker threads${reason === undefined ? '' : `: ${reason}`}`, () => {
  afterEach(() => { fakeCuda().configure({}); });

  it.each([
    ['with a session that is idle', `await expectRun(1); await expectRun(2); ${say} ${stay}`],
    ['with a session that was closed', `await expectRun(1); await session.close(); ${say} ${stay}`],
    ['with runs on the device', `await expectRun(1); for (let x = 0; x < 20; x++) void expectRun(x); await 0; ${say} ${stay}`],
    ['while kernels are compiled', `void expectRun(1); setTimeout(() => { ${say} }, 0); ${stay}`],
  ])('that are ended %s give everything back', { timeout: 120_000 }, async (_, what) => {
    fakeCuda().configure({ slow: 3000 });
    const before = held(fakeCuda().counts());
    const { worker, said, ended } = started(what);
    await said;
    await worker.terminate();
    expect(await ended).toBeUndefined();
    expect(held(fakeCuda().counts())).toEqual(before);
  });

  it('that fail with a session open give everything back', { timeout: 120_000 }, async () => {
    fakeCuda().configure({});
    const before = held(fakeCuda().counts());
    expect(await started("await expectRun(1); void run(2); throw new Error('on purpose');").ended).toMatchObject({ message: 'on purpose' });
    expect(held(fakeCuda().counts())).toEqual(before);
  });

  it('work beside each other, and go on where others end', { timeout: 120_000 }, async () => {
    fakeCuda().configure({});
    const before = held(fakeCuda().counts());
    const goes = started(`await expectRun(1); ${say} ${stay}`);
    const stays = started("await expectRun(1); parentPort.once('message', async () => { for (let x = 0; x < 50; x++) await expectRun(x); await session.close(); process.exit(); }); parentPort.postMessage('here');");
    await Promise.all([goes.said, stays.said]);
    stays.worker.postMessage('go');
    await goes.worker.terminate();
    expect(await stays.ended).toBeUndefined();
    expect(held(fakeCuda().counts())).toEqual(before);
  });

  it('are no other than the main thread: a process with an open session ends', { timeout: 120_000 }, () => {
    for (const what of ["await expectRun(1); console.log('ran');", "await expectRun(1); void run(2); console.log('ran'); process.exit();"]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program(what)], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', GIVEN: JSON.stringify(entries) } });
      expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: 'ran\n' });
      // What the fake driver has against anything, it says there.
      expect(stderr).not.toMatch(/fake CUDA|Error/);
    }
  });
});
