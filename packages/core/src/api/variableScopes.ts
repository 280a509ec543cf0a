/** `tf.getVariable` and variable scopes: variables that are shared by name. */
import type { DType } from '../dtypes.js';
import { dtypeInfo } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { tupleText } from '../graph/tensor.js';
import type { TensorLike } from '../ops/convert.js';
import { compatible, isFullyKnown, sizeOf, type Shape } from '../shape.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import { inVariableScope, variableScopeState, variableStore, type Reuse, type VariableScopeState } from '../state/variableScopes.js';
import { randomUniform } from './random.js';
import { constant, zeros } from './values.js';
import { Variable, type VariableOptions } from './variables.js';
import type { HostTensor } from '../hostTensor.js';
import type { TensorValue } from '../hostValue.js';

/** Makes an initial value of a shape; or the value itself, which then tells the shape. */
export type Initializer<D extends DType = DType> = ((shape: Shape, dtype: D) => TensorLike<D>) | TensorLike<D>;

export interface GetVariableOptions<D extends DType = DType> extends Omit<VariableOptions<D>, 'name'> {
  readonly shape?: Shape | undefined;
  readonly initializer?: Initializer<D> | undefined;
}

export interface VariableScopeOptions {
  /** By default that of the scope around. */
  readonly reuse?: Reuse;
  readonly useResource?: boolean;
  readonly initializer?: Initializer;
}

/** What `variableScope` hands to its function. */
export interface VariableScope {
  readonly name: string;
  readonly reuse: Reuse;
}

/** Prefixes the names of variables that `fn` gets with `getVariable` by `name/`, and the names of ops by a name scope of that name. */
export function variableScope<R>(name: string, options: VariableScopeOptions, fn: (scope: VariableScope) => R): R;
export function variableScope<R>(name: string, fn: (scope: VariableScope) => R): R;
export function variableScope<R>(name: string, options: VariableScopeOptions | ((scope: VariableScope) => R), fn?: (scope: VariableScope) => R): R {
  const given = typeof options === 'function' ? {} : options;
  const body = typeof options === 'function' ? options : fn!;
  const around = variableScopeState();
  const state: VariableScopeState = {
    name: around.name === '' ? name : `${around.name}/${name}`,
    // Inside a reusing scope everything reuses.
    reuse: around.reuse === true ? true : (given.reuse ?? around.reuse),
    useResource: given.useResource ?? around.useResource,
    initializer: given.initializer ?? around.initializer,
  };
  return inVariableScope(state, () => getDefaultGraph().nameScope(name, () => body(state)));
}

/** The scope around here. */
export function getVariableScope(): VariableScope {
  return variableScopeState();
}

/**
 * The variable of this name in the open scopes: a new one, or, where scopes say `reuse`, the one that is there. ValueError when it is there
 * and may not be, or is not and must be, or has another shape or dtype.
 */
export function getVariable<D extends DType = 'float32'>(name: string, options: GetVariableOptions<D> = {}): Variable<D> {
  const scope = variableScopeState();
  const graph = getDefaultGraph();
  const store = variableStore(graph);
  const full = scope.name === '' ? name : `${scope.name}/${name}`;
  const known = store.get(full);
  if (isVariable(known)) {
    if (scope.reuse === false) throw new ValueError(`Variable ${full} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope?`);
    if (options.shape !== undefined && !compatible(options.shape, known.shape)) {
      throw new ValueError(`Trying to share variable ${full}, but specified shape ${tupleText(options.shape)} and found shape ${tupleText(known.shape)}.`);
    }
    if (options.dtype !== undefined && options.dtype !== known.dtype) {
      throw new ValueError(`Trying to share variable ${full}, but specified dtype ${dtypeInfo[options.dtype].tfName} and found dtype ${dtypeInfo[known.dtype].tfName}.`);
    }
    return known as Variable<D>;
  }
  if (scope.reuse === true) throw new ValueError(`Variable ${full} does not exist, or was not created with tf.get_variable(). Did you mean to set reuse=tf.AUTO_REUSE in VarScope?`);
  const initializer = options.initializer ?? (scope.initializer as Initializer<D> | undefined);
  const { initial, dtype } = initialOf(full, options, initializer);
  // The name is the variable scope's alone: name scopes around do not count.
  const variable = graph.nameScope(null, () => new Variable<D>(initial, { ...options, dtype, name: full, useResource: options.useResource ?? scope.useResource }));
  store.set(full, variable);
  return variable;
}

function isVariable(value: unknown): value is Variable {
  return value instanceof Variable;
}

function initialOf<D extends DType>(name: string, options: GetVariableOptions<D>, initializer: Initializer<D> | undefined): { initial: TensorLike<D> | (() => TensorLike<D>); dtype: D | undefined } {
  const { shape, dtype } = options;
  if (initializer !== undefined && typeof initializer !== 'function') {
    if (shape !== undefined) throw new ValueError('If initializer is a constant, do not specify shape.');
    return { initial: initializer, dtype };
  }
  if (shape === undefined || !isFullyKnown(shape)) throw new ValueError(`Shape of a new variable (${name}) must be fully defined, but instead was ${shape === undefined ? '<unknown>' : tupleText(shape)}.`);
  const type = (dtype ?? 'float32') as D;
  const make = initializer ?? ((size: Shape) => defaultInitial(name, size, type));
  return { initial: () => make(shape, type), dtype: type };
}

/** TensorFlow's defaults: Glorot's uniform for floats, zeros for integers and booleans. */
function defaultInitial<D extends DType>(name: string, shape: Shape, dtype: D): Tensor<D> {
  switch (dtypeInfo[dtype].kind) {
    case 'float': {
      const [fanIn, fanOut] = fans(shape);
      const limit = Math.sqrt(6 / (fanIn + fanOut));
      return randomUniform(shape, dtype, { minval: -limit, maxval: limit });
    }
    case 'int': case 'uint': case 'bool':
      return zeros(shape, dtype);
    default:
      throw new ValueError(`An initializer for variable ${name} of ${dtype} is required`);
  }
}

/** Inputs and outputs of a weight of this shape. */
function fans(shape: Shape): readonly [number, number] {
  if (shape.length === 0) return [1, 1];
  const [last = 1, before = last] = shape.slice(-2).reverse();
  const receptive = shape.length > 2 ? sizeOf(shape.slice(0, -2)) : 1;
  return shape.length === 1 ? [last, last] : [before * receptive, last * receptive];
}

/** An initializer of one value, by shape. */
export function constantInitializer(value: TensorValue | HostTensor): (shape: Shape, dtype: DType) => Tensor {
  return (shape, dtype) => constant(value, { shape, dtype });
}
/** An initializer of zeros. */
export function zerosInitializer(): (shape: Shape, dtype: DType) => Tensor {
  return (shape, dtype) => zeros(shape, dtype);
}
