/**
 * Variables: state that a session keeps. A Variable adds its ops to the graph (the variable, its initial value, the initializer, a read)
 * and stands for its value wherever a tensor is wanted. Names, collections and texts are TensorFlow 1's.
 */
import { inspectCustom } from '../inspect.js';
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Operation } from '../graph/operation.js';
import { tupleText, type Tensor } from '../graph/tensor.js';
import type { HostTensor } from '../hostTensor.js';
import { convertToTensor, type TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { compatible, isFullyKnown, type PartialShape, type Shape } from '../shape.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import type { FeedValue } from '../session/feeds.js';
import { getDefaultSession, type DefaultSession, type EvalOptions } from '../state/defaultSession.js';
import { checkOptions } from './arguments.js';
import { group } from './control.js';
import { cond } from './controlFlow/cond.js';
import { guardedInitialValue } from './initialValues.js';

/** Collections that variables are put into. */
export const GraphKeys = {
  globalVariables: 'variables', localVariables: 'local_variables', trainableVariables: 'trainable_variables',
  regularizationLosses: 'regularization_losses', condContext: 'cond_context', whileContext: 'while_context',
} as const;

export interface VariableOptions<D extends DType = DType> {
  readonly dtype?: D | undefined;
  readonly name?: string | undefined;
  /** Behind a resource handle instead of a reference. */
  readonly useResource?: boolean | undefined;
  readonly trainable?: boolean | undefined;
  /** By default the global variables. */
  readonly collections?: readonly string[] | undefined;
}

export class Variable<D extends DType = DType> {
  readonly graph: Graph;
  readonly dtype: D;
  readonly shape: PartialShape;
  /** The operation that is the variable: VariableV2, or VarHandleOp. */
  readonly op: Operation;
  /** Gives the variable its initial value. */
  readonly initializer: Operation;
  readonly initialValue: Tensor<D>;
  readonly isResource: boolean;
  private readonly snapshot: Tensor<D>;
  private readonly handle: Tensor;

  /** `initial`: the value, or a function that makes it inside the variable's name scope. Its shape must be known. */
  constructor(initial: TensorLike<D> | (() => TensorLike<D>), options: VariableOptions<D> = {}) {
    checkOptions('Variable', options, ['dtype', 'useResource', 'trainable', 'collections']);
    const { dtype, name = 'Variable', useResource = false, trainable = true, collections = [GraphKeys.globalVariables] } = options;
    if (initial === undefined || initial === null) throw new ValueError('initial_value must be specified.');
    this.graph = getDefaultGraph();
    this.isResource = useResource;
    const { graph } = this;
    // What is around the making of a variable is none of its business.
    const parts = graph.controlDependencies(null, () => graph.nameScope(name, (scope) => {
      const given = typeof initial === 'function' ? graph.nameScope('Initializer', initial) : initial;
      const value = convertToTensor(graph, given, { dtype, name: 'initial_value' }) as Tensor<D>;
      if (value.op.controlFlow !== undefined) {
        throw new ValueError(`Initializer for variable ${scope} is from inside a control-flow construct, such as a loop or conditional. When creating a variable inside a loop or conditional, use a lambda as the initializer.`);
      }
      if (value.shape === null || !isFullyKnown(value.shape)) throw new ValueError(`initial_value must have a shape specified: ${value.toString()}`);
      const node = useResource
        ? ops.varHandleOp(value.dtype, value.shape, { name: scope, sharedName: scope.slice(0, -1) }) : ops.variableV2(value.shape, value.dtype, { name: scope });
      return graph.colocateWith(node, () => {
        const start = guardedInitialValue(value, scope, variablesOf(graph)) as Tensor<D>;
        const initializer = useResource ? ops.assignVariableOp(node as Tensor<'resource'>, start, { name: 'Assign' }) : ops.assign(node as Tensor<D>, start, { name: 'Assign' }).op;
        const snapshot = useResource ? ops.readVariableOp(node as Tensor<'resource'>, value.dtype, { name: 'Read/ReadVariableOp' }) : ops.identity(node as Tensor<D>, { name: 'read' });
        snapshot.setShape(value.shape);
        return { value, node: node, initializer, snapshot };
      });
    }));
    this.dtype = parts.value.dtype;
    this.shape = parts.value.shape;
    this.initialValue = parts.value;
    this.handle = parts.node;
    this.op = parts.node.op;
    this.initializer = parts.initializer;
    this.snapshot = parts.snapshot;
    graph.addToCollections(trainable ? [...collections, GraphKeys.trainableVariables] : collections, this);
  }

  /** `name:0`. */
  get name(): string {
    return `${this.op.name}:0`;
  }

  get device(): string {
    return this.op.device;
  }

  /** The value as a tensor: of a reference variable the same read every time, of a resource a new one, which waits for what is open here. */
  value(): Tensor<D> {
    if (!this.isResource) return this.snapshot;
    const { graph, device } = this;
    return graph.colocateWith(null, { ignoreExisting: true }, () => graph.device(device === '' ? null : device, () => this.newRead()));
  }

  /** A variable stands for its value, as a fetch and as what is fed: for its reference, or (a resource) for the same read every time. */
  asGraphElement(): Tensor<D> {
    return this.isResource ? this.snapshot : (this.handle as Tensor<D>);
  }

  /** What an op gets that takes the variable as an input. */
  asInput(): Tensor<D> {
    return this.value();
  }

  /** The value where a session has one, else the initial value. */
  initializedValue(): Tensor<D> {
    return this.graph.asDefault(() => this.graph.controlDependencies(null, () => cond<Tensor<D>>(this.isInitialized(), () => this.readValue(), () => this.initialValue)));
  }

  /** A new read, which happens when what it waits for (`controlDependencies`) has. */
  readValue(): Tensor<D> {
    if (this.isResource) return ops.identity(this.graph.nameScope('Read', () => this.newRead()));
    const read = ops.identity(this.handle as Tensor<D>, { name: 'read' });
    read.setShape(this.shape);
    return read;
  }

  private newRead(): Tensor<D> {
    const read = ops.readVariableOp(this.handle as Tensor<'resource'>, this.dtype);
    read.setShape(this.shape);
    return read;
  }

  /** The value in a session: the given one, else the default one. */
  eval(options?: EvalOptions): Promise<HostTensor<D>> {
    return this.asGraphElement().eval(options);
  }

  /** Gives the variable a value; the result is the value afterwards. */
  assign(value: TensorLike<D>, options: { readonly name?: string; readonly useLocking?: boolean } = {}): Tensor<D> {
    if (!this.isResource) return ops.assign(this.handle as Tensor<D>, value, options);
    const tensor = this.checked(value);
    return this.after(ops.assignVariableOp(this.handle as Tensor<'resource'>, tensor, { ...nameOf(options), validateShape: true }));
  }

  /** Adds to the variable; the result is the value afterwards. */
  assignAdd(delta: TensorLike<D>, options: { readonly name?: string; readonly useLocking?: boolean } = {}): Tensor<D> {
    if (!this.isResource) return ops.assignAdd(this.handle as Tensor<D>, delta, options);
    const tensor = this.checked(delta);
    return this.after(ops.assignAddVariableOp(this.handle as Tensor<'resource'>, tensor, nameOf(options)));
  }

  /** Subtracts from the variable; the result is the value afterwards. */
  assignSub(delta: TensorLike<D>, options: { readonly name?: string; readonly useLocking?: boolean } = {}): Tensor<D> {
    if (!this.isResource) return ops.assignSub(this.handle as Tensor<D>, delta, options);
    const tensor = this.checked(delta);
    return this.after(ops.assignSubVariableOp(this.handle as Tensor<'resource'>, tensor, nameOf(options)));
  }

  /** Changes rows: replaces them (`update`), or adds to them, …; the result is the value afterwards. */
  scatter(change: ScatterChange, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>, options: { readonly name?: string; readonly useLocking?: boolean } = {}): Tensor<D> {
    const { byRef, byResource } = scatters[change];
    if (!this.isResource) return byRef(this.handle as Tensor<D>, indices, updates, options);
    const tensor = convertToTensor(this.graph, updates, { dtype: this.dtype });
    return this.after(byResource(this.handle as Tensor<'resource'>, indices, tensor, nameOf(options)));
  }

  /** Replaces rows; the result is the value afterwards. */
  scatterUpdate(indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>): Tensor<D> {
    return this.scatter('update', indices, updates);
  }

  /** Adds to rows; the result is the value afterwards. */
  scatterAdd(indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>): Tensor<D> {
    return this.scatter('add', indices, updates);
  }

  /** Subtracts from rows; the result is the value afterwards. */
  scatterSub(indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>): Tensor<D> {
    return this.scatter('sub', indices, updates);
  }

  /** Adds 1, and gives the value before; OutOfRangeError when it has reached `limit`. */
  countUpTo(limit: number): Tensor<D> {
    if (!this.isResource) return ops.countUpTo(this.handle as Tensor<D>, limit);
    return ops.resourceCountUpTo(this.handle as Tensor<'resource'>, limit, this.dtype);
  }

  /** Whether a session has a value for it. */
  isInitialized(options: { readonly name?: string } = {}): Tensor<'bool'> {
    return this.isResource ? ops.varIsInitializedOp(this.handle as Tensor<'resource'>, options) : ops.isVariableInitialized(this.handle, options);
  }

  [inspectCustom](): string {
    return this.toString();
  }

  /** `<tf.Variable 'v:0' shape=(2,) dtype=float32>`. */
  toString(): string {
    return `<tf.Variable '${this.name}' shape=${tupleText(this.shape)} dtype=${this.dtype}${this.isResource ? '' : '_ref'}>`;
  }

  /**
   * Gives the variable a value in a session (the given one, else the default one), without a new operation: what is fed takes the place of the
   * initial value. ValueError without a session.
   */
  async load(value: FeedValue, session: DefaultSession | undefined = getDefaultSession()): Promise<void> {
    if (session === undefined) throw new ValueError('Either session argument should be provided or default session should be established');
    await session.run(this.initializer, new Map([[this.initialValue, value]]));
  }

  private checked(value: TensorLike<D>): Tensor<D> {
    const tensor = convertToTensor(this.graph, value, { dtype: this.dtype }) as Tensor<D>;
    if (!compatible(this.shape, tensor.shape)) throw new ValueError(`Cannot assign to variable ${this.name} due to variable shape ${tupleText(this.shape)} and value shape ${tupleText(tensor.shape)} are incompatible`);
    return tensor;
  }

  private after(update: Operation): Tensor<D> {
    return this.graph.controlDependencies([update], () => this.newRead());
  }
}

const scatters = {
  update: { byRef: ops.scatterUpdate, byResource: ops.resourceScatterUpdate },
  add: { byRef: ops.scatterAdd, byResource: ops.resourceScatterAdd },
  sub: { byRef: ops.scatterSub, byResource: ops.resourceScatterSub },
  mul: { byRef: ops.scatterMul, byResource: ops.resourceScatterMul },
  div: { byRef: ops.scatterDiv, byResource: ops.resourceScatterDiv },
  min: { byRef: ops.scatterMin, byResource: ops.resourceScatterMin },
  max: { byRef: ops.scatterMax, byResource: ops.resourceScatterMax },
} as const;

/** What `scatter` does with rows. */
export type ScatterChange = keyof typeof scatters;

function nameOf({ name }: { readonly name?: string }): { readonly name?: string } {
  return name === undefined ? {} : { name };
}

function variablesOf(graph: Graph): Variable[] {
  return [...variablesIn(GraphKeys.globalVariables, graph), ...variablesIn(GraphKeys.localVariables, graph)];
}

function variablesIn(collection: string, graph = getDefaultGraph(), scope?: string): Variable[] {
  return graph.getCollection(collection, scope).filter((item): item is Variable => item instanceof Variable);
}

/** The variables of the default graph that are shared by all its runs; with `scope`, those whose names begin with a match of that regular expression. */
export function globalVariables(scope?: string): Variable[] {
  return variablesIn(GraphKeys.globalVariables, getDefaultGraph(), scope);
}
/** Those that training changes. */
export function trainableVariables(scope?: string): Variable[] {
  return variablesIn(GraphKeys.trainableVariables, getDefaultGraph(), scope);
}
/** Those that are in no checkpoint: of the collection `local_variables`. */
export function localVariables(scope?: string): Variable[] {
  return variablesIn(GraphKeys.localVariables, getDefaultGraph(), scope);
}
/** One operation that gives all of these variables their initial values. */
export function variablesInitializer(variables: readonly Variable[], options: { readonly name?: string } = {}): Operation {
  return group(variables.map((variable) => variable.initializer), { name: options.name ?? 'init' });
}
/** One operation that gives all global variables their initial values. */
export function globalVariablesInitializer(): Operation {
  return variablesInitializer(globalVariables());
}
/** One operation that gives all local variables their initial values. */
export function localVariablesInitializer(): Operation {
  return variablesInitializer(localVariables());
}
/** The shape type that `getVariable` takes. */
export type VariableShape = Shape;
