/** Grouping and sequencing: `tf.group`, `tf.tuple`. */
import type { Graph } from '../graph/graph.js';
import { ValueError } from '../errors.js';
import { Operation } from '../graph/operation.js';
import type { ControlInput } from '../graph/scopedGraph.js';
import { Tensor } from '../graph/tensor.js';
import type { OpOptions } from '../ops/apply.js';
import * as ops from '../ops/families.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import { checkOptions, inScope, isOptions } from './arguments.js';

type GroupArgument = ControlInput | OpOptions | readonly GroupArgument[];

/**
 * An operation that is done when all inputs are: run it to run them. Arguments are operations, tensors or arrays of these; last, options.
 * It waits on each input's device: inputs on several devices get one NoOp per device between.
 */
export function group(...inputs: readonly GroupArgument[]): Operation {
  const last = inputs.at(-1);
  const options: OpOptions = isOptions<OpOptions>(last) && !(last instanceof Operation) ? last : {};
  const operations = flatten(options === last ? inputs.slice(0, -1) : inputs);
  const graph = operations[0]?.graph ?? getDefaultGraph();
  return inScope(graph, options.name, 'group_deps', (scope) => {
    const byDevice = new Map<string, Operation[]>();
    for (const op of operations) byDevice.set(op.device, [...(byDevice.get(op.device) ?? []), op]);
    const on = (device: string, deps: readonly Operation[], name?: string): Operation =>
      graph.controlDependencies(deps, () => graph.device(device, () => ops.noOp({ name })));
    const devices = [...byDevice.keys()].sort();
    if (devices.length === 0) return ops.noOp({ name: scope });
    if (devices.length === 1) return on(devices[0]!, operations, scope);
    const gates = devices.map((device) => on(device, byDevice.get(device)!));
    return graph.controlDependencies(gates, () => ops.noOp({ name: scope }));
  });
}

/**
 * The tensors again, each only once all of them (and `controlInputs`) are there; an operation becomes one that waits for all, null stays null.
 * ValueError without any tensor or operation.
 */
export function tuple<T extends readonly (Tensor | Operation | null)[]>(
  tensors: T,
  options: OpOptions & { readonly controlInputs?: readonly ControlInput[] } = {},
): { [K in keyof T]: T[K] } {
  checkOptions('tuple', options, ['controlInputs']);
  const given = flatten(tensors.filter((tensor) => tensor !== null));
  if (given.length === 0) throw new ValueError(`Must have at least one Tensor: [${tensors.map(String).join(', ')}]`);
  const graph: Graph = given[0]!.graph;
  return inScope(graph, options.name, 'tuple', () => {
    const waited = new Set([...given, ...flatten(options.controlInputs ?? [])]);
    const gate = group(...[...waited].sort((a, b) => a.id - b.id));
    return graph.controlDependencies([gate], () => tensors.map((tensor) => {
      if (tensor === null) return null;
      return tensor instanceof Tensor ? ops.identity(tensor, { name: 'control_dependency' }) : group(tensor);
    })) as { [K in keyof T]: T[K] };
  });
}

function flatten(inputs: readonly GroupArgument[]): Operation[] {
  return inputs.flatMap((input): Operation[] => {
    if (isList(input)) return flatten(input);
    if (typeof input === 'object' && input !== null && 'op' in input && input.op instanceof Operation) return [input.op];
    const element = typeof input === 'object' && input !== null && 'asGraphElement' in input ? input.asGraphElement() : input;
    if (element instanceof Operation) return [element];
    throw new TypeError(`group takes operations and tensors, but ${typeof input} was given.`);
  });
}

function isList(input: GroupArgument): input is readonly GroupArgument[] {
  return Array.isArray(input);
}
