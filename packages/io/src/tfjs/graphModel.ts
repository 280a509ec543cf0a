/** tfjs graph models: a model.json with a GraphDef in JSON form, and weight shards beside it. */
import { HostTensor, InvalidArgumentError, NotFoundError } from '@sessionflow/core';
import { fromJson, graphDefFromJson, type GraphDefData, type NodeDefData, SignatureDef } from '@sessionflow/core/proto';
import { type FileSource, neighbour } from '../files.js';
import type { LoadedModel } from '../model.js';
import { inputsOf, nodeOf, outputsOf } from '../ports.js';
import { decodeGroup, readManifest } from './weights.js';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a parsed file is a tfjs model. */
export function isTfjsModel(json: unknown): json is Json {
  return isObject(json) && ('modelTopology' in json || 'weightsManifest' in json);
}

/** Builds the model of a parsed model.json named `file`, reading its shards. */
export async function readTfjsGraphModel(json: Json, file: string, files: FileSource): Promise<LoadedModel> {
  const topology = json['modelTopology'];
  if (!isObject(topology)) throw new InvalidArgumentError(`${file}: modelTopology is missing; expected a GraphDef object.`);
  if ('model_config' in topology || 'class_name' in topology || json['format'] === 'layers-model') {
    throw new InvalidArgumentError(`${file}: this is a tfjs layers model; expected a graph model (tensorflowjs_converter --output_format=tfjs_graph_model).`);
  }
  const weights = await readWeights(json['weightsManifest'], file, files);
  const graphDef = readGraph(topology, weights, file);
  const initializer = isObject(json['modelInitializer']) ? readGraph(json['modelInitializer'], weights, `${file}: modelInitializer`) : undefined;
  const signature = readSignature(json, file);
  const ports = (map: SignatureDef['inputs']): string[] | undefined => tensorsOf(map, graphDef);
  return {
    format: 'tfjs-graph-model', graphDef, signature, initializer,
    inputs: ports(signature?.inputs) ?? inputsOf(graphDef),
    outputs: ports(signature?.outputs) ?? outputsOf(graphDef),
  };
}

async function readWeights(manifest: unknown, file: string, files: FileSource): Promise<Map<string, HostTensor>> {
  const weights = new Map<string, HostTensor>();
  for (const group of readManifest(manifest, file)) {
    const names = group.paths.map((path) => neighbour(file, path));
    const shards = await Promise.all(names.map(async (name) => {
      try {
        return await files.read(name);
      } catch (cause) {
        if (!(cause instanceof NotFoundError)) throw cause;
        throw new NotFoundError(`${file}: its weight shard ${name} is missing. ${cause.message}`, { cause });
      }
    }));
    for (const [name, tensor] of decodeGroup(group, shards, names, file)) {
      if (weights.has(name)) throw new InvalidArgumentError(`${file}: weightsManifest names '${name}' twice.`);
      weights.set(name, tensor);
    }
  }
  return weights;
}

/** A GraphDef in JSON form, each Const with its weight. */
function readGraph(topology: Json, weights: ReadonlyMap<string, HostTensor>, file: string): GraphDefData {
  // Where the converter moved a Const's values into the manifest, `value` still has dtype and shape. It is taken out, so that nothing is
  // allocated for it, and so that a Const whose weight is missing shows.
  const strip = (nodes: unknown): unknown => (Array.isArray(nodes) ? nodes.map((node: unknown) => withoutEmptyValue(node, weights)) : nodes);
  const library = topology['library'];
  const functions = isObject(library) && Array.isArray(library['function']) ? library['function'].map((item: unknown) => {
    if (!isObject(item)) return item;
    const key = 'node_def' in item ? 'node_def' : 'nodeDef';
    return { ...item, [key]: strip(item[key]) };
  }) : undefined;
  const graph = graphDefFromJson({
    ...topology, node: strip(topology['node']), ...(functions === undefined ? {} : { library: { ...(library as Json), function: functions } }),
  }, file);
  // tfjs has no devices; what the converter's optimizer left in the nodes (its own CPU) is nobody's request.
  const place = (nodes: readonly NodeDefData[]): NodeDefData[] => nodes.map((node) => ({ ...withWeight(node, weights.get(node.name), file), device: '' }));
  return { ...graph, nodes: place(graph.nodes), functions: graph.functions.map((fn) => ({ ...fn, nodes: place(fn.nodes) })) };
}

/** What a tensor of JSON has beside its values. */
const tensorHead: ReadonlySet<string> = new Set(['dtype', 'tensorShape', 'tensor_shape', 'versionNumber', 'version_number']);

function withoutEmptyValue(node: unknown, weights: ReadonlyMap<string, HostTensor>): unknown {
  if (!isObject(node) || node['op'] !== 'Const' || !isObject(node['attr'])) return node;
  const { value, ...attr } = node['attr'];
  const tensor = isObject(value) ? value['tensor'] : undefined;
  const hasValues = isObject(tensor) && Object.keys(tensor).some((key) => !tensorHead.has(key));
  return hasValues && !weights.has(String(node['name'])) ? node : { ...node, attr };
}

/** The Const with its weight, in the dtype that the node declares (tfjs keeps int64 as int32, and float16 and others as float32). */
function withWeight(node: NodeDefData, weight: HostTensor | undefined, file: string): NodeDefData {
  if (node.op !== 'Const' || (weight === undefined && node.attr['value'] !== undefined)) return node;
  const detail = { node: node.name, op: node.op };
  if (weight === undefined) throw new InvalidArgumentError(`${file}: Const '${node.name}' has no value, and weightsManifest has no weight of that name.`, detail);
  const declared = node.attr['dtype'];
  const dtype = declared?.kind === 'type' ? declared.value : weight.dtype;
  try {
    return { ...node, attr: { ...node.attr, dtype: { kind: 'type', value: dtype }, value: { kind: 'tensor', value: HostTensor.from(weight, { dtype }) } } };
  } catch (cause) {
    throw new InvalidArgumentError(`${file}: Const '${node.name}' is ${dtype}, but its weight is ${weight.dtype}: ${(cause as Error).message}`, { ...detail, cause });
  }
}

function readSignature(json: Json, file: string): SignatureDef | undefined {
  const metadata = json['userDefinedMetadata'];
  const signature = json['signature'] ?? (isObject(metadata) ? metadata['signature'] : undefined);
  if (signature === undefined || signature === null) return undefined;
  return fromJson(SignatureDef, signature, { what: `${file}: signature`, ignoreUnknown: true });
}

/** The tensors that a signature names; undefined when it names none, or one that the graph does not have. */
function tensorsOf(map: SignatureDef['inputs'], graph: GraphDefData): string[] | undefined {
  if (map === undefined || map.size === 0) return undefined;
  const nodes = new Set(graph.nodes.map(({ name }) => name));
  const names = Array.from(map, ([key, { name }]) => name ?? key);
  if (!names.every((name) => nodes.has(nodeOf(name)))) return undefined;
  return names.map((name) => (/:\d+$/.test(name) ? name : `${name}:0`));
}
