/** All op definitions by op type: an op exists when a family exports it. */
import { InternalError } from '../errors.js';
import * as families from './families.js';
import type { OpDefinition } from './opDef.js';

const definitions: ReadonlyMap<string, OpDefinition> = collect();

/** The definition of an op type; `undefined` when there is none. */
export function opDefinition(type: string): OpDefinition | undefined {
  return definitions.get(type);
}

/** Every definition, in order of op type. */
export function allOpDefinitions(): OpDefinition[] {
  return [...definitions.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}

function collect(): Map<string, OpDefinition> {
  const found = new Map<string, OpDefinition>();
  for (const definition of definitionsIn(families)) {
    if (found.has(definition.type)) throw new InternalError(`internal: op ${definition.type} is defined twice.`);
    found.set(definition.type, definition);
  }
  return found;
}

/** The definitions of a namespace and of the namespaces in it. */
function* definitionsIn(namespace: object): Generator<OpDefinition> {
  for (const exported of Object.values<unknown>({ ...namespace })) {
    if (typeof exported === 'function' && 'definition' in exported) yield exported.definition as OpDefinition;
    else if (typeof exported === 'object' && exported !== null) yield* definitionsIn(exported);
  }
}
