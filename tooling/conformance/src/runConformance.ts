/**
 * Every case through a real Session on one backend, its inputs once as feeds, once as constants, once with the numbers fed and the rest
 * (shapes, axes, sizes) constant. A case that the backend's kernel table does not take is skipped with the table's reason, never by its name.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Backend } from '@sessionflow/core';
import type { OpCase } from './caseFile.js';
import { graphCases, opCaseFiles } from './caseFiles.js';
import { checkGraph, checkOp, expectNothingLeft, growth, Skip, supplies } from './checkCase.js';
import { keptOpen } from './keptOpen.js';

export interface ConformanceOptions {
  /** Known wrong results: `family/case name` → why. Such a case must fail; when it passes, the entry has to go. */
  readonly knownIssues?: Readonly<Record<string, string>>;
  /** A sample: true, or why a case is left out, by its data and never by its name. Graphs are run only without one. */
  readonly sample?: (opCase: OpCase) => true | string;
}

/** Runs all op cases and graph cases on the backend that `create` makes. */
export function runConformance(create: () => Backend, options: ConformanceOptions = {}): void {
  const created = create();
  const { backend, devices, close } = keptOpen(created);
  const grown = growth(devices);
  const { knownIssues = {} } = options;
  afterAll(close);
  it('tells of its devices what they are', async () => {
    for (const info of (await created.discover({})).devices) {
      const device = await created.open(info);
      try {
        expect(device.info).toEqual(info);
        expect(device.view !== undefined, 'whether it has `view` is what info.hostVisible says').toBe(info.hostVisible);
      } finally {
        await device.close();
      }
    }
  });
  describe.each(opCaseFiles())('$family', ({ family, cases }) => {
    for (const opCase of cases) {
      it(opCase.name, async (test) => {
        const known = knownIssues[`${family}/${opCase.name}`];
        try {
          const isTaken = options.sample?.(opCase) ?? true;
          if (isTaken !== true) throw new Skip(isTaken);
          for (const supply of supplies) {
            await checkOp(backend, opCase, supply);
            expectNothingLeft(grown(), supply);
          }
        } catch (error) {
          if (error instanceof Skip) test.skip(error.message);
          else if (known === undefined) throw error;
          return;
        }
        if (known !== undefined) throw new Error(`This known issue is none any more, remove it: ${known}`);
      });
    }
  });
  describe.skipIf(options.sample !== undefined)('graphs', () => {
    for (const graphCase of graphCases()) {
      it(graphCase.name, async (test) => {
        const known = knownIssues[`graphs/${graphCase.name}`];
        try {
          await checkGraph(backend, graphCase.graph, graphCase.runs);
          expectNothingLeft(grown(), 'graph');
        } catch (error) {
          if (error instanceof Skip) test.skip(error.message);
          else if (known === undefined) throw error;
          return;
        }
        if (known !== undefined) throw new Error(`This known issue is none any more, remove it: ${known}`);
      });
    }
  });
}
