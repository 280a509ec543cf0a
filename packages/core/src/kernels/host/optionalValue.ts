/** The value of an optional: an element of a variant tensor. */
import type { HostTensor } from '../../hostTensor.js';

/** A value's components, or none. */
export class Optional {
  constructor(readonly components: readonly HostTensor[] | undefined) {}
}
