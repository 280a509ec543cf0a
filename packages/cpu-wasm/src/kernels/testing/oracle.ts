/** Core's host kernels as the judge of wasm kernels: plain TypeScript with TensorFlow's meaning. */
import { HostTensor, newData, sizeOf, type DType, type Shape } from '@sessionflow/core/device';
import { hostKernels, type HostContext, type Kernel, type ResourceManager } from '@sessionflow/core/kernels';
import type { WasmSource } from '../../abi.js';
import type { WasmInfo } from '../../info.js';
import { attrs, opCall, runKernel, testInfo, type TestCall } from './standalone.js';

const refuse = (): never => { throw new Error('Ops with state are not compared here.'); };
const noResources: ResourceManager = { get: refuse, getOrCreate: refuse, delete: refuse };

/** What the host kernel of the op computes. */
export async function hostResult(
  test: Omit<TestCall, 'outputs'> & { readonly outputs: readonly { readonly dtype: DType }[] },
): Promise<readonly HostTensor[]> {
  const kernel = hostKernels[test.op]?.at(-1);
  if (kernel === undefined) throw new Error(`No host kernel for ${test.op}.`);
  const program = kernel.program(opCall({ ...test, outputs: test.outputs.map(({ dtype }) => ({ dtype, shape: [] })) }), testInfo());
  if (program.kind !== 'host') throw new Error(`The host kernel of ${test.op} is no host program.`);
  const context: HostContext = {
    node: 'test', op: test.op, attrs: attrs(test.attrs ?? {}), outputDtypes: test.outputs.map(({ dtype }) => dtype),
    session: noResources, step: noResources, signal: new AbortController().signal,
  };
  return program.run(test.inputs, context);
}

export interface Compared {
  readonly actual: readonly HostTensor[];
  readonly expected: readonly HostTensor[];
}

/** Runs the op on the host kernel and on the wasm kernel. */
export async function compare(
  kernel: Kernel<WasmSource, WasmInfo>, test: Omit<TestCall, 'outputs'>, dtypes: readonly DType[] = [test.inputs[0]!.dtype],
): Promise<Compared> {
  const expected = await hostResult({ ...test, outputs: dtypes.map((dtype) => ({ dtype })) });
  const { outputs } = runKernel(kernel, { ...test, outputs: expected.map(({ dtype, shape }) => ({ dtype, shape })) });
  return { actual: outputs, expected };
}

export const ints = (...values: number[]): HostTensor<'int32'> => new HostTensor('int32', [values.length], Int32Array.from(values));
/** An [n, 2] tensor. */
export const pairs = (...values: number[]): HostTensor<'int32'> => new HostTensor('int32', [values.length / 2, 2], Int32Array.from(values));
export const int = (value: number): HostTensor<'int32'> => new HostTensor('int32', [], Int32Array.of(value));

/** 0, 1, 2, … as any plain dtype (wrapping at its width). */
export function counting<D extends DType>(dtype: D, shape: Shape, first = 0): HostTensor<D> {
  const data = newData(dtype, sizeOf(shape));
  const list = data as unknown[];
  const big = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let i = 0; i < list.length; i++) list[i] = big ? BigInt(i + first) : i + first;
  return new HostTensor(dtype, shape, data);
}
