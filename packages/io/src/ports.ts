/** What of a graph is meant to be fed and fetched, where no signature says it. */
import { opDefinition } from '@sessionflow/core';
import type { GraphDefData, NodeDefData } from '@sessionflow/core/proto';

const placeholders: ReadonlySet<string> = new Set(['Placeholder', 'PlaceholderV2', 'PlaceholderWithDefault']);

/** Nodes that end in nothing without being results. */
const noResults: ReadonlySet<string> = new Set([...placeholders, 'Const', 'NoOp', 'Assert', 'CheckNumerics', 'Print']);

/** The placeholders' tensors, in the order of the file. */
export function inputsOf(graph: GraphDefData): string[] {
  return graph.nodes.filter(({ op }) => placeholders.has(op)).map(({ name }) => `${name}:0`);
}

/** The tensors of the nodes whose outputs nobody consumes, in the order of the file. */
export function outputsOf(graph: GraphDefData): string[] {
  const consumed = new Set<string>();
  for (const { input } of graph.nodes) for (const text of input) consumed.add(nodeOf(text));
  return graph.nodes
    .filter(({ name, op }) => !consumed.has(name) && !noResults.has(op))
    .flatMap((node) => Array.from({ length: outputCount(node) }, (_, i) => `${node.name}:${i}`));
}

/** The node that an input or a tensor name (`name`, `name:k`, `^name`) is of. */
export function nodeOf(text: string): string {
  return text.replace(/^\^/, '').replace(/:\d+$/, '');
}

/** Outputs of a node; 1 for an op that is not known. */
function outputCount({ op, attr }: NodeDefData): number {
  const definition = opDefinition(op);
  if (definition === undefined) return 1;
  return definition.outputs.reduce((count, { numberAttr, typeListAttr }) => {
    const list = attr[typeListAttr ?? numberAttr ?? ''];
    if (typeListAttr !== undefined) return count + (list?.kind === 'list' ? list.value.length : 0);
    if (numberAttr !== undefined) return count + (list?.kind === 'int' ? Math.min(Number(list.value), 1024) : 0);
    return count + 1;
  }, 0);
}
