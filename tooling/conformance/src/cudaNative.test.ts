/**
 * On the fake driver: the rendered CUDA C, compiled for the host; with SESSIONFLOW_CUDA_DEVICE=real, on the machine's own GPU. Every source that the
 * cases render is compiled for real devices, too.
 */
import { cudaNative, type CudaInfo } from '@sessionflow/cuda-native';
import { compileAll, fakeCuda, whyNoFake, whyNoNvrtc } from '@sessionflow/cuda-native/fake';
import { describe, expect, it } from 'vitest';
import { runConformance } from './runConformance.js';
import { tensorflowOddities } from './tensorflowOddities.js';

const isReal = process.env['SESSIONFLOW_CUDA_DEVICE'] === 'real';
const noFake = isReal ? undefined : whyNoFake();
const sources = new Map<string, string>();

/** The backend, with an ear for what is compiled. */
function overheard(): ReturnType<typeof cudaNative> {
  const backend = cudaNative(isReal ? {} : fakeCuda().options);
  const open = async (info: CudaInfo) => {
    const device = await backend.open(info);
    const prepare = device.prepare.bind(device);
    device.prepare = (programs) => {
      for (const program of programs) {
        const source = program.source();
        const kernels = source.kind === 'kernels' ? [source] : [source.fallback, ...(source.kind === 'convolution' ? [source.layFilter.kernels] : [])];
        for (const [i, { text }] of kernels.entries()) sources.set(`${program.key} ${i}`, text);
      }
      return prepare(programs);
    };
    return device;
  };
  return { ...backend, open };
}

describe.skipIf(noFake !== undefined)(`cuda-native${noFake === undefined ? '' : `: ${noFake}`}`, () => {
  if (noFake === undefined) runConformance(overheard, { knownIssues: tensorflowOddities });

  const noNvrtc = noFake ?? whyNoNvrtc();
  it.skipIf(noNvrtc !== undefined)(`every source compiles for sm_80 and sm_90${noNvrtc === undefined ? '' : `: ${noNvrtc}`}`, { timeout: 600_000 }, async () => {
    const complaints = await compileAll([...new Set(sources.values())], [80, 90]);
    expect(complaints).toEqual([]);
    console.log(`${new Set(sources.values()).size} sources compiled for sm_80 and sm_90`);
  });
});

const noCounts = isReal ? 'a real driver counts nothing' : noFake;
it.skipIf(noCounts !== undefined)(`the driver was used as a real one wants it, and holds nothing any more${noCounts === undefined ? '' : `: ${noCounts}`}`, () => {
  const { misuses, corruptions, allocations, contexts, modules, graphs } = fakeCuda().counts();
  expect({ misuses, corruptions, allocations, contexts, modules, graphs }).toEqual({ misuses: 0, corruptions: 0, allocations: 0, contexts: 0, modules: 0, graphs: 0 });
});
