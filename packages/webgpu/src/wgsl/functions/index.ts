/** All WGSL functions by name, and which of them a text needs. */
import { basics } from './basics.js';
import { exponentials } from './exponential.js';
import type { WgslFunction } from './function.js';
import { specials } from './special.js';
import { trigonometric } from './trigonometric.js';

const functions: ReadonlyMap<string, WgslFunction> = new Map([...basics, ...exponentials, ...trigonometric, ...specials].map((one) => [one.name, one]));

/** The functions that a text calls, and those that they call, by name. */
export function functionsFor(text: string): string {
  const found = new Map<string, string>();
  const visit = (code: string): void => {
    for (const [, name = ''] of code.matchAll(/\b(tf_\w+)\(/g)) {
      const called = functions.get(name);
      if (called === undefined || found.has(name)) continue;
      found.set(name, called.code);
      visit(called.code);
    }
  };
  visit(text);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, code]) => code).join('\n');
}
