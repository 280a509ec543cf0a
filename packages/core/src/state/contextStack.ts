/**
 * Values that follow the flow of control: on the stack for the length of a call (sync or async) or of a `using` block, seen by everything called
 * from there, across `await` too. That is what Python's thread-local default stacks become where one thread interleaves many tasks.
 *
 * Where the platform has AsyncLocalStorage (Node, Deno, Bun) concurrent tasks never see each other's values. Elsewhere (browsers) it is a
 * plain variable: right for synchronous code and for one async task at a time.
 */

/** The part of node:async_hooks that is used. */
interface AsyncStore<T> {
  getStore(): T | undefined;
  run<R>(value: T, fn: () => R): R;
  enterWith(value: T): void;
}

interface AsyncHooks {
  readonly AsyncLocalStorage: new <T>() => AsyncStore<T>;
}

interface PlatformWithModules {
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

/** Node's module, asked for at run time: a static import would break bundles for browsers. */
function asyncHooks(): AsyncHooks | undefined {
  const platform: PlatformWithModules = globalThis;
  const hooks = platform.process?.getBuiltinModule?.('node:async_hooks');
  return isAsyncHooks(hooks) ? hooks : undefined;
}

function isAsyncHooks(hooks: unknown): hooks is AsyncHooks {
  return typeof hooks === 'object' && hooks !== null && 'AsyncLocalStorage' in hooks;
}

/** Calls `after` when `fn` is done: when it returns or throws, or when the promise that it gives is settled. */
export function whenDone<R>(fn: () => R, after: () => void): R {
  let result: R;
  try {
    result = fn();
  } catch (error) {
    after();
    throw error;
  }
  if (result instanceof Promise) void result.then(after, after);
  else after();
  return result;
}

/** One variable for the process; the same store, kept by hand. */
export class PlainStore<T> implements AsyncStore<T> {
  private value: T | undefined;

  getStore(): T | undefined {
    return this.value;
  }
  run<R>(value: T, fn: () => R): R {
    const before = this.value;
    this.value = value;
    const restore = (): void => {
      this.value = before;
    };
    return whenDone(fn, restore);
  }
  enterWith(value: T): void {
    this.value = value;
  }
}

interface Entry<T> {
  /** undefined once it was left: flows that began meanwhile still hold the entry. */
  value: T | undefined;
  readonly outer: Entry<T> | undefined;
}

/** See the head of this file. A stack: what is entered lies on what is around it, until it is left. */
export class ContextStack<T> {
  private readonly store: AsyncStore<Entry<T> | undefined>;
  /** What lies under the values of every flow, last on top. */
  private readonly shared: Entry<T>[] = [];

  constructor(hooks: AsyncHooks | undefined = asyncHooks()) {
    this.store = hooks === undefined ? new PlainStore() : new hooks.AsyncLocalStorage();
  }

  /** The innermost value around here. */
  get(): T | undefined {
    return this.top()?.value;
  }

  /** All values around here, innermost first. */
  *values(): Generator<T, undefined> {
    for (let at = this.top(); at !== undefined; at = live(at.outer)) if (at.value !== undefined) yield at.value;
  }

  /** Calls `fn` with the value on top; an async `fn` keeps it until its promise settles. */
  run<R>(value: T, fn: () => R): R {
    return this.store.run({ value, outer: live(this.store.getStore()) }, fn);
  }

  /**
   * Puts the value on top from here on, for `using` blocks; the result takes it off again, wherever it was passed on to. An async function is
   * in the flow of its caller until it first waits: what it enters before that, its caller sees, too, until it is left.
   * `isShared`: it lies under the values of every other flow as well.
   */
  enter(value: T, isShared = false): () => void {
    const entry: Entry<T> = { value, outer: live(this.store.getStore()) };
    this.store.enterWith(entry);
    if (isShared) this.shared.push(entry);
    return () => {
      entry.value = undefined;
      if (this.shared.includes(entry)) this.shared.splice(this.shared.indexOf(entry), 1);
      this.store.enterWith(live(this.store.getStore()));
    };
  }

  private top(): Entry<T> | undefined {
    return live(this.store.getStore()) ?? this.shared.at(-1);
  }
}

/** The innermost entry that was not left. */
function live<T>(entry: Entry<T> | undefined): Entry<T> | undefined {
  let at = entry;
  while (at !== undefined && at.value === undefined) at = at.outer;
  return at;
}
