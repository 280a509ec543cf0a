/** A library call in the place of a grid kernel: the same inputs and outputs, more scratch, and the kernel behind it. */
import { InternalError } from '@sessionflow/core/device';
import type { Program, DeviceProgram } from '@sessionflow/core/kernels';
import type { CudaKernels, CudaSource } from '../source.js';

export function libraryProgram(
  plain: Program<CudaSource>, key: string, workspace: number, call: (fallback: CudaKernels) => CudaSource,
): DeviceProgram<CudaSource> {
  if (plain.kind !== 'device' || plain.packs.length > 0) throw new InternalError('internal: a library call in the place of a program that it cannot replace.');
  return {
    ...plain,
    key: `${key}:${plain.key}`,
    source: () => {
      const fallback = plain.source();
      if (fallback.kind !== 'kernels') throw new InternalError('internal: a library call behind a library call.');
      return call(fallback);
    },
    scratch: Math.max(plain.scratch, workspace),
    inPlace: [],
  };
}
