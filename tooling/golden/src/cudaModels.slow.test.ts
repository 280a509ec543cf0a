import { cpuWasm } from '@sessionflow/cpu-wasm';
import { cudaNative } from '@sessionflow/cuda-native';
import { fakeCuda, whyNoFake } from '@sessionflow/cuda-native/fake';
import { afterAll, describe, expect } from 'vitest';
import { judgeModels } from './judgeModel.js';

// On the fake driver the smaller models; with SESSIONFLOW_CUDA_DEVICE=real, all of them on the machine's own GPU.
const isReal = process.env['SESSIONFLOW_CUDA_DEVICE'] === 'real';
const noFake = isReal ? undefined : whyNoFake();

// Every node asks for the GPU; what has no kernel there goes to the CPU.
describe.skipIf(noFake !== undefined)(`cuda-native with cpu-wasm${noFake === undefined ? '' : `: ${noFake}`}`, () => {
  const backend = cudaNative(isReal || noFake !== undefined ? {} : fakeCuda().options);
  judgeModels('models', [{ title: 'a CUDA GPU, softly placed', backends: [cpuWasm(), backend], config: { allowSoftPlacement: true }, device: '/gpu:0', timeout: 600_000 }],
    isReal ? undefined : ['antispoof', 'emotion', 'liveness']);
  afterAll(() => {
    if (!isReal) expect(fakeCuda().counts()).toMatchObject({ misuses: 0, corruptions: 0, allocations: 0 });
  });
});
