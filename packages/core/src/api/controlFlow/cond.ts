/** `tf.cond`: two branches of a graph, one of which is taken when it runs. */
import { ValueError } from '../../errors.js';
import type { Operation } from '../../graph/operation.js';
import type { Tensor } from '../../graph/tensor.js';
import { convertToTensor, type TensorLike } from '../../ops/convert.js';
import type { OpOptions } from '../../ops/apply.js';
import * as ops from '../../ops/families.js';
import { typeName } from '../../graph/elements.js';
import { checkOptions, graphOf, inScope } from '../arguments.js';
import { GraphKeys } from '../variables.js';
import { CondContext } from './condContext.js';
import { mergeOf } from './primitives.js';
import { builtNow, checkSameStructure, flatten, mapLeaves, pack, type Structure, type Tensors, type Unpacked } from './structure.js';

/** What a branch may give: tensors and values in arrays, objects and Maps; an operation stands for a bool that is there once it has run. */
export type Branch = Structure<Operation>;

export interface CondOptions extends OpOptions {
  /** Keeps arrays of one element, which otherwise become that element. */
  readonly strict?: boolean;
}

/**
 * The results of `trueFn` where `pred` holds, else those of `falseFn`; both must give the same structure with the same dtypes. Only what is
 * made inside the functions is run or not by `pred`: what they use from outside is computed in any case.
 * TypeError for a predicate that is no tensor or has another dtype; ValueError or TypeError for results that do not correspond.
 */
export function cond<const R extends Branch>(pred: TensorLike<'bool'>, trueFn: () => R, falseFn: () => Branch, options: CondOptions & { readonly strict: true }): Tensors<R>;
export function cond<const R extends Branch>(pred: TensorLike<'bool'>, trueFn: () => R, falseFn: () => Branch, options?: CondOptions): Unpacked<Tensors<R>>;
export function cond(pred: TensorLike<'bool'>, trueFn: () => unknown, falseFn: () => unknown, options: CondOptions = {}): unknown {
  checkFunction(trueFn, 'trueFn');
  checkFunction(falseFn, 'falseFn');
  if (typeof pred === 'boolean') throw new TypeError('pred must not be a boolean of the program: it is known when the graph is built.');
  checkOptions('cond', options, ['strict']);
  const { strict = false, name } = options;
  const graph = graphOf(pred);
  return inScope(graph, name, 'cond', () => {
    const condition = convertToTensor(graph, pred, { preferred: 'bool', name: 'pred' }) as Tensor<'bool'>;
    const { outputFalse, outputTrue } = ops.switch(condition, condition);
    const whenTrue = ops.identity(outputTrue, { name: 'switch_t' });
    const whenFalse = ops.identity(outputFalse, { name: 'switch_f' });
    const predId = ops.identity(condition, { name: 'pred_id' });
    // What lives on one side only is no fetch.
    for (const tensor of [outputTrue, whenTrue, whenFalse, predId]) graph.preventFetching(tensor.op);
    const onTrue = buildBranch(new CondContext(predId, whenTrue, true), trueFn, 'trueFn', strict);
    const onFalse = buildBranch(new CondContext(predId, whenFalse, false), falseFn, 'falseFn', strict);
    checkSameStructure(onTrue.given, onFalse.given, 'Incompatible return values of trueFn and falseFn');
    if (onTrue.results.length === 0) throw new ValueError('trueFn and falseFn must return at least one result.');
    onTrue.results.forEach((tensor, i) => {
      const other = onFalse.results[i];
      if (other !== undefined && other.dtype !== tensor.dtype) {
        throw new ValueError(`Outputs of trueFn and falseFn must have the same type(s). Received ${tensor.dtype} from trueFn and ${other.dtype} from falseFn.`);
      }
    });
    const merges = onTrue.results.map((tensor, i) => mergeOf([onFalse.results[i] ?? tensor, tensor]));
    if (onTrue.context.outer === undefined) {
      graph.addToCollection(GraphKeys.condContext, onTrue.context);
      graph.addToCollection(GraphKeys.condContext, onFalse.context);
    }
    return unpacked(pack(onTrue.given, merges), strict);
  });
}

interface BuiltBranch {
  readonly context: CondContext;
  /** What the function gave, with the tensors of the branch as leaves. */
  readonly given: unknown;
  readonly results: readonly Tensor[];
}

function buildBranch(context: CondContext, fn: () => unknown, what: string, strict: boolean): BuiltBranch {
  const { graph } = context.pivot;
  return graph.inControlFlow(context, () => {
    const given = builtNow(fn(), what);
    if (given === undefined || given === null) throw new ValueError(`${what} must have a return value.`);
    const inside = mapLeaves(given, (leaf) => context.result(leaf));
    const results = flatten(inside) as Tensor[];
    context.exitResults(results);
    return { context, given: unpacked(inside, strict), results };
  });
}

function unpacked(structure: unknown, strict: boolean): unknown {
  const isSingle = !strict && Array.isArray(structure) && structure.length === 1;
  return isSingle ? (structure[0] as unknown) : structure;
}

/** TypeError for what cannot be called. */
export function checkFunction(fn: unknown, what: string): asserts fn is (...args: unknown[]) => unknown {
  if (typeof fn !== 'function') throw new TypeError(`${what} must be a function, but got ${typeName(fn)}.`);
}
