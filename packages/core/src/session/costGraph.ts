/** The cost graph: what each node of a run gave and what it took, for runs that `build_cost_model` picks. */
import { dtypeInfo } from '../dtypes.js';
import { readerOf } from '../graph/readNames.js';
import type { PartitionedGraph } from '../partition/partition.js';
import { dtypeToProto, shapeToProto, type CostGraphDef, type CostGraphDef_Node, type StepStats } from '../proto/index.js';
import { isFullyKnown, sizeOf, type PartialShape } from '../shape.js';

export function costGraph(partitioned: PartitionedGraph, stats: StepStats): CostGraphDef {
  const times = new Map((stats.devStats ?? []).flatMap(({ nodeStats = [] }) => nodeStats.map((entry) => [entry.nodeName ?? '', Number(entry.allEndRelMicros ?? 0)] as const)));
  const graph = partitioned.graph;
  const ids = new Map([...graph.nodes.keys()].map((name, id) => [name, id]));
  const results = new Set(partitioned.results.flatMap((result) => (result.kind === 'now' ? [result.endpoint.node] : [])));
  const node = [...graph.nodes.values()].map((data): CostGraphDef_Node => {
    const reader = readerOf(data.name);
    const time = times.get(data.name) ?? (graph.nodes.has(reader) ? undefined : times.get(reader)) ?? 0;
    return {
      name: data.name,
      device: graph.placement.get(data.name) ?? '',
      id: ids.get(data.name) ?? 0,
      inputInfo: data.inputs.map((endpoint) => ({ precedingNode: ids.get(endpoint.node) ?? -1, precedingPort: endpoint.index })),
      outputInfo: data.outputs.map((dtype, index) => {
        const shape: PartialShape = graph.shapes.get(data.name)?.[index] ?? null;
        return { size: isFullyKnown(shape) ? sizeOf(shape) * dtypeInfo[dtype].bytes : -1, shape: shapeToProto(shape), dtype: dtypeToProto(dtype), aliasInputPort: -1 };
      }),
      controlInput: data.controls.map((control) => ids.get(control) ?? -1),
      isFinal: results.has(data.name),
      computeCost: time,
      computeTime: time,
    };
  });
  return { node };
}
