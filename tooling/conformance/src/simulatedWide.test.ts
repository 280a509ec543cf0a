/**
 * The simulated accelerator as a device that has every dtype and larger workgroups, and may bind one buffer twice: CUDA's manners. What its
 * narrower sister runs too is left out, and so are large cases: it is TypeScript.
 */
import { simulated, type DType } from '@sessionflow/core';
import type { OpCase } from './caseFile.js';
import { runConformance } from './runConformance.js';
import { tensorflowOddities } from './tensorflowOddities.js';

const dtypes = [
  'float32', 'float64', 'float16', 'bfloat16', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'bool', 'complex64', 'complex128',
] as const satisfies readonly DType[];
const narrow: ReadonlySet<DType> = new Set<DType>(['float32', 'int32', 'uint32', 'bool']);
const mostElements = 120;

function sample({ inputs, ...opCase }: OpCase): true | string {
  const outputs = opCase.error === undefined ? opCase.outputs.flatMap((output) => output ?? []) : [];
  const elements = [...inputs, ...outputs].reduce((sum, { values }) => sum + values.length, 0);
  if (elements > mostElements) return `${elements} elements are more than ${mostElements}`;
  return [...inputs, ...outputs].some(({ dtype }) => !narrow.has(dtype)) || 'every dtype is one that the narrow device has';
}

runConformance(() => simulated({
  name: 'simulated wide', storage: Object.fromEntries(dtypes.map((dtype) => [dtype, dtype])), sharedBuffers: true,
  target: { workgroupThreads: 1024, workgroupBytes: 49152, bindings: 64, floatAtomics: true },
}), { knownIssues: tensorflowOddities, sample });
