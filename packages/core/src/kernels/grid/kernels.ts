/** Every op kernel of the library, by family; of one op, the first that accepts a call runs it. */
import type { GridKernel } from './table.js';

const families: readonly (readonly GridKernel[])[] = [[]];

export const gridKernels: readonly GridKernel[] = families.flat();
