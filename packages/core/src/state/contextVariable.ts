/**
 * A value that follows the flow of control: set for the length of a call (sync or async) or of a `using` block, seen by everything called
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

/** See the head of this file. `T` should be immutable: a nested value is made from the outer one. */
export class ContextVariable<T extends object> {
  private readonly store: AsyncStore<{ readonly value: T | undefined }>;

  constructor(hooks: AsyncHooks | undefined = asyncHooks()) {
    this.store = hooks === undefined ? new PlainStore() : new hooks.AsyncLocalStorage();
  }

  get(): T | undefined {
    return this.store.getStore()?.value;
  }

  /** Calls `fn` with the value set; an async `fn` keeps it until its promise settles. */
  run<R>(value: T | undefined, fn: () => R): R {
    return this.store.run({ value }, fn);
  }

  /** Sets the value from here on, for `using` blocks; the caller restores what was there before. */
  set(value: T | undefined): void {
    this.store.enterWith({ value });
  }
}
