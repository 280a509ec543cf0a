/** Values that a run leaves in the session, by handle: GetSessionHandle and what belongs to it. */
import type { ResourceHandle } from '../../dtypes.js';
import { InvalidArgumentError } from '../../errors.js';
import { HostTensor } from '../../hostTensor.js';
import type { HostContext } from '../hostContext.js';
import { host } from './define.js';
import { tensorOver } from './tensors.js';

/** The container of kept tensors. */
export const keptTensors = '_session_tensors';
const state = { nature: 'state' } as const;

/** Keeps a value under a new handle: `tensor_name;id;device`. */
function keep(value: HostTensor, { session, node }: HostContext): string {
  const counter = session.getOrCreate(`${keptTensors}_count`, '#', () => ({ count: 0 }));
  const handle = `${node}:0;${counter.count++};/job:localhost/replica:0/task:0/device:CPU:0`;
  session.getOrCreate(keptTensors, handle, () => value);
  return handle;
}

function textOf(handle: HostTensor): string {
  return new TextDecoder().decode((handle.data as Uint8Array[])[0]);
}

function missing(handle: string): InvalidArgumentError {
  return new InvalidArgumentError(`The tensor with handle '${handle}' is not in the session store.`);
}

export const GetSessionHandle = host(([value], context) => [tensorOver('string', [], [new TextEncoder().encode(keep(value!, context))])], state);

export const GetSessionHandleV2 = host(([value], context) => {
  const handle: ResourceHandle = { device: '', container: keptTensors, name: keep(value!, context), hashCode: 0n, typeName: 'tensorflow::Tensor' };
  return [tensorOver('resource', [], [handle])];
}, state);

export const GetSessionTensor = host(([handle], { session }) => {
  const text = textOf(handle!);
  const value = session.get(keptTensors, text);
  if (!(value instanceof HostTensor)) throw missing(text);
  return [value];
}, state);

export const DeleteSessionTensor = host(([handle], { session }) => {
  const text = textOf(handle!);
  if (!session.delete(keptTensors, text)) throw missing(text);
  return [];
}, state);
