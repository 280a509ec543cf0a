/** The open scopes of every graph, by the flow of control. */
import { rootScopes, type Scopes } from '../graph/scopes.js';
import { ContextStack } from './contextStack.js';

/** What lies on the stack: all scopes of a graph at one place, or what a block changes of those around it. */
type Entry = { readonly graph: object } & ({ readonly scopes: Scopes } | { readonly change: Partial<Scopes> });

const stack = new ContextStack<Entry>();

/** The scopes of `graph` that are open here. */
export function scopesOf(graph: object): Scopes {
  let changes: Partial<Scopes> | undefined;
  for (const entry of stack.values()) {
    if (entry.graph !== graph) continue;
    if ('scopes' in entry) return changes === undefined ? entry.scopes : { ...entry.scopes, ...changes };
    changes = { ...entry.change, ...changes };
  }
  return changes === undefined ? rootScopes : { ...rootScopes, ...changes };
}

/** Calls `fn` inside `scopes`. */
export function runInScopes<R>(graph: object, scopes: Scopes, fn: () => R): R {
  return stack.run({ graph, scopes }, fn);
}

/** Changes the scopes of `graph` from here on, until the result is called. */
export function enterScopes(graph: object, change: Partial<Scopes>): () => void {
  return stack.enter({ graph, change });
}
