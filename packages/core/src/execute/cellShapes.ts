/**
 * A plan reads a variable under the shape that the graph declares for it. A variable that has another shape by now is read as a value whose
 * shape only the run knows, by a plan of its own.
 */
import type { NodeData } from '../graph/graphData.js';
import { attrsOf, type PlacedGraph } from '../graph/typedGraph.js';
import type { ResourceManager } from '../kernels/hostContext.js';
import { handleOf } from '../kernels/host/resourceHandles.js';
import { variableHandle } from '../kernels/host/resourceVariables.js';
import { VariableCell } from '../kernels/variableCell.js';
import { isFullyKnown, sameShape } from '../shape.js';

/** Handles in the graph whose variable has not the declared shape, and the graph without what it declares for them. */
export function withCellShapes(
  graph: PlacedGraph, declared: readonly DeclaredVariable[], resources: ResourceManager,
): { readonly graph: PlacedGraph; readonly stale: readonly string[] } {
  const stale = declared.filter(({ container, name, shape }) => {
    const cell = resources.get(container, name);
    return cell instanceof VariableCell && cell.value !== undefined && !sameShape(cell.value.shape, shape);
  }).map(({ node }) => node);
  if (stale.length === 0) return { graph, stale };
  const nodes = new Map([...graph.nodes].map(([name, node]) => [name, isReadOf(node, stale) ? { ...node, attrs: { ...node.attrs, _shape: { kind: 'shape', value: null } as const } } : node]));
  return { graph: { ...graph, nodes }, stale };
}

export interface DeclaredVariable {
  readonly node: string;
  readonly container: string;
  readonly name: string;
  readonly shape: readonly number[];
}

/** The variables of a graph and what it declares for them. */
export function declaredVariables(graph: PlacedGraph): readonly DeclaredVariable[] {
  return [...graph.nodes.values()].flatMap((node): DeclaredVariable[] => {
    const shape = node.op === 'VarHandleOp' ? node.attrs['shape'] : undefined;
    if (shape?.kind !== 'shape' || !isFullyKnown(shape.value)) return [];
    const { container, name } = handleOf(variableHandle(node.name, attrsOf(node)));
    return [{ node: node.name, container, name, shape: shape.value }];
  });
}

function isReadOf(node: NodeData, handles: readonly string[]): boolean {
  return node.op === 'ReadVariableOp' && handles.includes(node.inputs[0]?.node ?? '') && node.attrs['_shape'] !== undefined;
}
