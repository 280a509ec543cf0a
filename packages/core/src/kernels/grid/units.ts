/** How elements are moved whose values nobody looks at: by words of 32 bits where they have whole ones, else as they are. */
import { storedBytes, storedType, type GridTarget, type StoredType } from '../../codegen/grid/types.js';
import type { DType } from '../../dtypes.js';

export interface Unit {
  readonly stored: StoredType;
  /** Units of an element. */
  readonly words: number;
}

export function unitOf(dtype: DType, target: GridTarget): Unit {
  const bytes = storedBytes(dtype, target);
  if (bytes >= 4) return { stored: 'uint32', words: bytes / 4 };
  return { stored: storedType(dtype, target) ?? (bytes === 1 ? 'uint8' : 'uint16'), words: 1 };
}

/** Why the target cannot hold elements of a dtype; undefined if it can. */
export const refuseHeld = (dtype: DType | undefined, target: GridTarget): string | undefined =>
  (dtype === undefined || target.storage[dtype] === undefined ? `the device holds no ${dtype ?? 'data'}` : undefined);
