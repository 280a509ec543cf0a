/**
 * Errors as `run` gives them: the runtime's own, with the operation that failed, and with the nodes that the text names told by where the
 * program made them. `[[{{node y}}]]` becomes `[[node y (defined at main.ts:12) ]]`.
 */
import { errorClasses, type OpError } from '../errors.js';
import type { SourcePlace } from '../graph/definedAt.js';
import type { Graph } from '../graph/graph.js';
import type { Operation } from '../graph/operation.js';
import { devicesText, colocationsText } from './scopeTexts.js';

/** The node that a text is about: the first `[[…]]`. */
const failedNode = /\[\[(?:Node: )?(?:\{\{node )?([^} ]*)(?:\}\})?\s*=*/;
const tag = /\{\{([A-Za-z0-9_]+) ([A-Za-z0-9_.][A-Za-z0-9_.\-/]*)\}\}/g;

const layoutHint = '\nA possible workaround: Try disabling Grappler optimizer\nby modifying the config for creating the session eg.\n' +
  'session_config.graph_options.rewrite_options.disable_meta_optimizer = True';

/** The same error (its class, code and cause) for the caller of `run`. */
export function interpolateError(error: OpError, graph: Graph): OpError {
  const name = failedNode.exec(error.message)?.[1];
  const operation = name === undefined ? undefined : graph.operationsByName.get(name);
  const hint = error.message.includes('only supports NHWC tensor format') ? layoutHint : '';
  const made = new errorClasses[error.codeName](interpolate(error.message, graph) + hint, {
    node: operation?.name ?? error.node, op: operation?.type ?? error.opType, operation, cause: error.cause,
  });
  // Where it was thrown tells more than where it is passed on.
  if (error.stack !== undefined) made.stack = error.stack.replace(error.message, made.message);
  return made;
}

/** Replaces the tags of nodes that the graph has; others stay as they are. */
export function interpolate(message: string, graph: Graph): string {
  const named = Array.from(message.matchAll(tag), ([, , name = '']) => graph.operationsByName.get(name)).filter((op) => op !== undefined);
  if (named.length === 0) return message.replace(/\{\{function_node [^}]*\}\}/g, '');
  const places = new Places(named.flatMap((op) => [op, ...op.inputs.map((input) => input.op)]));
  const sources: string[] = [];
  const colocations: string[] = [];
  const text = message.replace(tag, (whole, kind: string, name: string) => {
    if (kind === 'function_node') return '';
    const op = graph.operationsByName.get(name);
    if (op === undefined) return whole;
    if (kind === 'node') {
      sources.push(...inputsText(op, places));
      return `node ${name}${places.text(op)} `;
    }
    if (kind !== 'colocation_node') return whole;
    const devices = devicesText(op, places);
    colocations.push(`\n\n${colocationsText(op, places)}\n${devices}`);
    return `node ${name}${places.text(op)} placed on device ${devices} `;
  });
  const origins = sources.length === 0 ? '' : `\n\nErrors may have originated from an input operation.${[...new Set(sources)].join('')}`;
  return text + origins + (colocations.length === 0 ? '' : `Additional information about colocations:${[...new Set(colocations)].join('')}`);
}

/** The inputs of a node that were made on other lines. */
function inputsText(op: Operation, places: Places): string[] {
  const own = places.text(op);
  const lines = [...new Set(op.inputs.map((input) => input.op))].filter((input) => places.text(input) !== own).map((input) => ` ${input.name}${places.text(input)}`);
  return lines.length === 0 ? [] : [`\nInput Source operations connected to node ${op.name}:\n${lines.join('\t\n')}`];
}

/** Places as texts name them: files without the folders that all of them share. */
export class Places {
  private readonly known = new Map<Operation, SourcePlace | undefined>();
  private readonly shared: number;

  constructor(ops: Iterable<Operation>) {
    for (const op of ops) this.known.set(op, op.definedAt);
    this.shared = sharedFolder([...this.known.values()].flatMap((place) => place?.file ?? []));
  }

  /** ` (defined at FILE:LINE)`, or nothing where it is not known. */
  text(op: Operation): string {
    const place = this.known.get(op);
    return place === undefined ? '' : ` (defined at ${this.short(place)})`;
  }

  short({ file, line }: SourcePlace): string {
    return `${file.slice(this.shared)}:${line}`;
  }
}

function sharedFolder(files: readonly string[]): number {
  const [first = '', ...others] = files;
  let length = first.lastIndexOf('/') + 1;
  for (const other of others) {
    while (length > 0 && !other.startsWith(first.slice(0, length))) length = first.lastIndexOf('/', length - 2) + 1;
  }
  return length;
}
