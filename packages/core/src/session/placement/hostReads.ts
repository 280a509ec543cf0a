/**
 * What the host must know of a node's inputs where a device runs it: asked of lower itself, which expands the node and picks its kernels as it
 * will for a plan. So what an op reads inside its body is told, too.
 */
import type { CompileDevice } from '../../device/compileDevice.js';
import { dtypeInfo, type DType } from '../../dtypes.js';
import { InvalidArgumentError, UnimplementedError } from '../../errors.js';
import { AttrReader } from '../../graph/attrs.js';
import type { NodeData } from '../../graph/graphData.js';
import { toNumbers, type HostTensor } from '../../hostTensor.js';
import { hostArgsOf, kernelsFor, mapKernelFor, scalarOf } from '../../kernels/findKernel.js';
import type { HostArgs, SupportQuery } from '../../kernels/kernel.js';
import { Itemizer } from '../../lower/itemize.js';
import { unitsOf, type Unit } from '../../lower/lower.js';
import { newValue, valueShape, type Value } from '../../lower/value.js';
import { controlFlowOps, decidesByFirst, framePrimitives } from '../../ops/controlFlowOps.js';
import type { OpDefinition, ShapeContext } from '../../ops/opDef.js';
import { opDefinition } from '../../ops/registry.js';
import { handleOp } from '../../optimize/dereference.js';
import { isFullyKnown, type PartialShape } from '../../shape.js';
import { finish } from '../../stage.js';

/** What is known of a value before the run. */
export interface KnownValue {
  readonly dtype: DType;
  readonly shape: PartialShape;
  readonly constant: HostTensor | undefined;
}

export interface HostReads {
  /** Indexes of inputs. */
  readonly inputs: ReadonlySet<number>;
  /** Values that the node's body makes on the device, for a part of it that the host must tell something. */
  readonly inside: readonly { readonly dtype: DType; readonly shape: PartialShape }[];
}

const none: HostReads = { inputs: new Set(), inside: [] };

/** Ops that are asked about shapes, which are known before any of them runs. */
const shapeQuestions: ReadonlySet<string> = new Set(['Shape', 'ShapeN', 'Size', 'Rank']);

/** `outputs`: the shapes of the node's results, as far as they are known. `isOrdered`: control edges keep the node where it is in the order. */
export function hostReads(given: NodeData, inputs: readonly KnownValue[], outputs: readonly PartialShape[], device: CompileDevice, isOrdered: boolean): HostReads {
  // The host drives branches: it reads what decides on them, and passes everything else on where it lies.
  if (controlFlowOps.has(given.op)) return decidesByFirst(given.op) ? only(inputs, [0]) : none;
  if (framePrimitives.has(given.op)) return given.op === 'LoopCond' ? only(inputs, [0]) : /Switch/.test(given.op) ? only(inputs, [1]) : none;
  const handle = handleOp(given.op);
  const node = handle === undefined ? given : { ...given, op: handle, attrs: { dtype: { kind: 'type' as const, value: inputs[0]?.dtype ?? 'float32' }, ...given.attrs } };
  const args = handle === undefined ? inputs : inputs.map((value, i): KnownValue => (i === 0 ? { dtype: 'resource', shape: [], constant: undefined } : value));
  const definition = opDefinition(node.op);
  if (definition === undefined || shapeQuestions.has(node.op)) return none;
  // What data tell, no plan knows: such an op is lowered without.
  const isKnown = [...args.map(({ shape }) => shape), ...(definition.isDataShaped === true ? [] : outputs)].every(isFullyKnown);
  return (isKnown ? asLowered(node, args, outputs, device, isOrdered) : undefined) ?? asTold(node, definition, args, device);
}

function only(inputs: readonly KnownValue[], indexes: readonly number[]): HostReads {
  return { inputs: new Set(indexes.filter((i) => inputs[i] !== undefined && inputs[i].constant === undefined)), inside: [] };
}

/** What the node's units take from the host; undefined where a plan would need values that only a run knows. */
function asLowered(node: NodeData, args: readonly KnownValue[], shapes: readonly PartialShape[], device: CompileDevice, isOrdered: boolean): HostReads | undefined {
  const inputs = args.map(({ dtype, shape, constant }, i) => newValue(`${i}`, dtype, valueShape(shape), constant));
  const outputs = node.outputs.map((dtype, i) => newValue(`${node.name}:${i}`, dtype, valueShape(shapes[i] ?? null)));
  const itemizer = new Itemizer();
  let units: readonly Unit[];
  try {
    itemizer.add({ node, inputs, outputs, device, origin: node.name, pinned: isOrdered });
    units = finish(unitsOf(itemizer, new Set(outputs), new Map([[device.name, device]])));
  } catch (error) {
    if (error instanceof UnimplementedError) return undefined;
    throw error;
  }
  const made = new Set(units.flatMap((unit) => (unit.kind === 'launch' ? unit.outputs.map(({ root }) => root) : [])));
  const read = new Set<number>();
  const inside = new Set<Value>();
  for (const value of units.flatMap(hostInputs)) {
    if (value.constant !== undefined) continue;
    const index = inputs.indexOf(value.root);
    if (index >= 0) read.add(index);
    else if (made.has(value.root)) inside.add(value.root);
  }
  return { inputs: read, inside: [...inside].map(({ dtype, shape }) => ({ dtype, shape })) };
}

/** What a unit takes as a value of the host. */
function hostInputs(unit: Unit): readonly Value[] {
  switch (unit.kind) {
    case 'launch':
      return unit.program.launchFor === undefined ? [] : unit.inputs.filter((_, i) => !unit.program.inputs.includes(i));
    case 'host': {
      const { placeless } = unit.program;
      return unit.inputs.filter((_, i) => placeless === undefined || (placeless.takes[i] ?? 'host') === 'host');
    }
    case 'control': case 'loop':
      return [];
    default:
      return unit satisfies never;
  }
}

/** By what the device's kernels say of themselves, where shapes that only the run knows will decide among them. */
function asTold(node: NodeData, definition: OpDefinition, args: readonly KnownValue[], device: CompileDevice): HostReads {
  const query: SupportQuery = {
    op: node.op, attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`), outputDtypes: node.outputs,
    inputDtypes: args.map(({ dtype }) => dtype), constants: args.map(({ constant }) => constant),
  };
  const needs = needsOf(definition, query, device) ?? shapeTellers(node, definition, args);
  return { inputs: new Set(args.flatMap(({ constant }, i) => (needs[i] === undefined || constant !== undefined ? [] : [i]))), inside: [] };
}

function needsOf(definition: OpDefinition, query: SupportQuery, { kernels }: CompileDevice): HostArgs | undefined {
  if (definition.isView === true) return query.inputDtypes.map((_, i) => (i === 0 ? undefined : 'compile'));
  const { own: [kernel], host } = kernelsFor(kernels, query);
  if (kernel !== undefined) return hostArgsOf(kernel, query);
  const fn = scalarOf(definition, query);
  if (fn !== undefined && mapKernelFor(kernels, fn, false) !== undefined) return [];
  // A reduction's axes shape its code.
  if (definition.reduction !== undefined && kernels.reduce.length > 0) return [undefined, 'compile'];
  if (definition.body !== undefined && !(definition.isDataShaped === true && host.length > 0)) return undefined;
  return host.length > 0 ? query.inputDtypes.map((dtype) => (dtypeInfo[dtype].bytes > 0 ? 'value' : undefined)) : [];
}

/** The inputs whose values the op's shape turns on: its body is built with them. */
function shapeTellers(node: NodeData, definition: OpDefinition, args: readonly KnownValue[]): HostArgs {
  const asked = new Set<number>();
  const context: ShapeContext = {
    attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`), inputCount: args.length, inputDtypes: args.map(({ dtype }) => dtype), outputDtypes: node.outputs,
    shape: (i) => args[i]?.shape ?? null,
    value: (i) => {
      asked.add(i);
      return args[i]?.constant;
    },
    shapeValue: (i) => {
      asked.add(i);
      const value = args[i]?.constant;
      return value === undefined ? null : toNumbers(value);
    },
    fail: (message) => { throw new InvalidArgumentError(message); },
  };
  try {
    definition.shape(context);
  } catch (error) {
    // What does not fit is said when it is run.
    if (!(error instanceof InvalidArgumentError)) throw error;
  }
  return args.map((_, i) => (asked.has(i) ? 'compile' : undefined));
}
