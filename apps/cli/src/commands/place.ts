/** `sessionflow place`: where each node would run, and why. Runs nothing. */
import { writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Command } from 'commander';
import type { PlacementExplanation } from '@sessionflow/core';
import { loadModelGraph } from '../modelGraph.js';
import { placementText } from '../placementText.js';
import { openSession, type SessionFlags } from '../sessions.js';
import type { Streams } from '../streams.js';
import { tensorName } from '../tensorNames.js';
import { collect, deviceRequest, flagTexts, namedShape } from '../usage.js';

interface PlaceFlags extends SessionFlags {
  readonly fetch?: readonly string[];
  readonly shape?: readonly string[];
  readonly device?: string;
  readonly json?: boolean;
  readonly html?: string;
}

export function place(streams: Streams): Command {
  return new Command('place')
    .description('shows the device of every node, the reason, and the copies between devices')
    .argument('<model>', flagTexts.model)
    .option('--fetch <name>', 'place only what this tensor needs, and count its way back; repeatable', collect)
    .option('--shape <name=1,2,3>', 'the shape of a placeholder; repeatable', collect)
    .option('--device <spec>', flagTexts.device, deviceRequest)
    .option('--soft-placement', flagTexts.softPlacement)
    .option('--log-device-placement', flagTexts.logDevicePlacement)
    .option('--config <file>', flagTexts.config)
    .option('--json', 'print JSON')
    .option('--html <file>', 'write a page that draws the graph: one file, for any browser')
    .action(async (path: string, flags: PlaceFlags) => {
      const explanation = await explained(path, flags, streams);
      if (flags.html !== undefined) await writePage(flags.html, path, explanation);
      if (flags.json === true) streams.out(`${JSON.stringify(explanation, undefined, 2)}\n`);
      else if (flags.html !== undefined) streams.out(`${flags.html}\n`);
      else streams.out(placementText(explanation, streams.colors === true));
    });
}

/** The placement of a model file by the flags of the command. */
async function explained(path: string, flags: PlaceFlags, streams: Streams): Promise<PlacementExplanation> {
  const { graph } = await loadModelGraph(path, { device: flags.device, shapes: (flags.shape ?? []).map(namedShape) });
  await using session = await openSession(graph, flags, streams, flags.json === true ? 'err' : 'out');
  return await session.explainPlacement(flags.fetch?.map(tensorName));
}

async function writePage(file: string, model: string, explanation: PlacementExplanation): Promise<void> {
  const { placementPage } = await import('@sessionflow/placement-view/page');
  await writeFile(file, placementPage(titleOf(model), explanation));
}

/** The model's name: its file's, without the ending; its folder's where the file is called model.json, as tfjs does. */
function titleOf(path: string): string {
  const file = resolve(path);
  return basename(basename(file) === 'model.json' ? dirname(file) : file.replace(/\.(json|pb|pbtxt)$/, ''));
}
