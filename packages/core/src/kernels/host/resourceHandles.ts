/** Handles of session objects: how ops that share a variable, a table or a queue find it. */
import type { ResourceHandle } from '../../dtypes.js';
import type { HostTensor } from '../../hostTensor.js';
import type { HostContext } from '../hostContext.js';
import { tensorOver } from './tensors.js';

/** The container of what names none. */
const DEFAULT_CONTAINER = 'localhost';

/** A scalar handle. An object without a shared name is found by its node's. */
export function handleFor({ attrs, node }: Pick<HostContext, 'attrs' | 'node'>, typeName: string): { handle: ResourceHandle; tensor: HostTensor } {
  const container = attrs.has('container') ? attrs.string('container') : '';
  const shared = attrs.has('shared_name') ? attrs.string('shared_name') : '';
  const handle: ResourceHandle = { device: '', container: container === '' ? DEFAULT_CONTAINER : container, name: shared === '' ? node : shared, hashCode: 0n, typeName };
  return { handle, tensor: tensorOver('resource', [], [handle]) };
}

/** The handle in a resource tensor. */
export function handleOf(tensor: HostTensor | undefined): ResourceHandle {
  return (tensor!.data as ResourceHandle[])[0]!;
}
