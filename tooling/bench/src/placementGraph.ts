/**
 * Graphs as TensorFlow programs make them, for the placer: layers with weights as reference or as resource variables, each with its
 * initialiser, its slots colocated with it and an update of them; shapes, control edges, and calls of functions that pass resources on.
 */
import type { PlaceGraphDevice } from '@sessionflow/core/placer';

interface Node {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly device: string;
  readonly attr: Readonly<Record<string, object>>;
}

const float = { type: 'DT_FLOAT' } as const;
const int = { type: 'DT_INT32' } as const;
const resources = { list: { type: ['DT_RESOURCE', 'DT_RESOURCE'] } } as const;
const callee = 'pass_on';

/** At least `count` nodes, and a few more than that. */
export function placementGraph(count: number): object {
  const nodes: Node[] = [];
  const add = (name: string, op: string, input: readonly string[] = [], attr: Node['attr'] = {}, device = ''): string => {
    nodes.push({ name, op, input, device, attr });
    return name;
  };
  const beside = (variable: string) => ({ _class: { list: { s: [btoa(`loc:@${variable}`)] } } });
  let value = add('input', 'Placeholder', [], { dtype: float });
  let handle: string | undefined;
  for (let layer = 0; nodes.length < count; layer++) {
    const scope = `layer${layer}`;
    const isResource = layer % 2 === 0;
    const device = layer % 16 === 0 ? '/device:GPU:1' : '';
    const weights = isResource
      ? add(`${scope}/weights`, 'VarHandleOp', [], { dtype: float }, device)
      : add(`${scope}/weights`, 'VariableV2', [], { dtype: float }, device);
    const shape = add(`${scope}/init/shape`, 'Const', [], { dtype: int });
    const initial = add(`${scope}/init`, 'TruncatedNormal', [shape], { dtype: float, T: int, ...beside(weights) });
    const read = isResource
      ? add(`${scope}/read`, 'ReadVariableOp', [weights], { dtype: float })
      : add(`${scope}/read`, 'Identity', [weights], { T: float, ...beside(weights) });
    add(`${scope}/assign`, isResource ? 'AssignVariableOp' : 'Assign', [weights, initial], isResource ? { dtype: float } : { T: float, ...beside(weights) });
    const product = add(`${scope}/product`, 'MatMul', [value, read], { T: float });
    const relu = add(`${scope}/relu`, 'Relu', [product], { T: float });
    const size = add(`${scope}/shape`, 'Shape', [relu], { T: float, out_type: int });
    // Every fourth layer has something that only the CPU can do.
    const tail = layer % 4 === 3 ? add(`${scope}/only`, 'Unique', [relu], { T: float, out_idx: int }) : relu;
    value = add(`${scope}/out`, 'Reshape', [tail, size], { T: float, Tshape: int });
    const slot = add(`${scope}/slot`, 'VariableV2', [], { dtype: float, ...beside(weights) });
    add(`${scope}/update`, 'AssignAdd', [slot, read], { T: float, ...beside(weights) });
    add(`${scope}/step`, 'NoOp', [`^${scope}/update`, `^${scope}/assign`]);
    if (isResource && layer % 10 === 0) {
      const call = add(`${scope}/call`, 'StatefulPartitionedCall', [weights, handle ?? weights], { Tin: resources, Tout: resources, f: { func: { name: callee } } });
      handle = add(`${scope}/handle`, 'Identity', [call], { T: { type: 'DT_RESOURCE' } });
    }
  }
  return { node: nodes, library: { function: [passOn] } };
}

const passOn = {
  signature: {
    name: callee,
    inputArg: [{ name: 'a', type: 'DT_RESOURCE' }, { name: 'b', type: 'DT_RESOURCE' }],
    outputArg: [{ name: 'c', type: 'DT_RESOURCE' }, { name: 'd', type: 'DT_RESOURCE' }],
  },
  nodeDef: [{ name: 'pass', op: 'Identity', input: ['a'], attr: { T: { type: 'DT_RESOURCE' } } }],
  ret: { c: 'pass:output:0', d: 'b' },
};

const everywhere = [
  'Placeholder', 'VarHandleOp', 'VariableV2', 'Const', 'TruncatedNormal', 'ReadVariableOp', 'Identity', 'AssignVariableOp', 'Assign', 'MatMul', 'Relu',
  'Shape', 'Reshape', 'AssignAdd', 'NoOp', 'StatefulPartitionedCall', '_Arg', '_Retval',
] as const;

/** Two GPUs that lack Unique, and have some kernels for floats only, and a CPU that has everything. */
export const placementDevices: readonly PlaceGraphDevice[] = [
  ...[0, 1].map((index): PlaceGraphDevice => ({
    name: `/job:localhost/replica:0/task:0/device:GPU:${index}`, type: 'GPU',
    supports: { ...Object.fromEntries(everywhere.map((op) => [op, true])), MatMul: { dtypes: ['float32'] }, Relu: { dtypes: ['float32', 'half'] }, Assign: { dtypes: ['float32'] } },
  })),
  { name: '/job:localhost/replica:0/task:0/device:CPU:0', type: 'CPU', supports: Object.fromEntries([...everywhere, 'Unique'].map((op) => [op, true])) },
];
