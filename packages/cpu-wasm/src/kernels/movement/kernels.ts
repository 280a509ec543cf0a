/** The ops that only move data, as wasm kernels. */
import { movements } from '@sessionflow/core/kernels';
import { movementKernel } from './copyKernel.js';

export const slice = movementKernel(movements.slice);
export const stridedSliceKernel = movementKernel(movements.stridedSliceKernel);
export const split = movementKernel(movements.split);
export const splitV = movementKernel(movements.splitV);
export const unpack = movementKernel(movements.unpack);
export const reverseV2 = movementKernel(movements.reverseV2);
export const reverse = movementKernel(movements.reverse);
export const roll = movementKernel(movements.roll);
export const concatV2 = movementKernel(movements.concatV2);
export const concatFirst = movementKernel(movements.concatFirst);
export const pack = movementKernel(movements.pack);
export const padZero = movementKernel(movements.padZero);
export const padV2 = movementKernel(movements.padV2);
export const mirrorPad = movementKernel(movements.mirrorPad);
export const tile = movementKernel(movements.tile);
export const broadcastTo = movementKernel(movements.broadcastTo);
export const transpose = movementKernel(movements.transpose);
export const depthToSpace = movementKernel(movements.depthToSpace);
export const spaceToDepth = movementKernel(movements.spaceToDepth);
export const spaceToBatchND = movementKernel(movements.spaceToBatchND);
export const batchToSpaceND = movementKernel(movements.batchToSpaceND);
