/** The default session stack: the innermost session made the default around here. */
import { AssertionError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import { ContextVariable } from './contextVariable.js';

/** What the stack knows of a session. */
export interface DefaultSession {
  readonly graph: Graph;
}

interface Entry {
  readonly session: DefaultSession;
  readonly outer: Entry | undefined;
}

const current = new ContextVariable<Entry>();

/** The innermost default session; `undefined` outside of any. */
export function getDefaultSession(): DefaultSession | undefined {
  return current.get()?.session;
}

/** Calls `fn` with `session` as the default; across its awaits, too. */
export function withDefaultSession<R>(session: DefaultSession, fn: () => R): R {
  return current.run({ session, outer: current.get() }, fn);
}

/** Makes `session` the default from here on, until the result is disposed of. AssertionError when that happens out of order. */
export function enterDefaultSession(session: DefaultSession): Disposable {
  const entry: Entry = { session, outer: current.get() };
  current.set(entry);
  return {
    [Symbol.dispose]() {
      if (current.get() !== entry) throw new AssertionError('Nesting violated for default stack of Session objects');
      current.set(entry.outer);
    },
  };
}
