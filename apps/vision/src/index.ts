/** `@sessionflow/vision`: models that look at pictures, for the sample apps. Runs in Node and in browsers. */
export { mapFinding, nothing, squareOf, visible, type Box, type Finding, type Point, type Rectangle } from './finding.js';
export { decodeFaces, faceOutputs, faceSide, readFaces, type FaceTensors } from './faces.js';
export { importModel } from './importModel.js';
export { overlayShapes, overlaySvg } from './overlay.js';
export { regions, type Region } from './photograph.js';
export { poseSide, readPose } from './pose.js';
export { taskList, type TaskFacts } from './taskList.js';
export { tasks, type Task, type TaskGraph } from './tasks.js';
