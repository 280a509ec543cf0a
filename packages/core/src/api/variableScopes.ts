/** `tf.getVariable` and variable scopes: variables that are shared by name. */
import type { DType } from '../dtypes.js';
import { dtypeInfo } from '../dtypes.js';
import { UnimplementedError, ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { tupleText } from '../graph/tensor.js';
import type { TensorLike } from '../ops/convert.js';
import { checkKeys } from '../options.js';
import { compatible, isFullyKnown, sizeOf, type Shape } from '../shape.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import { inVariableScope, VariableScope, variableScopeOf, variableStore, type Reuse } from '../state/variableScopes.js';
import { randomNormal, randomUniform } from './random.js';
import { constant, ones, zeros } from './values.js';
import { checkOptions } from './arguments.js';
import { GraphKeys, Variable, type VariableOptions } from './variables.js';
import type { HostTensor } from '../hostTensor.js';
import type { TensorValue } from '../hostValue.js';

/** `reuse` that gives the variable that is there, and makes it where there is none. */
export const AUTO_REUSE = 'auto';

/** Makes an initial value of a shape; or the value itself, which then tells the shape. */
export type Initializer<D extends DType = DType> = ((shape: Shape, dtype: DType) => TensorLike) | TensorLike<D>;

export interface GetVariableOptions<D extends DType = DType> extends Omit<VariableOptions<D>, 'name'> {
  readonly shape?: Shape | undefined;
  readonly initializer?: Initializer<D> | undefined;
  /** Makes a loss of the new variable's value, for the collection `regularization_losses`. */
  readonly regularizer?: Regularizer | undefined;
}

/** A loss of a variable's value; null for none. */
export type Regularizer = (value: Tensor) => Tensor | null;

/** Makes the variables of a scope in place of `getVariable`, which it is given. */
export type CustomGetter = (getter: (name: string, options?: GetVariableOptions) => Variable, name: string, options: GetVariableOptions) => Variable;

export interface VariableScopeOptions {
  /** By default that of the scope around. */
  readonly reuse?: Reuse | undefined;
  readonly useResource?: boolean | undefined;
  readonly initializer?: Initializer | undefined;
  readonly regularizer?: Regularizer | undefined;
  /** The innermost is asked first; the getter that it is given asks the next. */
  readonly customGetter?: CustomGetter | undefined;
  /** The dtype of variables that are given none. */
  readonly dtype?: DType | undefined;
  /** The name, made unique, where the scope is given as null. */
  readonly defaultName?: string | undefined;
  /** False: names of ops are as outside. */
  readonly auxiliaryNameScope?: boolean | undefined;
}

/**
 * Prefixes the names of variables that `fn` gets with `getVariable` by `name/`, and the names of ops by a name scope of that name. A scope
 * that was open before is opened again when it is given. TypeError without a name, UnimplementedError for a partitioner or a caching device.
 */
export function variableScope<R>(nameOrScope: string | VariableScope | null, options: VariableScopeOptions, fn: (scope: VariableScope) => R): R;
export function variableScope<R>(nameOrScope: string | VariableScope, fn: (scope: VariableScope) => R): R;
export function variableScope<R>(nameOrScope: string | VariableScope | null, options: VariableScopeOptions | ((scope: VariableScope) => R), fn?: (scope: VariableScope) => R): R {
  const given = typeof options === 'function' ? {} : options;
  const body = typeof options === 'function' ? options : fn!;
  refuse(given, 'variableScope');
  checkKeys('variableScope', given, ['reuse', 'useResource', 'initializer', 'regularizer', 'customGetter', 'dtype', 'defaultName', 'auxiliaryNameScope', ...refused.keys()]);
  const graph = getDefaultGraph();
  const around = variableScopeOf(graph);
  const base = nameOrScope instanceof VariableScope ? nameOrScope : around;
  const name = nameOrScope instanceof VariableScope ? nameOrScope.name : nestedName(around.name, nameOrScope ?? uniqueScope(around.name, given));
  const { settings } = base;
  // Inside a reusing scope everything reuses: `false` takes nothing back.
  const reuse = given.reuse === undefined || given.reuse === false ? base.reuse : given.reuse;
  const inner = {
    useResource: given.useResource ?? settings.useResource,
    initializer: given.initializer ?? settings.initializer,
    regularizer: given.regularizer ?? settings.regularizer,
    customGetters: given.customGetter === undefined ? settings.customGetters : [given.customGetter, ...settings.customGetters],
    dtype: given.dtype ?? settings.dtype,
  };
  const isReopened = nameOrScope instanceof VariableScope;
  // A default name is made unique among variable scopes and, for ops, among name scopes.
  const nameScope = isReopened ? (name.split('/').at(-1) ?? '') : nameOrScope ?? given.defaultName ?? '';
  const open = (prefix: string): R => {
    const scope = new VariableScope(name, reuse, inner, isReopened ? nameOrScope.originalNameScope : prefix);
    return inVariableScope(graph, scope, isReopened, () => body(scope));
  };
  // The scope outside of all has no name to give.
  if (nameScope === '' || given.auxiliaryNameScope === false) return open(graph.getNameScope() === '' ? '' : `${graph.getNameScope()}/`);
  return graph.nameScope(nameScope, open);
}

function nestedName(around: string, name: string): string {
  return around === '' || name === '' ? around + name : `${around}/${name}`;
}

/** `defaultName`, or `defaultName_1`, … when scopes of that name were opened here. */
function uniqueScope(around: string, { defaultName, reuse }: VariableScopeOptions): string {
  if (defaultName === undefined) throw new TypeError('If default_name is None then name_or_scope is required');
  if (reuse === true) throw new ValueError('reuse=True cannot be used without a name_or_scope');
  const { opened } = variableStore(getDefaultGraph());
  for (let i = 0; ; i++) {
    const name = i === 0 ? defaultName : `${defaultName}_${i}`;
    if (!opened.has(nestedName(around, name))) return name;
  }
}

/** What TensorFlow has and this does not, and why. */
const refused: ReadonlyMap<string, string> = new Map([['partitioner', 'variables are not partitioned over devices'], ['cachingDevice', 'a variable is read where it is']]);

/** What is refused is never passed over in silence; null asks for nothing. */
function refuse(options: object, what: string): void {
  for (const [key, words] of refused) {
    const value: unknown = (options as Readonly<Record<string, unknown>>)[key];
    if (value !== undefined && value !== null) throw new UnimplementedError(`${what}: ${key} is not supported: ${words}.`);
  }
}

/** The scope around here. */
export function getVariableScope(): VariableScope {
  return variableScopeOf(getDefaultGraph());
}

/**
 * The variable of this name in the open scopes: a new one, or, where scopes say `reuse`, the one that is there. ValueError when it is there
 * and may not be, or is not and must be, or has another shape or dtype.
 */
export function getVariable<D extends DType = 'float32'>(name: string, options: GetVariableOptions<D> = {}): Variable<D> {
  refuse(options, 'getVariable');
  checkOptions('getVariable', options, ['shape', 'dtype', 'initializer', 'regularizer', 'trainable', 'collections', 'useResource', ...refused.keys()]);
  const { name: scopeName, settings: { customGetters } } = getVariableScope();
  const getter = (customGetters as readonly CustomGetter[]).reduceRight<(full: string, given?: GetVariableOptions) => Variable>(
    (next, custom) => (full, given = {}) => custom(next, full, given),
    (full, given = {}) => sharedVariable(full, given),
  );
  // The getters are those of the innermost scope; each is given the full name.
  return getter(nestedName(scopeName, name), options) as Variable<D>;
}

function sharedVariable(full: string, options: GetVariableOptions): Variable {
  const scope = getVariableScope();
  const graph = getDefaultGraph();
  const { variables } = variableStore(graph);
  const known = variables.get(full);
  if (isVariable(known)) {
    if (scope.reuse === false) throw new ValueError(`Variable ${full} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope?`);
    checkShared(full, known, options);
    return known;
  }
  if (scope.reuse === true) throw new ValueError(`Variable ${full} does not exist, or was not created with tf.get_variable(). Did you mean to set reuse=tf.AUTO_REUSE in VarScope?`);
  const initializer = options.initializer ?? (scope.settings.initializer as Initializer | undefined);
  const { initial, dtype } = initialOf(full, options, initializer, scope.settings.dtype);
  const { regularizer = scope.settings.regularizer as Regularizer | undefined, useResource = scope.settings.useResource, trainable, collections } = options;
  // The name is the variable scope's alone: name scopes around do not count.
  const variable = graph.nameScope(null, () => new Variable(initial, { dtype, name: full, useResource, trainable, collections }));
  variables.set(full, variable);
  const loss = regularizer === undefined ? null : graph.nameScope(`${full}/Regularizer/`, () => regularizer(variable.value()));
  if (loss !== null) graph.addToCollection(GraphKeys.regularizationLosses, loss);
  return variable;
}

function checkShared(full: string, known: Variable, { shape, dtype }: GetVariableOptions): void {
  if (shape !== undefined && !compatible(shape, known.shape)) {
    throw new ValueError(`Trying to share variable ${full}, but specified shape ${tupleText(shape)} and found shape ${tupleText(known.shape)}.`);
  }
  if (dtype !== undefined && dtype !== known.dtype) {
    throw new ValueError(`Trying to share variable ${full}, but specified dtype ${dtype} and found dtype ${known.dtype}${known.isResource ? '' : '_ref'}.`);
  }
}

function isVariable(value: unknown): value is Variable {
  return value instanceof Variable;
}

function initialOf(name: string, options: GetVariableOptions, initializer: Initializer | undefined, scopeDType: DType): { initial: TensorLike | (() => TensorLike); dtype: DType | undefined } {
  const { shape, dtype } = options;
  if (initializer !== undefined && typeof initializer !== 'function') {
    if (shape !== undefined) throw new ValueError('If initializer is a constant, do not specify shape.');
    return { initial: initializer, dtype };
  }
  if (shape === undefined || !isFullyKnown(shape)) throw new ValueError(`Shape of a new variable (${name}) must be fully defined, but instead was ${shape === undefined ? '<unknown>' : tupleText(shape)}.`);
  const type = dtype ?? scopeDType;
  const make = initializer ?? ((size: Shape) => defaultInitial(name, size, type));
  return { initial: () => make(shape, type), dtype: type };
}

/** TensorFlow's defaults: Glorot's uniform for floats, zeros for integers and booleans. */
function defaultInitial(name: string, shape: Shape, dtype: DType): Tensor {
  switch (dtypeInfo[dtype].kind) {
    case 'float': {
      const [fanIn, fanOut] = fans(shape);
      const limit = Math.sqrt(6 / (fanIn + fanOut));
      return randomUniform(shape, dtype, { minval: -limit, maxval: limit });
    }
    case 'int': case 'uint': case 'bool':
      return zeros(shape, dtype);
    case 'object':
      if (dtype === 'string') return zeros(shape, dtype);
      break;
    default:
      break;
  }
  throw new ValueError(`An initializer for variable ${name} of ${dtype} is required`);
}

/** Inputs and outputs of a weight of this shape. */
function fans(shape: Shape): readonly [number, number] {
  if (shape.length === 0) return [1, 1];
  const [last = 1, before = last] = shape.slice(-2).reverse();
  const receptive = shape.length > 2 ? sizeOf(shape.slice(0, -2)) : 1;
  return shape.length === 1 ? [last, last] : [before * receptive, last * receptive];
}

export { VariableScope } from '../state/variableScopes.js';

/** An initializer of one value, by shape. */
export function constantInitializer(value: TensorValue | HostTensor): (shape: Shape, dtype: DType) => Tensor {
  return (shape, dtype) => constant(value, { shape, dtype });
}
/** An initializer of zeros. */
export function zerosInitializer(): (shape: Shape, dtype: DType) => Tensor {
  return (shape, dtype) => zeros(shape, dtype);
}
/** An initializer of ones. */
export function onesInitializer(): (shape: Shape, dtype: DType) => Tensor {
  return (shape, dtype) => ones(shape, dtype);
}
/** An initializer of uniformly distributed values. */
export function randomUniformInitializer(minval = -0.05, maxval = 0.05): (shape: Shape, dtype: DType) => Tensor {
  return (shape, dtype) => randomUniform(shape, dtype, { minval, maxval });
}
/** An initializer of normally distributed values. */
export function randomNormalInitializer(mean = 0, stddev = 1): (shape: Shape, dtype: DType) => Tensor {
  return (shape, dtype) => randomNormal(shape, { mean, stddev, dtype });
}
