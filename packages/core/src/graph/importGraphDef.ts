/**
 * GraphDefs into a graph under construction: `tf.importGraphDef`. Names get a prefix, inputs may be mapped to tensors of the graph, devices
 * are merged with the open scopes. Nothing is added when the file is wrong.
 *
 * Texts are TensorFlow's (session.md, section 20). All mistakes of the file or of the arguments are ValueErrors or TypeErrors, but for
 * unknown ops (NotFoundError), cycles and shapes that do not fit (InvalidArgumentError), and removed ops (UnimplementedError).
 */
import { InvalidArgumentError, ValueError } from '../errors.js';
import { convertToTensor, type TensorLike } from '../ops/convert.js';
import type { MessageInput } from '../proto/configProto.js';
import { decodeGraphDef, graphDefFromJson, graphDefFromProto } from '../proto/graphDef.js';
import type { GraphDef } from '../proto/generated/graph.js';
import type { OpDef, OpList } from '../proto/generated/opDef.js';
import type { GraphDefData, VersionsData } from '../proto/graphDefData.js';
import { isPlainObject } from '../plainObject.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import { checkKeys } from '../options.js';
import { typeName } from './elements.js';
import { currentGraphVersion, type Graph } from './graph.js';
import { importFunctions } from './importFunctions.js';
import { NodeImporter } from './importNodes.js';
import { tensorKey } from './inputText.js';
import type { Operation } from './operation.js';
import { Tensor } from './tensor.js';

/** A GraphDef in any form: bytes, message, data, or proto3's JSON form. */
export type GraphDefInput = Uint8Array | GraphDef | MessageInput<GraphDef> | GraphDefData;

export interface ImportOptions {
  /** The prefix of all names, made unique; by default `import`. `''`: none. */
  readonly name?: string | null | undefined;
  /** Inputs of the imported nodes (`x:0`, `x`, `^x`) → tensors of the graph (operations behind `^`) that take their place. */
  readonly inputMap?: Readonly<Record<string, TensorLike | Operation>> | ReadonlyMap<string, TensorLike | Operation> | null | undefined;
  /** What to return: operations by name, tensors by `name:k`. */
  readonly returnElements?: readonly string[] | null | undefined;
  /** The ops as the file's producer knew them: attributes that only it knew may be left out when they have its default. */
  readonly producerOpList?: OpList | readonly OpDef[] | null | undefined;
  /** The graph to add to; by default the default graph. */
  readonly graph?: Graph | undefined;
}

/** Adds the nodes of a GraphDef to a graph. Returns the return elements in order; null when none were asked for. */
export function importGraphDef(
  graphDef: GraphDefInput,
  options: ImportOptions & { readonly returnElements: readonly string[] },
): (Operation | Tensor)[];
export function importGraphDef(graphDef: GraphDefInput, options?: ImportOptions): (Operation | Tensor)[] | null;
export function importGraphDef(graphDef: GraphDefInput, options: ImportOptions = {}): (Operation | Tensor)[] | null {
  checkKeys('importGraphDef', options, ['name', 'inputMap', 'returnElements', 'producerOpList', 'graph']);
  const data = readGraphDef(graphDef);
  const graph = options.graph ?? getDefaultGraph();
  const inputMap = readInputMap(options.inputMap);
  const returned = readReturnElements(options.returnElements);
  checkVersions(data.versions);
  return graph.nameScope(options.name ?? 'import', (scope) => {
    const result = graph.allOrNothing(() => {
      const mapped = convertInputMap(graph, inputMap, scope);
      const functions = importFunctions(graph, data);
      const importer = new NodeImporter(graph, {
        prefix: scope,
        inputMap: mapped,
        functions,
        producerOps: producerOps(options.producerOpList),
      });
      return importer.import(data, returned);
    });
    graph.mergeVersions(data.versions);
    return options.returnElements == null ? null : result;
  });
}

function readGraphDef(input: GraphDefInput): GraphDefData {
  if (input instanceof Uint8Array) return decodeGraphDef(input);
  if (typeof input === 'object' && input !== null) {
    if (isData(input)) return input;
    if (!('nodes' in input) && ('node' in input || 'library' in input || 'versions' in input || Object.keys(input).length === 0))
      return isMessage(input) ? graphDefFromProto(input) : graphDefFromJson(input);
  }
  throw new TypeError('graph_def must be a GraphDef proto.');
}

/** A message has its attributes in Maps; the JSON form, in objects. Without any, both are read alike. */
function isMessage(input: GraphDef | MessageInput<GraphDef>): input is GraphDef {
  const attrs = (Array.isArray(input.node) ? input.node : []).map((each: unknown) => Reflect.get(Object(each) as object, 'attr') as unknown);
  const given = attrs.filter((attr) => attr !== undefined);
  return given.length > 0 && given.every((attr) => attr instanceof Map);
}

function isData(input: Exclude<GraphDefInput, Uint8Array>): input is GraphDefData {
  return 'nodes' in input && Array.isArray(input.nodes) && 'functions' in input;
}

type InputMap = ReadonlyMap<string, unknown>;

function readInputMap(given: unknown): InputMap {
  if (given === undefined || given === null) return new Map();
  const isMap = given instanceof Map;
  if (!isMap && !isPlainObject(given)) {
    throw new TypeError('input_map must be a dictionary mapping strings to Tensor objects.');
  }
  const entries: [unknown, unknown][] = isMap ? [...given] : Object.entries(given);
  return new Map(
    entries.map(([key, value]) => {
      if (typeof key !== 'string') throw new TypeError('input_map must be a dictionary mapping strings to Tensor objects.');
      return [key, value];
    }),
  );
}

function readReturnElements(given: unknown): string[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given) || !given.every((name) => typeof name === 'string'))
    throw new TypeError('return_elements must be a list of strings.');
  return given;
}

/** Values that are no tensors become constants under `_inputs`; keys are normalised to `name:k` and `^name`. */
function convertInputMap(graph: Graph, inputMap: InputMap, scope: string): Map<string, Tensor | Operation> {
  const converted = new Map<string, Tensor | Operation>();
  const plain = [...inputMap].filter(([key, value]) => !key.startsWith('^') && !(value instanceof Tensor));
  if (plain.length > 0 && scope === '') {
    throw new ValueError(
      'tf.import_graph_def() requires a non-empty `name` if `input_map` contains non-Tensor values. ' +
        'Try calling tf.convert_to_tensor() on `input_map` values before calling tf.import_graph_def().',
    );
  }
  const constants = new Map<string, Tensor>();
  if (plain.length > 0) {
    graph.nameScope('_inputs', () => {
      for (const [key, value] of plain) constants.set(key, convertToTensor(graph, value));
    });
  }
  for (const [key, value] of inputMap) {
    if (key.startsWith('^')) {
      const element = graph.asGraphElement(value);
      converted.set(key, element instanceof Tensor ? element.op : element);
    } else {
      const tensor = constants.get(key) ?? (graph.asGraphElement(value, { allowOperation: false }) as Tensor);
      converted.set(tensorKey(key), tensor);
    }
  }
  return converted;
}

function producerOps(list: OpList | readonly OpDef[] | null | undefined): ReadonlyMap<string, OpDef> {
  if (list === undefined || list === null) return new Map();
  if (typeof list !== 'object') throw new TypeError(`producer_op_list must be an OpList proto, but ${typeName(list)} was given.`);
  const ops: readonly OpDef[] = isOpList(list) ? (list.op ?? []) : list;
  return new Map(ops.map((op) => [op.name ?? '', op]));
}

function isOpList(list: OpList | readonly OpDef[]): list is OpList {
  return !Array.isArray(list);
}

const minProducer = 0;

function checkVersions(versions: VersionsData): void {
  const { producer, minConsumer, badConsumers } = versions;
  if (producer < minProducer) {
    throw new ValueError(
      `GraphDef producer version ${producer} below min producer ${minProducer} supported by TensorFlow 2.21.  Please regenerate your graph.`,
    );
  }
  if (minConsumer > currentGraphVersion) {
    throw new ValueError(
      `GraphDef min consumer version ${minConsumer} above current version ${currentGraphVersion} for TensorFlow 2.21.  Please upgrade TensorFlow.`,
    );
  }
  if (badConsumers.includes(currentGraphVersion)) {
    throw new InvalidArgumentError(
      `GraphDef disallows consumer version ${currentGraphVersion}.  Please upgrade TensorFlow: this version is likely buggy.`,
    );
  }
}
