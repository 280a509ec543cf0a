import { simulated } from '@sessionflow/core';
import { runConformance } from './runConformance.js';
import { tensorflowOddities } from './tensorflowOddities.js';

runConformance(() => simulated(), { knownIssues: tensorflowOddities });
