// WebGPU in a real browser: the conformance suite's cases and models of the golden vectors, in a page. Needs a build, and a Chromium; where the
// machine has no GPU, Chromium's own adapter, which computes on the CPU.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasGpu } from '@sessionflow/config/softwareVulkan';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphCases, opCaseFiles } from '../../conformance/src/caseFiles.js';
import '../../conformance/src/inPage.js';
import { tensorflowOddities } from '../../conformance/src/tensorflowOddities.js';
import { bundle } from './bundle.js';
import { findChromium, softwareGpu } from './findChromium.js';
import { feedFile, fromPage, modelFiles, modelPath, vectorsOf } from './modelFiles.js';
import './page.js';
import { serve, type WebServer } from './server.js';

const executable = findChromium();
if (executable === undefined) console.log('tests of WebGPU in a browser are skipped: no Chromium on this machine (set CHROMIUM_PATH, or apt-get install chromium)');

const here = dirname(fileURLToPath(import.meta.url));
const families = opCaseFiles();
const models = ['antispoof', 'blazeface', 'movenet-lightning'] as const;

async function site(): Promise<Map<string, Uint8Array | string>> {
  const cases = join(here, '../../conformance/cases');
  return new Map<string, Uint8Array | string>([
    ['/favicon.ico', ''],
    ['/page.html', '<!doctype html><script type="module" src="/model.js"></script><script type="module" src="/cases.js"></script>'],
    ['/model.js', await bundle({ entryPoints: [join(here, 'page.ts')] })],
    ['/cases.js', await bundle({ entryPoints: [join(here, '../../conformance/src/inPage.ts')] })],
    ...[...families.map(({ family }) => family), 'graphs'].map((name) => [`/cases/${name}.json`, readFileSync(join(cases, `${name}.json`))] as const),
    ...models.flatMap(modelFiles),
  ]);
}

describe.skipIf(executable === undefined)('WebGPU in Chromium', { timeout: 240_000 }, () => {
  let browser: Browser;
  let server: WebServer;
  let page: Page;
  const failures: string[] = [];
  let taken = 0;

  beforeAll(async () => {
    server = await serve(await site(), true);
    browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox', '--enable-unsafe-webgpu', ...(hasGpu() ? [] : softwareGpu)] });
    page = await browser.newPage();
    page.on('pageerror', (error) => failures.push(String(error)));
    await page.goto(`${server.origin}/page.html`);
    await page.waitForFunction(() => 'runModel' in globalThis && 'runOpCases' in globalThis);
    if (await page.evaluate(async () => await navigator.gpu?.requestAdapter() ?? null) === null) throw new Error('this Chromium gives no WebGPU adapter');
  });
  afterAll(async () => {
    await (browser as Browser | undefined)?.close();
    await (server as WebServer | undefined)?.[Symbol.asyncDispose]();
  });

  test.each(families)('$family: results are TensorFlow\'s', async ({ family, cases }) => {
    const { passed, skipped, failures: failed } = await page.evaluate((url) => runOpCases(url), `/cases/${family}.json`);
    expect(passed + skipped + failed.length).toBe(cases.length);
    expect(failed.filter(({ name }) => !(`${family}/${name}` in tensorflowOddities))).toEqual([]);
    taken += passed;
  });

  test('graphs: results are TensorFlow\'s', async () => {
    const { passed, skipped, failures: failed } = await page.evaluate((url) => runGraphCases(url), '/cases/graphs.json');
    expect(passed + skipped).toBe(graphCases().length);
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(0);
    expect(taken, 'cases that the device takes').toBeGreaterThan(1000);
  });

  test.each(models)('%s gives TensorFlow\'s results on the GPU', async (model) => {
    const { cases, outputs } = vectorsOf(model);
    const { name, feeds, deviation } = cases[0]!;
    const files = Object.fromEntries([...feeds.keys()].map((key) => [key, feedFile(model, name, key)]));
    const result = await page.evaluate(([url, fed, fetches]) => runModel(url, fed, fetches, 'gpu', 2), [modelPath(model), files, outputs] as const);
    expect(result.placed['GPU:0']).toBeGreaterThan(10);
    result.outputs.forEach((output, index) => {
      const { difference, allowed } = deviation(outputs[index]!, fromPage(output));
      expect(difference, outputs[index]).toBeLessThanOrEqual(allowed);
    });
  });

  test('and the page threw nothing', () => {
    expect(failures).toEqual([]);
  });
});
