/**
 * The edge cases that `edge_vectors.py` derived, on cpu-wasm: op × dtype × special values, no elements, one, scalars, a broadcast. Each goes
 * through a session once, its inputs supplied in one of the three ways by turns.
 */
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { afterAll, expect, it } from 'vitest';
import type { OpCase } from './caseFile.js';
import { edgeCases } from './caseFiles.js';
import { checkOp, expectNothingLeft, growth, Skip, supplies } from './checkCase.js';
import { type EdgeRule, edgeRuleOf, edgeRules } from './edgeOddities.js';
import { keptOpen } from './keptOpen.js';

const { backend, devices, close } = keptOpen(cpuWasm());
const grown = growth(devices);
afterAll(close);

const byOp = new Map<string, OpCase[]>();
for (const opCase of edgeCases()) byOp.set(opCase.op, [...byOp.get(opCase.op) ?? [], opCase]);
const needed = new Set<EdgeRule>();

it.each([...byOp])('%s', async (op, cases) => {
  const wrong: string[] = [];
  for (const [index, opCase] of cases.entries()) {
    try {
      await checkOp(backend, opCase, supplies[index % supplies.length]!);
    } catch (error) {
      if (error instanceof Skip) continue;
      const rule = edgeRuleOf(opCase);
      if (rule === undefined) wrong.push(`${opCase.name}: ${(error as Error).message}`);
      else needed.add(rule);
    }
  }
  expectNothingLeft(grown(), op);
  expect(wrong).toEqual([]);
}, 120_000);

it('needs every rule of exceptions', (test) => {
  if (byOp.size > needed.size && test.task.file.tasks.some(({ mode }) => mode === 'skip')) test.skip('only some ops ran');
  expect(edgeRules.filter((rule) => !needed.has(rule))).toEqual([]);
});
