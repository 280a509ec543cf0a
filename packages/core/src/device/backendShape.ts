/** What makes a value a Backend, for those that come from outside of the types. */
import { shownValue } from '../options.js';
import type { Backend } from './device.js';

const parts: Readonly<Record<'name' | 'deviceType' | 'priority' | 'kernels' | 'discover' | 'open', string>> = {
  name: 'string', deviceType: 'string', priority: 'number', kernels: 'object', discover: 'function', open: 'function',
};

/** What a Backend has, in words. */
export const backendShape = 'an object with name, deviceType, priority, kernels, discover and open';

export function isBackend(value: unknown): value is Backend {
  return typeof value === 'object' && value !== null && wrongParts(value).length === 0;
}

/** Why a value is no Backend. */
export function notBackend(value: unknown): string {
  if (typeof value === 'function') return `A function is given for a Backend. Expected what it gives: call it, '${value.name || 'backend'}()'.`;
  if (typeof value !== 'object' || value === null) return `${shownValue(value)} is no Backend. Expected ${backendShape}.`;
  const { name } = value as { readonly name?: unknown };
  const wrong = wrongParts(value).map((key) => `its ${key} is ${shownValue((value as Readonly<Record<string, unknown>>)[key])}`);
  return `${typeof name === 'string' ? `'${name}'` : shownValue(value)} is no Backend: ${wrong.join(', ')}. Expected ${backendShape}.`;
}

function wrongParts(value: object): string[] {
  const given = value as Readonly<Record<string, unknown>>;
  return Object.entries(parts).flatMap(([key, type]) => (typeof given[key] === type && given[key] !== null ? [] : [key]));
}
