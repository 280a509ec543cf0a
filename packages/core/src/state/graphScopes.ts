/** The open scopes of every graph, by the flow of control. */
import type { Graph } from '../graph/graph.js';
import { rootScopes, type Scopes } from '../graph/scopes.js';
import { ContextVariable } from './contextVariable.js';

interface GraphScopes {
  readonly graph: Graph;
  readonly scopes: Scopes;
  readonly outer: GraphScopes | undefined;
}

const current = new ContextVariable<GraphScopes>();

/** The scopes of `graph` that are open here. */
export function scopesOf(graph: Graph): Scopes {
  for (let at = current.get(); at !== undefined; at = at.outer) if (at.graph === graph) return at.scopes;
  return rootScopes;
}

/** Calls `fn` inside `scopes`. */
export function runInScopes<R>(graph: Graph, scopes: Scopes, fn: () => R): R {
  return current.run({ graph, scopes, outer: current.get() }, fn);
}

/** Replaces the scopes of `graph` from here on. */
export function enterScopes(graph: Graph, scopes: Scopes): void {
  const outer = current.get();
  current.set({ graph, scopes, outer: outer?.graph === graph ? outer.outer : outer });
}
