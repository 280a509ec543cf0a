/** `sessionflow place`: where each node would run, and why. Runs nothing. */
import { Command } from 'commander';
import type { Graph, Placement } from '@sessionflow/core';
import { loadModelGraph } from '../modelGraph.js';
import { openSession, type SessionFlags } from '../sessions.js';
import type { Streams } from '../streams.js';
import { table } from '../text.js';
import { collect, namedShape } from '../usage.js';

interface PlaceFlags extends SessionFlags {
  readonly shape?: readonly string[];
  readonly device?: string;
  readonly json?: boolean;
}

/** A tensor that has to go from one device to another. */
interface Copy {
  readonly tensor: string;
  readonly from: string;
  readonly to: string;
  readonly shape: readonly (number | null)[] | null;
}

export function place(streams: Streams): Command {
  return new Command('place')
    .description('shows the device of every node, the reason, and the copies between devices')
    .argument('<model>', 'a .pb, .pbtxt or tfjs model.json')
    .option('--shape <name=1,2,3>', 'the shape of a placeholder; repeatable', collect)
    .option('--device <spec>', 'device request of every node that has none')
    .option('--soft-placement', 'allow_soft_placement')
    .option('--config <file>', 'ConfigProto (.json, .pbtxt, .pb)')
    .option('--json', 'print JSON')
    .action(async (path: string, flags: PlaceFlags) => {
      const { graph } = await loadModelGraph(path, { device: flags.device, shapes: (flags.shape ?? []).map(namedShape) });
      await using session = await openSession(graph, flags, streams);
      const placement = await session.placement();
      const nodes = graph.getOperations().map((op) => {
        const reason = placement.reasons.get(op.name);
        return { name: op.name, op: op.type, device: placement.placement.get(op.name) ?? '', reason: reason?.text ?? '' };
      });
      const copies = copiesOf(graph, placement);
      if (flags.json === true) {
        streams.out(`${JSON.stringify({ nodes, copies }, undefined, 2)}\n`);
        return;
      }
      streams.out(`${table(nodes.map(({ name, op, device, reason }) => [name, op, device, reason]))}\n`);
      streams.out(copies.length === 0 ? 'no copies between devices\n' : `copies:\n${table(copies.map((copy) => [`  ${copy.tensor}`, copy.from, '→', copy.to]))}\n`);
    });
}

function copiesOf(graph: Graph, { placement }: Placement): Copy[] {
  const copies = new Map<string, Copy>();
  for (const op of graph.getOperations()) {
    const to = placement.get(op.name) ?? '';
    for (const input of op.inputs) {
      const from = placement.get(input.op.name) ?? '';
      // A constant is put on every device that reads it, once, instead of being copied at every run.
      if (from !== to && input.op.type !== 'Const') copies.set(`${input.name} ${to}`, { tensor: input.name, from, to, shape: input.shape });
    }
  }
  return [...copies.values()];
}
