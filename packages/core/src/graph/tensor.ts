/** A symbolic output of an operation. */
import { inspectCustom } from '../inspect.js';
import type { DType } from '../dtypes.js';
import { ValueError } from '../errors.js';
import type { HostTensor } from '../hostTensor.js';
import { mergeShapes, shapeText, type PartialShape } from '../shape.js';
import { evaluate, type EvalOptions } from '../state/defaultSession.js';
import type { Graph } from './graph.js';
import type { Operation } from './operation.js';

/**
 * Output `index` of `op`: a value that a session computes, with its dtype and what is known of its shape. `D` is the dtype where the
 * program's types know it; `Tensor` alone may have any.
 */
export class Tensor<D extends DType = DType> {
  #shape: PartialShape = null;
  #consumers: Operation[] | undefined;

  constructor(
    readonly op: Operation,
    readonly index: number,
    readonly dtype: D,
    /** A reference to a variable's buffer (TensorFlow's `ref` types): ops may write through it. */
    readonly isRef: boolean = false,
  ) {}

  /** `operation:index`. */
  get name(): string {
    return `${this.op.name}:${this.index}`;
  }

  get graph(): Graph {
    return this.op.graph;
  }

  /** The device that was asked for: the operation's. */
  get device(): string {
    return this.op.device;
  }

  /** The static shape, as far as it is known; a run may find out more. */
  get shape(): PartialShape {
    return this.#shape;
  }

  getShape(): PartialShape {
    return this.#shape;
  }

  /**
   * Adds knowledge about the shape: unknown dimensions are filled in.
   * ValueError when it contradicts what is known.
   */
  setShape(shape: PartialShape): void {
    const merged = mergeShapes(this.#shape, shape);
    if (merged === undefined) {
      throw new ValueError(`Tensor '${this.name}': shape ${shapeText(shape)} is not compatible with its known shape ${shapeText(this.#shape)}.`);
    }
    this.#shape = merged;
  }

  /** The operations that take this tensor as an input, each once per use. */
  consumers(): readonly Operation[] {
    return this.#consumers ?? [];
  }

  /** Kept by the graph: `op` has this tensor as an input. */
  addConsumer(op: Operation): void {
    (this.#consumers ??= []).push(op);
  }

  /** Kept by the graph: one of the uses by `op` is none any more. */
  dropConsumer(op: Operation): void {
    const at = this.#consumers?.indexOf(op) ?? -1;
    if (at >= 0) this.#consumers?.splice(at, 1);
  }

  /** Kept by the graph: forgets consumers made after it had this version. */
  dropConsumers(version: number): void {
    this.#consumers = this.#consumers?.filter((op) => op.id <= version);
  }

  /** This tensor's value, computed in the given session, else in the default one. ValueError when there is none, or it has another graph. */
  eval(options: EvalOptions = {}): Promise<HostTensor<D>> {
    return evaluate(this, 'tensor', options) as Promise<HostTensor<D>>;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  /** `Tensor("x:0", shape=(2, ?), dtype=float32)`. */
  toString(): string {
    return `Tensor("${this.name}", shape=${tupleText(this.#shape)}, dtype=${this.dtype}${this.isRef ? '_ref' : ''})`;
  }
}

/** A shape as Python prints a tuple: `(2, ?)`, `(3,)`, `()`; `<unknown>` for an unknown rank. */
export function tupleText(shape: PartialShape): string {
  if (shape === null) return '<unknown>';
  return shape.length === 1 ? `(${shape[0] ?? '?'},)` : `(${shape.map((dim) => dim ?? '?').join(', ')})`;
}
