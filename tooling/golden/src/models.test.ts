import { judgeModels } from './judgeModel.js';

// The 11 models of @vladmandic/human and basic-pitch.
judgeModels('models', [1, 2]);
