// What threads do to the process that has them: how many there are, what they cost while they are idle, and that it ends when its work is done.
// Each program runs in a Node of its own on the built packages. Needs a build.
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { command } from './installed.js';

const minutes = 60_000;

/** A product that is shared between threads, and counts of the workers that were started. */
const prelude = `import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
const builtin = process.getBuiltinModule('node:worker_threads');
let workers = 0;
builtin.Worker = class extends builtin.Worker {
  constructor(...args) {
    super(...args);
    workers += 1;
  }
};
process.on('exit', () => console.log('workers: ' + workers));
const x = tf.placeholder('float32', [512, 512]);
const ones = new Map([[x, tf.HostTensor.from(new Float32Array(512 * 512).fill(1), { dtype: 'float32', shape: [512, 512] })]]);
const product = tf.reduceSum(tf.matMul(x, x));
const sessionOf = (intraOpParallelismThreads, threads = 2) => new tf.Session({ backends: [cpuWasm({ threads })], config: { intraOpParallelismThreads } });
const failure = (error) => error.codeName ?? error.name;
`;

/** What the program printed, a line each. It must end by itself, without an error: else this throws. */
async function linesOf(program: string): Promise<string[]> {
  const printed = await command(process.execPath, ['--input-type=module', '--eval', prelude + program], fileURLToPath(new URL('..', import.meta.url)));
  return printed.trimEnd().split('\n');
}

const sum = String(512 ** 3);

describe('intra_op_parallelism_threads', () => {
  test.each([1, 2, 3])('%i: so many threads work', async (threads) => {
    const printed = await linesOf(`const session = sessionOf(${threads}, 3);
for (let i = 0; i < 5; i++) console.log((await session.run(product, ones)).item());
`);
    expect(printed.slice(0, 5)).toEqual([sum, sum, sum, sum, sum]);
    // One thread is this one, or a worker that leaves the event loop free.
    expect(threads === 1 ? ['workers: 0', 'workers: 1'] : [`workers: ${threads}`]).toContain(printed[5]);
  }, minutes);

  test('acts on the session that has it, where two share a device', async () => {
    const [first, before, second, after] = await linesOf(`const backend = cpuWasm({ threads: 3 });
for (const intraOpParallelismThreads of [1, 2]) {
  const session = new tf.Session({ backends: [backend], config: { intraOpParallelismThreads } });
  console.log((await session.run(product, ones)).item());
  console.log(workers);
}
`);
    expect([first, second]).toEqual([sum, sum]);
    expect(Number(before)).toBeLessThanOrEqual(1);
    expect(after).toBe('2');
  }, minutes);
});

test('workers without work take no processor time', async () => {
  const [ratio] = await linesOf(`const session = sessionOf(2);
await session.run(product, ones);
const spent = async (work) => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const busy = await spent(async () => {
  const end = performance.now() + 400;
  while (performance.now() < end) await session.run(product, ones);
});
await wait(100);
console.log((await spent(() => wait(400))) / busy);
`);
  expect(Number(ratio)).toBeLessThan(0.25);
}, minutes);

describe('a process with two threads ends by itself', () => {
  const ran = [sum, 'workers: 2'];
  const programs: readonly (readonly [when: string, printed: readonly string[], program: string])[] = [
    ['when nothing is closed', ran, 'console.log((await sessionOf(2).run(product, ones)).item());'],
    ['when the session is closed', ran, `const session = sessionOf(2);
console.log((await session.run(product, ones)).item());
await session.close();`],
    ['when the session is disposed of', ran, `{
  const session = sessionOf(2);
  console.log((await session.run(product, ones)).item());
  await session[Symbol.asyncDispose]();
}`],
    ['with the result of a run that nobody awaits', ran, 'sessionOf(2).run(product, ones).then((result) => console.log(result.item()));'],
    ['after a run that is refused', ['ValueError', ...ran], `const session = sessionOf(2);
await session.run(product, new Map([[x, tf.HostTensor.from([1, 2])]])).catch((error) => console.log(failure(error)));
console.log((await session.run(product, ones)).item());`],
    ['after a run whose kernel fails on the threads', [sum, 'INVALID_ARGUMENT', 'workers: 2'], `const session = sessionOf(2);
console.log((await session.run(product, ones)).item());
const zeros = tf.placeholder('int32', [1 << 22]);
const none = tf.HostTensor.from(new Int32Array(1 << 22), { dtype: 'int32', shape: [1 << 22] });
await session.run(tf.reduceSum(tf.floorDiv(tf.onesLike(zeros), zeros)), new Map([[zeros, none]])).catch((error) => console.log(failure(error)));`],
    ['after a run that takes too long', [sum, 'DEADLINE_EXCEEDED', 'workers: 2'], `const session = sessionOf(2);
console.log((await session.run(product, ones)).item());
let chain = x;
for (let i = 0; i < 400; i++) chain = tf.tanh(tf.matMul(chain, x));
await session.run(chain, ones, { options: { timeoutInMs: 1 } }).catch((error) => console.log(failure(error)));`],
  ];
  test.each(programs)('%s', async (_, printed, program) => {
    expect(await linesOf(`${program}\n`)).toEqual(printed);
  }, 2 * minutes);
});
