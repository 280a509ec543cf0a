/** The open variable scopes, by the flow of control, and the variables that `getVariable` made, by graph. */
import type { Graph } from '../graph/graph.js';
import { ContextVariable } from './contextVariable.js';

/** Whether `getVariable` gives variables that are there: never, always, or where there are any. */
export type Reuse = boolean | 'auto';

export interface VariableScopeState {
  /** Names of the scopes around, joined by `/`; empty outside of any. */
  readonly name: string;
  readonly reuse: Reuse;
  readonly useResource: boolean;
  /** Makes the initial values of variables that are given no initializer. */
  readonly initializer: unknown;
}

const current = new ContextVariable<VariableScopeState>();
const outside: VariableScopeState = { name: '', reuse: false, useResource: false, initializer: undefined };
const stores = new WeakMap<Graph, Map<string, object>>();

export function variableScopeState(): VariableScopeState {
  return current.get() ?? outside;
}

export function inVariableScope<R>(state: VariableScopeState, fn: () => R): R {
  return current.run(state, fn);
}

/** The graph's variables by full name. */
export function variableStore(graph: Graph): Map<string, object> {
  let store = stores.get(graph);
  if (store === undefined) {
    store = new Map<string, object>();
    stores.set(graph, store);
  }
  return store;
}
