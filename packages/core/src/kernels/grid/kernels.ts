/** Every op kernel of the library, by family; of one op, the first that accepts a call runs it. */
import { convKernels } from './conv.js';
import { colourKernels } from './colours.js';
import { countingKernels } from './counting.js';
import { diagonalKernels } from './diagonals.js';
import { gatherKernels } from './gather.js';
import { generateKernels } from './generate.js';
import { lossKernels } from './losses.js';
import { matmulKernels } from './matmul.js';
import { movementKernels } from './movement.js';
import { neighbourKernels } from './neighbours.js';
import { poolKernels } from './pools.js';
import { randomKernels } from './random.js';
import { rearrangingKernels } from './rearranging.js';
import { resamplingKernels } from './resampling.js';
import { resizeKernels } from './resize.js';
import { rowKernels } from './rows.js';
import { scanKernels } from './scan.js';
import { scatterKernels } from './scatter.js';
import { suppressionKernels } from './suppression.js';
import type { GridKernel } from './table.js';
import { viewKernels } from './views.js';
import { volumeConvKernels } from './volumeConv.js';
import { windowKernels } from './windows.js';

const families: readonly (readonly GridKernel[])[] = [
  matmulKernels, convKernels, windowKernels, movementKernels, gatherKernels, scatterKernels, rowKernels, scanKernels, resizeKernels, generateKernels, viewKernels,
  randomKernels, diagonalKernels, volumeConvKernels, poolKernels, neighbourKernels, resamplingKernels, countingKernels, colourKernels, rearrangingKernels,
  lossKernels, suppressionKernels,
];

export const gridKernels: readonly GridKernel[] = families.flat();
