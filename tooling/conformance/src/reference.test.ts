import { reference } from '@sessionflow/core';
import { runConformance } from './runConformance.js';

runConformance(() => reference());
