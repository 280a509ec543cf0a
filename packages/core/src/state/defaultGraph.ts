/** The default graph: the innermost `asDefault` around here, else the process's own, made at first use. */
import { AssertionError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import { ContextVariable } from './contextVariable.js';

interface DefaultGraph {
  readonly graph: Graph;
  readonly outer: DefaultGraph | undefined;
}

const current = new ContextVariable<DefaultGraph>();
let globalDefault: Graph | undefined;

/** The graph that op functions without tensor arguments add to. */
export function getDefaultGraph(): Graph {
  return current.get()?.graph ?? (globalDefault ??= new Graph());
}

/** Calls `fn` with `graph` as the default graph; across its awaits, too. */
export function withDefaultGraph<R>(graph: Graph, fn: () => R): R {
  return current.run({ graph, outer: current.get() }, fn);
}

/** Makes `graph` the default from here on, until the result is disposed of. AssertionError when that happens out of order. */
export function enterDefaultGraph(graph: Graph): Disposable {
  const entry: DefaultGraph = { graph, outer: current.get() };
  current.set(entry);
  return {
    [Symbol.dispose]() {
      if (current.get() !== entry) throw new AssertionError('Nesting violated for default stack of Graph objects');
      current.set(entry.outer);
    },
  };
}

/** Replaces the process's default graph by an empty one. AssertionError inside `asDefault`. */
export function resetDefaultGraph(): void {
  if (current.get() !== undefined) {
    throw new AssertionError(
      'Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared graph, exit the nesting and create a new graph.',
    );
  }
  globalDefault = undefined;
}
