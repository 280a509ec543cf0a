/** Every stage's output as text, in the order of the road; of the later part too, where its shapes are known without a run. */
import type { ArgKnowledge, PlacedGraph } from '../graph/typedGraph.js';
import { printNodes } from '../graph/printGraph.js';
import { printUnits } from '../lower/printUnits.js';
import { printPartition } from '../partition/printPartition.js';
import { printPlan } from '../plan/printPlan.js';
import { isFullyKnown, type Shape } from '../shape.js';
import type { Compilation } from './compile.js';

type Compile = (placed: PlacedGraph, args: readonly ArgKnowledge[]) => Promise<Compilation>;

export async function explain(placed: PlacedGraph, args: readonly ArgKnowledge[], compile: Compile): Promise<string> {
  const texts = [section('pruned and placed', printNodes(placed.nodes.values(), placed.placement))];
  let prefix = '';
  let graph = placed;
  let known = args;
  for (;;) {
    const compilation = await compile(graph, known);
    const { optimized, partitioned, lowered, plan } = compilation;
    texts.push(
      section(`${prefix}optimized`, printNodes(optimized.nodes.values(), optimized.placement, optimized.shapes)),
      section(`${prefix}partitioned`, printPartition(partitioned)), section(`${prefix}lowered`, printUnits(lowered)), section(`${prefix}plan`, printPlan(plan)),
    );
    if (partitioned.later === undefined) return texts.join('\n');
    prefix += 'later, ';
    graph = partitioned.later.graph;
    texts.push(section(`${prefix}placed`, printNodes(graph.nodes.values(), graph.placement)));
    const shapes = captureShapes(compilation);
    if (shapes === undefined) {
      texts.push(section(`${prefix}planned`, '  by the run, for the shapes that it finds'));
      return texts.join('\n');
    }
    known = shapes.map((shape) => ({ shape }));
  }
}

function section(title: string, text: string): string {
  return `${title}:\n${text}\n`;
}

/** Shapes of the later graph's arguments; undefined when one is born from data. */
function captureShapes({ optimized, partitioned }: Compilation): Shape[] | undefined {
  const shapes: Shape[] = [];
  for (const { node, index } of partitioned.later?.captures ?? []) {
    const shape = optimized.shapes.get(node)?.[index] ?? null;
    if (!isFullyKnown(shape)) return undefined;
    shapes.push(shape);
  }
  return shapes;
}
