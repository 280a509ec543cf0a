/** `tf.whileLoop`: a part of a graph that runs again and again while a condition holds. */
import { ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { convertToTensor, type TensorLike } from '../../ops/convert.js';
import type { OpOptions } from '../../ops/apply.js';
import * as ops from '../../ops/families.js';
import type { ScalarValue } from '../../hostValue.js';
import { shapeText, type PartialShape } from '../../shape.js';
import { checkOptions, graphOf, inScope } from '../arguments.js';
import { GraphKeys } from '../variables.js';
import { checkFunction } from './cond.js';
import { builtNow, checkSameStructure, flatten, nodeOf, pack, type Structure, type Tensors, type Unpacked } from './structure.js';
import { WhileContext } from './whileContext.js';

/** The shapes of loop variables, in their structure; null: unknown rank. */
export type ShapeInvariants = PartialShape | readonly ShapeInvariants[] | { readonly [key: string]: ShapeInvariants };

export interface WhileLoopOptions extends OpOptions {
  /** In the structure of the loop variables: what is known of each one's shape in every iteration. By default it keeps the shape that it enters with. */
  readonly shapeInvariants?: readonly ShapeInvariants[];
  /** How many iterations may be under way at once; at least 1. */
  readonly parallelIterations?: number;
  /** The loop ends after so many, whatever the condition says. */
  readonly maximumIterations?: number | bigint | Tensor<'int32'> | Tensor<'int64'>;
  /** Gives an array of one for one loop variable, and not the variable. */
  readonly returnSameStructure?: boolean;
  /** For gradients of the loop, as in TensorFlow: building the loop and running it are the same either way. */
  readonly backProp?: boolean;
  /** For gradients of the loop, as in TensorFlow: building the loop and running it are the same either way. */
  readonly swapMemory?: boolean;
}

/**
 * Runs `body` on the loop variables while `cond` of them holds; the variables afterwards, in the structure of `loopVars` (one variable alone: the
 * variable). Both functions take the variables as arguments and build their part of the graph once; `body` gives the variables' next values in the
 * same structure, with the same dtypes, of shapes within the invariants.
 * ValueError and TypeError for what does not correspond, and for an empty list of variables.
 */
export function whileLoop<const V extends readonly unknown[]>(
  cond: (...variables: Variables<V>) => TensorLike<'bool'>, body: (...variables: Variables<V>) => NextValues, loopVars: V & readonly Structure[],
  options: WhileLoopOptions & { readonly returnSameStructure: true },
): Variables<V>;
export function whileLoop<const V extends readonly unknown[]>(
  cond: (...variables: Variables<V>) => TensorLike<'bool'>, body: (...variables: Variables<V>) => NextValues, loopVars: V & readonly Structure[], options?: WhileLoopOptions,
): Unpacked<Variables<V>>;
export function whileLoop(cond: unknown, body: unknown, loopVars: readonly unknown[], options: WhileLoopOptions = {}): unknown {
  if (!Array.isArray(loopVars) || loopVars.length === 0) throw new ValueError('No loop variables provided');
  checkFunction(cond, 'cond');
  checkFunction(body, 'body');
  checkOptions('whileLoop', options, ['shapeInvariants', 'parallelIterations', 'maximumIterations', 'returnSameStructure', 'backProp', 'swapMemory']);
  const { shapeInvariants, parallelIterations = 10, maximumIterations, returnSameStructure = false, name } = options;
  if (!(Number.isInteger(parallelIterations) && parallelIterations >= 1)) throw new TypeError('parallelIterations must be a positive integer.');
  const graph = graphOf(flatten(loopVars), maximumIterations);
  return inScope(graph, name, 'while', () => {
    const loop: Loop = { cond, body, loopVars, shapeInvariants, parallelIterations };
    const results = maximumIterations === undefined ? built(loop) : builtUpTo(loop, maximumIterations);
    return results.length === 1 && !returnSameStructure ? results[0] : results;
  });
}

/** The variables as the functions get them. */
export type Variables<V extends readonly unknown[]> = { -readonly [I in keyof V]: Tensors<V[I]> };

/** What a body gives: the structure of the variables. Told so loosely for the compiler's sake, which would look through it without end. */
export type NextValues = object | ScalarValue;

interface Loop {
  readonly cond: (...variables: unknown[]) => unknown;
  readonly body: (...variables: unknown[]) => unknown;
  readonly loopVars: readonly unknown[];
  readonly shapeInvariants: readonly ShapeInvariants[] | undefined;
  readonly parallelIterations: number;
}

/** Builds the loop, with a variable more that counts its iterations. */
function builtUpTo({ cond, body, loopVars, shapeInvariants, parallelIterations }: Loop, maximumIterations: TensorLike): readonly unknown[] {
  const graph = graphOf(maximumIterations, flatten(loopVars));
  const isOpen = typeof maximumIterations === 'number';
  const limit = convertToTensor(graph, maximumIterations, { ...(isOpen ? { dtype: 'int32' } : {}), name: 'maximum_iterations' });
  if (limit.shape !== null && limit.shape.length !== 0) throw new ValueError(`maximumIterations must be a scalar, saw shape: ${shapeText(limit.shape)}`);
  const counter = convertToTensor(graph, 0, { dtype: limit.dtype, name: 'iteration_counter' });
  const [, results] = built({
    cond: (i, variables) => ops.logicalAnd(ops.less(i as Tensor, limit), builtNow(cond(...variables as unknown[]), 'cond') as TensorLike<'bool'>),
    body: (i, variables) => [ops.add(i as Tensor, 1), listOf(builtNow(body(...variables as unknown[]), 'body'))],
    loopVars: [counter, loopVars],
    shapeInvariants: shapeInvariants === undefined ? undefined : [[], shapeInvariants],
    parallelIterations,
  });
  return results as readonly unknown[];
}

function built({ cond, body, loopVars, shapeInvariants, parallelIterations }: Loop): readonly unknown[] {
  const graph = graphOf(flatten(loopVars));
  const context = new WhileContext(graph, parallelIterations);
  const initial = flatten(loopVars).map((value) => convertToTensor(graph, value));
  if (context.outer === undefined) graph.addToCollection(GraphKeys.whileContext, context);
  let given: unknown = loopVars;
  const exits = graph.inControlFlow(context, () => context.build({
    initial,
    shapeInvariants: shapeInvariants === undefined ? undefined : invariantsOf(loopVars, shapeInvariants),
    cond: (variables) => convertToTensor(graph, builtNow(cond(...pack(loopVars, variables) as unknown[]), 'cond'), { dtype: 'bool' }) as Tensor<'bool'>,
    body: (variables) => {
      const result = listOf(builtNow(body(...pack(loopVars, variables) as unknown[]), 'body'));
      checkSameStructure(loopVars, result, 'body must return the structure of the loop variables');
      given = result;
      return flatten(result).map((value, i) => convertToTensor(graph, value, { preferred: variables[i]?.dtype }));
    },
  }));
  return pack(given, exits) as readonly unknown[];
}

/** A body of one variable may give the variable itself. */
function listOf(result: unknown): readonly unknown[] {
  return Array.isArray(result) ? result : [result];
}

/** The invariants in the order of the variables; ValueError where their structure is another. */
function invariantsOf(loopVars: unknown, invariants: unknown): PartialShape[] {
  const found: PartialShape[] = [];
  const visit = (value: unknown, shape: unknown): void => {
    const node = nodeOf(value);
    if (node === undefined) {
      if (!isShape(shape)) throw mismatch();
      found.push(shape);
    } else if (node.kind === 'TensorArray') {
      found.push([]);
    } else if ((node.kind === 'array' || node.kind === 'object') && typeof shape === 'object' && shape !== null && Object.keys(shape).length === node.keys.length) {
      node.children.forEach((child, i) => { visit(child, (shape as Readonly<Record<string, unknown>>)[String(node.keys[i])]); });
    } else throw mismatch();
  };
  visit(loopVars, invariants);
  return found;
}

function isShape(value: unknown): value is PartialShape {
  return value === null || (Array.isArray(value) && value.every((dim) => dim === null || typeof dim === 'number'));
}

function mismatch(): ValueError {
  return new ValueError('shapeInvariants must be a (possibly nested) list of shapes in the structure of the loop variables: an array of shapes, or objects with the same keys.');
}
