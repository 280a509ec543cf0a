/** Options that callers give as objects: what is not known is refused, by its name, with the one that may have been meant. */
import { didYouMean } from './graph/names.js';

/**
 * Throws an error of the class for a key that is not among `known`; `what` has the options. Keys whose value is undefined are passed over.
 * TypeError for options that are no object: an argument that another language takes by its place.
 */
export function checkKeys(what: string, options: object, known: readonly string[], ErrorClass: new (message: string) => Error = TypeError): void {
  if (Object(options) !== options) throw new TypeError(`${what} takes its options as one object (${known.join(', ')}), but got ${shownValue(options)}`);
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && !known.includes(key)) throw unknownOption(what, key, known, ErrorClass);
  }
}

/** The same only for keys that look like one of `known`, misspelt: of data from files, which may hold notes of their own beside what is read. */
export function checkSpelling(what: string, options: object, known: readonly string[], ErrorClass: new (message: string) => Error = TypeError): void {
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && !known.includes(key) && didYouMean(key, known) !== '') throw unknownOption(what, key, known, ErrorClass);
  }
}

export function unknownOption(what: string, key: string, known: readonly string[], ErrorClass: new (message: string) => Error = TypeError): Error {
  return new ErrorClass(`${what} has no option '${key}'; it has ${known.join(', ')}.${didYouMean(key, known)}`);
}

/** A value in a word or two, for errors about its type. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const { constructor } = value as { readonly constructor?: unknown };
  const name = typeof constructor === 'function' ? constructor.name : '';
  return name === '' || name === 'Object' ? 'an object' : `a ${name}`;
}
