/** The first elements of a vector, in the memory in which it lies: only their number comes to the host. */
import { DeviceTensor } from '../../device/deviceTensor.js';
import { InternalError } from '../../errors.js';
import { HostTensor } from '../../hostTensor.js';
import { placeless } from './define.js';
import { scalarOf } from './tensors.js';

export const _Leading = placeless(([input, count], { node }) => {
  if (input === undefined || !(count instanceof HostTensor)) throw new InternalError(`internal: the count of '${node}' is not on the host`);
  const length = scalarOf(count);
  const [all = 0] = input.shape;
  if (input.shape.length !== 1 || length < 0 || length > all) throw new InternalError(`internal: '${node}' takes ${length} of ${all} elements`);
  if (input instanceof HostTensor) return [new HostTensor(input.dtype, [length], input.data.slice(0, length))];
  return [new DeviceTensor(input.dtype, [length], input.memory.retain())];
}, { takes: ['anywhere'], gives: 'anywhere' });
