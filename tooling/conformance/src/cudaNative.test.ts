// On the fake driver: the rendered CUDA C, compiled for the host. With a GPU, scripts/ of tooling/bench run the same on the card.
import { describe, it } from 'vitest';
import { cudaNative } from '@sessionflow/cuda-native';
import { fakeCuda, whyNoFake } from '@sessionflow/cuda-native/fake';
import { runConformance } from './runConformance.js';
import { tensorflowOddities } from './tensorflowOddities.js';

const reason = whyNoFake();
if (reason === undefined) runConformance(() => cudaNative(fakeCuda().options), { knownIssues: tensorflowOddities });
else describe('cuda-native', () => { it.skip(reason, () => undefined); });
