import { judgeMemory } from './judgeMemory.js';

judgeMemory('models');
