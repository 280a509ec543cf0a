/** The default graph: the innermost `asDefault` around here, else the process's own, made at first use. */
import { AssertionError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import { ContextStack } from './contextStack.js';

const stack = new ContextStack<{ readonly graph: Graph }>();
let globalDefault: Graph | undefined;

/** The graph that op functions without tensor arguments add to. */
export function getDefaultGraph(): Graph {
  return stack.get()?.graph ?? (globalDefault ??= new Graph());
}

/** Calls `fn` with `graph` as the default graph; across its awaits, too. */
export function withDefaultGraph<R>(graph: Graph, fn: () => R): R {
  return stack.run({ graph }, fn);
}

/**
 * Makes `graph` the default from here on, until the result is disposed of (`isShared`: of all flows that have none of their own).
 * AssertionError when that happens out of order.
 */
export function enterDefaultGraph(graph: Graph, isShared = false): Disposable {
  const entry = { graph };
  const leave = stack.enter(entry, isShared);
  return {
    [Symbol.dispose]() {
      if (stack.get() !== entry) throw new AssertionError('Nesting violated for default stack of Graph objects');
      leave();
    },
  };
}

/** Replaces the process's default graph by an empty one. AssertionError inside `asDefault`. */
export function resetDefaultGraph(): void {
  if (stack.get() !== undefined) {
    throw new AssertionError(
      'Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared graph, exit the nesting and create a new graph.',
    );
  }
  globalDefault = undefined;
}
