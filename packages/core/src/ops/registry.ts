/**
 * All op definitions by op type. The namespaces of the family modules are the registry: an op exists when its family exports it, and no
 * list repeats its name.
 */
import { InternalError } from '../errors.js';
import * as activations from './activations.js';
import * as arithmetic from './arithmetic.js';
import * as bitwise from './bitwise.js';
import * as cast from './cast.js';
import * as comparison from './comparison.js';
import * as conv from './conv.js';
import * as fused from './fused.js';
import * as logic from './logic.js';
import * as math from './math.js';
import * as matmul from './matmul.js';
import * as nn from './nn.js';
import * as normalization from './normalization.js';
import type { OpDefinition } from './opDef.js';
import * as pool from './pool.js';
import * as reduction from './reduction.js';
import * as special from './special.js';
import * as tfjs from './tfjs.js';

const families: readonly object[] = [
  activations, arithmetic, bitwise, cast, comparison, conv, fused, logic, math, matmul, nn, normalization, pool, reduction, special, tfjs,
];

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
  for (const family of families) {
    for (const exported of Object.values(family)) {
      const definition = definitionOf(exported);
      if (definition === undefined) continue;
      const known = found.get(definition.type);
      if (known !== undefined && known !== definition) throw new InternalError(`internal: op ${definition.type} is defined twice.`);
      found.set(definition.type, definition);
    }
  }
  return found;
}

function definitionOf(exported: unknown): OpDefinition | undefined {
  return typeof exported === 'function' && 'definition' in exported ? (exported.definition as OpDefinition) : undefined;
}
