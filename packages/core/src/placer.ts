/** `@sessionflow/core/placer`: TensorFlow's placer as a pure function, over GraphDefs and over the graphs of a session. */
export { placeGraph, type GraphPlacement } from './place/placeGraph.js';
export type { PlaceGraphOptions } from './place/placeGraphOptions.js';
export type { DeviceSpec as PlaceGraphDevice, KernelSpec } from './place/kernelSpecs.js';
export { place, type PlaceContext, type PlacerDevice } from './place/place.js';
export { fromKernelTables, type DeviceWithKernels } from './place/kernelTables.js';
export type { LogEntry } from './place/log.js';
export type { Reason } from './place/reasons.js';
export type { Placement } from './place/solve.js';
export type { DeviceSupport, Refusal } from './place/support.js';
export * from './device/deviceName.js';
