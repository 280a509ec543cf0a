/** Ops about the program that runs them: clocks, names of files, stand-ins, stacks of a run. */
import type { ResourceHandle } from '../../dtypes.js';
import { InvalidArgumentError, NotFoundError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { isFullyKnown } from '../../shape.js';
import type { HostContext } from '../hostContext.js';
import { zeros } from './copy.js';
import { host } from './define.js';
import { bytesOf, intTensor, invalid, scalarOf, tensorOfNumbers, tensorOver, textOf } from './tensors.js';


/** Seconds since 1970. */
export const Timestamp = host(() => [tensorOfNumbers('float64', [], [Date.now() / 1000])]);

/** Which of the named device types runs this: host kernels run on a CPU. */
export const DeviceIndex = host((_inputs, { attrs }) => {
  const names = attrs.strings('device_names');
  const index = names.indexOf('CPU');
  return [intTensor('int32', [index < 0 ? names.length : index], [])];
});

/** A value that nobody reads: what a branch gives for what only the other branch makes. */
export const FakeParam = host((_inputs, { attrs }) => {
  const shape = attrs.shape('shape');
  return [zeros(attrs.type('dtype'), isFullyKnown(shape) ? shape : (shape ?? []).map((dim) => dim ?? 0))];
});

export const HostConst = host((_inputs, { attrs }) => [attrs.tensor('value')]);
export const _ListToArray = host((inputs) => inputs);
export const _ArrayToList = host((inputs) => inputs);

const text = (tensor: HostTensor): string => textOf((tensor.data as Uint8Array[])[0]!);
const five = (n: number): string => String(n).padStart(5, '0');

export const ShardedFilename = host(([basename, shard, count]) => [
  tensorOver('string', [], [bytesOf(`${text(basename!)}-${five(scalarOf(shard!))}-of-${five(scalarOf(count!))}`)]),
]);
export const ShardedFilespec = host(([basename, count]) => [tensorOver('string', [], [bytesOf(`${text(basename!)}-?????-of-${five(scalarOf(count!))}`)])]);

/** A stack of one run: what loops push for the way back. */
class Stack {
  readonly items: HostTensor[] = [];
  isClosed = false;

  constructor(readonly name: string, readonly limit: number) {}
}

const STACKS = '_stacks';

function stackOf(handle: HostTensor | undefined, { step }: HostContext): Stack {
  const { name } = (handle!.data as ResourceHandle[])[0]!;
  const found = step.get(STACKS, name);
  if (!(found instanceof Stack)) throw new NotFoundError(`Resource ${STACKS}/${name} does not exist.`);
  if (found.isClosed) throw new InvalidArgumentError(`Stack[${found.name}] has already been closed.`);
  return found;
}

export const StackV2 = host(([size], { attrs, node, step }) => {
  const counter = step.getOrCreate(STACKS, '#', () => ({ count: 0 }));
  const given = attrs.string('stack_name');
  const name = `${given === '' ? node : given}_${counter.count++}`;
  step.getOrCreate(STACKS, name, () => new Stack(name, scalarOf(size!)));
  const handle: ResourceHandle = { device: '', container: STACKS, name, hashCode: 0n, typeName: 'tensorflow::Stack' };
  return [tensorOver('resource', [], [handle])];
});

export const StackPushV2 = host(([handle, element], context) => {
  const stack = stackOf(handle, context);
  if (stack.limit >= 0 && stack.items.length >= stack.limit) invalid(`Stack[${stack.name}] overflowed its max_size (${stack.limit})`);
  stack.items.push(element!);
  return [element!];
});

export const StackPopV2 = host(([handle], context) => {
  const stack = stackOf(handle, context);
  const element = stack.items.pop();
  if (element === undefined) invalid(`Stack[${stack.name}] is empty when calling Pop().`);
  return [element];
});

export const StackCloseV2 = host(([handle], context) => {
  const stack = stackOf(handle, context);
  stack.isClosed = true;
  stack.items.length = 0;
  return [];
});

/** A matrix of three diagonals times another matrix. */
export const TridiagonalMatMul = host(([above, main, below, rhs]) => {
  const { shape, dtype } = rhs!;
  const [rows, columns] = shape.slice(-2) as [number, number];
  const [u, d, l, x] = [above, main, below, rhs].map((tensor) => tensor!.data as Float64Array) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const row = Math.floor(i / columns) % rows;
    const at = Math.floor(i / (columns * rows)) * rows + row;
    out[i] = d[at]! * x[i]! + (row + 1 < rows ? u[at]! * x[i + columns]! : 0) + (row > 0 ? l[at]! * x[i - columns]! : 0);
  }
  return [tensorOfNumbers(dtype, shape, out)];
});
