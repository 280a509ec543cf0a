import { judgeModels, onThreads } from './judgeModel.js';

// The 11 models of @vladmandic/human and basic-pitch.
judgeModels('models', [onThreads(1), onThreads(2)]);
