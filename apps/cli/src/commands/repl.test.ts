import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { shell } from './repl.js';

it('evaluates tensors in its session, with await', async () => {
  const input = new PassThrough();
  let out = '';
  const done = shell(input, { out: (text) => { out += text; }, err: (text) => { out += text; } });
  input.write('const y = tf.square(tf.constant([1, 2, 3]))\n');
  input.write('await y.eval()\n');
  input.write('y\n');
  input.end('.exit\n');
  await done;
  expect(out).toContain('HostTensor(float32 [3]) [ 1, 4, 9 ]');
  expect(out).toContain('Tensor("Square:0", shape=(3,), dtype=float32)');
});
