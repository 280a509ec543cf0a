import { skipWithout } from '@sessionflow/config/softwareVulkan';
import { webgpu } from '@sessionflow/webgpu';
import { describe } from 'vitest';
import { runConformance } from './runConformance.js';
import { tensorflowOddities } from './tensorflowOddities.js';

const { reason } = await webgpu().discover({});

describe.skipIf(skipWithout(reason))('webgpu', () => {
  runConformance(() => webgpu(), { knownIssues: tensorflowOddities });
});
