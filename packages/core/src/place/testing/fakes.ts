/** Made-up ops and devices for the placer's tests: two types, two devices each, kernels on one or both, with and without priorities. */
import type { KernelSpec } from '../kernelSpecs.js';
import { placeGraph, type GraphPlacement } from '../placeGraph.js';
import type { PlaceGraphOptions } from '../placeGraphOptions.js';

export const task = '/job:a/replica:0/task:0';
/** Full name of a device of the task: `CPU:0` is `FakeCPU:0`. */
export const full = (device: string): string => `${task}/device:Fake${device}`;

interface Arg {
  readonly name: string;
  readonly type?: string;
  readonly typeAttr?: string;
  readonly isRef?: boolean;
}

const float = (name: string): Arg => ({ name, type: 'DT_FLOAT' });
const ref = (name: string): Arg => ({ name, type: 'DT_FLOAT', isRef: true });
const resource = (name: string): Arg => ({ name, type: 'DT_RESOURCE' });

const op = (name: string, inputArg: readonly Arg[], outputArg: readonly Arg[], attr: readonly object[] = []): object => ({
  name,
  inputArg,
  outputArg,
  attr,
});

type Row = readonly [def: object & { readonly name?: string }, cpu?: KernelSpec, gpu?: KernelSpec];

/** Each op with its kernels on FakeCPU and FakeGPU. */
const rows: readonly Row[] = [
  [op('Variable', [], [ref('o')]), true, true],
  [op('VariableOnCpu', [], [ref('o')]), true],
  [op('VariableOnGpu', [], [ref('o')]), undefined, true],
  [op('NoKernels', [], [ref('o')])],
  [op('Assign', [ref('i'), float('v')], [ref('o')]), true, true],
  [op('AssignOnCpu', [ref('i'), float('v')], [ref('o')]), true],
  [op('AssignOnGpu', [ref('i'), float('v')], [ref('o')]), undefined, true],
  [op('Input', [], [float('a'), float('b')]), true],
  [op('Relu', [float('i')], [float('o')]), true, true],
  [op('ReluOnCpu', [float('i')], [float('o')]), true],
  [op('ReluOnGpu', [float('i')], [float('o')]), undefined, true],
  [op('ReluPrefersCpu', [float('i')], [float('o')]), { priority: 50 }, true],
  [op('ReluPrefersGpu', [float('i')], [float('o')]), true, { priority: 20 }],
  [op('ReluWithPriorities', [float('i')], [float('o')]), { priority: 40 }, { priority: 10 }],
  [op('Add', [float('a'), float('b')], [float('o')]), true, true],
  [op('Generator', [], [float('o')]), true, true],
  [op('GeneratorOnCpu', [], [float('o')]), true],
  [op('Shape', [{ name: 'input', typeAttr: 'T' }], [{ name: 'output', type: 'DT_INT32' }], [{ name: 'T', type: 'type' }]), true, true],
  [op('Identity', [{ name: 'input', typeAttr: 'T' }], [{ name: 'output', typeAttr: 'T' }], [{ name: 'T', type: 'type' }]), true, true],
  [
    op('Typed', [{ name: 'input', typeAttr: 'T' }], [{ name: 'output', typeAttr: 'T' }], [{ name: 'T', type: 'type' }]),
    true,
    { dtypes: ['float32', 'half'] },
  ],
  [op('OnlyHalf', [{ name: 'input', typeAttr: 'T' }], [], [{ name: 'T', type: 'type' }]), undefined, { dtypes: ['half'] }],
  [op('Handle', [], [resource('o')]), true, true],
  [op('HandleOnCpu', [], [resource('o')]), true],
  [op('HandleOnGpu', [], [resource('o')]), undefined, true],
  [op('Read', [resource('h')], [float('o')]), true, true],
  [op('ReadOnCpu', [resource('h')], [float('o')]), true],
  [op('TwoHandles', [resource('a'), resource('b')], [float('o')]), true, true],
  [
    op(
      'PartitionedCall',
      [{ name: 'args', typeAttr: undefined, ...{ typeListAttr: 'Tin' } }],
      [{ name: 'output', ...{ typeListAttr: 'Tout' } }],
      [
        { name: 'Tin', type: 'list(type)' },
        { name: 'Tout', type: 'list(type)' },
        { name: 'f', type: 'func' },
      ],
    ),
    true,
    true,
  ],
  [op('_Arg', [], [{ name: 'output', typeAttr: 'T' }], [{ name: 'T', type: 'type' }]), true, true],
  [op('_Retval', [{ name: 'input', typeAttr: 'T' }], [], [{ name: 'T', type: 'type' }]), true, true],
  [op('Join', [resource('a'), resource('b')], [resource('o')]), true, true],
  [op('Source', [], [resource('o'), float('v')]), true, true],
  [op('NextIteration', [float('i')], [float('o')]), true, true],
  [op('Merge', [float('a'), float('b')], [float('o')]), true, true],
];

const table = (column: 1 | 2): Record<string, KernelSpec> =>
  Object.fromEntries(rows.flatMap((row) => (row[column] === undefined ? [] : [[row[0].name ?? '', row[column]]])));

/** FakeGPU above FakeCPU, as the real types are. */
export const devices: PlaceGraphOptions['devices'] = [
  { name: full('CPU:0'), type: 'FakeCPU', priority: 50, supports: table(1) },
  { name: full('CPU:1'), type: 'FakeCPU', priority: 50, supports: table(1) },
  { name: full('GPU:0'), type: 'FakeGPU', priority: 51, supports: table(2) },
  { name: full('GPU:10'), type: 'FakeGPU', priority: 51, supports: table(2) },
  { name: full('GPU:2'), type: 'FakeGPU', priority: 51, supports: table(2) },
];

export const opDefs: readonly object[] = rows.map(([def]) => def);

export interface NodeOptions {
  readonly device?: string;
  readonly classes?: readonly string[];
  readonly attr?: Readonly<Record<string, object>>;
}

/** A NodeDef in proto3 JSON. */
export function node(
  name: string,
  type: string,
  input: readonly string[] = [],
  { device = '', classes, attr = {} }: NodeOptions = {},
): object {
  const attrs = classes === undefined ? attr : { ...attr, _class: { list: { s: classes.map((text) => btoa(text)) } } };
  return { name, op: type, input, device, attr: attrs };
}

export const typed = (name: string, dtype: string): Readonly<Record<string, object>> => ({ [name]: { type: dtype } });

/** A FunctionDef in proto3 JSON: `args` and `results` are `name: type`, `ret` says where the results come from. */
export function functionDef(
  name: string,
  args: readonly string[],
  results: readonly string[],
  nodes: readonly object[],
  ret: readonly string[],
): object {
  const arg = (text: string): object => {
    const [argName, type = ''] = text.split(': ');
    return type.startsWith('DT_') ? { name: argName, type } : { name: argName, typeAttr: type };
  };
  return {
    signature: { name, inputArg: args.map(arg), outputArg: results.map(arg), attr: [{ name: 'T', type: 'type' }] },
    nodeDef: nodes,
    ret: Object.fromEntries(results.map((text, i): [string, string] => [text.split(': ')[0] ?? '', ret[i] ?? ''])),
  };
}

/** A PartitionedCall. */
export function call(
  name: string,
  callee: string,
  input: readonly string[],
  tin: readonly string[],
  tout: readonly string[],
  options: NodeOptions & { readonly T?: string } = {},
): object {
  const f = { func: { name: callee, attr: options.T === undefined ? {} : typed('T', options.T) } };
  return node(name, 'PartitionedCall', input, {
    device: options.device ?? '',
    attr: { Tin: { list: { type: tin } }, Tout: { list: { type: tout } }, f },
  });
}

/** Places a graph of these nodes on the made-up devices. */
export function placed(
  nodes: readonly object[],
  options: Partial<PlaceGraphOptions> = {},
  functions: readonly object[] = [],
): GraphPlacement {
  return placeGraph({ node: nodes, library: { function: functions } }, { devices, opDefs, ...options });
}

/** Node → the device's type and number, `GPU:0`. */
export function where(
  nodes: readonly object[],
  options: Partial<PlaceGraphOptions> = {},
  functions: readonly object[] = [],
): Record<string, string> {
  const { placement } = placed(nodes, options, functions);
  return Object.fromEntries(Object.entries(placement).map(([name, device]) => [name, device.replace(`${task}/device:Fake`, '')]));
}

/** What a call throws, as far as tests look at it. */
export function thrown(call: () => unknown): { readonly name: string; readonly message: string } | undefined {
  try {
    call();
  } catch (caught) {
    if (caught instanceof Error) return { name: caught.name, message: caught.message };
    throw caught;
  }
  return undefined;
}

export function error(name: string, message: string): { readonly name: string; readonly message: string } {
  return { name, message };
}
