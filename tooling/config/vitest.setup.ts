// Fails a test that warns when nobody expected it to. A test that expects a warning takes the call itself:
// `vi.spyOn(console, 'warn').mockImplementation(() => {})`, then looks at the spy and restores it.
import { afterEach, beforeEach } from 'vitest';

type Method = 'warn' | 'error';
const methods: readonly Method[] = ['warn', 'error'];
const originals: Record<Method, (...args: unknown[]) => void> = {
  warn: console.warn.bind(console),
  error: console.error.bind(console),
};
let restore: (() => void)[] = [];
let seen: string[] = [];

beforeEach(() => {
  seen = [];
  restore = methods.map((method) => {
    const watching = (...args: unknown[]): void => {
      seen.push(`console.${method}(${args.map(String).join(', ')})`);
      originals[method](...args);
    };
    console[method] = watching;
    return () => {
      // A spy that the test left in place is not ours to undo.
      if (console[method] === watching) console[method] = originals[method];
    };
  });
});

afterEach(() => {
  for (const undo of restore) undo();
  const calls = seen;
  seen = [];
  if (calls.length > 0) throw new Error(`unexpected output during the test:\n  ${calls.join('\n  ')}`);
});
