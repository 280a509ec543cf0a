/** A model file as a graph, with what the command line says about shapes and devices put into it. */
import { Graph, importGraphDef, InvalidArgumentError, type GraphDefData } from '@sessionflow/core';
import { loadModel, type LoadedModel } from '@sessionflow/io/node';

export interface ModelGraph {
  readonly model: LoadedModel;
  readonly graph: Graph;
}

export interface ModelOptions {
  /** Shapes of placeholders, by name. */
  readonly shapes?: readonly (readonly [string, readonly number[]])[];
  /** The device request of every node that has none. */
  readonly device?: string | undefined;
}

export async function loadModelGraph(path: string, options: ModelOptions = {}): Promise<ModelGraph> {
  const model = await loadModel(path);
  return { model, graph: graphOf(model, options) };
}

export function graphOf(model: LoadedModel, options: ModelOptions = {}): Graph {
  const graph = new Graph();
  const graphDef = withDevice(withShapes(model.graphDef, options.shapes ?? []), options.device);
  graph.asDefault(() => { importGraphDef(graphDef, { name: '' }); });
  return graph;
}

function withDevice(graphDef: GraphDefData, device: string | undefined): GraphDefData {
  if (device === undefined) return graphDef;
  return { ...graphDef, nodes: graphDef.nodes.map((node) => (node.device === '' ? { ...node, device } : node)) };
}

function withShapes(graphDef: GraphDefData, shapes: NonNullable<ModelOptions['shapes']>): GraphDefData {
  const wanted = new Map(shapes.map(([name, shape]) => [name.replace(/:0$/, ''), shape]));
  const nodes = graphDef.nodes.map((node) => {
    const shape = wanted.get(node.name);
    if (shape === undefined || !node.op.startsWith('Placeholder')) return node;
    wanted.delete(node.name);
    return { ...node, attr: { ...node.attr, shape: { kind: 'shape', value: shape } as const } };
  });
  const [missing] = wanted.keys();
  if (missing !== undefined) {
    const inputs = graphDef.nodes.filter((node) => node.op.startsWith('Placeholder')).map((node) => node.name);
    throw new InvalidArgumentError(`--shape names '${missing}', which is no placeholder of the model. Its placeholders: ${inputs.join(', ') || 'none'}`);
  }
  return { ...graphDef, nodes };
}
