import { cpuWasm } from '@sessionflow/cpu-wasm';
import { runConformance } from './runConformance.js';
import { tensorflowOddities } from './tensorflowOddities.js';

runConformance(() => cpuWasm(), { knownIssues: tensorflowOddities });
