/**
 * One op = one export: `export const matMul = defineOp<…function type…>({ signature, shape, … })`. The export is the function that adds the
 * op to a graph, and carries the definition; ops/registry.ts finds it by the module's namespace.
 *
 * Calling convention. Positional arguments are the inputs in signature order, then the attributes that have no default and cannot be
 * inferred from inputs, in signature order (Conv2D: input, filter, strides, padding). A last plain object holds the other attributes
 * (`transposeA`, or TensorFlow's own spelling), and `name`. The result is a Tensor; a Tensor[] for one list output; an Operation for an op
 * without outputs; for several outputs an object by camelCase output name (`{ values, indices }`) that iterates in order.
 */
import { applyOp } from './apply.js';
import { makeDefinition, type OpSpec } from './definition.js';
import type { OpDefinition } from './opDef.js';

export { broadcastOfInputs, makeDefinition, type OpSpec } from './definition.js';
export type { OpOptions } from './apply.js';
export type { TensorLike } from './convert.js';

/** An op function: callable, with its definition. */
export type OpFunction<F> = F & { readonly definition: OpDefinition };

/** Defines an op. `F` is the type of the function that adds it to a graph, as the author writes it. */
export function defineOp<F extends (...args: never[]) => unknown>(spec: OpSpec | OpDefinition): OpFunction<F> {
  const definition = 'signature' in spec ? makeDefinition(spec) : spec;
  // `applyOp` checks the arguments at run time against the signature; that F says the same is the author's promise.
  const op: unknown = Object.assign((...args: unknown[]): unknown => applyOp(definition, args), { definition });
  return op as OpFunction<F>;
}
