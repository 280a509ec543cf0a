import { runConformance } from '@sessionflow/conformance';
import { abacus } from './backend.js';

runConformance(() => abacus());
