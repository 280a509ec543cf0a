/** `@sessionflow/core`: graphs, ops, sessions. */
export * from './api/index.js';
export * from './api/queues.js';
export { sparsePlaceholder } from './api/sparse.js';
export * from './api/variables.js';
export {
  assign, assignAdd, assignSub, countUpTo, isVariableInitialized, reportUninitializedVariables, scatterAdd, scatterDiv, scatterMax, scatterMin, scatterMul,
  scatterSub, scatterUpdate, type UpdateOptions, type VariableLike,
} from './api/variableFunctions.js';
export * from './api/variableScopes.js';
export * from './dtypes.js';
export * from './errors.js';
export * as errors from './api/errors.js';
export * from './api/dtypes.js';
export { HostTensor, toNumbers, shapeFromTensor, type FromOptions, type Nested } from './hostTensor.js';
export type { TensorValue } from './hostValue.js';
export { shapeText, sizeOf, type PartialShape, type Shape } from './shape.js';
export * from './graph/graph.js';
export { Operation } from './graph/operation.js';
export { Tensor } from './graph/tensor.js';
export type { Attrs, AttrValue, FunctionRef } from './graph/attrs.js';
export type { Endpoint, FunctionData, FunctionLibrary, GraphData, NodeData } from './graph/graphData.js';
export * from './graph/importGraphDef.js';
export { toStandardOps } from './graph/standardOps.js';
export { DeviceSpec } from './graph/deviceSpec.js';
export { allOpDefinitions, opDefinition } from './ops/registry.js';
export type { OpDefinition, OpSignature } from './ops/opDef.js';
export type { TensorLike } from './ops/convert.js';
export type { FunctionDefData, GraphDefData, NodeDefData } from './proto/graphDefData.js';
export type { ConfigProto, GraphDef, RunMetadata, RunOptions, StepStats } from './proto/index.js';
export { DeviceRegistry, type BackendReport, type DeviceConfig, type FoundDevice } from './device/registry.js';
export type { Backend } from './device/device.js';
export type { Placement } from './place/solve.js';
export type { Plan, Step } from './plan/plan.js';
export { printPlan } from './plan/printPlan.js';
export { Session, type DeviceAttributes, type SessionOptions } from './session/session.js';
export type {
  CrossingEdge, ExplainedCopy, ExplainedDevice, ExplainedEdge, ExplainedHostCopy, ExplainedNode, FunctionExplanation, GraphExplanation, PingPong, PlacementExplanation,
} from './session/placement/explanation.js';
export type { RunCall } from './session/steps.js';
export type { Callable, CallableInput, RunCallable } from './session/callable.js';
export { InteractiveSession } from './session/interactiveSession.js';
export { deleteSessionTensor, getSessionHandle, getSessionTensor, TensorHandle } from './session/handles.js';
export {
  IndexedSlices, IndexedSlicesValue, registerSessionRunConversionFunctions, SparseTensor, SparseTensorValue, type FeedConversion, type FetchConversion,
} from './session/sparse.js';
export type { Logger } from './session/logger.js';
export { Timeline, type AllocatorMaximum, type TraceOptions } from './session/timeline.js';
export type { Fetched, Fetches } from './session/fetches.js';
export type { FeedKey, Feeds, FeedValue } from './session/feeds.js';
export { getDefaultGraph, resetDefaultGraph } from './state/defaultGraph.js';
export { getDefaultRegistry } from './state/defaultRegistry.js';
export { getDefaultSession } from './session/defaults.js';
export type { DefaultSession, EvalOptions } from './state/defaultSession.js';
export type { Reuse } from './state/variableScopes.js';
export { reference, type ReferenceOptions } from './reference/reference.js';
export { simulated, type SimulatedOptions } from './simulated/simulated.js';
export { recording, type RecordedVerb, type RecordingBackend, type RecordingOptions } from './recording/recording.js';
