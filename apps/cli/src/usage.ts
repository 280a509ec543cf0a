/** Errors of the command line itself: exit code 2, where everything else that fails is 1. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** `NAME=VALUE`, split at the last `=` (tensor names have none, file names may). */
export function splitAssignment(text: string, what: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1) throw new UsageError(`${what} must be NAME=VALUE, but '${text}' was given`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** A count from 1 (or `least`) on. */
export function count(text: string, what: string, least = 1): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new UsageError(`${what} must be an integer >= ${least}, but '${text}' was given`);
  return value;
}

/** `NAME=1,224,224,3` → the name and the sizes. */
export function namedShape(text: string): [string, number[]] {
  const [name, sizes] = splitAssignment(text, '--shape');
  return [name, sizes.split(',').map((size) => count(size.trim(), `--shape ${name}: each size`, 0))];
}

/** Commander's way to let an option repeat. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}
