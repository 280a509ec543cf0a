/** Grouping and sequencing: `tf.group`, `tf.tuple`. */
import { Operation } from '../graph/operation.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpOptions } from '../ops/apply.js';
import { opDefinition } from '../ops/registry.js';
import type { ControlInput } from '../graph/scopedGraph.js';
import type { Graph } from '../graph/graph.js';
import { getDefaultGraph } from '../state/defaultGraph.js';
import * as ops from '../ops/families.js';
import { isOptions } from './arguments.js';

/** An operation that is done when all inputs are: run it to run them. Arguments are operations, tensors or arrays of these; last, options. */
export function group(...inputs: readonly (ControlInput | readonly ControlInput[] | OpOptions)[]): Operation {
  const last = inputs.at(-1);
  const options: OpOptions = isOptions<OpOptions>(last) && !(last instanceof Operation) ? last : {};
  const all = (options === last ? inputs.slice(0, -1) : inputs).flat() as ControlInput[];
  const graph = graphOfControls(all);
  return graph.controlDependencies(all, () => addNoOp(graph, options.name ?? 'group_deps'));
}

/** Does nothing; what it waits for is its point. */
export function noOp(options: OpOptions = {}): Operation {
  return addNoOp(getDefaultGraph(), options.name);
}

function addNoOp(graph: Graph, name: string | undefined): Operation {
  return graph.createOperation({ definition: opDefinition('NoOp')!, inputs: [], attrs: {}, name });
}

/** The tensors again, each only once all of them (and `controlInputs`) are there. */
export function tuple<T extends readonly Tensor[]>(
  tensors: T, options: OpOptions & { readonly controlInputs?: readonly ControlInput[] } = {},
): { [K in keyof T]: T[K] } {
  const graph = graphOfControls(tensors);
  return graph.asDefault(() => graph.nameScope(options.name ?? 'tuple', () => {
    const gate = group(...tensors, ...(options.controlInputs ?? []));
    return graph.controlDependencies([gate], () => tensors.map((tensor) => ops.identity(tensor, { name: 'control_dependency' }))) as { [K in keyof T]: T[K] };
  }));
}

function graphOfControls(inputs: readonly ControlInput[]): Graph {
  for (const input of inputs) {
    if (typeof input !== 'object' || input === null) continue;
    if ('graph' in input) return input.graph;
    if ('asGraphElement' in input) return input.asGraphElement().graph;
  }
  return getDefaultGraph();
}
