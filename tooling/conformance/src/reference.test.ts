import { reference } from '@sessionflow/core';
import { runConformance } from './runConformance.js';
import { tensorflowOddities } from './tensorflowOddities.js';

runConformance(() => reference(), { knownIssues: tensorflowOddities });
