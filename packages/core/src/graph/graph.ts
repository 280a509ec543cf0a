/**
 * The graph that a program builds: operations with unique names, the scopes around their making, collections, functions. Sessions read it as
 * plain data (`toGraphData`, `since`).
 */
import { RuntimeError, ValueError } from '../errors.js';
import { flattenArgs } from '../ops/argTypes.js';
import type { OpDefinition } from '../ops/opDef.js';
import type { PartialShape } from '../shape.js';
import { enterDefaultGraph, withDefaultGraph } from '../state/defaultGraph.js';
import { enterScopes, runInScopes, scopesOf } from '../state/graphScopes.js';
import type { Attrs } from './attrs.js';
import { Collections } from './collections.js';
import { findElement, typeName, type ElementKinds } from './elements.js';
import type { FunctionData, GraphData, NodeData } from './graphData.js';
import { checkOperationName, checkScopeName, Names } from './names.js';
import { Operation } from './operation.js';
import {
  applyColocation, applyDevices, controlInputsFor, ControlScope, deviceEntry, entries, nestingError, type DeviceScope, type Scopes, type Stack,
} from './scopes.js';
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
}

/** Which versions of the format a graph needs and was made by. */
export interface GraphVersions {
  readonly producer: number;
  readonly minConsumer: number;
  readonly badConsumers: readonly number[];
}

/** The GraphDef version that this implementation stands for: that of TensorFlow 2.21's op registry, which the op definitions follow. */
export const currentGraphVersion = 2474;

/** What may be a control input: operations, tensors, and objects that stand for one. */
export type ControlInput = Operation | Tensor | { asGraphElement(): Tensor | Operation };

/** A dataflow graph under construction. Names, scopes and texts are TensorFlow 1's `tf.Graph`. */
export class Graph {
  readonly #operations: Operation[] = [];
  readonly #byName = new Map<string, Operation>();
  readonly #names = new Names();
  readonly #collections = new Collections();
  readonly #functions = new Map<string, FunctionData>();
  readonly #unfeedable = new Set<Operation>();
  readonly #unfetchable = new Set<Operation>();
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

  get versions(): GraphVersions {
    return this.#versions;
  }

  get isFinalized(): boolean {
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

  /** Adds an operation inside the open scopes. Shape errors are InvalidArgumentErrors, naming errors ValueErrors. */
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
    applyDevices(op, scopes.devices);
    applyColocation(op, scopes.colocation);
    this.applyContainer(op, scopes.container);
    this.register(op);
    for (const scope of entries(scopes.controls)) scope.add(op);
    return op;
  }

  /** For importers: adds an operation exactly as given. */
  addOperation(exact: ExactOperation): Operation {
    this.checkNotFinalized();
    checkOperationName(exact.name);
    const op = this.make(exact, exact.name, exact.loopInputs);
    op.addControlInputs(exact.controls);
    if (exact.device !== '') op.setDevice(exact.device);
    this.register(op, exact.loopInputs);
    return op;
  }

  private make(request: OperationRequest, name: string, loopInputs?: ReadonlySet<number>): Operation {
    if (this.#byName.has(name)) throw new ValueError(`Duplicate node name in graph: '${name}'`);
    for (const tensor of request.inputs) {
      if (tensor.graph !== this) throw new ValueError(`Tensor ${tensor.toString()} is not an element of this graph.`);
    }
    const { definition, inputs, attrs } = request;
    const outputs = flattenArgs(definition.outputs, attrs, definition.type);
    const op = new Operation({ graph: this, id: this.#operations.length + 1, name, definition, inputs, attrs, outputs });
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
    if (own?.kind === 'string' && own.value.length === 0) op.setAttr('container', { kind: 'string', value: new TextEncoder().encode(container) });
  }

  /** `name` inside the open name scopes, made unique (without regard to case) by `_1`, `_2`, …; taken from now on unless `mark` is false. */
  uniqueName(name: string, mark = true): string {
    return this.#names.unique(scopesOf(this).prefix + name, mark);
  }

  /** Runs the open device scopes on an operation once more, innermost first. */
  applyDeviceFunctions(op: Operation): void {
    applyDevices(op, scopesOf(this).devices);
  }

  /** Adds a function to the library. ValueError when another one of this name is there. */
  addFunction(definition: FunctionData): void {
    this.checkNotFinalized();
    const known = this.#functions.get(definition.name);
    if (known !== undefined && known !== definition) throw new ValueError(`Function '${definition.name}' is in the graph's library already.`);
    this.#functions.set(definition.name, definition);
    this.#edits++;
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

  get collections(): string[] {
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

  // ---- scopes: with a function, around its call (sync or async); without, until the result is disposed of ------------------------

  /** Makes this the default graph: around `fn`, across its awaits, or until disposal (`using`). */
  asDefault(): Disposable;
  asDefault<R>(fn: (graph: Graph) => R): R;
  asDefault<R>(fn?: (graph: Graph) => R): R | Disposable {
    return fn === undefined ? enterDefaultGraph(this) : withDefaultGraph(this, () => fn(this));
  }

  /** Prefixes names by `name/`, made unique. A name ending in `/` reopens that scope; null or `''` is the root. `fn` gets the prefix. */
  nameScope(name: string | null): Disposable & { readonly scope: string };
  nameScope<R>(name: string | null, fn: (scope: string) => R): R;
  nameScope<R>(name: string | null, fn?: (scope: string) => R): R | (Disposable & { readonly scope: string }) {
    let prefix = '';
    if (name !== null && name !== '') {
      checkScopeName(name, scopesOf(this).prefix);
      prefix = name.endsWith('/') ? name : `${this.uniqueName(name)}/`;
    }
    if (fn !== undefined) return this.inside({ prefix }, () => fn(prefix));
    return Object.assign(this.enter('name', 'prefix', prefix), { scope: prefix });
  }

  /** Requests a device for what is made inside; see placement.md's rules in scopes.ts. */
  device(device: DeviceScope): Disposable;
  device<R>(device: DeviceScope, fn: () => R): R;
  device<R>(device: DeviceScope, fn?: () => R): R | Disposable {
    const devices = push(deviceEntry(device), scopesOf(this).devices);
    return fn === undefined ? this.enter('device', 'devices', devices) : this.inside({ devices }, fn);
  }

  /**
   * Places what is made inside with `op` (a tensor stands for its operation); device scopes outside do not apply inside.
   * ValueError for null without `ignoreExisting`, which also forgets the blocks around.
   */
  colocateWith<R>(op: Operation | Tensor | null, options: { readonly ignoreExisting?: boolean }, fn: () => R): R;
  colocateWith<R>(op: Operation | Tensor | null, fn: () => R): R;
  colocateWith<R>(op: Operation | Tensor | null, options: { readonly ignoreExisting?: boolean } | (() => R), fn?: () => R): R {
    const { ignoreExisting = false } = typeof options === 'function' ? {} : options;
    const body = typeof options === 'function' ? options : fn!;
    if (op === null && !ignoreExisting) throw new ValueError('Trying to reset colocation (op is None) but ignore_existing is not True');
    const target = op instanceof Tensor ? op.op : op;
    const outer = ignoreExisting ? undefined : scopesOf(this).colocation;
    return this.inside({ devices: undefined, colocation: target === null ? outer : push(target, outer) }, body);
  }

  /** What is made inside waits for `inputs`; null forgets the blocks around. TypeError for what is no operation or tensor. */
  controlDependencies(inputs: readonly ControlInput[] | null): Disposable;
  controlDependencies<R>(inputs: readonly ControlInput[] | null, fn: () => R): R;
  controlDependencies<R>(inputs: readonly ControlInput[] | null, fn?: () => R): R | Disposable {
    const outer = scopesOf(this).controls;
    const controls = inputs === null ? undefined : push(new ControlScope(this.newControls(inputs, outer)), outer);
    return fn === undefined ? this.enter('control dependency', 'controls', controls) : this.inside({ controls }, fn);
  }

  private newControls(inputs: readonly ControlInput[], outer: Stack<ControlScope> | undefined): Operation[] {
    const current = new Set<Operation>();
    for (const scope of entries(outer)) for (const op of scope.inputs) current.add(op);
    const added: Operation[] = [];
    for (const input of inputs) {
      const isElement = input instanceof Tensor || input instanceof Operation;
      if (!isElement && !(typeof input === 'object' && input !== null && 'asGraphElement' in input)) {
        throw new TypeError(`Control input must be Operation or Tensor: ${String(input)}`);
      }
      const element = this.asGraphElement(input);
      const op = element instanceof Tensor ? element.op : element;
      if (!current.has(op)) added.push(op);
      current.add(op);
    }
    return added;
  }

  /** Gives stateful operations made inside this resource container, unless they name one. */
  container<R>(name: string, fn: () => R): R {
    return this.inside({ container: name }, fn);
  }

  private inside<R>(change: Partial<Scopes>, fn: () => R): R {
    return runInScopes(this, { ...scopesOf(this), ...change }, fn);
  }

  private enter<K extends keyof Scopes>(what: Parameters<typeof nestingError>[0], field: K, value: Scopes[K]): Disposable {
    const before = scopesOf(this)[field];
    enterScopes(this, { ...scopesOf(this), [field]: value });
    return {
      [Symbol.dispose]: () => {
        if (scopesOf(this)[field] !== value) throw nestingError(what);
        enterScopes(this, { ...scopesOf(this), [field]: before });
      },
    };
  }
}

function push<T>(top: T, under: Stack<T> | undefined): Stack<T> {
  return { top, under };
}
