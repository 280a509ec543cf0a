/**
 * Session handles: values that a run leaves in the session, to be fed into later runs. The value stays on the device that made it and is not
 * copied: feeding a handle feeds the very tensor that was kept.
 */
import type { DType } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import type { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import type { AnyTensor } from '../device/anyTensor.js';
import { HostTensor } from '../hostTensor.js';
import type { ResourceManager } from '../kernels/hostContext.js';
import * as ops from '../ops/families.js';
import { KeptTensor, keptTensors } from '../kernels/keptTensor.js';

const decoder = new TextDecoder();

/** Where the values of handles are kept, and how they come to the host. */
export interface HandleStore {
  readonly resources: ResourceManager;
  toHost(value: AnyTensor): Promise<HostTensor>;
}

/** What fetching a session handle gives: feed it in place of the value. */
export class TensorHandle extends HostTensor<'string'> {
  constructor(text: string, private readonly store: HandleStore) {
    super('string', [], [new TextEncoder().encode(text)]);
  }

  /** `tensor_name;id;device`. */
  get handle(): string {
    return decoder.decode(this.data[0]);
  }

  /** The kept value where it lies; the session holds it. InvalidArgumentError when it was deleted. */
  get kept(): AnyTensor {
    const kept = this.store.resources.get(keptTensors, this.handle);
    if (kept instanceof KeptTensor) return kept.value;
    throw new InvalidArgumentError(`The tensor with handle '${this.handle}' is not in the session store.`);
  }

  /** The kept value, on the host. InvalidArgumentError when it was deleted. */
  async eval(): Promise<HostTensor> {
    return this.store.toHost(this.kept);
  }

  /** Gives the value back. InvalidArgumentError when it was deleted already. */
  delete(): void {
    if (!this.store.resources.delete(keptTensors, this.handle)) throw new InvalidArgumentError(`The tensor with handle '${this.handle}' is not in the session store.`);
  }

  override toString(): string {
    return this.handle;
  }
}

/** Keeps a tensor in the session; what a run gives for it is a TensorHandle. */
export function getSessionHandle(data: Tensor, options: { readonly name?: string } = {}): Tensor<'string'> {
  return ops.getSessionHandle(data, options);
}

/** `[holder, tensor]`: feed a handle (or its text) for the holder, and the tensor has the value that was kept. */
export function getSessionTensor<D extends DType>(_handle: string | TensorHandle, dtype: D, options: { readonly name?: string } = {}): [Tensor<'string'>, Tensor<D>] {
  const holder = ops.placeholder('string', { shape: [] });
  return [holder, ops.getSessionTensor(holder, dtype, options)];
}

/** `[holder, deleter]`: feed a handle (or its text) for the holder, and the operation drops the value that was kept. */
export function deleteSessionTensor(_handle: string | TensorHandle, options: { readonly name?: string } = {}): [Tensor<'string'>, Operation] {
  const holder = ops.placeholder('string', { shape: [] });
  return [holder, ops.deleteSessionTensor(holder, options)];
}

/** Whether what a tensor gives is a handle. */
export function givesHandle(tensor: Tensor): boolean {
  return tensor.op.type === 'GetSessionHandle' || tensor.op.type === 'GetSessionHandleV2';
}
