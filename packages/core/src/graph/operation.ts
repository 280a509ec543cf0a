/** A node of a graph under construction. */
import { inspectCustom } from '../inspect.js';
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { OpDefinition } from '../ops/opDef.js';
import { evaluate, type EvalOptions } from '../state/defaultSession.js';
import type { NodeDef } from '../proto/index.js';
import { nodeToProto } from '../proto/graphDef.js';
import type { Attrs, AttrValue } from './attrs.js';
import type { ControlFlowContext } from './controlFlow.js';
import { captureStack, definedAt, traceback, type SourcePlace, type StackHolder } from './definedAt.js';
import { nodeDef } from './exportGraphDef.js';
import type { Graph } from './graph.js';
import type { NodeData } from './graphData.js';
import type { Scopes } from './scopes.js';
import { Tensor } from './tensor.js';

const utf8 = new TextDecoder();

/** What an operation is made of. */
export interface OperationParts {
  readonly graph: Graph;
  readonly id: number;
  readonly name: string;
  readonly definition: OpDefinition;
  readonly inputs: readonly Tensor[];
  readonly attrs: Attrs;
  readonly outputs: readonly { readonly dtype: DType; readonly isRef: boolean }[];
  /** Where the program made it; by default here. An import gives one for all that it makes. */
  readonly stack?: StackHolder | undefined;
}

/** One operation: made by an op function or an import, never changed in what it computes. */
export class Operation {
  readonly graph: Graph;
  /** Its number in the graph, from 1. */
  readonly id: number;
  readonly name: string;
  readonly definition: OpDefinition;
  readonly outputs: readonly Tensor[];
  readonly #inputs: Tensor[];
  #controlInputs: readonly Operation[] = [];
  #attrs: Attrs;
  #device = '';
  #data: NodeData | undefined;
  readonly #stack: StackHolder;
  #scopes: Scopes | undefined;
  #controlFlow: ControlFlowContext | undefined;

  /** Called by the graph, which also registers the operation with its inputs. */
  constructor(parts: OperationParts) {
    this.graph = parts.graph;
    this.id = parts.id;
    this.name = parts.name;
    this.definition = parts.definition;
    this.#inputs = [...parts.inputs];
    this.#attrs = parts.attrs;
    this.outputs = parts.outputs.map(({ dtype, isRef }, index) => new Tensor(this, index, dtype, isRef));
    this.#stack = parts.stack ?? captureStack();
  }

  /** The op type: `MatMul`. */
  get type(): string {
    return this.definition.type;
  }

  /** Data inputs, flattened over list arguments. */
  get inputs(): readonly Tensor[] {
    return this.#inputs;
  }

  /** Operations that must have run before this one, beside its data inputs. */
  get controlInputs(): readonly Operation[] {
    return this.#controlInputs;
  }

  /** The device asked for: a name, possibly partial, or empty. */
  get device(): string {
    return this.#device;
  }

  /** All attributes, defaults included. */
  get attrs(): Attrs {
    return this.#attrs;
  }

  /** An attribute's plain value (strings are bytes, lists arrays). ValueError when there is none of this name. */
  getAttr(name: string): AttrValue['value'] {
    const attr = Object.hasOwn(this.#attrs, name) ? this.#attrs[name] : undefined;
    if (attr === undefined) throw new ValueError(`Operation '${this.name}' has no attr named '${name}'.`);
    return attr.value;
  }

  /** The groups that are placed together with this operation: `loc:@` names, its own when it names none. */
  get colocationGroups(): readonly string[] {
    const own = classNames(this.#attrs).filter((group) => group.startsWith('loc:@'));
    return own.length > 0 ? own : [`loc:@${this.name}`];
  }

  /** This operation as plain data; the same object until something about it changes. */
  get data(): NodeData {
    return (this.#data ??= {
      name: this.name,
      op: this.type,
      inputs: this.#inputs.map((tensor) => ({ node: tensor.op.name, index: tensor.index })),
      controls: this.#controlInputs.map((op) => op.name),
      device: this.#device,
      attrs: this.#attrs,
      outputs: this.outputs.map((tensor) => tensor.dtype),
    });
  }

  /** This operation as a NodeDef message. */
  get nodeDef(): NodeDef {
    return nodeToProto(nodeDef(this));
  }

  /** The calls that made this operation, innermost first, without the library's own: `at main (file:///app/main.ts:12:9)`. */
  get traceback(): readonly string[] {
    return traceback(this.#stack);
  }

  /** Where the program made it; undefined where the engine does not tell. */
  get definedAt(): SourcePlace | undefined {
    return definedAt(this.#stack);
  }

  /** The scopes that were open at its making, for error texts; an imported operation has none. */
  get scopes(): Scopes | undefined {
    return this.#scopes;
  }

  /** The branch or loop that it was made in; an Enter, a Switch that leads into one, or an Exit may belong to it, too. */
  get controlFlow(): ControlFlowContext | undefined {
    return this.#controlFlow;
  }

  /** Runs this operation in the given session, else in the default one. ValueError when there is none, or it has another graph. */
  async run(options: EvalOptions = {}): Promise<void> {
    await evaluate(this, 'operation', options);
  }

  [inspectCustom](): string {
    return this.toString();
  }

  toString(): string {
    return `<Operation '${this.name}' type=${this.type}>`;
  }

  /** For the graph. */
  noteScopes(scopes: Scopes): void {
    this.#scopes = scopes;
  }

  /** For the graph's scopes and importers: sets the requested device. */
  setDevice(device: string): void {
    this.#device = device;
    this.forgetData();
  }

  /** For the graph's scopes and importers: sets one attribute (`_class`, `container`). */
  setAttr(name: string, value: AttrValue): void {
    this.#attrs = { ...this.#attrs, [name]: value };
    this.forgetData();
  }

  /** For the graph: adds operations to run first, each once. */
  addControlInputs(ops: Iterable<Operation>): void {
    this.#controlInputs = [...new Set([...this.#controlInputs, ...ops])];
    this.forgetData();
  }

  /** For control flow contexts: these and no others are to run first. */
  setControlInputs(ops: readonly Operation[]): void {
    this.#controlInputs = ops;
    this.forgetData();
  }

  /** For the graph and for control flow contexts. */
  setControlFlow(context: ControlFlowContext | undefined): void {
    this.#controlFlow = context;
  }

  /** For control flow contexts: input `index` becomes what stands for it inside, of the same dtype. */
  replaceInput(index: number, tensor: Tensor): void {
    this.#inputs[index]?.dropConsumer(this);
    this.closeLoop(index, tensor);
  }

  /** For importers, which close loops after their nodes exist: input `index` becomes `tensor`. */
  closeLoop(index: number, tensor: Tensor): void {
    this.#inputs[index] = tensor;
    this.forgetData();
    tensor.addConsumer(this);
  }

  /** Data that was read already is data that somebody planned by: the graph must tell them. */
  private forgetData(): void {
    if (this.#data !== undefined) this.graph.noteEdit();
    this.#data = undefined;
  }
}

/** The strings of the `_class` attribute. */
export function classNames(attrs: Attrs): readonly string[] {
  const attr = attrs['_class'];
  if (attr?.kind === 'list' && attr.of === 'string') return attr.value.map((bytes) => utf8.decode(bytes));
  return attr?.kind === 'string' ? [utf8.decode(attr.value)] : [];
}
