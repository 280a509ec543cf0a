/** The placer alone: whether its time grows as the graph does. */
import { placeGraph } from '@sessionflow/core/placer';
import { measure, median } from '../measure.js';
import { placementDevices, placementGraph } from '../placementGraph.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';

const sizes = [5_000, 50_000, 100_000, 500_000] as const;
/** Samples: a large graph takes long enough to be told apart from noise by few. */
const mostSamples = 5;

export async function* placementSections(settings: Settings): AsyncGenerator<Section> {
  settings.log(`placement, ${sizes.join(', ')} nodes`);
  const rows: Cell[][] = [];
  for (const size of sizes) {
    const graph = placementGraph(size);
    let nodes = 0;
    const run = (): void => {
      const { placement } = placeGraph(graph, { devices: placementDevices, allowSoftPlacement: true, isolateFunctionResources: true });
      nodes = Object.keys(placement).length;
    };
    const repeat = Math.min(settings.repeat, mostSamples);
    const [measured] = await measure([{ name: `${size} nodes`, run }], { ...settings, repeat });
    const ms = median(measured!.times);
    rows.push([`${nodes} nodes`, ms, (ms * 1000) / nodes]);
  }
  yield {
    title: 'Placement',
    notes: [
      'From a GraphDef in JSON form to devices and reasons, two GPUs with some kernels and a CPU with all, soft placement on. The graphs have reference and',
      'resource variables, colocated slots and updates, shapes, control edges, and calls of functions that return resources.',
    ],
    columns: ['graph', 'ms', 'µs per node'],
    rows,
  };
}
