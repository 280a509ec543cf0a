/** How an epilogue's extra arguments lie beside the result. */
import { sizeOf, type Shape } from '../../shape.js';
import type { OpCall } from '../kernel.js';

/** One number, one for each channel (last dimension), or of the output's own shape. */
export type ExtraKind = 'scalar' | 'channel' | 'full';

/** Undefined: it broadcasts in another way. */
export function extraKind(extra: Shape, output: Shape): ExtraKind | undefined {
  const size = sizeOf(extra);
  if (size === 1 && extra.length <= output.length) return 'scalar';
  if (size === sizeOf(output) && extra.length <= output.length) return 'full';
  if (extra.length <= output.length && size === extra.at(-1) && size === output.at(-1)) return 'channel';
  return undefined;
}

/** The signature inputs that an epilogue binds, in order. */
export function extraInputs(call: OpCall): number[] {
  const extra = call.epilogue?.extra ?? 0;
  return Array.from({ length: extra }, (_, i) => call.inputs.length - extra + i);
}
