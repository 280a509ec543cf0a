/**
 * What went wrong in one step. Several things that run at once (what waits, pieces, devices) may fail, each for itself: those are root errors.
 * That the rest was cancelled because of the first is derived, and told only as a number. The text is TensorFlow's.
 */
import { CancelledError, errorClasses, OpError } from '../errors.js';

/** TensorFlow cuts the merged text here. */
const longestText = 8192;

export class StepErrors {
  /** An error passes through several hands: by identity. */
  private readonly roots = new Set<unknown>();
  private readonly derived = new Set<unknown>();
  private succeeded = 0;

  /** Something failed, in the order of time. */
  add(error: unknown): void {
    if (this.roots.has(error)) return;
    if (this.roots.size > 0 && error instanceof CancelledError) this.derived.add(error);
    else this.roots.add(error);
  }

  /** Something that ran beside others ended well. */
  addSuccess(): void {
    this.succeeded++;
  }

  get isEmpty(): boolean {
    return this.roots.size === 0;
  }

  /** The one root error, or one error that tells all of them, of the class of the first. */
  merged(): unknown {
    const [first, ...others] = this.roots;
    if (others.length === 0) return first;
    const lines = [...this.roots].map((error, i) => `  (${i}) ${statusText(error)}`);
    const text = [`${this.roots.size} root error(s) found.`, ...lines, `${this.succeeded} successful operations.`, `${this.derived.size} derived errors ignored.`].join('\n');
    if (!(first instanceof OpError)) return first;
    return new errorClasses[first.codeName](text.slice(0, longestText), { node: first.node, op: first.opType, operation: first.op, cause: first });
  }
}

/** A status as TensorFlow prints it: `Invalid argument: …`. */
function statusText(error: unknown): string {
  if (!(error instanceof OpError)) return String(error);
  const words = error.codeName.toLowerCase().replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: ${error.message}`;
}
