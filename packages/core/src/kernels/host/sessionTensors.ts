/** Values that a run leaves in the session, by handle: GetSessionHandle and what belongs to it. They lie on the device of the op that kept them. */
import { retained, type AnyTensor } from '../../device/anyTensor.js';
import type { ResourceHandle } from '../../dtypes.js';
import { InternalError, InvalidArgumentError } from '../../errors.js';
import { HostTensor } from '../../hostTensor.js';
import type { HostContext } from '../hostContext.js';
import { KeptTensor, keptTensors } from '../keptTensor.js';
import { placeless } from './define.js';
import { tensorOver } from './tensors.js';

/** Keeps a value under a new handle: `tensor_name;id;device`. */
function keep(value: AnyTensor, { session, node }: HostContext): string {
  const counter = session.getOrCreate(`${keptTensors}_count`, '#', () => ({ count: 0 }));
  const device = value instanceof HostTensor ? '/job:localhost/replica:0/task:0/device:CPU:0' : value.device;
  const handle = `${node}:0;${counter.count++};${device}`;
  session.getOrCreate(keptTensors, handle, () => new KeptTensor(value));
  return handle;
}

function textOf(handle: AnyTensor | undefined): string {
  if (!(handle instanceof HostTensor)) throw new InternalError('internal: a session handle is not on the host');
  return new TextDecoder().decode((handle.data as Uint8Array[])[0]);
}

function missing(handle: string): InvalidArgumentError {
  return new InvalidArgumentError(`The tensor with handle '${handle}' is not in the session store.`);
}

export const GetSessionHandle = placeless(([value], context) => [tensorOver('string', [], [new TextEncoder().encode(keep(value!, context))])], { takes: ['device'] });

export const GetSessionHandleV2 = placeless(([value], context) => {
  const handle: ResourceHandle = { device: '', container: keptTensors, name: keep(value!, context), hashCode: 0n, typeName: 'tensorflow::Tensor' };
  return [tensorOver('resource', [], [handle])];
}, { takes: ['device'] });

export const GetSessionTensor = placeless(([handle], { session }) => {
  const text = textOf(handle);
  const kept = session.get(keptTensors, text);
  if (!(kept instanceof KeptTensor)) throw missing(text);
  return [retained(kept.value)];
}, { gives: 'anywhere' });

export const DeleteSessionTensor = placeless(([handle], { session }) => {
  const text = textOf(handle);
  if (!session.delete(keptTensors, text)) throw missing(text);
  return [];
});
