// Bundles in a real browser, with shared memory (worker threads) and without (one thread). Needs a build, and a Chromium.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readmePrograms } from '../../packaging/src/readme.js';
import { bundle } from './bundle.js';
import { findChromium } from './findChromium.js';
import { allModels, feedFile, fromPage, modelFiles, modelPath, vectorsOf } from './modelFiles.js';
import './page.js';
import { serve, type WebServer } from './server.js';

const executable = findChromium();
const here = dirname(fileURLToPath(import.meta.url));

async function site(): Promise<Map<string, Uint8Array | string>> {
  return new Map<string, Uint8Array | string>([
    ['/favicon.ico', ''],
    ['/model.html', '<!doctype html><script type="module" src="/page.js"></script>'],
    ['/readme.html', '<!doctype html><script type="module" src="/readme.js"></script>'],
    ['/page.js', await bundle({ entryPoints: [join(here, 'page.ts')] })],
    ['/readme.js', await bundle({ stdin: { contents: readmePrograms()[0]!.code, resolveDir: here, loader: 'ts' } })],
  ]);
}

if (executable === undefined) console.log('browser tests are skipped: no Chromium on this machine (set CHROMIUM_PATH, or apt-get install chromium)');

describe.skipIf(executable === undefined).each([
  { title: 'with COOP and COEP headers', isolated: true },
  { title: 'without them', isolated: false },
])('a page $title', { timeout: 120_000 }, ({ isolated }) => {
  let browser: Browser;
  let server: WebServer;
  let files: Map<string, Uint8Array | string>;
  let page: Page;
  const failures: string[] = [];

  beforeAll(async () => {
    files = await site();
    server = await serve(files, isolated);
    browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox'] });
  });
  beforeAll(async () => {
    page = await browser.newPage();
    page.on('pageerror', (error) => failures.push(String(error)));
  });
  afterAll(async () => {
    await (browser as Browser | undefined)?.close();
    await (server as WebServer | undefined)?.[Symbol.asyncDispose]();
  });

  test('runs the first program of README.md', async () => {
    const printed = page.waitForEvent('console', { predicate: (message) => message.args().length === 1 && message.text().startsWith('['), timeout: 30_000 }).catch((error: unknown) => {
      throw new Error(`nothing was printed; the page said: ${failures.join('; ') || 'nothing'}`, { cause: error });
    });
    await page.goto(`${server.origin}/readme.html`);
    expect(await (await printed).args()[0]!.jsonValue()).toEqual([[12]]);
    expect(failures).toEqual([]);
  });

  test.each(allModels)(`has ${isolated ? 'worker threads' : 'one thread'}, and %s gives TensorFlow's results`, async (model) => {
    const served = modelFiles(model);
    for (const [path, content] of served) files.set(path, content);
    await page.goto(`${server.origin}/model.html`);
    await page.waitForFunction(() => 'runModel' in globalThis);
    for (const { name, feeds, outputs, deviation } of vectorsOf(model).cases) {
      const fed = Object.fromEntries([...feeds.keys()].map((key) => [key, feedFile(model, name, key)]));
      const result = await page.evaluate(([url, from, fetches]) => runModel(url, from, fetches, 'cpu', 1), [modelPath(model), fed, outputs] as const);
      expect(result.device['shared memory']).toBe(isolated);
      if (!isolated) expect(result.device['threads']).toBe(1);
      else if (await page.evaluate(() => navigator.hardwareConcurrency) > 1) expect(result.device['threads']).toBeGreaterThan(1);
      result.outputs.forEach((output, index) => {
        const { difference, allowed } = deviation(outputs[index]!, fromPage(output));
        expect(difference, `${name}, ${outputs[index]!}`).toBeLessThanOrEqual(allowed);
      });
    }
    for (const [path] of served) files.delete(path);
    expect(failures).toEqual([]);
  });
});
