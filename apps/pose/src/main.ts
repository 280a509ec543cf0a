/** Poses and faces of real people on a photograph: two models in one Session, drawn into a PNG. */
import { mkdir } from 'node:fs/promises';
import { relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Presets, SingleBar } from 'cli-progress';
import * as tf from '@sessionflow/core';
import { regions } from '@sessionflow/vision';
import { draw, type Found } from './draw.js';
import { blankFeeds, feedsOf, find } from './find.js';
import { buildGraph } from './graph.js';
import { installedBackends, poseOptions } from './options.js';
import { median, peopleTable, placementTable } from './report.js';

const outFolder = fileURLToPath(new URL('../out/', import.meta.url));
const picture = fileURLToPath(new URL('../out/pose.png', import.meta.url));

// Draws only on a terminal; elsewhere the tables are all there is.
const bar = new SingleBar({ format: '{bar} {value}/{total} {step}', clearOnComplete: true, hideCursor: true }, Presets.shades_classic);
const found: Found[] = [];
const runMs: number[] = [];
/** log_device_placement's lines, printed when the bar is gone. */
const placementLog: string[] = [];

const options = poseOptions(process.argv.slice(2));
bar.start(3 + regions.length, 0, { step: 'reading models' });
try {
  const models = await buildGraph(options.device);
  bar.increment({ step: 'building the plan' });
  await using session = new tf.Session({
    graph: models.graph, backends: [...installedBackends()], config: { allowSoftPlacement: options.softPlacement, logDevicePlacement: true }, log: (line) => placementLog.push(line),
    // Infos are the same lines once more.
    logger: { info: () => undefined, warning: console.warn, error: console.error },
  });
  const planStart = performance.now();
  await session.plan([models.keypoints, models.faces, models.faceScores], blankFeeds(models));
  const planMs = performance.now() - planStart;
  for (const region of regions) {
    bar.increment({ step: region.name });
    const feeds = await feedsOf(region, models);
    const start = performance.now();
    found.push(await find(session, models, region, feeds));
    runMs.push(performance.now() - start);
  }
  bar.increment({ step: 'drawing' });
  await mkdir(outFolder, { recursive: true });
  await draw(found, picture);
  bar.increment();
  bar.stop();

  const { placement } = await session.placement();
  const mapping = placementLog.filter((line) => line.startsWith('Device mapping'));
  console.log(mapping.join('\n'));
  console.log('\nWhere the nodes of the graph run:');
  console.log(placementTable(models.graph, placement));
  console.log('\nWho was found on the photograph:');
  console.log(peopleTable(found, runMs));
  console.log(`plan ${planMs.toFixed(0)} ms; both models on one region ${median(runMs).toFixed(1)} ms (median of ${runMs.length})`);
  console.log(`picture: ${relative(process.cwd(), picture)}`);
  console.log('next: npx sessionflow --help; the same in a browser: README.md, "In a browser"');
} finally {
  // Brings the cursor back when something failed half way.
  bar.stop();
}
