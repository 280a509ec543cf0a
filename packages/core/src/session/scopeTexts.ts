/** Which device and colocation scopes an operation was made in, as error texts tell it. */
import { definedAt, type SourcePlace } from '../graph/definedAt.js';
import type { Operation } from '../graph/operation.js';
import { entries, type Scoped } from '../graph/scopes.js';

/** How a place is written. */
export interface PlaceText {
  short(place: SourcePlace): string;
}

function location({ stack }: Scoped, places: PlaceText): string {
  const place = definedAt(stack);
  return place === undefined ? '<unknown>' : `<${places.short(place)}>`;
}

/** One line per device scope around the making of `op`. */
export function devicesText(op: Operation, places: PlaceText): string {
  const lines = Array.from(entries(op.scopes?.devices), (entry) => {
    const name = entry.kind === 'clear' ? 'null' : entry.kind === 'spec' ? entry.spec.toString() : entry.choose.name || 'function';
    return `  with tf.device(${name}): ${location(entry, places)}`;
  });
  if (lines.length === 0) return `No device assignments were active during op '${op.name}' creation.`;
  return [`Device assignments active during op '${op.name}' creation:`, ...lines].join('\n');
}

/** One line per `colocateWith` around the making of `op`. */
export function colocationsText(op: Operation, places: PlaceText): string {
  const lines = Array.from(entries(op.scopes?.colocation), (entry) => `  with tf.colocate_with(${entry.op.name}): ${location(entry, places)}`);
  if (lines.length === 0) return `No node-device colocations were active during op '${op.name}' creation.`;
  return [`Node-device colocations active during op '${op.name}' creation:`, ...lines].join('\n');
}
