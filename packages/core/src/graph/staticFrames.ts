/** The loops of TensorFlow 1 as the graph shows them: which frame each node stands in. */
import { InvalidArgumentError } from '../errors.js';
import type { NodeData } from './graphData.js';
import { AttrReader } from './attrs.js';
import { topologicalOrder, withoutBackEdges } from './stageGraph.js';

export interface StaticFrame {
  /** The frame that it is entered from; '' is the root. */
  readonly parent: string;
  readonly enters: readonly NodeData[];
  readonly exits: readonly NodeData[];
}

/** Every frame by its `frame_name`. `isStrict`: InvalidArgumentError for a node that waits for two frames at once, which would never run. */
export function staticFrames(nodes: ReadonlyMap<string, NodeData>, isStrict = false): ReadonlyMap<string, StaticFrame> {
  const frameOf = new Map<string, string>();
  const frames = new Map<string, { parent: string; enters: NodeData[]; exits: NodeData[] }>();
  for (const { name } of topologicalOrder(withoutBackEdges(nodes))) {
    const node = nodes.get(name);
    if (node === undefined) continue;
    const sources = [...node.inputs.map((endpoint) => endpoint.node), ...node.controls];
    let frame = sources.map((source) => frameOf.get(source) ?? '').find((source) => source !== '') ?? '';
    if (isStrict) checkSameFrame(node, sources, frameOf);
    if (node.op === 'Enter') {
      const own = new AttrReader(node.attrs, `${node.op} '${name}'`).string('frame_name');
      const known = frames.get(own) ?? { parent: frame, enters: [], exits: [] };
      known.enters.push(node);
      frames.set(own, known);
      frame = own;
    } else if (node.op === 'Exit') {
      const left = frames.get(frame);
      left?.exits.push(node);
      frame = left?.parent ?? '';
    }
    frameOf.set(name, frame);
  }
  return frames;
}

/** What stands in no frame is not looked at: a value of the outermost level may come to a node in a frame by being fed. */
function checkSameFrame({ name, op }: NodeData, sources: readonly string[], frameOf: ReadonlyMap<string, string>): void {
  const inside = sources.filter((source) => (frameOf.get(source) ?? '') !== '');
  const [first = ''] = inside;
  const other = inside.find((source) => frameOf.get(source) !== frameOf.get(first));
  if (other === undefined) return;
  const told = [other, first].map((source) => `The input {{node ${source}}} is in frame '${frameOf.get(source) ?? ''}'.`).join(' ');
  throw new InvalidArgumentError(`{{node ${name}}} has inputs from different frames. ${told}`, { node: name, op });
}
