/** The nodes of a GraphDef as operations: names, inputs, attributes, loops, devices, colocation. */
import { dtypeInfo } from '../dtypes.js';
import { ResourceExhaustedError, UnimplementedError, ValueError } from '../errors.js';
import { argCounts, flattenArgs } from '../ops/argTypes.js';
import type { OpDefinition } from '../ops/opDef.js';
import { attrFromProto } from '../proto/attrValue.js';
import type { OpDef } from '../proto/generated/opDef.js';
import type { GraphDefData, VersionsData } from '../proto/graphDefData.js';
import { scopesOf } from '../state/graphScopes.js';
import type { Attrs, AttrValue } from './attrs.js';
import { completeAttrs, type ProducerDefault } from './checkAttrs.js';
import { captureStack } from './definedAt.js';
import type { FindDefinition } from './functionDefs.js';
import type { Graph } from './graph.js';
import { applyImportDevices } from './importDevices.js';
import { importOrder, indexNodes, isLoopEdge, type IndexedNode } from './importOrder.js';
import { outputShapes, takeShapes } from './importShapes.js';
import { tensorKey, type InputText } from './inputText.js';
import { classNames, type Operation } from './operation.js';
import { controlInputsFor } from './scopes.js';
import { Tensor } from './tensor.js';

/** How to import. */
export interface NodeImport {
  /** Empty or ending in `/`. */
  readonly prefix: string;
  /** `name:k` → tensor, `^name` → operation. */
  readonly inputMap: ReadonlyMap<string, Tensor | Operation>;
  readonly functions: FindDefinition;
  readonly producerOps: ReadonlyMap<string, OpDef>;
}

/** A node that is checked and ready to be made. */
interface ReadyNode {
  readonly node: IndexedNode;
  readonly definition: OpDefinition;
  readonly attrs: Attrs;
  readonly name: string;
}

export class NodeImporter {
  /** Operations by the name in the file. */
  readonly #made = new Map<string, Operation>();
  readonly #producerDefault: ProducerDefault;
  readonly #stack = captureStack();
  /** What the graph's names begin with, up to a slash: no node has such a name, as in TensorFlow. */
  readonly #prefixes: ReadonlySet<string>;
  #outputs = 0;

  constructor(
    private readonly graph: Graph,
    private readonly options: NodeImport,
  ) {
    this.#prefixes = prefixesOf(graph.operationsByName.keys());
    this.#producerDefault = (op, attr) => producerDefault(options.producerOps, op, attr);
  }

  /** Makes all nodes; gives the elements with these names. */
  import(data: GraphDefData, returned: readonly string[]): (Operation | Tensor)[] {
    const nodes = indexNodes(data.nodes);
    for (const node of nodes.values()) this.checkInputNames(nodes, node);
    const ready = this.prepare(nodes, data.versions);
    const order = importOrder(nodes, (_, name, index) => !this.isMapped(name, index));
    this.checkMappedNames(nodes, ready);
    this.checkReturned(nodes, ready, returned);
    const loops: { readonly op: Operation; readonly index: number; readonly input: InputText }[] = [];
    for (const node of order) {
      const { op, loopInputs } = this.make(nodes, ready.get(node.def.name)!);
      for (const index of loopInputs) loops.push({ op, index, input: node.inputs[index]! });
    }
    for (const { op, index, input } of loops) op.closeLoop(index, this.loopTensor(op, index, input));
    this.finish(ready);
    return returned.map((name) => this.element(name));
  }

  private isMapped(name: string, index: number): boolean {
    return this.options.inputMap.has(index === -1 ? `^${name}` : `${name}:${index}`);
  }

  private checkInputNames(nodes: ReadonlyMap<string, IndexedNode>, node: IndexedNode): void {
    node.def.input.forEach((text, i) => {
      const input = node.inputs[i] ?? { node: node.controls[i - node.inputs.length]!, index: -1 };
      const { index } = input;
      if (!nodes.has(input.node) && !this.isMapped(input.node, index)) {
        throw new ValueError(`Node '${node.def.name}': Unknown input node '${text}'`);
      }
    });
    for (const group of classNames(node.def.attr)) {
      if (group.startsWith('loc:@') && !nodes.has(group.slice(5))) {
        throw new ValueError(`Node '${node.def.name}' expects to be colocated with unknown node '${group.slice(5)}'`);
      }
    }
  }

  /** Finds definitions, completes attributes, chooses names. */
  private prepare(nodes: ReadonlyMap<string, IndexedNode>, versions: VersionsData): Map<string, ReadyNode> {
    const ready = new Map<string, ReadyNode>();
    for (const [name, node] of nodes) {
      const definition = this.options.functions(node.def.op, name);
      if (definition.deprecatedAt !== undefined && versions.producer >= definition.deprecatedAt) {
        throw new UnimplementedError(
          `Op ${node.def.op} is not available in GraphDef version ${versions.producer}. It has been removed in version ` +
            `${definition.deprecatedAt}.\n\t [[{{node ${name}}}]]`,
          { node: name, op: node.def.op },
        );
      }
      const { [outputShapes]: _shapes, ...given } = node.def.attr;
      const attrs = completeAttrs(given, definition, name, this.#producerDefault);
      ready.set(name, { node, definition, attrs, name: this.newName(name, nodes) });
    }
    return ready;
  }

  /** The node's name in the graph: prefixed, and made unique among the graph's and the file's. */
  private newName(name: string, nodes: ReadonlyMap<string, IndexedNode>): string {
    const { prefix } = this.options;
    const taken = this.graph.operationsByName;
    let unique = prefix + name;
    for (let count = 1; taken.has(unique) || this.#prefixes.has(unique) || (count > 1 && nodes.has(unique.slice(prefix.length))); count++)
      unique = `${prefix}${name}_${count}`;
    return unique;
  }

  private make(
    nodes: ReadonlyMap<string, IndexedNode>,
    { node, definition, attrs, name }: ReadyNode,
  ): { op: Operation; loopInputs: ReadonlySet<number> } {
    const { def } = node;
    this.checkCounts(node, definition, attrs);
    const expected = flattenArgs(definition.inputs, attrs, `${def.op} '${def.name}'`);
    const loopInputs = new Set<number>();
    const sources = node.inputs.map((input, i) => {
      if (!this.isMapped(input.node, input.index) && isLoopEdge(nodes, node, input)) {
        loopInputs.add(i);
        return undefined;
      }
      return this.source(def.name, input);
    });
    if (expected.length !== sources.length) {
      throw new ValueError(
        `NodeDef expected inputs '${expected.map((arg) => dtypeInfo[arg.dtype].tfName + (arg.isRef ? '_ref' : '')).join(', ')}' ` +
          `do not match ${sources.length} inputs specified; NodeDef: {{node ${name}}}; Op<name=${def.op}>`,
      );
    }
    const standIn = sources.find((tensor) => tensor !== undefined);
    const inputs = sources.map((tensor, i) => {
      if (tensor === undefined && standIn === undefined) {
        throw new ValueError(`Node '${def.name}': all inputs close loops; expected one that enters the loop.`);
      }
      const input = tensor ?? standIn!;
      if (tensor !== undefined) checkType(tensor, expected[i]!, i, name);
      return input;
    });
    const controls = this.controls(node);
    const op = this.graph.addOperation({ definition, inputs, attrs, name, controls, device: def.device, loopInputs, stack: this.#stack });
    takeShapes(op, def.attr[outputShapes]);
    this.#made.set(def.name, op);
    return { op, loopInputs };
  }

  /** Made-up counts are refused before anything of that size is made. */
  private checkCounts({ def, inputs }: IndexedNode, definition: OpDefinition, attrs: Attrs): void {
    const total = (args: OpDefinition['inputs']): number =>
      argCounts(args, attrs, `${def.op} '${def.name}'`).reduce((sum, count) => sum + count, 0);
    const expected = total(definition.inputs);
    if (expected > inputs.length + manyInputs) {
      throw new ValueError(
        `NodeDef expected ${expected} inputs, which do not match ${inputs.length} inputs specified; NodeDef: {{node ${def.name}}}; Op<name=${def.op}>`,
      );
    }
    this.#outputs += total(definition.outputs);
    if (this.#outputs > maxOutputs) {
      throw new ResourceExhaustedError(
        `The graph has more than ${maxOutputs} outputs at node '${def.name}' (${def.op}). A count among its attributes is wrong.`,
        { node: def.name, op: def.op },
      );
    }
  }

  private source(consumer: string, { node, index }: InputText): Tensor {
    const mapped = this.options.inputMap.get(`${node}:${index}`);
    if (mapped instanceof Tensor) return mapped;
    const op = this.#made.get(node)!;
    const tensor = op.outputs[index];
    if (tensor === undefined) {
      throw new ValueError(
        `Node '${consumer}': Connecting to invalid output ${index} of source node ${node} which has ${op.outputs.length} outputs`,
      );
    }
    return tensor;
  }

  private controls(node: IndexedNode): Operation[] {
    return node.controls.map((name) => {
      const mapped = this.options.inputMap.get(`^${name}`);
      return mapped === undefined || mapped instanceof Tensor ? this.#made.get(name)! : mapped;
    });
  }

  private loopTensor(op: Operation, index: number, input: InputText): Tensor {
    const tensor = this.source(op.name, input);
    const expected = flattenArgs(op.definition.inputs, op.attrs, op.type);
    checkType(tensor, expected[index]!, index, op.name);
    return tensor;
  }

  /** Devices, colocation and the control inputs of open scopes, once all nodes are there. */
  private finish(ready: ReadonlyMap<string, ReadyNode>): void {
    const scopes = scopesOf(this.graph);
    const operations = [...this.#made.values()];
    for (const op of operations) {
      const groups = classNames(op.attrs);
      if (groups.some((group) => group.startsWith('loc:@'))) {
        const renamed = groups.map((group) =>
          group.startsWith('loc:@') ? `loc:@${ready.get(group.slice(5))?.name ?? group.slice(5)}` : group,
        );
        op.setAttr('_class', { kind: 'list', of: 'string', value: renamed.map((group) => utf8.encode(group)) });
      }
      if (scopes.controls !== undefined) {
        op.addControlInputs(controlInputsFor(new Set(op.inputs.map((tensor) => tensor.op)), scopes.controls));
      }
    }
    applyImportDevices(this.graph, operations, scopes.devices);
  }

  /** Keys of the input map that name nothing in the file. */
  private checkMappedNames(nodes: ReadonlyMap<string, IndexedNode>, ready: ReadonlyMap<string, ReadyNode>): void {
    const wanted = new Set<string>();
    for (const node of nodes.values()) {
      for (const input of node.inputs) wanted.add(`${input.node}:${input.index}`);
      for (const control of node.controls) wanted.add(`^${control}`);
    }
    const missing = [...this.options.inputMap.keys()].filter((key) => {
      if (wanted.has(key)) return false;
      if (key.startsWith('^')) return !nodes.has(key.slice(1));
      const colon = key.lastIndexOf(':');
      const node = ready.get(key.slice(0, colon));
      return node === undefined || Number(key.slice(colon + 1)) >= outputCount(node);
    });
    if (missing.length > 0) throw new ValueError(`Attempted to map inputs that were not found in graph_def: [${missing.join(', ')}]`);
  }

  private checkReturned(nodes: ReadonlyMap<string, IndexedNode>, ready: ReadonlyMap<string, ReadyNode>, returned: readonly string[]): void {
    for (const name of returned) {
      if (!name.includes(':')) {
        if (!nodes.has(name)) throw new ValueError(`Requested return node '${name}' not found in graph def`);
        continue;
      }
      const key = tensorKey(name);
      if (this.options.inputMap.has(key)) continue;
      const [node = '', index] = key.split(':');
      const known = ready.get(node);
      if (known === undefined) throw new ValueError(`Requested return tensor '${key}' not found in graph def`);
      const count = outputCount(known);
      if (Number(index) >= count) throw new ValueError(`Invalid return output ${index} of node '${node}', which has ${count} output(s)`);
    }
  }

  private element(name: string): Operation | Tensor {
    if (!name.includes(':')) return this.#made.get(name)!;
    const key = tensorKey(name);
    const [node = '', index] = key.split(':');
    return this.options.inputMap.get(key) ?? this.#made.get(node)!.outputs[Number(index)]!;
  }
}

const utf8 = new TextEncoder();
/** Up to so many missing inputs are listed by type. */
const manyInputs = 100;
/** Far more than any real graph has; a tensor takes some hundred bytes. */
const maxOutputs = 4_000_000;

function outputCount({ definition, attrs }: ReadyNode): number {
  return flattenArgs(definition.outputs, attrs, definition.type).length;
}

function checkType(
  tensor: Tensor,
  expected: { readonly dtype: Tensor['dtype']; readonly isRef: boolean },
  index: number,
  node: string,
): void {
  if (tensor.dtype === expected.dtype && (tensor.isRef || !expected.isRef)) return;
  const name = (dtype: Tensor['dtype'], isRef: boolean): string => dtypeInfo[dtype].tfName + (isRef ? '_ref' : '');
  throw new ValueError(
    `Input ${index} of node ${node} was passed ${name(tensor.dtype, tensor.isRef)} from ${tensor.name} ` +
      `incompatible with expected ${name(expected.dtype, expected.isRef)}.`,
  );
}

function producerDefault(ops: ReadonlyMap<string, OpDef>, op: string, attr: string): AttrValue | undefined {
  const value = ops.get(op)?.attr?.find((def) => def.name === attr)?.defaultValue;
  return value === undefined ? undefined : attrFromProto(value, `${op}: default of attribute '${attr}'`);
}

/** `a` and `a/b` of `a/b/c`. */
function prefixesOf(names: Iterable<string>): Set<string> {
  const prefixes = new Set<string>();
  for (const name of names) {
    for (let end = name.lastIndexOf('/'); end > 0 && !prefixes.has(name.slice(0, end)); end = name.lastIndexOf('/', end - 1)) prefixes.add(name.slice(0, end));
  }
  return prefixes;
}
