/** The open scopes of every graph, by the flow of control. */
import { rootScopes, type Scopes } from '../graph/scopes.js';
import { ContextVariable } from './contextVariable.js';

interface GraphScopes {
  readonly graph: object;
  readonly scopes: Scopes;
  readonly outer: GraphScopes | undefined;
}

const current = new ContextVariable<GraphScopes>();

/** The scopes of `graph` that are open here. */
export function scopesOf(graph: object): Scopes {
  for (let at = current.get(); at !== undefined; at = at.outer) if (at.graph === graph) return at.scopes;
  return rootScopes;
}

/** Calls `fn` inside `scopes`. */
export function runInScopes<R>(graph: object, scopes: Scopes, fn: () => R): R {
  return current.run({ graph, scopes, outer: current.get() }, fn);
}

/** Replaces the scopes of `graph` from here on. */
export function enterScopes(graph: object, scopes: Scopes): void {
  const outer = current.get();
  current.set({ graph, scopes, outer: outer?.graph === graph ? outer.outer : outer });
}
