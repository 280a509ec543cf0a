import { expect, test } from 'vitest';
import { programsOf } from './readme.js';

test('finds TypeScript blocks, their lines and their marks', () => {
  const text = ['# Title', '```ts', 'first();', '```', '```sh', 'npm start', '```', '```ts runnable', 'second();', 'third();', '```'].join('\n');
  expect(programsOf(text)).toEqual([
    { line: 3, code: 'first();\n', isRunnable: false },
    { line: 9, code: 'second();\nthird();\n', isRunnable: true },
  ]);
});
