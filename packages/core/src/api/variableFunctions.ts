/** Functions on variables: on `Variable` objects of either kind, and on reference tensors of `VariableV2` nodes. */
import type { DType } from '../dtypes.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpOptions } from '../ops/apply.js';
import type { TensorLike } from '../ops/convert.js';
import * as ops from '../ops/families.js';
import { booleanMask } from './arrays.js';
import { inScope } from './arguments.js';
import { constant } from './values.js';
import { globalVariables, localVariables, Variable, type ScatterChange } from './variables.js';

/** A variable, or a reference to one. */
export type VariableLike<D extends DType = DType> = Variable<D> | Tensor<D>;

/** Options of updates. */
export interface UpdateOptions extends OpOptions {
  readonly useLocking?: boolean;
}

/** Gives a variable a value; the result is the value afterwards. */
export function assign<D extends DType>(ref: VariableLike<D>, value: TensorLike<D>, options?: UpdateOptions & { readonly validateShape?: boolean }): Tensor<D> {
  return ref instanceof Variable ? ref.assign(value, options) : ops.assign(ref, value, options);
}
/** Adds to a variable; the result is the value afterwards. */
export function assignAdd<D extends DType>(ref: VariableLike<D>, value: TensorLike<D>, options?: UpdateOptions): Tensor<D> {
  return ref instanceof Variable ? ref.assignAdd(value, options) : ops.assignAdd(ref, value, options);
}
/** Subtracts from a variable; the result is the value afterwards. */
export function assignSub<D extends DType>(ref: VariableLike<D>, value: TensorLike<D>, options?: UpdateOptions): Tensor<D> {
  return ref instanceof Variable ? ref.assignSub(value, options) : ops.assignSub(ref, value, options);
}
/** Adds 1 to a variable, and gives the value before; OutOfRangeError when it has reached `limit`. */
export function countUpTo<D extends DType>(ref: VariableLike<D>, limit: number, options?: OpOptions): Tensor<D> {
  return ref instanceof Variable ? ref.countUpTo(limit) : ops.countUpTo(ref, limit, options);
}
/** Whether a session has a value for the variable. */
export function isVariableInitialized(ref: VariableLike, options?: OpOptions): Tensor<'bool'> {
  return ref instanceof Variable ? ref.isInitialized(options) : ops.isVariableInitialized(ref, options);
}

type Scatter = <D extends DType>(ref: VariableLike<D>, indices: TensorLike<'int32' | 'int64'>, updates: TensorLike<D>, options?: UpdateOptions) => Tensor<D>;

function scatter(change: ScatterChange, byRef: typeof ops.scatterUpdate): Scatter {
  return (ref, indices, updates, options) => (ref instanceof Variable ? ref.scatter(change, indices, updates, options) : byRef(ref, indices, updates, options));
}

/** Replaces rows of a variable; the result is the value afterwards. */
export const scatterUpdate = scatter('update', ops.scatterUpdate);
/** Adds to rows. */
export const scatterAdd = scatter('add', ops.scatterAdd);
/** Subtracts from rows. */
export const scatterSub = scatter('sub', ops.scatterSub);
/** Multiplies rows. */
export const scatterMul = scatter('mul', ops.scatterMul);
/** Divides rows. */
export const scatterDiv = scatter('div', ops.scatterDiv);
/** The smaller of each element of rows and its update. */
export const scatterMin = scatter('min', ops.scatterMin);
/** The larger of each element of rows and its update. */
export const scatterMax = scatter('max', ops.scatterMax);

/** The names of the variables (by default all global and local ones) that have no value in the session that runs this. */
export function reportUninitializedVariables(
  variables: readonly Variable[] = [...globalVariables(), ...localVariables()], options: OpOptions = {},
): Tensor<'string'> {
  const [first] = variables;
  const name = options.name ?? 'report_uninitialized_variables';
  if (first === undefined) return constant([], { dtype: 'string', shape: [0], name });
  return inScope(first.graph, name, name, () => {
    const flags = ops.pack(variables.map((variable) => variable.isInitialized()));
    return booleanMask(constant(variables.map((variable) => variable.op.name), { dtype: 'string' }), ops.logicalNot(flags));
  });
}
