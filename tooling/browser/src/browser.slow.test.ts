// Bundles in a real browser, with shared memory (worker threads) and without (one thread). Needs a build, and a Chromium.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HostTensor } from '@sessionflow/core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readmePrograms } from '../../packaging/src/readme.js';
import { bundle } from './bundle.js';
import { findChromium } from './findChromium.js';
import { feedFile, modelFiles, vectorsOf } from './modelFiles.js';
import './page.js';
import { serve, type WebServer } from './server.js';

const executable = findChromium();
const model = 'movenet-lightning';
const here = dirname(fileURLToPath(import.meta.url));
const { cases, outputs } = vectorsOf(model);

async function site(): Promise<Map<string, Uint8Array | string>> {
  const files = new Map<string, Uint8Array | string>([
    ['/favicon.ico', ''],
    ['/model.html', '<!doctype html><script type="module" src="/page.js"></script>'],
    ['/readme.html', '<!doctype html><script type="module" src="/readme.js"></script>'],
    ['/page.js', await bundle({ entryPoints: [join(here, 'page.ts')] })],
    ['/readme.js', await bundle({ stdin: { contents: readmePrograms()[0]!.code, resolveDir: here, loader: 'ts' } })],
  ]);
  for (const [path, content] of modelFiles(model)) files.set(path, content);
  return files;
}

if (executable === undefined) console.log('browser tests are skipped: no Chromium on this machine (set CHROMIUM_PATH, or apt-get install chromium)');

describe.skipIf(executable === undefined).each([
  { title: 'with COOP and COEP headers', isolated: true },
  { title: 'without them', isolated: false },
])('a page $title', { timeout: 120_000 }, ({ isolated }) => {
  let browser: Browser;
  let server: WebServer;
  let page: Page;
  const failures: string[] = [];

  beforeAll(async () => {
    server = await serve(await site(), isolated);
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

  test(`has ${isolated ? 'worker threads' : 'one thread'}, and ${model} gives TensorFlow's results`, async () => {
    await page.goto(`${server.origin}/model.html`);
    await page.waitForFunction(() => 'runModel' in globalThis);
    for (const { name, feeds, deviation } of cases) {
      const files = Object.fromEntries([...feeds.keys()].map((key) => [key, feedFile(model, name, key)]));
      const result = await page.evaluate(([url, fed, fetches]) => runModel(url, fed, fetches, 'cpu'), [`/${model}.json`, files, outputs] as const);
      expect(result.device['shared memory']).toBe(isolated);
      if (!isolated) expect(result.device['threads']).toBe(1);
      else if (await page.evaluate(() => navigator.hardwareConcurrency) > 1) expect(result.device['threads']).toBeGreaterThan(1);
      console.log(`${model} ${name}, ${isolated ? `${String(result.device['threads'])} threads` : 'one thread'}: ${result.ms.map((ms) => ms.toFixed(1)).join(' ')} ms`);
      result.outputs.forEach(({ dtype, shape, values }, index) => {
        const { difference, allowed } = deviation(outputs[index]!, HostTensor.from(values, { dtype, shape }));
        expect(difference).toBeLessThanOrEqual(allowed);
      });
    }
    expect(failures).toEqual([]);
  });
});
