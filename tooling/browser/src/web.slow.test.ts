// apps/web as it is built, in a real browser: isolated and not, with WebGPU and without. Needs a build, and a Chromium.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { cast, Graph, identity, mul, placeholder } from '@sessionflow/core';
import { encodeGraphDef } from '@sessionflow/core/proto';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, softwareGpu } from './findChromium.js';
import { serve, type WebServer } from './server.js';

const executable = findChromium();
if (executable === undefined) console.log('tests of the web page are skipped: no Chromium on this machine (set CHROMIUM_PATH, or apt-get install chromium)');

const dist = fileURLToPath(new URL('../../../apps/web/dist', import.meta.url));
/** Some path of some server: the build must not care. */
const path = '/some/path/';
const models = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/human')), '../models');
const fakeCamera = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** What MoveNet sees of the sample "romper" (170 × 685), by the same model in Node: nose, shoulders, elbow, hips, knees, ankles. */
const pose = [[81, 105], [134, 172], [31, 169], [112, 290], [112, 344], [49, 346], [67, 495], [29, 497], [123, 619], [81, 611]] as const;
/** BlazeFace on "blue top" (151 × 158): left, top, width, height. */
const face = [41, 28, 41, 41] as const;

function site(): Map<string, Uint8Array> {
  if (!existsSync(join(dist, 'index.html'))) throw new Error('apps/web/dist is missing: this test needs a build (pnpm build, or npm test, which builds first)');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).map((name) => join(dist, name)).filter((file) => statSync(file).isFile());
  return new Map(files.map((file) => [path + relative(dist, file).split(sep).join('/'), readFileSync(file)]));
}

test.skipIf(executable === undefined)('the scripts of the page have these sizes', () => {
  for (const [name, content] of site()) if (/\.(js|css)$/.test(name)) console.log(`${name.slice(path.length)}: ${(content.length / 1000).toFixed(0)} kB, ${(gzipSync(content).length / 1000).toFixed(0)} kB compressed`);
});

describe.skipIf(executable === undefined).each([
  { title: 'isolated, with WebGPU', isolated: true, gpu: true },
  { title: 'isolated, without WebGPU', isolated: true, gpu: false },
  { title: 'not isolated, without WebGPU', isolated: false, gpu: false },
  // What the page says and finds; the rest is that of the first.
  { title: 'not isolated, with WebGPU', isolated: false, gpu: true, isBrief: true },
])('the page $title', { timeout: 120_000 }, ({ isolated, gpu, isBrief = false }) => {
  let browser: Browser;
  let server: WebServer;
  let page: Page;
  const failures: string[] = [];

  beforeAll(async () => {
    server = await serve(site(), isolated);
    browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox', ...fakeCamera, ...(gpu ? softwareGpu : [])] });
    page = await browser.newPage({ viewport: { width: 1300, height: 850 } });
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => failures.push(String(error)));
    page.on('console', (message) => { if (message.type() === 'error') failures.push(message.text()); });
  });
  afterAll(async () => {
    await (browser as Browser | undefined)?.close();
    await (server as WebServer | undefined)?.[Symbol.asyncDispose]();
  });

  const runs = (): Promise<number> => page.evaluate(() => Number(document.documentElement.dataset['ran'] ?? 0));
  /** Does something, and waits until the run that follows is shown. */
  const after = async (act: () => Promise<unknown>, isNewPage = false): Promise<void> => {
    const before = isNewPage ? 0 : await runs();
    await act();
    await expect.poll(async () => (await runs()) > before || page.locator('.failure').isVisible(), { timeout: gpu ? 250_000 : 60_000 }).toBe(true);
    expect(await page.locator('.failure').isVisible() ? await page.locator('.failure').innerText() : 'no failure').toBe('no failure');
  };
  /** The same where a failure is shown, which goes. */
  const recovered = async (act: () => Promise<unknown>): Promise<void> => {
    const before = await runs();
    await act();
    await expect.poll(async () => (await runs()) > before, { timeout: 60_000 }).toBe(true);
    expect(await page.locator('.failure').isVisible()).toBe(false);
  };
  const open = (query: string): Promise<void> => after(() => page.goto(`${server.origin}${path}index.html${query}`), true);
  const drawn = (shape: 'circle' | 'rect', names: readonly string[]): Promise<number[][]> => page.evaluate(([tag, attributes]) => (
    Array.from(document.querySelectorAll(`.overlay ${tag}`), (element) => attributes.map((name) => Number(element.getAttribute(name))))
  ), [shape, names] as const);
  const expectPose = async (): Promise<void> => {
    const points = await drawn('circle', ['cx', 'cy']);
    for (const [x, y] of pose) expect(Math.min(...points.map(([left = 0, top = 0]) => Math.hypot(left - x, top - y))), `a point near ${x}, ${y}`).toBeLessThan(8);
  };
  const expectFace = async (): Promise<void> => {
    const [box, ...others] = await drawn('rect', ['x', 'y', 'width', 'height']);
    expect(others).toEqual([]);
    box!.forEach((value, i) => { expect(Math.abs(value - face[i]!)).toBeLessThan(5); });
  };

  test('opens, says what the browser has, and finds the pose', async () => {
    await open('');
    const status = await page.locator('.strip').innerText();
    expect(status).toMatch(gpu ? /WebGPU (?!not here)/ : /WebGPU not here/);
    const cores = await page.evaluate(() => navigator.hardwareConcurrency);
    expect(status).toContain(`Threads ${isolated ? cores : 1}`);
    expect(status).toContain('SIMD 128-bit');
    const notes = (await page.locator('.controls .note').allInnerTexts()).join('\n');
    expect(/^One thread only: .*Cross-Origin-Opener-Policy.*\.$/m.test(notes), notes).toBe(!isolated);
    expect(/^No GPU: .*(navigator\.gpu|no adapter).*\.$/m.test(notes), notes).toBe(!gpu);
    expect(await page.locator('input[value=both]').isDisabled()).toBe(!gpu);
    await expectPose();
    expect(await page.locator('.stage figcaption').innerText()).toBe('16 of 17 keypoints');
    expect(failures).toEqual([]);
  });
  if (isBrief) return;

  test('another model, another picture: the face is where it is', async () => {
    await after(() => page.locator('input[value=faces]').check());
    await after(() => page.locator('input[value="blue top"]').check({ force: true }));
    await expectFace();
    expect(new URL(page.url()).searchParams.get('model')).toBe('faces');
    await after(() => page.locator('input[value=mesh]').check());
    expect((await drawn('circle', ['cx', 'cy'])).length).toBe(468);
  });

  // A software adapter is slow: one model runs on it, once.
  if (gpu) test('the GPU alone finds the face', { timeout: 300_000 }, async () => {
    await open('?model=faces&devices=gpu&picture=blue+top');
    await expectFace();
    await page.getByRole('tab', { name: 'Placement' }).click();
    await expect.poll(() => page.locator('.legend').innerText(), { timeout: 60_000 }).toMatch(/GPU:0\s*\d{3}/);
  });

  if (gpu) test('the GPU alone says what it lacks, and how to go on; then GPU and CPU share the graph', { timeout: 300_000 }, async () => {
    const graph = new Graph();
    graph.asDefault(() => identity(cast(mul(placeholder('float32', [2, 3], { name: 'x' }), 2, { name: 'twice' }), 'float64', { name: 'wide' }), { name: 'result' }));
    await page.locator('input[type=file]').first().setInputFiles([{ name: 'wide.pb', mimeType: 'application/octet-stream', buffer: Buffer.from(encodeGraphDef(graph.asGraphDef())) }]);
    await expect.poll(() => page.locator('.failure').isVisible(), { timeout: 60_000 }).toBe(true);
    expect(await page.locator('.failure').innerText()).toContain("Cannot assign a device for operation wide: Could not satisfy explicit device specification '/device:GPU:0'");
    await recovered(() => page.getByRole('button', { name: 'Let the CPU run' }).click());
    expect(await page.locator('input[value=both]').isChecked()).toBe(true);
    await page.getByRole('tab', { name: 'Placement' }).click();
    await expect.poll(() => page.locator('.legend').innerText(), { timeout: 60_000 }).toMatch(/GPU:0\s*\d+/);
    expect(await page.locator('.legend').innerText()).toMatch(/CPU:0\s*\d+/);
    expect(failures).toEqual([]);
  });

  test('shows the placement, with reasons', async () => {
    await open('?model=pose');
    await page.getByRole('tab', { name: 'Placement' }).click();
    await expect.poll(() => page.locator('.placement .box').count(), { timeout: 30_000 }).toBeGreaterThan(10);
    await page.getByRole('combobox').fill('argmax');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.placement .panel').innerText()).toMatch(/^ArgMax[\s\S]*WHY HERE/);
  });

  test('shows the timeline of a run: events by device, one of them by key', async () => {
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await expect.poll(() => page.locator('.timeline .row').innerText(), { timeout: 30_000 }).toMatch(/\d+ events in [\d.]+ [mµ]s/);
    expect(await page.locator('.times').innerText()).toMatch(/_FusedConv2D\s*CPU:0\s*\d+/);
    await page.locator('.timeline canvas').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.event').innerText()).toMatch(/CPU:0, at .* for /);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save trace.json' }).click();
    const saved = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as { readonly traceEvents: readonly unknown[] };
    expect(saved.traceEvents.length).toBeGreaterThan(50);
  });

  test("runs a model of the user's own, and shows its tensors", async () => {
    await after(() => page.locator('input[type=file]').first().setInputFiles(['emotion.json', 'emotion.bin'].map((name) => join(models, name))));
    expect(await page.locator('.inputs legend').innerText()).toBe('input_1:0 float32');
    await page.getByRole('tab', { name: 'Tensors' }).click();
    const text = await page.locator('.tensor').innerText();
    expect(text).toMatch(/Identity:0\s*float32 \[1, 7\]/);
    // Seven probabilities.
    const values = (JSON.parse(await page.locator('.values').innerText()) as number[][])[0]!;
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 3);
  });

  test('files that are no model, or not all of it, are told so', async () => {
    const input = page.locator('input[type=file]').first();
    await input.setInputFiles([join(models, 'emotion.json')]);
    await expect.poll(() => page.locator('.failure').innerText()).toContain('emotion.bin: not among the chosen files (emotion.json)');
    await input.setInputFiles([{ name: 'broken.pb', mimeType: 'application/octet-stream', buffer: Buffer.from([1, 2, 3]) }]);
    await expect.poll(() => page.locator('.failure').innerText()).toContain('broken.pb');
    await after(() => page.locator('input[value=pose]').check());
  });

  test('files are dropped: a photograph, a frozen graph, a letter', async () => {
    /** What a person who drags files onto the page does; a photograph is the one that is shown, as a PNG. */
    const drop = (name: string, bytes?: readonly number[]): Promise<void> => page.evaluate(async ([called, content]) => {
      const data = content === undefined
        ? await new Promise<Blob>((resolve) => { document.querySelector<HTMLCanvasElement>('canvas.picture')!.toBlob((blob) => { resolve(blob!); }); })
        : new Blob([new Uint8Array(content)]);
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([data], called, { type: data.type }));
      document.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
    }, [name, bytes] as const);
    await open('?model=pose&picture=romper');
    await after(() => drop('photograph.png'));
    expect(await page.locator('input[value=romper]').isChecked()).toBe(false);
    await expectPose();
    await drop('letter.txt', [72, 105]);
    await expect.poll(() => page.locator('.failure').innerText()).toContain('Neither a model nor a picture is among letter.txt. A model is a .pb, a .pbtxt or a model.json with its .bin files.');
    const graph = new Graph();
    graph.asDefault(() => mul(placeholder('float32', [2, 3], { name: 'x' }), 2, { name: 'twice' }));
    await recovered(() => drop('frozen.pb', [...encodeGraphDef(graph.asGraphDef())]));
    expect(await page.locator('.inputs legend').innerText()).toBe('x:0 float32');
    await page.getByRole('tab', { name: 'Tensors' }).click();
    expect(await page.locator('.tensor').innerText()).toMatch(/twice:0\s*float32 \[2, 3\]/);
    await after(() => page.locator('input[value=pose]').check());
  });

  test('the camera runs live, and stops', async () => {
    await page.getByRole('tab', { name: 'Result' }).click();
    await page.getByRole('button', { name: 'Camera' }).click();
    await expect.poll(() => page.locator('.line').innerText(), { timeout: 20_000 }).toMatch(/Pose, live: [\d.]+ frames a second/);
    await page.getByRole('button', { name: 'Stop the camera' }).click();
    await after(() => page.locator('input[value=romper]').check({ force: true }));
    await expectPose();
    expect(failures).toEqual([]);
  });
});
