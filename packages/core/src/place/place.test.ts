import { describe, expect, it } from 'vitest';
import { NotFoundError } from '../errors.js';
import type { AttrValue } from '../graph/attrs.js';
import type { FunctionData, GraphData, NodeData } from '../graph/graphData.js';
import type { Kernel, KernelTable } from '../kernels/kernel.js';
import { opDefinition } from '../ops/registry.js';
import { fromKernelTables } from './kernelTables.js';
import { finish } from '../stage.js';
import { place as placeInParts, type PlaceContext } from './place.js';
import type { Placement } from './solve.js';

const float: AttrValue = { kind: 'type', value: 'float32' };
const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';
const gpu = '/job:localhost/replica:0/task:0/device:GPU:0';

function nodeData(name: string, op: string, inputs: readonly string[] = [], more: Partial<NodeData> = {}): NodeData {
  return {
    name,
    op,
    inputs: inputs.map((node) => ({ node, index: 0 })),
    controls: [],
    device: '',
    attrs: { T: float },
    outputs: ['float32'],
    ...more,
  };
}

function graph(nodes: readonly NodeData[], library: readonly FunctionData[] = []): GraphData {
  return { nodes: new Map(nodes.map((node) => [node.name, node])), library: new Map(library.map((fn) => [fn.name, fn])) };
}

const runs = (op: string, supports?: Kernel['supports']): Kernel => ({
  op,
  ...(supports === undefined ? {} : { supports }),
  program: () => {
    throw new Error('never run here');
  },
});

const table = (kernels: readonly Kernel[], map: KernelTable['map'] = []): KernelTable => ({
  ops: Object.fromEntries(kernels.map((kernel) => [kernel.op, [kernel]])),
  map,
  reduce: [],
});

const onCpu = table([runs('Placeholder'), runs('Const'), runs('MatMul'), runs('Neg'), runs('Add'), runs('Reshape')]);
const onGpu = table(
  [
    runs('MatMul', ({ inputDtypes }) => inputDtypes[0] === 'float32' || `MatMul needs float32, not ${inputDtypes[0]}`),
    runs('Reshape', ({ constants }) => constants[1] !== undefined || 'Reshape needs a constant shape'),
  ],
  [
    {
      supports: (fn) => fn.outputs.every(({ dtype }) => dtype === 'float32') || 'only float32',
      program: () => {
        throw new Error('never run here');
      },
    },
  ],
);

function place(data: GraphData, given: PlaceContext): Placement {
  return finish(placeInParts(data, given));
}

const context: PlaceContext = {
  devices: fromKernelTables(
    [
      { name: cpu, info: { deviceType: 'CPU' }, kernels: onCpu },
      { name: gpu, info: { deviceType: 'GPU' }, kernels: onGpu },
    ],
    opDefinition,
  ),
  opSignatures: opDefinition,
};

const placeholder = nodeData('p', 'Placeholder', [], { attrs: { dtype: float, shape: { kind: 'shape', value: null } } });

describe('placing by kernel tables', () => {
  it('asks each device for each node', () => {
    const { placement, reasons } = place(
      graph([
        placeholder,
        nodeData('m', 'MatMul', ['p', 'p']),
        nodeData('n', 'Neg', ['m']),
        nodeData('d', 'MatMul', ['p', 'p'], { attrs: { T: { kind: 'type', value: 'float64' } }, outputs: ['float64'], device: '/gpu:0' }),
      ]),
      { ...context, allowSoftPlacement: true },
    );
    expect(Object.fromEntries(placement)).toEqual({ p: cpu, m: gpu, n: gpu, d: cpu });
    expect(reasons.get('d')).toMatchObject({
      rule: 'soft',
      text: 'soft placement: /gpu:0 was asked for, but cannot run it: MatMul needs float32, not float64',
    });
    expect(reasons.get('p')).toMatchObject({ rule: 'only', refused: [{ device: gpu, why: 'no kernel for Placeholder' }] });
  });

  it('does not soften what it is not allowed to', () => {
    const nodes = [
      placeholder,
      nodeData('d', 'MatMul', ['p', 'p'], { attrs: { T: { kind: 'type', value: 'float64' } }, outputs: ['float64'], device: '/gpu:0' }),
    ];
    expect(() => place(graph(nodes), context)).toThrow(
      "Cannot assign a device for operation d: Could not satisfy explicit device specification '/gpu:0' because no supported kernel for GPU devices is available.",
    );
    expect(() => place(graph(nodes), context)).toThrow(
      "Op: MatMul\nNode attrs: T=DT_DOUBLE\nRegistered kernels:\n  device='CPU'\n  device='GPU'\n\n\t [[{{node d}}]]",
    );
  });

  it('shows kernels the constants that they may depend on', () => {
    const int: AttrValue = { kind: 'type', value: 'int32' };
    const attrs: NodeData['attrs'] = { T: float, Tshape: int };
    const shape = nodeData('s', 'Placeholder', [], { attrs: { dtype: int }, outputs: ['int32'] });
    expect(place(graph([placeholder, shape, nodeData('r', 'Reshape', ['p', 's'], { attrs })]), context).placement.get('r')).toBe(cpu);
  });

  it('keeps what was placed before, and logs', () => {
    const result = place(graph([placeholder, nodeData('n', 'Neg', ['p'])]), {
      ...context,
      assigned: new Map([['n', cpu]]),
      logDevicePlacement: true,
    });
    expect(result.placement.get('n')).toBe(cpu);
    expect(result.log).toEqual([`n: (Neg): ${cpu}`, `p: (Placeholder): ${cpu}`]);
    expect(result.entries.every(({ kind }) => kind === 'placement')).toBe(true);
  });

  it('knows functions of the library, and nothing else that is not registered', () => {
    const fn: FunctionData = {
      name: 'Twice',
      args: [{ name: 'x', dtype: 'float32' }],
      results: [{ name: 'y', dtype: 'float32', from: { node: 'x', index: 0 } }],
      controlResults: [],
      nodes: new Map([['x', nodeData('x', '_Arg')]]),
      isStateful: false,
      attrs: {},
    };
    expect(place(graph([placeholder, nodeData('y', 'Twice', ['p'])], [fn]), context).placement.get('y')).toBe(gpu);
    expect(() => place(graph([placeholder, nodeData('y', 'Twice', ['p'])]), context)).toThrow(NotFoundError);
  });
});
