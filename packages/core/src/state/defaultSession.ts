/** The default session stack: the innermost session made the default around here, and what `eval` and `run` of graph elements do with it. */
import { AssertionError, ValueError } from '../errors.js';
import { typeName } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import type { Feeds } from '../session/feeds.js';
import { ContextVariable } from './contextVariable.js';

/** What the stack knows of a session. */
export interface DefaultSession {
  readonly graph: Graph;
  run(fetch: Tensor | Operation, feeds?: Feeds): Promise<unknown>;
}

/** How `tensor.eval` and `operation.run` find their session and feeds. */
export interface EvalOptions {
  readonly feeds?: Feeds;
  /** By default the default session. */
  readonly session?: DefaultSession | undefined;
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
      if (current.get() !== entry) throw new AssertionError(`Nesting violated for default stack of ${typeName(session)} objects`);
      current.set(entry.outer);
    },
  };
}

/** What TensorFlow says of tensors, and of operations. */
const texts = {
  tensor: {
    none: 'Cannot evaluate tensor using `eval()`: No default session is registered. Use `with sess.as_default()` or pass an explicit session to `eval(session=sess)`',
    otherDefault: "Cannot use the default session to evaluate tensor: the tensor's graph is different from the session's graph. Pass an explicit session to `eval(session=sess)`.",
    otherGiven: "Cannot use the given session to evaluate tensor: the tensor's graph is different from the session's graph.",
  },
  operation: {
    none: 'Cannot execute operation using `run()`: No default session is registered. Use `with sess.as_default():` or pass an explicit session to `run(session=sess)`',
    otherDefault: "Cannot use the default session to execute operation: the operation's graph is different from the session's graph. Pass an explicit session to run(session=sess).",
    otherGiven: "Cannot use the given session to execute operation: the operation's graph is different from the session's graph.",
  },
} as const;

/** Runs one element in the given session, else in the default one. ValueError when there is none, or one of another graph. */
export async function evaluate(element: Tensor | Operation, kind: keyof typeof texts, { feeds, session }: EvalOptions): Promise<unknown> {
  const chosen = session ?? getDefaultSession();
  if (chosen === undefined) throw new ValueError(texts[kind].none);
  if (chosen.graph !== element.graph) throw new ValueError(session === undefined ? texts[kind].otherDefault : texts[kind].otherGiven);
  return chosen.run(element, feeds);
}
