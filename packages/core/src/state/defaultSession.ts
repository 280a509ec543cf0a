/** The default session stack: the innermost session made the default around here, and what `eval` and `run` of graph elements do with it. */
import { AssertionError, ValueError } from '../errors.js';
import { typeName } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import { checkKeys } from '../options.js';
import type { Feeds } from '../session/feeds.js';
import { ContextStack } from './contextStack.js';

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

const stack = new ContextStack<{ readonly session: DefaultSession }>();

/** The innermost default session; `undefined` outside of any. */
export function getDefaultSession(): DefaultSession | undefined {
  return stack.get()?.session;
}

/** Calls `fn` with `session` as the default; across its awaits, too. */
export function withDefaultSession<R>(session: DefaultSession, fn: () => R): R {
  return stack.run({ session }, fn);
}

/**
 * Makes `session` the default from here on, until the result is disposed of (`isShared`: of all flows that have none of their own).
 * AssertionError when that happens out of order.
 */
export function enterDefaultSession(session: DefaultSession, isShared = false): Disposable {
  const entry = { session };
  const leave = stack.enter(entry, isShared);
  return {
    [Symbol.dispose]() {
      if (stack.get() !== entry) throw new AssertionError(`Nesting violated for default stack of ${typeName(session)} objects`);
      leave();
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
export async function evaluate(element: Tensor | Operation, kind: keyof typeof texts, options: EvalOptions): Promise<unknown> {
  checkKeys(kind === 'tensor' ? 'eval' : 'run', options, ['feeds', 'session']);
  const { feeds, session } = options;
  const chosen = session ?? getDefaultSession();
  if (chosen === undefined) throw new ValueError(texts[kind].none);
  if (chosen.graph !== element.graph) throw new ValueError(session === undefined ? texts[kind].otherDefault : texts[kind].otherGiven);
  return chosen.run(element, feeds);
}
