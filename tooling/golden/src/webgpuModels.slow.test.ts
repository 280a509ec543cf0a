import { skipWithout } from '@sessionflow/config/softwareVulkan';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { webgpu } from '@sessionflow/webgpu';
import { describe } from 'vitest';
import { judgeModels } from './judgeModel.js';

const { reason, devices } = await webgpu().discover({});
// The larger models take a software adapter up to half a minute each: CI has these, and others in a browser.
const names = devices[0]?.features.software === true ? ['antispoof', 'emotion', 'liveness'] : undefined;

// Every node asks for the GPU; what has no kernel there goes to the CPU.
describe.skipIf(skipWithout(reason))('webgpu with cpu-wasm', () => {
  judgeModels('models', [{ title: 'a GPU, softly placed', backends: [cpuWasm(), webgpu()], config: { allowSoftPlacement: true }, device: '/gpu:0', timeout: 600_000 }], names);
});
