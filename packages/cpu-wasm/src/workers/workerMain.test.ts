import { expect, it } from 'vitest';
import { workerMain } from './workerMain.js';

it('is self-contained', () => {
  const said: unknown[] = [];
  const scope = { postMessage: (message: unknown) => said.push(message), onmessage: undefined as undefined | ((event: { data: unknown }) => void) };
  // As in a worker: nothing around but globals, and a port.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const run = new Function('process', 'globalThis', `'use strict';(${workerMain.toString()})();`) as (process: undefined, scope: unknown) => void;
  run(undefined, scope);
  scope.onmessage?.({ data: { kind: 'start', memory: undefined, walker: undefined, modules: [], timeOrigin: 0 } });
  expect(said).toEqual([{ kind: 'failed', text: expect.stringMatching(/WebAssembly\.Instance/) as string }]);
});

it('has no functions that a build which keeps names would wrap in a helper', () => {
  const source = workerMain.toString();
  expect(source).not.toMatch(/\b(?:const|let|var)\s+\w+\s*=\s*(?:async\s*)?(?:function|\([^()]*\)\s*=>|\w+\s*=>)/);
  expect(source).not.toMatch(/\w+:\s*(?:async\s*)?(?:function|\([^()]*\)\s*=>|\w+\s*=>)/);
});
