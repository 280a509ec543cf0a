/** Evaluates one node over host values, now: how constants are folded. */
import { allDTypes, hasBytes, type DType } from '../dtypes.js';
import type { DeviceInfo, StorageForm } from '../device/info.js';
import { AttrReader } from '../graph/attrs.js';
import type { NodeData } from '../graph/graphData.js';
import type { HostTensor } from '../hostTensor.js';
import type { OpDefinition } from '../ops/opDef.js';
import type { PartialShape } from '../shape.js';
import { mapCallOf, opCallOf, reduceCallOf } from './callOf.js';
import { chooseProgram } from './findKernel.js';
import { hostKernels, hostTable } from './host/index.js';
import type { HostContext, ResourceManager } from './hostContext.js';
import type { Arg } from './kernel.js';

const storage: Partial<Record<DType, StorageForm>> = Object.fromEntries(
  allDTypes.filter(hasBytes).map((dtype) => [dtype, { as: dtype, grade: 'arithmetic' }]),
);

/** The host as a device: what host kernels are told when they make programs. */
export const hostInfo: DeviceInfo = {
  deviceType: 'CPU', ordinal: 0, description: '', memoryLimit: 0, storage,
  limits: { alignment: 8, bufferBytes: Number.MAX_SAFE_INTEGER, bindings: Number.MAX_SAFE_INTEGER, sharedBuffers: true },
  controlFlow: false, hostVisible: true, details: {},
};

/** Folding reaches no state: ops that need some are stateful and never folded. */
const noResources: ResourceManager = {
  get: () => undefined,
  getOrCreate: (_container, _name, create) => create(),
  delete: () => false,
};

/** Brings the code of the op's host kernels; undefined when it is there. */
export function loadHostKernel(op: string): Promise<unknown> | undefined {
  const loads = (hostKernels[op] ?? []).flatMap((kernel) => kernel.load?.() ?? []);
  return loads.length === 0 ? undefined : Promise.all(loads);
}

/** Brings the code of all host kernels. */
export async function loadHostKernels(): Promise<void> {
  await Promise.all(Object.keys(hostKernels).flatMap((op) => loadHostKernel(op) ?? []));
}

/**
 * The outputs of a stateless node; undefined when no host kernel takes it, its code is not there or its work is asynchronous. Throws the
 * kernel's own OpError.
 */
export function callHostKernel(
  node: NodeData, definition: OpDefinition, inputs: readonly HostTensor[], outShapes: readonly PartialShape[],
): readonly HostTensor[] | undefined {
  const args: Arg[] = inputs.map((value) => ({ dtype: value.dtype, shape: value.shape, constant: value }));
  const outputs: Arg[] = node.outputs.map((dtype, i) => ({ dtype, shape: (outShapes[i] ?? [-1]).map((dim) => dim ?? -1) }));
  const calls = [mapCallOf(node, definition, args, outputs), reduceCallOf(node, definition, args, outputs), opCallOf(node, args, outputs)];
  for (const call of calls) {
    const program = call === undefined ? undefined : chooseProgram(hostTable, call, hostInfo, true);
    if (program?.kind !== 'host' || call === undefined) continue;
    if (program.load?.() !== undefined) return undefined;
    const context: HostContext = {
      node: node.name, op: node.op, attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`), outputDtypes: node.outputs,
      session: noResources, step: noResources, signal: new AbortController().signal,
    };
    const results = program.run(inputs.slice(0, call.inputs.length), context);
    return 'then' in results ? undefined : results;
  }
  return undefined;
}
