/** Runs a grid kernel with no session: one launch, printed as JavaScript, on targets of any manners. */
import { checkLimits, compileProgram } from '../../../codegen/grid/javascript/runProgram.js';
import type { GridTarget, ValueType } from '../../../codegen/grid/types.js';
import type { DType } from '../../../dtypes.js';
import { dtypeInfo } from '../../../dtypes.js';
import { fromStored, toStored } from '../../../device/storage.js';
import { AttrReader, type Attrs, type AttrValue } from '../../../graph/attrs.js';
import { HostTensor } from '../../../hostTensor.js';
import { sizeOf, type Shape } from '../../../shape.js';
import type { Arg, OpCall } from '../../kernel.js';
import type { Epilogue } from '../../kernel.js';
import { completeNode } from '../../../ops/completeNode.js';
import { opDefinition } from '../../../ops/registry.js';
import { callHostKernel, loadHostKernels } from '../../callHostKernel.js';
import { gridKernels } from '../kernels.js';
import { programOf, type GridLaunch } from '../launch.js';

const every = ['float32', 'int32', 'uint32', 'bool', 'float16', 'uint8', 'int64', 'float64', 'complex64'] as const satisfies readonly DType[];
const values: readonly ValueType[] = ['bool', 'int32', 'uint32', 'float32', 'int64', 'float64'];

/** A target with WebGPU's limits that holds every dtype, a bool as an int32. */
export function testTarget(change: Partial<GridTarget> = {}): GridTarget {
  return {
    storage: Object.fromEntries(every.map((dtype) => [dtype, { as: dtype === 'bool' ? 'int32' : dtype, grade: 'arithmetic' }])),
    values: new Set(values), workgroupThreads: 256, workgroupBytes: 16384, workgroups: 65535, bindings: 8, vectors: true, inPlace: false, floatAtomics: false,
    faults: true, ...change,
  };
}

type AttrInput = number | boolean | string | readonly number[] | { readonly type: DType };

export function attrsOf(inputs: Readonly<Record<string, AttrInput>>): Attrs {
  const valueOf = (value: AttrInput): AttrValue => {
    if (typeof value === 'number') return { kind: 'int', value };
    if (typeof value === 'boolean') return { kind: 'bool', value };
    if (typeof value === 'string') return { kind: 'string', value: new TextEncoder().encode(value) };
    return 'type' in value ? { kind: 'type', value: value.type } : { kind: 'list', of: 'int', value };
  };
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, valueOf(value)]));
}

export interface TestCall {
  readonly op: string;
  readonly attrs?: Readonly<Record<string, AttrInput>>;
  readonly inputs: readonly HostTensor[];
  /** Inputs whose value the plan knows. */
  readonly constants?: readonly number[];
  readonly outputs: readonly { readonly dtype: DType; readonly shape: Shape }[];
  readonly epilogue?: Epilogue;
}

export function opCall({ op, attrs = {}, inputs, constants = [], outputs, epilogue }: TestCall): OpCall {
  const args = inputs.map((value, i): Arg => ({ dtype: value.dtype, shape: value.shape, ...(constants.includes(i) ? { constant: value } : {}) }));
  return { kind: 'op', op, node: 'test', attrs: new AttrReader(attrsOf(attrs), 'test'), inputs: args, outputs, epilogue };
}

/** Runs a launch on these inputs; the outputs stand between nothing: what is written past an end throws. */
export function runLaunch(launch: GridLaunch, target: GridTarget, inputs: readonly HostTensor[], outputs: readonly { readonly dtype: DType; readonly shape: Shape }[]): HostTensor[] {
  const program = programOf(launch, target, (printed) => {
    checkLimits(printed, target);
    return compileProgram(printed);
  });
  const stored = (dtype: DType): DType => target.storage[dtype]?.as ?? dtype;
  const given = program.inputs.map((i) => toStored(inputs[i]!, stored(inputs[i]!.dtype)).slice());
  const made = outputs.map(({ dtype, shape }) => new Uint8Array(sizeOf(shape) * dtypeInfo[stored(dtype)].bytes).fill(0xa5));
  const { words, grid } = program.launchFor?.(inputs) ?? program.launch;
  program.source()([...given, ...made, new Uint8Array(program.scratch).fill(0xa5)], words, grid);
  return outputs.map(({ dtype, shape }, i) => {
    const { bytes, take } = fromStored(dtype, shape, stored(dtype));
    bytes.set(made[i]!);
    return take();
  });
}

// The judge answers at once.
await loadHostKernels();

/** What core's host kernel makes of the call: the judge. */
export function hostResult({ op, attrs = {}, inputs, outputs }: TestCall): readonly HostTensor[] {
  const definition = opDefinition(op);
  if (definition === undefined) throw new Error(`No op ${op}.`);
  const node = completeNode({ name: 'test', op, inputs: [], controls: [], device: '', attrs: attrsOf(attrs), outputs: [] }, definition, inputs.map(({ dtype }) => dtype));
  const results = callHostKernel({ ...node, outputs: outputs.map(({ dtype }) => dtype) }, definition, inputs, outputs.map(({ shape }) => shape));
  if (results === undefined) throw new Error(`No host kernel for ${op}.`);
  return results;
}

/** The call by the library's own kernel: its attributes completed as a graph would. */
export function gridResult(test: TestCall, target: GridTarget): HostTensor[] {
  const definition = opDefinition(test.op)!;
  const node = completeNode({ name: 'test', op: test.op, inputs: [], controls: [], device: '', attrs: attrsOf(test.attrs ?? {}), outputs: [] }, definition, test.inputs.map(({ dtype }) => dtype));
  const call: OpCall = { ...opCall(test), attrs: new AttrReader(node.attrs, 'test') };
  const kernel = gridKernels.find(({ op, accepts }) => op === test.op && (accepts?.(call, target) ?? true));
  if (kernel === undefined) throw new Error(`No grid kernel takes this ${test.op}.`);
  return runLaunch(kernel.launch(call, target), target, test.inputs, test.outputs);
}

/** Small numbers that repeat for nobody: exact in sums of some hundreds. */
export function numbers(shape: Shape, seed = 1): HostTensor<'float32'> {
  let state = seed * 7919 + 17;
  const data = Float32Array.from({ length: sizeOf(shape) }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return (state % 17) - 8;
  });
  return new HostTensor('float32', shape, data);
}

export const ints = (...list: number[]): HostTensor<'int32'> => new HostTensor('int32', [list.length], Int32Array.from(list));
