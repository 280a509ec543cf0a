/**
 * Resource variables: cells of the session. Reads and assignments move values wherever they lie; updates that no device makes in its own
 * memory are host programs, and the executor brings the value to the host for them. A value that is assigned on the host is copied, so that
 * nobody else can change it.
 */
import { retained, type AnyTensor } from '../../device/anyTensor.js';
import { type DType, dtypeInfo } from '../../dtypes.js';
import { FailedPreconditionError, InternalError, InvalidArgumentError, NotFoundError, OutOfRangeError } from '../../errors.js';
import type { AttrReader } from '../../graph/attrs.js';
import { HostTensor } from '../../hostTensor.js';
import { sameShape, shapeText, sizeOf } from '../../shape.js';
import type { HostContext } from '../hostContext.js';
import { type Folding, foldOf } from './arithmetic.js';
import { cloned, copyElements } from './copy.js';
import { VariableCell } from '../variableCell.js';
import { host, placeless, type HostDefinition } from './define.js';
import { decode, encode } from './evaluate/registers.js';
import { gather, GatherNd, scatterInto } from './gather.js';
import { handleFor, handleOf } from './resourceHandles.js';
import { stridedSliceSpec, withSlice } from './slicing.js';
import { intsOf, intTensor, invalid, numbersOf, scalarOf, tensorOfNumbers, tensorOver, unitsOf } from './tensors.js';

const state = { nature: 'state' } as const;

function cellOf(handle: AnyTensor | undefined, { session }: Pick<HostContext, 'session'>): { variable: VariableCell; name: string; container: string } {
  if (!(handle instanceof HostTensor)) throw new InternalError('internal: a handle is not on the host');
  const { container, name } = handleOf(handle);
  const variable = session.getOrCreate(container, name, () => new VariableCell());
  if (!(variable instanceof VariableCell)) throw new InvalidArgumentError(`Resource ${container}/${name} is no variable.`);
  return { variable, name, container };
}

/** The type in the handle of a variable that the graph has by reference. */
const REFERENCE = 'ref';

/** The variable with its value, wherever that lies; TensorFlow's error where it has none. */
export function initializedCell(handle: AnyTensor | undefined, context: Pick<HostContext, 'session'>): { variable: VariableCell; value: AnyTensor } {
  const { variable, name, container } = cellOf(handle, context);
  if (variable.value !== undefined) return { variable, value: variable.value };
  if (handleOf(handle as HostTensor).typeName === REFERENCE) throw new FailedPreconditionError(`Attempting to use uninitialized value ${name}`);
  throw new FailedPreconditionError(`Error while reading resource variable ${name} from Container: ${container}. This could mean that the variable was uninitialized. ` +
    `Not found: Resource ${container}/${name}/N10tensorflow3VarE does not exist.`);
}

/** What a host program works on. */
export function initialized(handle: HostTensor | undefined, context: HostContext): { variable: VariableCell; value: HostTensor } {
  const { variable } = initializedCell(handle, context);
  const value = variable.hostValue;
  if (value === undefined) throw new InternalError('internal: a variable lost its value');
  return { variable, value };
}

/** The handle that a VarHandleOp gives: the same in every run. */
export function variableHandle(node: string, attrs: AttrReader): HostTensor {
  return handleFor({ node, attrs }, attrs.has('_ref') ? REFERENCE : 'tensorflow::Var').tensor;
}

export const VarHandleOp = host((_inputs, { node, attrs }) => [variableHandle(node, attrs)], state);

export const ReadVariableOp = placeless(([handle], context) => {
  const { value } = initializedCell(handle, context);
  const dtype: DType = context.attrs.type('dtype');
  if (value.dtype !== dtype) {
    invalid(`Trying to read variable with wrong dtype. Expected ${dtypeInfo[dtype].tfName} got ${dtypeInfo[value.dtype].tfName}`);
  }
  return [retained(value)];
}, { gives: 'anywhere' });

export const AssignVariableOp = placeless(async ([handle, value], context) => {
  const { variable } = cellOf(handle, context);
  while (variable.busy !== undefined) await variable.busy;
  const validates = context.attrs.has('validate_shape') && context.attrs.bool('validate_shape');
  if (validates && variable.value !== undefined && !sameShape(variable.value.shape, value!.shape)) {
    invalid(`Trying to assign to variable with tensor with wrong shape. Expected ${shapeText(variable.value.shape)} got ${shapeText(value!.shape)}`);
  }
  if (value instanceof HostTensor) variable.set(cloned(value));
  else variable.set(retained(value!), value!.memory.made);
  return [];
}, { takes: ['host', 'device'] });

/** A copy of `value` with `op` applied element by element. */
function folded(value: HostTensor, op: Folding, by: HostTensor): HostTensor {
  if (!sameShape(value.shape, by.shape)) {
    invalid(`Cannot update variable with shape ${shapeText(value.shape)} using a Tensor with shape ${shapeText(by.shape)}, shapes must be equal.`);
  }
  const out = decode(value.dtype, cloned(value).data);
  const from = decode(by.dtype, by.data);
  const fold = foldOf(op, value.dtype);
  for (let i = 0; i < value.size; i++) fold(out, i, from, i);
  return tensorOver(value.dtype, value.shape, encode(value.dtype, out));
}

const update = (op: Folding): HostDefinition => host(([handle, by], context) => {
  const { variable, value } = initialized(handle, context);
  variable.set(folded(value, op, by!));
  return [];
}, state);

export const AssignAddVariableOp = update('add');
export const AssignSubVariableOp = update('sub');

export const VarIsInitializedOp = placeless(([handle], context) => [
  tensorOver('bool', [], Uint8Array.of(cellOf(handle, context).variable.value === undefined ? 0 : 1)),
]);

export const VariableShape = placeless(([handle], context) => [
  intTensor(context.outputDtypes[0] ?? 'int32', initializedCell(handle, context).value.shape),
]);

export const DestroyResourceOp = placeless(([handle], { attrs, session }) => {
  if (!(handle instanceof HostTensor)) throw new InternalError('internal: a handle is not on the host');
  const { container, name } = handleOf(handle);
  if (!session.delete(container, name) && !attrs.bool('ignore_lookup_error')) {
    throw new NotFoundError(`Resource ${container}/${name}/ does not exist.`);
  }
  return [];
});

export const ResourceCountUpTo = host(([handle], context) => {
  const { variable, value } = initialized(handle, context);
  const limit = context.attrs.int('limit');
  const count = scalarOf(value);
  if (count >= limit) throw new OutOfRangeError(`Reached limit of ${limit}`);
  variable.set(tensorOfNumbers(value.dtype, [], [count + 1]));
  return [value];
}, state);

export const ResourceGather = host(([handle, indices], context) => [
  gather(initialized(handle, context).value, indices!, context.attrs.int('batch_dims'), context.attrs.int('batch_dims')),
], state);

export const ResourceGatherNd = host(([handle, indices], context) => GatherNd.run([initialized(handle, context).value, indices!], context), state);

/** Rows of the variable by index; a scalar update goes to all of them. */
const scatterRows = (op: Folding): HostDefinition => host(([handle, indices, updates], context) => {
  const { variable, value } = initialized(handle, context);
  const rows = value.shape[0] ?? 0;
  const inner = sizeOf(value.shape.slice(1));
  const places = intsOf(indices!);
  const isScalar = updates!.shape.length === 0;
  if (!isScalar && updates!.size !== places.length * inner) {
    invalid(`Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got updates.shape ${shapeText(updates!.shape)}, ` +
      `indices.shape ${shapeText(indices!.shape)}, params.shape ${shapeText(value.shape)}`);
  }
  places.forEach((place, i) => (place < 0 || place >= rows) && invalid(`indices[${i}] = ${place} is not in [0, ${rows})`));
  const out = cloned(value);
  if (op === 'update') {
    places.forEach((place, i) => {
      for (let k = 0; k < inner; k++) copyElements(unitsOf(out), place * inner + k, unitsOf(updates!), isScalar ? 0 : i * inner + k, 1);
    });
    variable.set(out);
    return [];
  }
  const to = decode(out.dtype, out.data);
  const from = decode(updates!.dtype, updates!.data);
  const fold = foldOf(op, out.dtype);
  places.forEach((place, i) => {
    for (let k = 0; k < inner; k++) fold(to, place * inner + k, from, isScalar ? 0 : i * inner + k);
  });
  variable.set(tensorOver(out.dtype, out.shape, encode(out.dtype, to)));
  return [];
}, state);

export const ResourceScatterUpdate = scatterRows('update');
export const ResourceScatterAdd = scatterRows('add');
export const ResourceScatterSub = scatterRows('sub');
export const ResourceScatterMul = scatterRows('mul');
export const ResourceScatterDiv = scatterRows('div');
export const ResourceScatterMin = scatterRows('min');
export const ResourceScatterMax = scatterRows('max');

const scatterSlices = (op: Folding): HostDefinition => host(([handle, indices, updates], context) => {
  const { variable, value } = initialized(handle, context);
  variable.set(scatterInto(cloned(value), indices!, updates!, op));
  return [];
}, state);

export const ResourceScatterNdUpdate = scatterSlices('update');
export const ResourceScatterNdAdd = scatterSlices('add');
export const ResourceScatterNdSub = scatterSlices('sub');
export const ResourceScatterNdMin = scatterSlices('min');
export const ResourceScatterNdMax = scatterSlices('max');

export const ResourceStridedSliceAssign = host(([handle, begin, end, strides, part], context) => {
  const { variable, value } = initialized(handle, context);
  const spec = stridedSliceSpec(value.shape, intsOf(begin!), intsOf(end!), intsOf(strides!), context.attrs);
  variable.set(withSlice(value, spec, part!));
  return [];
}, state);

// ---- optimizers -------------------------------------------------------------------------------------------------------------------

/** Values of a variable as float64, and the way back. */
function edit(handle: HostTensor | undefined, context: HostContext): { values: Float64Array; store: () => void } {
  const { variable, value } = initialized(handle, context);
  const values = Float64Array.from(numbersOf(value));
  return { values, store: () => { variable.set(tensorOfNumbers(value.dtype, value.shape, values)); } };
}

export const ResourceApplyGradientDescent = host(([handle, alpha, delta], context) => {
  const { values, store } = edit(handle, context);
  const rate = scalarOf(alpha!);
  numbersOf(delta!).forEach((d: number, i: number) => (values[i]! -= rate * d));
  store();
  return [];
}, state);

export const ResourceApplyMomentum = host(([handle, accumulator, rateArg, gradient, momentumArg], context) => {
  const [variable, sums] = [edit(handle, context), edit(accumulator, context)];
  const [rate, momentum] = [scalarOf(rateArg!), scalarOf(momentumArg!)];
  const nesterov = context.attrs.bool('use_nesterov');
  numbersOf(gradient!).forEach((g: number, i: number) => {
    sums.values[i] = sums.values[i]! * momentum + g;
    variable.values[i]! -= nesterov ? g * rate + sums.values[i] * momentum * rate : sums.values[i] * rate;
  });
  variable.store();
  sums.store();
  return [];
}, state);

export const ResourceApplyAdam = host(([handle, mHandle, vHandle, beta1Power, beta2Power, rateArg, beta1Arg, beta2Arg, epsilonArg, gradient], context) => {
  const [variable, m, v] = [edit(handle, context), edit(mHandle, context), edit(vHandle, context)];
  const [beta1, beta2, epsilon] = [scalarOf(beta1Arg!), scalarOf(beta2Arg!), scalarOf(epsilonArg!)];
  const rate = (scalarOf(rateArg!) * Math.sqrt(1 - scalarOf(beta2Power!))) / (1 - scalarOf(beta1Power!));
  const nesterov = context.attrs.bool('use_nesterov');
  numbersOf(gradient!).forEach((g: number, i: number) => {
    m.values[i]! += (g - m.values[i]!) * (1 - beta1);
    v.values[i]! += (g * g - v.values[i]!) * (1 - beta2);
    const step = nesterov ? g * (1 - beta1) + beta1 * m.values[i]! : m.values[i]!;
    variable.values[i]! -= (step * rate) / (Math.sqrt(v.values[i]!) + epsilon);
  });
  for (const each of [variable, m, v]) each.store();
  return [];
}, state);
