import { firstCall } from './firstCall.js';
import { tfjsModel } from './programs/tfjsModel.js';

// Making the program runs it once.
await firstCall(tfjsModel);
