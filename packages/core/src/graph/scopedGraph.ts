/**
 * The scopes of a graph: each takes a function and holds for its call (sync or async), or, without one, holds until the result is
 * disposed of (`using`).
 */
import { ValueError } from '../errors.js';
import { enterScopes, runInScopes, scopesOf } from '../state/graphScopes.js';
import { checkKeys } from '../options.js';
import { captureStack } from './definedAt.js';
import type { ControlFlowContext } from './controlFlow.js';
import { typeName, type ElementKinds } from './elements.js';
import { checkScopeName } from './names.js';
import { Operation } from './operation.js';
import { ControlScope, deviceEntry, entries, nestingError, type DeviceScope, type Scopes, type Stack } from './scopes.js';
import { Tensor } from './tensor.js';

/** What may be a control input: operations, tensors, their names, and objects that stand for one or have an operation of their own. */
export type ControlInput = Operation | Tensor | string | { readonly op: Operation } | { asGraphElement(): Tensor | Operation };

/** What `Graph` does with scopes. */
export abstract class ScopedGraph {
  abstract uniqueName(name: string, mark?: boolean): string;
  abstract asGraphElement(element: unknown, kinds?: ElementKinds): Tensor | Operation;

  /** Prefixes names by `name/`, made unique. A name ending in `/` reopens that scope; null or `''` is the root. `fn` gets the prefix. */
  nameScope(name: string | null): Disposable & { readonly scope: string };
  nameScope<R>(name: string | null, fn: (scope: string) => R): R;
  nameScope<R>(name: string | null, fn?: (scope: string) => R): R | (Disposable & { readonly scope: string }) {
    let prefix = '';
    if (name !== null && name !== '') {
      checkScopeName(name, scopesOf(this).prefix);
      prefix = name.endsWith('/') ? name : `${this.uniqueName(name)}/`;
    }
    if (fn !== undefined) return this.inside({ prefix }, () => fn(prefix));
    return Object.assign(this.enter('name', { prefix }), { scope: prefix });
  }

  /** The open name scope, without the `/` at its end; empty outside of all. */
  getNameScope(): string {
    return scopesOf(this).prefix.slice(0, -1);
  }

  /** Requests a device for what is made inside; see placement.md's rules in scopes.ts. */
  device(device: DeviceScope): Disposable;
  device<R>(device: DeviceScope, fn: () => R): R;
  device<R>(device: DeviceScope, fn?: () => R): R | Disposable {
    const devices = push(deviceEntry(device), scopesOf(this).devices);
    return fn === undefined ? this.enter('device', { devices }) : this.inside({ devices }, fn);
  }

  /**
   * Places what is made inside with `op` (a tensor stands for its operation); device scopes outside do not apply inside.
   * ValueError for null without `ignoreExisting`, which also forgets the blocks around.
   */
  colocateWith<R>(op: Operation | Tensor | null, options: { readonly ignoreExisting?: boolean }, fn: () => R): R;
  colocateWith<R>(op: Operation | Tensor | null, fn: () => R): R;
  colocateWith<R>(op: Operation | Tensor | null, options: { readonly ignoreExisting?: boolean } | (() => R), fn?: () => R): R {
    const { ignoreExisting = false } = typeof options === 'function' ? {} : options;
    const body = typeof options === 'function' ? options : fn!;
    if (typeof options !== 'function') checkKeys('colocateWith', options, ['ignoreExisting']);
    if (op === null && !ignoreExisting) throw new ValueError('Trying to reset colocation (op is None) but ignore_existing is not True');
    const target = op instanceof Tensor ? op.op : op;
    const outer = ignoreExisting ? undefined : scopesOf(this).colocation;
    return this.inside({ devices: undefined, colocation: target === null ? outer : push({ op: target, stack: captureStack() }, outer) }, body);
  }

  /** What is made inside waits for `inputs`; null forgets the blocks around, and the branch or loop that is being built. TypeError for what is no operation or tensor. */
  controlDependencies(inputs: readonly ControlInput[] | null): Disposable;
  controlDependencies<R>(inputs: readonly ControlInput[] | null, fn: () => R): R;
  controlDependencies<R>(inputs: readonly ControlInput[] | null, fn?: () => R): R | Disposable {
    const outer = scopesOf(this).controls;
    const controls = inputs === null ? undefined : push(new ControlScope(this.newControls(inputs, outer)), outer);
    const change: Partial<Scopes> = inputs === null ? { controls, controlFlow: undefined } : { controls };
    return fn === undefined ? this.enter('control dependency', change) : this.inside(change, fn);
  }

  private newControls(inputs: readonly ControlInput[], outer: Stack<ControlScope> | undefined): Operation[] {
    const current = new Set<Operation>();
    for (const scope of entries(outer)) for (const op of scope.inputs) current.add(op);
    const added: Operation[] = [];
    for (const input of inputs) {
      // A variable stands for itself, not for a read of it: it may have no value yet.
      const element = this.asGraphElement(ownOperation(input) ?? input);
      const op = element instanceof Tensor ? element.op : element;
      if (!current.has(op)) added.push(op);
      current.add(op);
    }
    return added;
  }

  /** Gives stateful operations made inside this resource container, unless they name one. */
  container<R>(name: string, fn: () => R): R {
    return this.inside({ container: name }, fn);
  }

  /** For `cond` and `whileLoop`: what is made inside is part of this branch or loop. */
  inControlFlow<R>(controlFlow: ControlFlowContext, fn: () => R): R {
    return this.inside({ controlFlow }, fn);
  }

  private inside<R>(change: Partial<Scopes>, fn: () => R): R {
    return runInScopes(this, { ...scopesOf(this), ...change }, fn);
  }

  private enter(what: Parameters<typeof nestingError>[0], change: Partial<Scopes>): Disposable {
    const fields = Object.keys(change) as (keyof Scopes)[];
    const leave = enterScopes(this, change);
    return {
      [Symbol.dispose]: () => {
        const now = scopesOf(this);
        if (fields.some((field) => now[field] !== change[field])) throw nestingError(what);
        leave();
      },
    };
  }
}

/** The operation that an object has, which is no tensor. TypeError for what is no element of a graph, has none, and is no name of one. */
function ownOperation(input: unknown): Operation | undefined {
  if (input instanceof Tensor || input instanceof Operation || typeof input === 'string') return undefined;
  if (typeof input === 'object' && input !== null) {
    if ('op' in input && input.op instanceof Operation) return input.op;
    if ('asGraphElement' in input) return undefined;
  }
  throw new TypeError(`Control input must be Operation or Tensor: ${typeof input === 'object' ? typeName(input) : JSON.stringify(input)}`);
}

function push<T>(top: T, under: Stack<T> | undefined): Stack<T> {
  return { top, under };
}
