/**
 * Variables by reference. The compiler turns references into handles (optimize/dereference.ts), so these never run; they are here because
 * the table is where the placer learns that a device has such variables.
 */
import { InternalError } from '../../errors.js';
import { host } from './define.js';

const reference = host((_inputs, { node, op }) => {
  throw new InternalError(`internal: the reference of ${op} '${node}' was not turned into a handle`, { node, op });
}, { nature: 'state' });

export const Variable = reference;
export const VariableV2 = reference;
export const IsVariableInitialized = reference;
export const Assign = reference;
export const AssignAdd = reference;
export const AssignSub = reference;
export const CountUpTo = reference;
export const ScatterUpdate = reference;
export const ScatterAdd = reference;
export const ScatterSub = reference;
export const ScatterMul = reference;
export const ScatterDiv = reference;
export const ScatterMin = reference;
export const ScatterMax = reference;
export const ScatterNdUpdate = reference;
export const ScatterNdAdd = reference;
export const ScatterNdSub = reference;
export const ScatterNdMax = reference;
export const ScatterNdMin = reference;
export const StridedSliceAssign = reference;
