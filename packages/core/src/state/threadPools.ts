/** Thread pools that sessions share by name, as far as a configuration must agree with those before it. */
import { InvalidArgumentError } from '../errors.js';

const sizes = new Map<string, number>();

/** Remembers a named pool. InvalidArgumentError when it was configured with another size before. */
export function checkThreadPool(name: string, threads: number): void {
  if (name === '') return;
  const before = sizes.get(name);
  if (before !== undefined && before !== threads) {
    throw new InvalidArgumentError(`Pool ${name} configured previously with num_threads=${before}; cannot re-configure with num_threads=${threads}`);
  }
  sizes.set(name, threads);
}
