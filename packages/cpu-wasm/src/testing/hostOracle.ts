/** What core's host kernels, which are plain TypeScript, make of the same calls. */
import type { HostTensor, Shape } from '@sessionflow/core/device';
import { AttrReader, hostTable, type HostContext, type MapCall, type Program, type ReduceCall } from '@sessionflow/core/kernels';
import type { MapFunction } from '@sessionflow/core/codegen';
import type { ReduceTest } from './onDevice.js';

const resources = { get: () => undefined, getOrCreate: <T>(_: string, __: string, create: () => T): T => create(), delete: () => false };
const context: HostContext = {
  node: 'node', op: 'op', attrs: new AttrReader({}, 'op'), outputDtypes: [], session: resources, step: resources, signal: new AbortController().signal,
};

async function run(program: Program<never>, inputs: readonly HostTensor[]): Promise<readonly HostTensor[]> {
  if (program.kind !== 'host') throw new Error('not a host program');
  return program.run(inputs, context);
}

export async function hostMap(fn: MapFunction, inputs: readonly HostTensor[], space: Shape): Promise<readonly HostTensor[]> {
  const call: MapCall = { kind: 'map', node: 'node', inputs, outputs: fn.outputs.map(({ dtype }) => ({ dtype, shape: space })), fn };
  // The host kernels do not look at the info of the device.
  return run(hostTable.map[0]!.program(call, undefined as never), inputs);
}

export async function hostReduce({ reducer, axes, before, after, inputs, space }: ReduceTest): Promise<HostTensor> {
  const output = { dtype: (after ?? before.outputs[0]!).dtype, shape: space.filter((_, axis) => !axes.includes(axis)) };
  const call: ReduceCall = { kind: 'reduce', node: 'node', inputs, outputs: [output], space, axes, reducer, before, after };
  return (await run(hostTable.reduce[0]!.program(call, undefined as never), inputs))[0]!;
}

/** Numbers in [0, 1) that depend on the seed alone. */
export function random(seed: number): () => number {
  let state = seed * 0x9e3779b9 + 1;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    state ^= state >>> 13;
    return (state >>> 0) / 2 ** 32;
  };
}
