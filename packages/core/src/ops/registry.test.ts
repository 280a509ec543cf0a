import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AttrDef, OpSignature } from './opDef.js';
import { allOpDefinitions, opDefinition } from './registry.js';
import * as tfjs from './tfjs.js';
import { parseSignature, signatureType } from './signature.js';

const lines = ['facts/ops.txt', 'facts/moreOps.txt'].flatMap((file) => readFileSync(new URL(file, import.meta.url), 'utf8').split('\n'))
  .filter((line) => /^\w+\(.*->/.test(line));
const facts = new Map(lines.map((line) => [signatureType(line), line]));

/** Order within sets of allowed values does not matter. */
function comparableAttr(attr: AttrDef): unknown {
  return {
    ...attr,
    allowedTypes: attr.allowedTypes === undefined ? undefined : [...new Set(attr.allowedTypes)].sort(),
    allowedStrings: attr.allowedStrings === undefined ? undefined : [...attr.allowedStrings].sort(),
  };
}

function comparable(signature: OpSignature): unknown {
  const { type, inputs, outputs, isStateful, isCommutative, isAggregate, allowsUninitializedInput, deprecatedAt } = signature;
  // Attributes that a NodeDef must carry and those with defaults: the order is part of the signature (positional arguments).
  return { type, inputs, outputs, attrs: signature.attrs.map(comparableAttr), isStateful, isCommutative, isAggregate, allowsUninitializedInput, deprecatedAt };
}

/** Ops that only tfjs has: its converter writes them, TensorFlow does not know them. */
const onlyTfjs = new Set(Object.values(tfjs).map((op) => op.definition.type));
/** Ops of this project's own, which only its stages make. */
const own = new Set(['_Broadcast', '_Frames', '_Leading', '_Suppression']);

describe('the op registry', () => {
  it('has every family of the folder', () => {
    const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
    const families = readdirSync(new URL('.', import.meta.url)).filter((file) => /^\w+\.ts$/.test(file) && /^export const \w+ = defineOp/m.test(read(file)));
    const listed = read('families.ts');
    expect(families.length).toBeGreaterThan(30);
    expect(families.filter((file) => !listed.includes(`'./${file.replace('.ts', '.js')}'`))).toEqual([]);
  });

  it('finds definitions by op type', () => {
    expect(opDefinition('AddV2')?.inputs.map((arg) => arg.name)).toEqual(['x', 'y']);
    expect(opDefinition('NoSuchOp')).toBeUndefined();
  });

  it.each(allOpDefinitions().filter(({ type }) => !onlyTfjs.has(type) && !own.has(type)).map((definition) => [definition.type, definition] as const))('%s is what TensorFlow says', (type, definition) => {
    const fact = facts.get(type);
    expect(fact, 'every op must be one of TensorFlow, with its facts').toBeDefined();
    expect(comparable(definition)).toEqual(comparable(parseSignature(fact!)));
  });
});
