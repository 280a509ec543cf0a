/**
 * GraphDefs for the placer. Only what placement needs is read: types, counts, functions, `_class`. Other attributes may be missing or
 * wrong; they are looked at when an error text shows them.
 */
import type { DType } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import type { Attrs, AttrValue } from '../graph/attrs.js';
import { parseEndpoint, type Endpoint, type FunctionData, type NodeData } from '../graph/graphData.js';
import type { ArgDef, OpSignature } from '../ops/opDef.js';
import { attrFromProto } from '../proto/attrValue.js';
import type { AttrValue as AttrValueProto } from '../proto/generated/attrValue.js';
import { FunctionDefLibrary, GraphDef, NodeDef, type FunctionDef } from '../proto/generated/graph.js';
import type { OpDef_ArgDef } from '../proto/generated/opDef.js';
import { fromJson, itemsFromJson, type FromJsonOptions } from '../proto/json.js';
import { dtypeFromProto } from '../proto/shapeProto.js';
import { printText } from '../proto/text/print.js';
import { argCount, attrOrDefault, DeclaredTypes, longestList } from './declaredTypes.js';
import { attrsText } from './nodeText.js';
import { unknownOp } from './place.js';
import type { PlacerContext } from './placerGraph.js';

/** A GraphDef's nodes, and what stands around them. */
export interface ReadGraph {
  readonly nodes: readonly NodeData[];
  readonly context: PlacerContext;
}

const reading: FromJsonOptions = { what: 'GraphDef', ignoreUnknown: true };

/**
 * Reads a GraphDef, as a message or in JSON form. InvalidArgumentError for what is none, NotFoundError for an op that is neither registered nor a
 * function.
 */
export function readGraphDef(graphDef: object, signature: (op: string) => OpSignature | undefined): ReadGraph {
  const given: unknown = Reflect.get(Object(graphDef) as object, 'node');
  // Nodes are read one by one: a large graph's messages need not all be there at once.
  const list = Array.isArray(given) ? (given as readonly object[]) : [];
  const reader = new GraphDefReader(fromJson(GraphDef, Array.isArray(given) ? { ...graphDef, node: [] } : graphDef, reading), signature);
  const nodes: ReadNode[] = [];
  for (const proto of itemsFromJson(NodeDef, 'node', list, reading)) nodes.push(reader.readNode(proto, parseEndpoint, {}, list[nodes.length] ?? proto));
  return { nodes: reader.completeTypes(nodes), context: reader };
}

/** How an input is spelled: in graphs `name:1`, in functions `name:output:1`. */
type ReadInput = (text: string) => Endpoint;

/** A node with what it was read from (a message, or its JSON form); copies of it keep that. */
interface ReadNode extends NodeData {
  readonly source?: object;
}

class GraphDefReader implements PlacerContext {
  readonly inputTypes: PlacerContext['inputTypes'];
  readonly outputTypes: PlacerContext['outputTypes'];
  private readonly functions: ReadonlyMap<string, FunctionDef>;
  private readonly instances = new Map<string, FunctionData>();
  private readonly typeAttrs = new Map<AttrValueProto['type'], AttrValue>();

  constructor(
    private readonly graphDef: GraphDef,
    readonly signature: (op: string) => OpSignature | undefined,
  ) {
    this.functions = new Map((graphDef.library?.function ?? []).map((proto) => [proto.signature?.name ?? '', proto]));
    const types = new DeclaredTypes(signature, (node) => this.callTypes(node.op, node.attrs));
    this.inputTypes = (node) => types.inputs(node);
    this.outputTypes = (node) => types.outputs(node);
  }

  /** As a graph has them: with the op's defaults for those that the node leaves out. */
  attrsOf(node: NodeData): Attrs {
    const defaults = (this.signature(node.op)?.attrs ?? []).flatMap((attr): [string, AttrValue][] => (attr.default === undefined ? [] : [[attr.name, attr.default]]));
    const attrs: Record<string, AttrValue> = { ...node.attrs };
    const { source } = node as ReadNode;
    for (const [name, proto] of (source === undefined ? undefined : fromJson(NodeDef, source, reading).attr) ?? []) {
      attrs[name] ??= readAttr(proto) ?? { kind: 'string', value: new TextEncoder().encode('<unreadable>') };
    }
    for (const [name, value] of defaults) attrs[name] ??= value;
    return attrs;
  }

  libraryText(): string {
    return printText(FunctionDefLibrary, this.graphDef.library ?? {});
  }

  instantiate(name: string, attrs: Attrs): FunctionData | undefined {
    const proto = this.functions.get(name);
    if (proto === undefined) return undefined;
    const key = `${name}[${attrsText(attrs)}]`;
    let instance = this.instances.get(key);
    if (instance === undefined) {
      instance = this.readFunction(name, proto, attrs);
      this.instances.set(key, instance);
    }
    return instance;
  }

  /** A function's arguments and results; its body is not looked at, as it may call the function itself. */
  private callTypes(
    name: string,
    attrs: Attrs,
  ): { readonly args: readonly ExpandedArg[]; readonly results: readonly ExpandedArg[] } | undefined {
    const signature = this.functions.get(name)?.signature;
    return signature === undefined
      ? undefined
      : {
          args: (signature.inputArg ?? []).flatMap((arg) => expandArg(name, arg, attrs)),
          results: (signature.outputArg ?? []).flatMap((arg) => expandArg(name, arg, attrs)),
        };
  }

  /** A node of a graph or body; `bound` replaces placeholder attributes. */
  readNode(proto: NodeDef, readInput: ReadInput, bound: Attrs, source: object): ReadNode {
    const { name = '', op = '', device = '' } = proto;
    const attrs: Record<string, AttrValue> = {};
    for (const [key, value] of proto.attr ?? []) {
      const attr = value.placeholder !== undefined ? bound[value.placeholder] : isNeeded(value) ? this.sharedAttr(value) : undefined;
      if (attr !== undefined) attrs[key] = attr;
    }
    let inputs: Endpoint[] | undefined;
    let controls: string[] | undefined;
    for (const text of proto.input ?? []) {
      if (text.startsWith('^')) (controls ??= []).push(text.slice(1));
      else (inputs ??= []).push(readInput(text));
    }
    const node: ReadNode = { name, op, device, attrs, outputs: noOutputs, inputs: inputs ?? noInputs, controls: controls ?? noControls, source };
    if (this.signature(op) === undefined && !this.functions.has(op)) throw unknownOp(node, this.functions.keys());
    return node;
  }

  /** Most attributes are types, of which there are few. */
  private sharedAttr(value: AttrValueProto): AttrValue | undefined {
    const { type } = value;
    if (type === undefined) return readAttr(value);
    let attr = this.typeAttrs.get(type);
    if (attr === undefined && (attr = readAttr(value)) !== undefined) this.typeAttrs.set(type, attr);
    return attr;
  }

  /** Type attributes that a node leaves out are those of what it takes in, where that stands before it. */
  completeTypes(nodes: readonly NodeData[]): readonly NodeData[] {
    if (!nodes.some((node) => this.lacksTypes(node))) return nodes;
    const done = new Map<string, NodeData>();
    return nodes.map((node) => {
      const completed = this.lacksTypes(node) ? this.withInferredTypes(node, done) : node;
      done.set(node.name, completed);
      return completed;
    });
  }

  private lacksTypes(node: NodeData): boolean {
    return this.signature(node.op)?.inputs.some((arg) => arg.typeAttr !== undefined && this.typeOf(node, arg.typeAttr) === undefined) === true;
  }

  private typeOf(node: NodeData, attr: string): AttrValue | undefined {
    const signature = this.signature(node.op);
    return signature === undefined ? undefined : attrOrDefault(node.attrs, signature, attr);
  }

  private withInferredTypes(node: NodeData, done: ReadonlyMap<string, NodeData>): NodeData {
    const signature = this.signature(node.op);
    if (signature === undefined) return node;
    const attrs: Record<string, AttrValue> = { ...node.attrs };
    let at = 0;
    for (const arg of signature.inputs) {
      const endpoint = node.inputs[at];
      const source = endpoint === undefined ? undefined : done.get(endpoint.node);
      const dtype = source === undefined ? undefined : this.outputTypes(source)[endpoint?.index ?? 0]?.dtype;
      if (arg.typeAttr !== undefined && dtype !== undefined && attrOrDefault(attrs, signature, arg.typeAttr) === undefined) {
        attrs[arg.typeAttr] = { kind: 'type', value: dtype };
      }
      at += argCount(arg, attrs, signature);
    }
    return { ...node, attrs };
  }

  private readFunction(name: string, proto: FunctionDef, attrs: Attrs): FunctionData {
    const { args, results } = this.callTypes(name, attrs) ?? { args: [], results: [] };
    const argNodes = args.map(
      ({ name: argName, dtype }, index): NodeData => ({
        name: argName,
        op: '_Arg',
        inputs: [],
        controls: [],
        device: '',
        outputs: [dtype],
        attrs: { T: { kind: 'type', value: dtype }, index: { kind: 'int', value: index } },
      }),
    );
    const readInput = this.inputsOf(proto, new Set(args.map((arg) => arg.name)));
    const body = this.completeTypes((proto.nodeDef ?? []).map((node) => this.readNode(node, readInput, attrs, node)));
    return {
      name,
      args,
      results: results.map(({ name: result, dtype, output, at }) => {
        const from = proto.ret?.get(output);
        if (from === undefined) throw new InvalidArgumentError(`Function '${name}': output '${output}' is not in 'ret'.`);
        const endpoint = readInput(from);
        return { name: result, dtype, from: { node: endpoint.node, index: endpoint.index + at } };
      }),
      controlResults: [...(proto.controlRet ?? new Map<string, string>()).values()],
      nodes: new Map([...argNodes, ...body].map((node) => [node.name, node])),
      isStateful: proto.signature?.isStateful ?? false,
      attrs: {},
    };
  }

  /** Inputs inside a function name an argument, or an output of a node by its name in the signature. */
  private inputsOf(proto: FunctionDef, args: ReadonlySet<string>): ReadInput {
    const nodes = new Map((proto.nodeDef ?? []).map((node) => [node.name ?? '', node]));
    return (text) => {
      const [node = '', output, index = '0'] = text.split(':');
      const producer = nodes.get(node);
      if (producer === undefined) {
        // An argument; of a list argument, the one that is counted.
        return { node: args.has(node) ? node : `${node}_${output ?? '0'}`, index: 0 };
      }
      if (output === undefined) return { node, index: 0 };
      return { node, index: this.outputOffset(producer, output) + Number(index) };
    };
  }

  /** Where a named output begins among the flattened ones. */
  private outputOffset(proto: NodeDef, output: string): number {
    const signature = this.signature(proto.op ?? '');
    const attrs: Record<string, AttrValue> = {};
    for (const [key, value] of proto.attr ?? []) {
      const attr = isNeeded(value) ? readAttr(value) : undefined;
      if (attr !== undefined) attrs[key] = attr;
    }
    let offset = 0;
    if (signature === undefined) {
      const outputs = this.functions.get(proto.op ?? '')?.signature?.outputArg ?? [];
      return Math.max(
        0,
        outputs.findIndex((arg) => arg.name === output),
      );
    }
    for (const arg of signature.outputs) {
      if (arg.name === output) return offset;
      offset += argCount(arg, attrs, signature);
    }
    throw new InvalidArgumentError(
      `Node '${proto.name ?? ''}' (${proto.op ?? ''}) has no output '${output}'. Expected one of: ` +
        `${signature.outputs.map((arg: ArgDef) => arg.name).join(', ')}.`,
    );
  }
}

const noInputs: readonly Endpoint[] = [];
const noControls: readonly string[] = [];
const noOutputs: readonly DType[] = [];

/** Kinds of attributes that placement may turn on. */
function isNeeded(proto: AttrValueProto): boolean {
  return (
    proto.type !== undefined ||
    proto.i !== undefined ||
    proto.func !== undefined ||
    (proto.list !== undefined && (proto.list.tensor?.length ?? 0) === 0 && (proto.list.shape?.length ?? 0) === 0)
  );
}

/** The attribute, or undefined for one that makes no sense. */
function readAttr(proto: AttrValueProto): AttrValue | undefined {
  try {
    return attrFromProto(proto, '');
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined;
    throw error;
  }
}

interface ExpandedArg {
  readonly name: string;
  readonly dtype: DType;
  /** The argument that it is one of, and which. */
  readonly output: string;
  readonly at: number;
}

/** An argument or result of a function, one entry per tensor. */
function expandArg(owner: string, arg: OpDef_ArgDef, attrs: Attrs): ExpandedArg[] {
  const name = arg.name ?? '';
  const what = `function '${owner}', argument '${name}'`;
  const list = arg.typeListAttr === undefined ? undefined : attrs[arg.typeListAttr];
  const number = arg.numberAttr === undefined ? undefined : attrs[arg.numberAttr];
  const type = arg.typeAttr === undefined ? undefined : attrs[arg.typeAttr];
  if (list?.kind === 'list' && list.of === 'type') {
    const types = list.value;
    return types.map((dtype, at) => ({ name: types.length > 1 ? `${name}_${at}` : name, dtype, output: name, at }));
  }
  const dtype =
    arg.type !== undefined && arg.type !== 'DT_INVALID' ? dtypeFromProto(arg.type, what) : type?.kind === 'type' ? type.value : undefined;
  if (dtype === undefined)
    throw new InvalidArgumentError(`${what}: its type is not known. Expected a type, or an attribute of the call that gives it.`);
  const count = number?.kind === 'int' ? Math.min(Number(number.value), longestList) : 1;
  return Array.from({ length: count }, (_, at) => ({ name: count > 1 ? `${name}_${at}` : name, dtype, output: name, at }));
}
