/** The open variable scopes, by the flow of control, and what each graph knows of variables that `getVariable` made. */
import type { DType } from '../dtypes.js';
import type { Graph } from '../graph/graph.js';
import { ContextVariable } from './contextVariable.js';

/** Whether `getVariable` gives variables that are there: never, always, or where there are any. */
export type Reuse = boolean | 'auto';

/** What a scope says to those inside it. */
export interface VariableScopeSettings {
  readonly useResource: boolean;
  /** Makes the initial values of variables that are given no initializer. */
  readonly initializer: unknown;
  /** Makes a loss of a variable's value. */
  readonly regularizer: unknown;
  /** Makes the variables, innermost first. */
  readonly customGetters: readonly unknown[];
  readonly dtype: DType;
}

/** A variable scope: opened by `variableScope`, and opened again when it is given to it. */
export class VariableScope {
  /** `name`: those of the scopes around, joined by `/`; empty outside of any. */
  constructor(readonly name: string, private reuseNow: Reuse, readonly settings: VariableScopeSettings) {}

  get reuse(): Reuse {
    return this.reuseNow;
  }

  /** From here on variables are reused in this scope. */
  reuseVariables(): void {
    this.reuseNow = true;
  }
}

/** By graph: the scope outside of all, variables by full name, and how often scopes of a name were opened. */
interface VariableStore {
  readonly root: VariableScope;
  readonly variables: Map<string, object>;
  readonly opened: Map<string, number>;
}

const current = new ContextVariable<{ readonly graph: Graph; readonly scope: VariableScope }>();
const outside: VariableScopeSettings = { useResource: false, initializer: undefined, regularizer: undefined, customGetters: [], dtype: 'float32' };
const stores = new WeakMap<Graph, VariableStore>();

export function variableStore(graph: Graph): VariableStore {
  const known = stores.get(graph);
  if (known !== undefined) return known;
  const made: VariableStore = { root: new VariableScope('', false, outside), variables: new Map(), opened: new Map() };
  stores.set(graph, made);
  return made;
}

/** The scope around here, for variables of `graph`. */
export function variableScopeOf(graph: Graph): VariableScope {
  const open = current.get();
  return open?.graph === graph ? open.scope : variableStore(graph).root;
}

export function inVariableScope<R>(graph: Graph, scope: VariableScope, fn: () => R): R {
  const { opened } = variableStore(graph);
  opened.set(scope.name, (opened.get(scope.name) ?? 0) + 1);
  return current.run({ graph, scope }, fn);
}
