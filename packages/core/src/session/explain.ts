/** Every stage's output as text, in the order of the road. */
import { printNodes } from '../graph/printGraph.js';
import type { PlacedGraph } from '../graph/typedGraph.js';
import { printUnits } from '../lower/printUnits.js';
import { printPartition } from '../partition/printPartition.js';
import { printPlan } from '../plan/printPlan.js';
import type { Compilation } from './compile.js';

export function explain(placed: PlacedGraph, compilation: Compilation): string {
  const { optimized, partitioned, lowered, plan } = compilation;
  const sections: readonly (readonly [string, string])[] = [
    ['pruned and placed', printNodes(placed.nodes.values(), placed.placement)],
    ['optimized', printNodes(optimized.nodes.values(), optimized.placement, optimized.shapes)],
    ['partitioned', printPartition(partitioned)],
    ['lowered', printUnits(lowered)],
    ['plan', printPlan(plan)],
  ];
  return sections.map(([title, text]) => `${title}:\n${text}\n`).join('\n');
}
