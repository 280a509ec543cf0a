/**
 * The graph that a program builds: operations with unique names, the scopes around their making, collections, functions. Sessions read it as
 * plain data (`toGraphData`, `since`).
 */
import { RuntimeError, ValueError } from '../errors.js';
import { flattenArgs } from '../ops/argTypes.js';
import type { OpDefinition } from '../ops/opDef.js';
import type { FunctionDefData, GraphDefData } from '../proto/graphDefData.js';
import type { PartialShape } from '../shape.js';
import { enterDefaultGraph, withDefaultGraph } from '../state/defaultGraph.js';
import { scopesOf } from '../state/graphScopes.js';
import type { Attrs } from './attrs.js';
import { Collections } from './collections.js';
import type { StackHolder } from './definedAt.js';
import { checkInputContext } from './controlFlow.js';
import { findElement, typeName, type ElementKinds } from './elements.js';
import { exportGraphDef, type ExportOptions } from './exportGraphDef.js';
import type { FunctionData, GraphData, NodeData } from './graphData.js';
import { checkOperationName, Names } from './names.js';
import { Operation } from './operation.js';
import { ScopedGraph } from './scopedGraph.js';
import { applyColocation, applyDevices, controlInputsFor, entries } from './scopes.js';
import { inferShapes } from './shapeInference.js';
import { Tensor } from './tensor.js';

/** What a new operation is made of; scopes add name prefix, device, colocation, control inputs and container. */
export interface OperationRequest {
  readonly definition: OpDefinition;
  /** Data inputs, flattened over list arguments. */
  readonly inputs: readonly Tensor[];
  /** Complete attributes: defaults filled in. */
  readonly attrs: Attrs;
  /** The wish for a name; by default the op type. One that ends in `/` is taken as it is, without the slash. */
  readonly name?: string | undefined;
}

/** What an importer adds: everything is said, no scope is asked. */
export interface ExactOperation extends OperationRequest {
  readonly name: string;
  readonly controls: readonly Operation[];
  readonly device: string;
  /** Inputs that close loops: they stand in until `closeLoop`, and nothing is known of their shapes. */
  readonly loopInputs?: ReadonlySet<number>;
  /** Where the program called the importer. */
  readonly stack?: StackHolder;
}

/** Which versions of the format a graph needs and was made by. */
export interface GraphVersions {
  readonly producer: number;
  readonly minConsumer: number;
  readonly badConsumers: readonly number[];
}

/** The GraphDef version that this implementation stands for: that of TensorFlow 2.21's op registry, which the op definitions follow. */
export const currentGraphVersion = 2474;

/** A dataflow graph under construction. Names, scopes and texts are TensorFlow 1's `tf.Graph`. */
export class Graph extends ScopedGraph {
  readonly #operations: Operation[] = [];
  readonly #byName = new Map<string, Operation>();
  readonly #names = new Names();
  readonly #collections = new Collections();
  readonly #functions = new Map<string, FunctionData>();
  readonly #functionDefs = new Map<string, FunctionDefData>();
  readonly #unfeedable = new Set<Operation>();
  readonly #unfetchable = new Set<Operation>();
  /** The seed that random ops derive theirs from; null: results differ from run to run. */
  seed: number | null = null;
  #versions: GraphVersions = { producer: currentGraphVersion, minConsumer: 0, badConsumers: [] };
  #isFinalized = false;
  #edits = 0;
  #data: { readonly data: GraphData; readonly version: number; readonly edits: number } | undefined;

  // ---- reading ----------------------------------------------------------------------------------------------------------------

  /** The highest operation id; 0 when the graph is empty. It grows with every operation. */
  get version(): number {
    return this.#operations.length;
  }

  /** Grows when something about existing operations or functions changes: a plan made before is for another graph. */
  get edits(): number {
    return this.#edits;
  }

  /** Which versions of the GraphDef format it needs and was made by. */
  get graphDefVersions(): GraphVersions {
    return this.#versions;
  }

  /** Whether nothing can be added any more. */
  get finalized(): boolean {
    return this.#isFinalized;
  }

  /** Operations by name, in the order of their making. */
  get operationsByName(): ReadonlyMap<string, Operation> {
    return this.#byName;
  }

  /** The function library by name. */
  get functions(): ReadonlyMap<string, FunctionData> {
    return this.#functions;
  }

  /** The library as it was imported, for export. */
  get functionDefs(): ReadonlyMap<string, FunctionDefData> {
    return this.#functionDefs;
  }

  /** All operations in the order of their making. */
  getOperations(): Operation[] {
    return [...this.#operations];
  }

  /** KeyError when there is none, ValueError for a tensor's name, TypeError for what is no string. */
  getOperationByName(name: string): Operation {
    if (typeof name !== 'string') throw new TypeError(`Operation names are strings (or similar), not ${typeName(name)}.`);
    return this.asGraphElement(name, { allowTensor: false }) as Operation;
  }

  /** The tensor called `operation:index`. KeyError when there is none, ValueError for another form, TypeError for what is no string. */
  getTensorByName(name: string): Tensor {
    if (typeof name !== 'string') throw new TypeError(`Tensor names are strings (or similar), not ${typeName(name)}.`);
    return this.asGraphElement(name, { allowOperation: false }) as Tensor;
  }

  /** The element that an object or a name stands for; errors as `findElement` says. */
  asGraphElement(element: unknown, kinds: ElementKinds = {}): Tensor | Operation {
    return findElement(this, element, kinds);
  }

  /** The whole graph as plain data. The same object until the graph changes. */
  toGraphData(): GraphData {
    if (this.#data?.version !== this.version || this.#data.edits !== this.#edits) {
      const nodes = new Map<string, NodeData>();
      for (const op of this.#operations) nodes.set(op.name, op.data);
      this.#data = { data: { nodes, library: new Map(this.#functions) }, version: this.version, edits: this.#edits };
    }
    return this.#data.data;
  }

  /** The nodes made after the graph had this version: what a session that read it then lacks. */
  since(version: number): readonly NodeData[] {
    return this.#operations.slice(version).map((op) => op.data);
  }

  // ---- building ---------------------------------------------------------------------------------------------------------------

  /** Adds an operation inside the open scopes. Errors of shapes and names are ValueErrors. */
  createOperation(request: OperationRequest): Operation {
    this.checkNotFinalized();
    const { definition } = request;
    const scopes = scopesOf(this);
    const asked = request.name ?? definition.type;
    checkOperationName(asked.endsWith('/') ? asked : scopes.prefix + asked);
    const name = asked.endsWith('/') ? asked.slice(0, -1) : this.uniqueName(asked);
    const op = this.make(request, name);
    const inputOps = new Set(request.inputs.map((tensor) => tensor.op));
    op.addControlInputs(controlInputsFor(inputOps, scopes.controls));
    op.noteScopes(scopes);
    applyDevices(op, scopes.devices);
    applyColocation(op, scopes.colocation);
    this.applyContainer(op, scopes.container);
    op.setControlFlow(scopes.controlFlow);
    for (const input of inputOps) checkInputContext(op, input);
    this.register(op);
    for (const scope of entries(scopes.controls)) scope.add(op);
    scopes.controlFlow?.addOperation(op);
    return op;
  }

  /** For importers, which check names: adds an operation exactly as given. */
  addOperation(exact: ExactOperation): Operation {
    this.checkNotFinalized();
    const op = this.make(exact, exact.name, exact.loopInputs, exact.stack);
    op.addControlInputs(exact.controls);
    if (exact.device !== '') op.setDevice(exact.device);
    this.register(op, exact.loopInputs);
    return op;
  }

  /** For importers: what `fn` adds is taken back when it throws (names stay taken). */
  allOrNothing<R>(fn: () => R): R {
    const version = this.version;
    const functions = this.#functions.size;
    try {
      return fn();
    } catch (error) {
      for (const op of this.#operations.splice(version)) {
        this.#byName.delete(op.name);
        for (const tensor of op.inputs) tensor.dropConsumers(version);
      }
      for (const name of [...this.#functions.keys()].slice(functions)) {
        this.#functions.delete(name);
        this.#functionDefs.delete(name);
      }
      throw error;
    }
  }

  private make(request: OperationRequest, name: string, loopInputs?: ReadonlySet<number>, stack?: StackHolder): Operation {
    if (this.#byName.has(name)) throw new ValueError(`Duplicate node name in graph: '${name}'`);
    for (const tensor of request.inputs) {
      if (tensor.graph !== this) throw new ValueError(`Tensor ${tensor.toString()} is not an element of this graph.`);
    }
    const { definition, inputs, attrs } = request;
    const outputs = flattenArgs(definition.outputs, attrs, definition.type);
    const op = new Operation({ graph: this, id: this.#operations.length + 1, name, definition, inputs, attrs, outputs, stack });
    const shapes: readonly PartialShape[] = inferShapes(op, loopInputs);
    op.outputs.forEach((tensor, index) => tensor.setShape(shapes[index] ?? null));
    return op;
  }

  private register(op: Operation, loopInputs?: ReadonlySet<number>): void {
    this.#operations.push(op);
    this.#byName.set(op.name, op);
    this.#names.take(op.name);
    op.inputs.forEach((tensor, index) => {
      if (loopInputs?.has(index) !== true) tensor.addConsumer(op);
    });
  }

  private applyContainer(op: Operation, container: string): void {
    if (container === '' || !op.definition.isStateful) return;
    const own = op.attrs['container'];
    if (own?.kind === 'string' && own.value.length === 0)
      op.setAttr('container', { kind: 'string', value: new TextEncoder().encode(container) });
  }

  /** `name` inside the open name scopes, made unique (without regard to case) by `_1`, `_2`, …; taken from now on unless `mark` is false. */
  uniqueName(name: string, mark = true): string {
    return this.#names.unique(scopesOf(this).prefix + name, mark);
  }

  /** Runs the open device scopes on an operation once more, innermost first. */
  applyDeviceFunctions(op: Operation): void {
    applyDevices(op, scopesOf(this).devices);
  }

  /** Adds a function to the library, as a graph and as it is exported. ValueError when one of this name is there. */
  addFunction(definition: FunctionData, exported: FunctionDefData): void {
    this.checkNotFinalized();
    if (this.#functions.has(definition.name)) throw new ValueError(`Function '${definition.name}' is in the graph's library already.`);
    this.#functions.set(definition.name, definition);
    this.#functionDefs.set(definition.name, exported);
    this.#edits++;
  }

  /** The graph as a GraphDef; `encodeGraphDef` makes bytes of it. */
  asGraphDef(options?: ExportOptions): GraphDefData {
    return exportGraphDef(this, options);
  }

  /** For importers: the versions after taking in a graph of these versions. */
  mergeVersions(imported: GraphVersions): void {
    this.#versions = {
      producer: Math.min(this.#versions.producer, imported.producer),
      minConsumer: Math.max(this.#versions.minConsumer, imported.minConsumer),
      badConsumers: [...new Set([...this.#versions.badConsumers, ...imported.badConsumers])].sort((a, b) => a - b),
    };
  }

  /** For operations: something about one of them changed after its making. */
  noteEdit(): void {
    this.#edits++;
  }

  /** From now on nothing can be added: RuntimeError. */
  finalize(): void {
    this.#isFinalized = true;
  }

  private checkNotFinalized(): void {
    if (this.#isFinalized) throw new RuntimeError('Graph is finalized and cannot be modified.');
  }

  // ---- feeding and fetching ---------------------------------------------------------------------------------------------------

  isFeedable(element: Tensor | Operation): boolean {
    return !this.#unfeedable.has(element instanceof Tensor ? element.op : element);
  }
  isFetchable(element: Tensor | Operation): boolean {
    return !this.#unfetchable.has(element instanceof Tensor ? element.op : element);
  }
  /** Refuses feeds of all outputs of an operation. */
  preventFeeding(element: Tensor | Operation): void {
    this.#unfeedable.add(element instanceof Tensor ? element.op : element);
  }
  /** Refuses fetches of an operation and of all of its outputs. */
  preventFetching(op: Operation): void {
    this.#unfetchable.add(op);
  }

  // ---- collections ------------------------------------------------------------------------------------------------------------

  /** The names of all collections. */
  get collections(): string[] {
    return this.#collections.names;
  }
  getAllCollectionKeys(): string[] {
    return this.#collections.names;
  }
  addToCollection(name: string, value: unknown): void {
    this.checkNotFinalized();
    this.#collections.add(name, value);
  }
  /** Adds to each collection once, however often it is named. */
  addToCollections(names: string | readonly string[], value: unknown): void {
    for (const name of new Set(typeof names === 'string' ? [names] : names)) this.addToCollection(name, value);
  }
  /** A copy of a collection; with `scope`, only items whose name begins with a match of that regular expression. */
  getCollection(name: string, scope?: string): unknown[] {
    return this.#collections.get(name, scope);
  }
  /** The live list of a collection. */
  getCollectionRef(name: string): unknown[] {
    return this.#collections.reference(name);
  }
  clearCollection(name: string): void {
    this.checkNotFinalized();
    this.#collections.clear(name);
  }

  /** Makes this the default graph: around `fn`, across its awaits, or until disposal (`using`). */
  asDefault(): Disposable;
  asDefault<R>(fn: (graph: Graph) => R): R;
  asDefault<R>(fn?: (graph: Graph) => R): R | Disposable {
    return fn === undefined ? enterDefaultGraph(this) : withDefaultGraph(this, () => fn(this));
  }
}
