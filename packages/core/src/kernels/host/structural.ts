/**
 * Ops that every device has because they compute nothing: constants, handles of values, the nodes that steer control flow. The stages and the
 * executor treat most of them by name; the kernels here say that they are supported, and pass values on where one is asked to run.
 */
import { dtypeInfo } from '../../dtypes.js';
import { InternalError, InvalidArgumentError } from '../../errors.js';
import { shapeText } from '../../shape.js';
import type { DeviceInfo } from '../../device/info.js';
import type { KernelTable } from '../kernel.js';
import { host, type HostDefinition, type HostKernel, kernelsOf, type PlacelessDefinition } from './define.js';
import * as basics from './basics.js';
import * as references from './references.js';
import * as variables from './resourceVariables.js';
import * as kept from './sessionTensors.js';
import { _Leading } from './leading.js';

/** Gives its inputs as its outputs. */
const pass: HostDefinition = host((inputs) => inputs);
/** Gives its first input: the others are only waited for. */
const first: HostDefinition = host((inputs) => inputs.slice(0, 1));
/** Gives nothing. */
const nothing: HostDefinition = host(() => []);
/** Nodes whose meaning is the executor's: which of their outputs lives is not a value. */
const steered: HostDefinition = host((_inputs, { node, op }) => {
  throw new InternalError(`internal: ${op} '${node}' was run as a kernel; the executor runs it.`);
}, { nature: 'state' });

/** A placeholder that runs is one that was not fed. */
const unfed: HostDefinition = host((_inputs, { node, attrs }) => {
  const dtype = dtypeInfo[attrs.type('dtype')].tfName;
  const shape = attrs.shape('shape');
  const shapePart = shape === null || shape.length === 0 ? '' : ` and shape ${shapeText(shape)}`;
  throw new InvalidArgumentError(`You must feed a value for placeholder tensor '${node}' with dtype ${dtype}${shapePart}`);
}, { nature: 'state' });

const definitions: Readonly<Record<string, HostDefinition>> = {
  Const: host((_inputs, { attrs }) => [attrs.tensor('value')]),
  Identity: first, IdentityN: pass, Snapshot: first, StopGradient: first, PreventGradient: first, GuaranteeConst: first,
  PlaceholderWithDefault: first, DeepCopy: first, DebugIdentity: first,
  NoOp: nothing, ControlTrigger: nothing,
  _Arg: steered, _Retval: steered, Placeholder: unfed, PlaceholderV2: unfed,
  Switch: steered, RefSwitch: steered, _SwitchN: steered, Merge: steered, RefMerge: steered, Enter: steered, RefEnter: steered,
  Exit: steered, RefExit: steered, NextIteration: steered, RefNextIteration: steered, LoopCond: first, RefIdentity: first,
  If: steered, StatelessIf: steered, While: steered, StatelessWhile: steered, Case: steered, StatelessCase: steered,
  PartitionedCall: steered, StatefulPartitionedCall: steered, _Frames: steered, _Send: steered, _Recv: steered, _HostSend: steered, _HostRecv: steered,
};

/** The structural ops as kernels, by op. */
export const structuralKernels = kernelsOf(definitions);

/** The structural ops as a table of their own: a device package combines its table with it. */
export const structural: KernelTable<never> = { ops: structuralKernels, map: [], reduce: [] };

/** What of an op's signature lies on its device: all but handles, texts of handles, what is told of a value, and new shapes. */
type Held = 'all' | 'no text' | 'inputs' | 'first';

/** State that stays where it lies. */
const stateOps: Readonly<Record<string, { readonly definition: HostDefinition | PlacelessDefinition; readonly held: Held }>> = {
  VarHandleOp: { definition: variables.VarHandleOp, held: 'all' }, ReadVariableOp: { definition: variables.ReadVariableOp, held: 'all' },
  AssignVariableOp: { definition: variables.AssignVariableOp, held: 'all' }, VarIsInitializedOp: { definition: variables.VarIsInitializedOp, held: 'inputs' },
  VariableShape: { definition: variables.VariableShape, held: 'inputs' }, DestroyResourceOp: { definition: variables.DestroyResourceOp, held: 'all' },
  Variable: { definition: references.Variable, held: 'all' }, VariableV2: { definition: references.VariableV2, held: 'all' },
  Assign: { definition: references.Assign, held: 'all' }, IsVariableInitialized: { definition: references.IsVariableInitialized, held: 'inputs' },
  GetSessionHandle: { definition: kept.GetSessionHandle, held: 'no text' }, GetSessionHandleV2: { definition: kept.GetSessionHandleV2, held: 'all' },
  GetSessionTensor: { definition: kept.GetSessionTensor, held: 'no text' }, DeleteSessionTensor: { definition: kept.DeleteSessionTensor, held: 'no text' },
};

/** New shapes of the same bytes, and what is known of a value without reading it: no launch on any device. */
const shapeOps: typeof stateOps = {
  Reshape: { definition: basics.Reshape, held: 'first' }, ExpandDims: { definition: basics.ExpandDims, held: 'first' },
  Squeeze: { definition: basics.Squeeze, held: 'inputs' }, Shape: { definition: basics.Shape, held: 'inputs' }, ShapeN: { definition: basics.ShapeN, held: 'inputs' },
  Size: { definition: basics.Size, held: 'inputs' }, Rank: { definition: basics.Rank, held: 'inputs' },
};

/** Part of a value, where it lies. */
const partOps: typeof stateOps = { _Leading: { definition: _Leading, held: 'all' } };

const heldOps = { ...stateOps, ...shapeOps, ...partOps };
const heldKernels = kernelsOf(Object.fromEntries(Object.entries(heldOps).map(([op, { definition }]) => [op, definition])));

/**
 * The structural ops, shapes, variables and kept tensors of a device that holds these dtypes: what a device package combines its own table with.
 * Handles are host values on every device.
 */
export function structuralOver(storage: DeviceInfo['storage']): KernelTable<never> {
  const over = (op: string, kernel: HostKernel): HostKernel => {
    const held = heldOps[op]?.held ?? 'all';
    return {
      ...kernel,
      supports: ({ inputDtypes, outputDtypes, attrs }) => {
        const dtypes = [...(held === 'first' ? inputDtypes.slice(0, 1) : inputDtypes), ...(held === 'inputs' || held === 'first' ? [] : outputDtypes), ...(op === 'VarHandleOp' ? [attrs.type('dtype')] : [])];
        const missing = dtypes.find((dtype) => dtype !== 'resource' && !(held === 'no text' && dtype === 'string') && storage[dtype] === undefined);
        return missing === undefined || `the device holds no ${missing}`;
      },
    };
  };
  const ops = Object.fromEntries(Object.entries({ ...structuralKernels, ...heldKernels }).map(([op, kernels]) => [op, kernels.map((kernel) => over(op, kernel))]));
  return { ops, map: [], reduce: [] };
}
