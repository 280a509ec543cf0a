/** The open variable scopes, by the flow of control, and what each graph knows of variables that `getVariable` made. */
import type { DType } from '../dtypes.js';
import type { Graph } from '../graph/graph.js';
import { ContextStack, whenDone } from './contextStack.js';

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
  /**
   * `name`: those of the scopes around, joined by `/`; empty outside of any. `originalNameScope`: the name scope of ops that were made when it
   * was opened first, `name/`; opened again, the scope gives ops another one.
   */
  constructor(readonly name: string, private reuseNow: Reuse, readonly settings: VariableScopeSettings, readonly originalNameScope: string) {}

  get reuse(): Reuse {
    return this.reuseNow;
  }

  /** From here on variables are reused in this scope. */
  reuseVariables(): void {
    this.reuseNow = true;
  }
}

/** By graph: the scope outside of all, variables by full name, and the scopes that were opened inside of those that are open: default names avoid them. */
interface VariableStore {
  readonly root: VariableScope;
  readonly variables: Map<string, object>;
  opened: ReadonlySet<string>;
}

const stack = new ContextStack<{ readonly graph: Graph; readonly scope: VariableScope }>();
const outside: VariableScopeSettings = { useResource: false, initializer: undefined, regularizer: undefined, customGetters: [], dtype: 'float32' };
const stores = new WeakMap<Graph, VariableStore>();

export function variableStore(graph: Graph): VariableStore {
  const known = stores.get(graph);
  if (known !== undefined) return known;
  const made: VariableStore = { root: new VariableScope('', false, outside, ''), variables: new Map(), opened: new Set() };
  stores.set(graph, made);
  return made;
}

/** The scope around here, for variables of `graph`. */
export function variableScopeOf(graph: Graph): VariableScope {
  const open = stack.get();
  return open?.graph === graph ? open.scope : variableStore(graph).root;
}

/**
 * Opens a scope for `fn`. A scope that is left forgets what was opened inside, so that the next of its name finds the same default names; one
 * that was opened as an object (`isReopened`) leaves no trace.
 */
export function inVariableScope<R>(graph: Graph, scope: VariableScope, isReopened: boolean, fn: () => R): R {
  const store = variableStore(graph);
  const before = new Set([...store.opened, scope.name]);
  store.opened = before;
  const leave = (): void => {
    store.opened = isReopened ? before : new Set([...store.opened].filter((name) => !name.startsWith(`${scope.name}/`)));
  };
  return whenDone(() => stack.run({ graph, scope }, fn), leave);
}
