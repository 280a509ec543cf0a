/**
 * Holds the project's .proto files (by way of the schemas generated from them) against the descriptors of the tensorflow 2.21 wheel, listed
 * in proto/facts/messages.txt; and that copy against the shared one where that is present.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as proto from './index.js';
import type { EnumType, MessageType } from './schema.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const facts = readFileSync(at('../../proto/facts/messages.txt'), 'utf8');

/** Messages that no part of this project reads or writes. */
const leftOut = /^(SerializedDType|ApiDef.*|BatchingOptions|Debugged\w+|Worker\w+|WatchdogConfig|RequestedExitCode)$/;

const isSchema = (value: unknown): value is MessageType | EnumType => typeof value === 'object' && value !== null && 'fullName' in value;
const ours = new Map((Object.values(proto) as unknown[]).filter(isSchema).map((type) => [type.fullName, type]));

interface Fact {
  readonly name: string;
  readonly fields: string[];
}

function parseFacts(): Fact[] {
  const out: Fact[] = [];
  let inPackage = '';
  for (const line of facts.split('\n')) {
    const file = /^# file \S+ · package (\S+)/.exec(line);
    const message = /^message (\S+)/.exec(line);
    const enumeration = /^enum (\S+): (.*)/.exec(line);
    if (file !== null) inPackage = file[1]!;
    else if (message !== null) out.push({ name: `${inPackage}.${message[1]}`, fields: [] });
    else if (enumeration !== null) out.push({ name: `${inPackage}.${enumeration[1]}`, fields: enumeration[2]!.split(', ') });
    else if (line.startsWith('  ') && out.length > 0) out.at(-1)!.fields.push(line.trim().replace(' · deprecated', ''));
  }
  return out.filter(({ name }) => !leftOut.test(name.replace('tensorflow.', '')));
}

/** Our schema of a message, spelt as the facts spell it. */
function spelled(type: MessageType | EnumType): string[] {
  if (type.kind === 'enum') return Object.entries(type.numbers).map(([name, number]) => `${name}=${number}`);
  return type.fields.map((field) => {
    const target = field.type === 'message' ? field.message() : field.type === 'enum' ? field.enum() : undefined;
    const value = target === undefined ? field.type : target.fullName.replace('tensorflow.', '');
    const whole = field.mapKey === undefined ? `${value}${field.repeated ? '[]' : ''}` : `map<${field.mapKey}, ${value}>`;
    return `${field.number} ${field.name}: ${whole}${field.oneof === undefined ? '' : ` · oneof ${field.oneof}`}`;
  });
}

describe('the .proto files', () => {
  const all = parseFacts();

  it('know what the facts list', () => {
    expect(all.length).toBeGreaterThan(150);
    expect(all.filter(({ name }) => !ours.has(name)).map(({ name }) => name)).toEqual([]);
  });

  it.each(all.map((fact) => [fact.name, fact] as const))('%s', (name, fact) => {
    expect(spelled(ours.get(name)!).sort()).toEqual([...fact.fields].sort());
  });

  it('are what the generated files were made from', () => {
    execFileSync(process.execPath, [at('../../scripts/generateProto.mjs'), '--check'], { stdio: 'pipe' });
  });

  it('are held against the current facts', () => {
    const shared = at('../../../../../shared/spec/protos.txt');
    if (existsSync(shared)) expect(facts).toBe(readFileSync(shared, 'utf8'));
  });
});
