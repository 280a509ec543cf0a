/** Frozen GraphDef files: binary, text, or proto3 JSON; told apart by their content. */
import { DataLossError, InvalidArgumentError, ResourceExhaustedError, UnimplementedError } from '@sessionflow/core';
import { decodeGraphDef, encodeGraphDef, graphDefFromJson, type GraphDefData, parseGraphDefText, parseJson, printGraphDefText } from '@sessionflow/core/proto';
import type { LoadedModel } from './model.js';
import { isNpy } from './npy/header.js';
import { inputsOf, outputsOf } from './ports.js';

export type FileKind = 'binary' | 'text' | 'json';

/** What bytes look like. Binary protos have control characters among their first bytes (tags and lengths); text has none. `what` is the file's name. */
export function sniff(bytes: Uint8Array, what: string): FileKind {
  if (bytes.length === 0) throw new DataLossError(`${what}: the file is empty.`);
  const starts = (...prefix: number[]): boolean => prefix.every((byte, i) => bytes[i] === byte);
  const known = starts(0x1f, 0x8b) ? 'gzip-compressed; unpack it first' : starts(0x50, 0x4b, 3, 4) ? 'a zip archive; unpack it first'
    : isNpy(bytes) ? 'a NumPy array (.npy)' : starts(0x89, 0x48, 0x44, 0x46) ? 'an HDF5 file (a Keras model?)'
      : starts(0x18, 0, 0, 0, 0x54, 0x46, 0x4c) || String.fromCharCode(...bytes.subarray(4, 8)) === 'TFL3' ? 'a TensorFlow Lite model' : undefined;
  if (known !== undefined) throw new UnimplementedError(`${what}: this is ${known}; expected a GraphDef (.pb, .pbtxt) or a tfjs model.json.`);
  const head = bytes.subarray(0, 1024);
  // No GraphDef begins with '{': as a tag it is a group, which proto3 has not.
  if (head.find((byte) => byte > 32) === 0x7b) return 'json';
  const isText = /\.(pbtxt|prototxt)$/.test(what) || !head.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13);
  return isText ? 'text' : 'binary';
}

/** The text of a file; DataLossError where it is not UTF-8. */
export function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataLossError(`${what}: the text is not UTF-8.`, { cause });
  }
}

/** Reads a GraphDef of a file's bytes, whichever its form. `what` names the file in errors. */
export function readFrozenGraph(bytes: Uint8Array, what = 'GraphDef'): LoadedModel {
  const kind = sniff(bytes, what);
  if (kind === 'text') return modelOf('graphdef-text', parseGraphDefText(textOf(bytes, what), what));
  if (kind === 'json') return modelOf('graphdef-json', graphDefFromJson(parseJson(textOf(bytes, what), what), what));
  // A SavedModel begins with its schema version, field 1 as a varint; in a GraphDef field 1 is a message.
  if (bytes[0] === 8) throw new UnimplementedError(`${what}: this is a SavedModel, which is not read here; freeze it into a GraphDef first.`);
  return modelOf('graphdef', decodeGraphDef(bytes, what));
}

function modelOf(format: LoadedModel['format'], graphDef: GraphDefData): LoadedModel {
  return { format, graphDef, inputs: inputsOf(graphDef), outputs: outputsOf(graphDef) };
}

/** The form of a GraphDef file: binary, or text. */
export type FrozenFormat = 'pb' | 'pbtxt';

/** The form that a file's name asks for; InvalidArgumentError for another ending. */
export function frozenFormatOf(path: string): FrozenFormat {
  const ending = /\.(pb|pbtxt)$/.exec(path)?.[1];
  if (ending !== 'pb' && ending !== 'pbtxt') throw new InvalidArgumentError(`${path}: expected a name that ends in .pb or .pbtxt.`);
  return ending;
}

/** GraphDefs of graphs that state no version are written with this one (TensorFlow 1.15's): below 24, shapes of placeholders mean something else. */
const defaultProducer = 134;

/** A graph as the bytes of a GraphDef file. */
export function frozenGraphBytes(graph: GraphDefData, format: FrozenFormat): Uint8Array {
  const { versions } = graph;
  const stated = versions.producer === 0 ? { ...graph, versions: { ...versions, producer: defaultProducer } } : graph;
  if (format === 'pb') return encodeGraphDef(stated);
  try {
    return new TextEncoder().encode(printGraphDefText(stated));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ResourceExhaustedError('The graph is too large for text form; write it as .pb.', { cause });
  }
}
