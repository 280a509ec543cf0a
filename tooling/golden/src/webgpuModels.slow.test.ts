import { skipWithout } from '@sessionflow/config/softwareVulkan';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { webgpu } from '@sessionflow/webgpu';
import { describe } from 'vitest';
import { judgeModels } from './judgeModel.js';

const { reason } = await webgpu().discover({});

// Every node asks for the GPU; what has no kernel there goes to the CPU.
describe.skipIf(skipWithout(reason))('webgpu with cpu-wasm', () => {
  // A device on the CPU takes its time to compile.
  judgeModels('models', [{ title: 'a GPU, softly placed', backends: [cpuWasm(), webgpu()], config: { allowSoftPlacement: true }, device: '/gpu:0', timeout: 600_000 }]);
});
