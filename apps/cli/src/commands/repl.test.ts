import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type * as tf from '@sessionflow/core';
import { shell } from './repl.js';

const prompt = 'sessionflow> ';

interface Shell {
  /** Writes to the shell and waits until it has answered with this text, or has printed its prompt again. */
  type(text: string, until?: string | RegExp): Promise<string>;
  /** Ends it. */
  end(text?: string): Promise<void>;
}

async function opened(isTerminal = false): Promise<Shell> {
  const input = new PassThrough();
  let out = '';
  let heard = (): void => undefined;
  const hear = (text: string): void => {
    out += text;
    heard();
  };
  const done = shell(input, { out: hear, err: hear }, isTerminal);
  const answer = async (until: string | RegExp): Promise<string> => {
    while (typeof until === 'string' ? !out.includes(until) : !until.test(out)) await new Promise<void>((resolve) => { heard = resolve; });
    return out;
  };
  await answer(prompt);
  return {
    async type(text, until = prompt) {
      out = '';
      input.write(text);
      return answer(until);
    },
    async end(text) {
      input.end(text);
      await done;
    },
  };
}

describe('the shell', () => {
  it('prints what is symbolic by name and what is computed by value, also inside structures', async () => {
    const { type, end } = await opened();
    await type('const y = tf.square(tf.constant([1, 2, 3], { name: "c" }), { name: "y" })\n');
    expect(await type('y\n')).toContain('Tensor("y:0", shape=(3,), dtype=float32)');
    expect(await type('y.op\n')).toContain("<Operation 'y' type=Square>");
    expect(await type('await y.eval()\n')).toContain('HostTensor(float32 [3]) [ 1, 4, 9 ]');
    expect(await type('await sess.run({ a: [y, y.op], b: tf.constant(["x"]) })\n')).toMatch(/a: \[ HostTensor\(float32 \[3\]\) \[ 1, 4, 9 \], null \],\s+b: HostTensor\(string \[1\]\) \[ 'x' \]/);
    expect(await type('await tf.zeros([50, 50]).eval()\n')).toMatch(/^HostTensor\(float32 \[50,50\]\) \[[\s0,]+\] … 2480 more elements$/m);
    expect(await type('sess\n')).toContain('<InteractiveSession on a graph of');
    await end('.exit\n');
  });

  it('has the session as the default in every line, across awaits', async () => {
    const { type, end } = await opened();
    await type('const v = new tf.Variable(1, { name: "v" })\n');
    await type('await v.initializer.run()\n');
    await type('for (let i = 0; i < 3; i++) await v.assignAdd(2).op.run()\n');
    expect(await type('(await v.eval()).item()\n')).toContain('7');
    expect(await type('await new Promise((resolve) => setTimeout(resolve, 2)).then(() => tf.getDefaultSession() === sess)\n')).toContain('true');
    expect(await type('tf.getDefaultGraph() === graph\n')).toContain('true');
    await end('.exit\n');
  });

  it('tells errors and goes on', async () => {
    const { type, end } = await opened();
    expect(await type('await tf.placeholder("float32", [2], { name: "p" }).eval()\n')).toContain("You must feed a value for placeholder tensor 'p' with dtype float and shape [2]");
    expect(await type('tf.matmul(tf.zeros([2, 3]), tf.zeros([2, 3]))\n')).toContain('ValueError');
    expect(await type('1 + 1\n')).toContain('2');
    await end();
  });

  it('completes names', async () => {
    const { type, end } = await opened(true);
    // The terminal shows what is typed, then what a tab adds.
    await type('tf.whileL\t', /tf\.whileL.*?oop/s);
    expect(await type('.name\r')).toContain("'whileLoop'");
    await type('sess.listD\t', /sess\.listD.*?evices/s);
    expect(await type('.name\r')).toContain("'listDevices'");
    await end('.exit\r');
  });

  it.each([['.exit', '.exit\n'], ['the end of the input', undefined]])('closes the session at %s, which ends what waits', async (_how, last) => {
    const { type, end } = await opened();
    const found = new Promise<[tf.Session, Promise<unknown>]>((resolve) => { process.once('sessionflow-repl-test' as never, (...args: unknown[]) => { resolve(args as [tf.Session, Promise<unknown>]); }); });
    await type('globalThis.waiting = sess.run(new tf.FIFOQueue(1, "float32").dequeue()).catch((error) => error)\n');
    await type('void process.emit("sessionflow-repl-test", sess, waiting)\n');
    const [session, waiting] = await found;
    await end(last);
    expect(await waiting).toMatchObject({ name: 'CancelledError' });
    await expect(session.run(session.graph.getOperations()[0] as tf.Operation)).rejects.toThrow('Attempted to use a closed Session.');
  });
});
