/** A graph as a GraphDef. */
import type { GraphDefData, NodeDefData } from '../proto/graphDefData.js';
import { checkKeys } from '../options.js';
import type { Graph } from './graph.js';
import { outputText } from './inputText.js';
import type { Operation } from './operation.js';

export interface ExportOptions {
  /** Only operations made after the graph had this version. */
  readonly fromVersion?: number;
  /** Adds the static shapes of all outputs as attribute `_output_shapes`. */
  readonly addShapes?: boolean;
}

/** All operations with all attributes, the function library, the versions. `encodeGraphDef` makes bytes of it. */
export function exportGraphDef(graph: Graph, options: ExportOptions = {}): GraphDefData {
  checkKeys('asGraphDef', options, ['fromVersion', 'addShapes']);
  const { fromVersion = 0, addShapes = false } = options;
  return {
    nodes: graph
      .getOperations()
      .slice(fromVersion)
      .map((op) => nodeDef(op, addShapes)),
    functions: [...graph.functionDefs.values()],
    gradients: [],
    versions: graph.graphDefVersions,
  };
}

/** One operation as a NodeDef. */
export function nodeDef(op: Operation, addShapes = false): NodeDefData {
  const shapes = op.outputs.map((tensor) => tensor.shape);
  return {
    name: op.name,
    op: op.type,
    input: [
      ...op.inputs.map((tensor) => outputText(tensor.op.name, tensor.index)),
      ...op.controlInputs.map((control) => `^${control.name}`),
    ],
    device: op.device,
    attr: addShapes && shapes.length > 0 ? { ...op.attrs, _output_shapes: { kind: 'list', of: 'shape', value: shapes } } : op.attrs,
  };
}
