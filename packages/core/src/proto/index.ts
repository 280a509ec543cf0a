/** TensorFlow's protobuf messages and their codecs (binary, text, JSON), without the rest of core. */
export * from './generated/attrValue.js';
export * from './generated/checkpoint.js';
export * from './generated/cluster.js';
export * from './generated/config.js';
export * from './generated/debug.js';
export * from './generated/device.js';
export * from './generated/errorCode.js';
export * from './generated/event.js';
export * from './generated/example.js';
export * from './generated/graph.js';
export * from './generated/kernel.js';
export * from './generated/metadata.js';
export * from './generated/opDef.js';
export * from './generated/rewriter.js';
export * from './generated/savedModel.js';
export * from './generated/server.js';
export * from './generated/tensor.js';
export * from './generated/types.js';
export * from './generated/variable.js';
export * from './generated/wellKnown.js';
export { attrFromProto, attrsFromProto, attrsToProto, attrToProto } from './attrValue.js';
export { type ConfigInput, type MessageInput, parseConfig, parseJson, parseMessage, parseRunOptions, type RunOptionsInput } from './configProto.js';
export { decode } from './decode.js';
export { encode } from './encode.js';
export {
  decodeGraphDef, encodeGraphDef, graphDefFromJson, graphDefFromProto, graphDefToJson, graphDefToProto, parseGraphDefText, printGraphDefText,
} from './graphDef.js';
export { type FunctionDefData, type GradientData, graphDefData, type GraphDefData, type NodeDefData, type VersionsData } from './graphDefData.js';
export { fromBase64, fromJson, type FromJsonOptions, toBase64, toJson } from './json.js';
export type { EnumType, Field, FieldType, Floats, Int64, Message, MessageType, ScalarType } from './schema.js';
export { dtypeFromProto, dtypeToProto, shapeFromProto, shapeToProto } from './shapeProto.js';
export { type ExpansionBudget, expansionBudget, tensorFromProto, tensorToProto } from './tensorProto.js';
export { parseText } from './text/parse.js';
export { printText } from './text/print.js';
