/** Unique names, compared without case, and what a name may look like. */
import { ValueError } from '../errors.js';

const operationName = /^[A-Za-z0-9.][A-Za-z0-9_.\-/]*$/;
const innerScopeName = /^[A-Za-z0-9_.\-/]*$/;

/** The names of one graph that are taken: of operations and of scopes. */
export class Names {
  /** Lower-cased name → the number that its next copy tries first. */
  readonly #taken = new Map<string, number>();

  /** `name`, or `name_1`, `name_2`, … when it is taken; the result is taken from now on (unless `mark` is false). */
  unique(name: string, mark = true): string {
    let key = name.toLowerCase();
    let next = this.#taken.get(key) ?? 0;
    if (mark) this.#taken.set(key, next + 1);
    if (next === 0) return name;
    const base = key;
    while (this.#taken.has(key)) key = `${base}_${next++}`;
    if (mark) {
      this.#taken.set(key, 1);
      this.#taken.set(base, next);
    }
    return `${name}_${next - 1}`;
  }

  /** Takes a name that is used as it is. */
  take(name: string): void {
    const key = name.toLowerCase();
    if (!this.#taken.has(key)) this.#taken.set(key, 1);
  }
}

/** ValueError for what cannot be an operation's name. */
export function checkOperationName(name: string): void {
  if (!operationName.test(name)) throw new ValueError(`'${name}' is not a valid node name`);
}

/** ValueError for what cannot be a scope's name, inside `prefix`. */
export function checkScopeName(name: string, prefix: string): void {
  if (!(prefix === '' ? operationName : innerScopeName).test(name)) throw new ValueError(`'${name}' is not a valid scope name`);
}

/** No suggestions for longer names: they come from broken files, and comparing them takes time. */
const longestName = 200;

/** The known names nearest to `name` (a small edit distance, or one containing the other), for "did you mean". */
export function nearNames(name: string, known: Iterable<string>, count = 3): string[] {
  if (name.length > longestName) return [];
  const asked = name.toLowerCase();
  const limit = Math.max(1, Math.floor(asked.length / 3));
  const found: { readonly name: string; readonly distance: number }[] = [];
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    let distance = Math.abs(other.length - asked.length) <= limit ? editDistance(asked, other, limit) : limit + 1;
    if (distance > limit && asked.length > 2 && (other.endsWith(`/${asked}`) || asked.endsWith(`/${other}`))) distance = limit;
    // A name of which nothing is left is another name.
    if (distance <= limit && distance < asked.length) found.push({ name: candidate, distance });
  }
  return found.sort((a, b) => a.distance - b.distance).slice(0, count).map((entry) => entry.name);
}

/** ` Did you mean 'a' or 'b'?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const near = nearNames(name, known);
  return near.length === 0 ? '' : ` Did you mean ${near.map((candidate) => `'${candidate}'`).join(' or ')}?`;
}

/** Levenshtein distance; anything above `limit` once it is clear that it is above. */
function editDistance(a: string, b: string, limit: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const distance = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + cost);
      next.push(distance);
      least = Math.min(least, distance);
    }
    if (least > limit) return limit + 1;
    row = next;
  }
  return row[b.length]!;
}
