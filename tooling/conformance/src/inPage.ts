/** What a page of a browser runs: case files on WebGPU, fetched from its server. Numbers are fed; shapes, axes and sizes are constants. */
import { webgpu } from '@sessionflow/webgpu';
import type { CaseFile, GraphCase } from './caseFile.js';
import { checkGraph, checkOp, expectNothingLeft, growth, Skip } from './checkCase.js';
import { keptOpen } from './keptOpen.js';

export interface PageReport {
  readonly passed: number;
  /** Cases that the kernel table does not take. */
  readonly skipped: number;
  readonly failures: readonly { readonly name: string; readonly text: string }[];
}

declare global {
  var runOpCases: (url: string) => Promise<PageReport>;
  var runGraphCases: (url: string) => Promise<PageReport>;
}

const { backend, devices } = keptOpen(webgpu());
const grown = growth(devices);

async function report<C extends { readonly name: string }>(cases: readonly C[], check: (one: C) => Promise<void>): Promise<PageReport> {
  let [passed, skipped] = [0, 0];
  const failures: { name: string; text: string }[] = [];
  for (const one of cases) {
    try {
      await check(one);
      expectNothingLeft(grown(), one.name);
      passed++;
    } catch (error) {
      if (error instanceof Skip) skipped++;
      else failures.push({ name: one.name, text: error instanceof Error ? error.message : String(error) });
    }
  }
  return { passed, skipped, failures };
}

async function fetched<T>(url: string): Promise<T> {
  return await (await fetch(url)).json() as T;
}

globalThis.runOpCases = async (url) => report((await fetched<CaseFile>(url)).cases, (opCase) => checkOp(backend, opCase, 'numbers fed'));
globalThis.runGraphCases = async (url) => report((await fetched<{ readonly cases: readonly GraphCase[] }>(url)).cases, ({ graph, runs }) => checkGraph(backend, graph, runs));
