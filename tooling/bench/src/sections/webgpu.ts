/** Ops and models on WebGPU, in a page of headless Chromium: Sessionflow, tfjs and ONNX Runtime on the same adapter. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium, softwareGpu } from '@sessionflow/browser/findChromium';
import { serve } from '@sessionflow/browser/server';
import { writeNpy } from '@sessionflow/io';
import { chromium } from 'playwright-core';
import { geometricMean, median } from '../measure.js';
import { benchModels } from '../models.js';
import type { Cell, Section } from '../report.js';
import type { Settings } from '../settings.js';
import type { Outcome } from '../sideBySide.js';
import { jobTitle, opJobs, type WebGpuJob } from '../webgpu/jobs.js';
import type {} from '../webgpu/page.js';

type PageFiles = Map<string, Uint8Array | string>;

const opTolerance = 1e-4;
const modelTolerance = 1e-3;

export const webgpuSections = (settings: Settings): AsyncGenerator<Section> =>
  inPage('Ops on WebGPU, operands and results on the GPU', settings, () => opJobs, opTolerance);

export const webgpuModelsSections = (settings: Settings): AsyncGenerator<Section> =>
  inPage('Models on WebGPU, from and to host arrays', settings, (files) => modelJobs(settings, files), modelTolerance);

async function* inPage(title: string, settings: Settings, jobsOf: (files: PageFiles) => readonly WebGpuJob[], tolerance: number): AsyncGenerator<Section> {
  const executable = findChromium();
  if (executable === undefined) throw new Error('the section webgpu needs a Chromium (set CHROMIUM_PATH)');
  const files = pageFiles();
  const jobs = jobsOf(files);
  await using server = await serve(files, true);
  const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--enable-unsafe-webgpu', ...(settings.softwareGpu ? softwareGpu : [])] });
  try {
    const page = await browser.newPage();
    page.on('console', (message) => { if (message.type() !== 'log') settings.log(`the page said: ${message.text().slice(0, 1200)}`); });
    page.on('pageerror', (error) => { settings.log(`the page said: ${String(error)}`); });
    await page.goto(`${server.origin}/bench.html`);
    await page.waitForFunction(() => 'runJob' in globalThis);
    const adapter = await page.evaluate(() => adapterName());
    if (adapter === '') throw new Error('this Chromium gives no WebGPU adapter (without a GPU: --software-gpu)');
    const outcomes: [WebGpuJob, Outcome][] = [];
    for (const job of jobs) {
      settings.log(`webgpu ${jobTitle(job)}`);
      const { repeat, warmupMs, sampleMs } = settings;
      const outcome = await page.evaluate(([what, how]) => runJob(what, how), [job, { repeat, warmupMs, sampleMs, tolerance }] as const)
        .catch((error: unknown): Outcome => ({ measured: [], absent: [error instanceof Error ? error.message.split('\n')[0]! : String(error)] }));
      outcomes.push([job, outcome]);
    }
    yield section(title, [
      `In one page of Chromium ${browser.version()}, on the adapter ${adapter}. A run is over when the GPU is done.`, 'Medians; × is how many times faster than tfjs-webgpu.',
    ], outcomes);
  } finally {
    await browser.close();
  }
}

function section(title: string, notes: readonly string[], outcomes: readonly [WebGpuJob, Outcome][]): Section {
  const speedups = outcomes.flatMap(([, { measured }]) => measured.flatMap(({ name, speedup }) => (name === 'Sessionflow' && speedup !== null ? [speedup] : [])));
  const cell = ({ measured }: Outcome, name: string): readonly Cell[] => {
    const found = measured.find((one) => one.name.startsWith(name));
    return [found === undefined ? null : median(found.times), found?.speedup ?? null];
  };
  return {
    title, notes,
    columns: ['job', 'Sessionflow, ms', '×', 'tfjs-webgpu, ms', 'ONNX Runtime Web, ms', '×'],
    rows: [
      ...outcomes.map(([job, outcome]): Cell[] => [jobTitle(job), ...cell(outcome, 'Sessionflow'), cell(outcome, 'tfjs')[0]!, ...cell(outcome, 'ONNX')]),
      ...(speedups.length === 0 ? [] : [['geometric mean', null, geometricMean(speedups), null, null, null]]),
    ],
    absent: outcomes.flatMap(([job, { absent }]) => absent.map((line) => `${jobTitle(job)}: ${line}`)),
  };
}

function pageFiles(): PageFiles {
  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/webgpu'));
  return new Map<string, Uint8Array | string>([
    ['/favicon.ico', ''],
    ['/bench.html', '<!doctype html><script type="module" src="/page.js"></script>'],
    ['/page.js', readFileSync(fileURLToPath(new URL('page.js', import.meta.url)))],
    ...readdirSync(runtime).filter((name) => name.startsWith('ort-wasm')).map((name) => [`/ort/${name}`, readFileSync(join(runtime, name))] as const),
  ]);
}

/** The models with their files and feeds, which are added to what the page can fetch. */
function modelJobs({ models }: Settings, files: PageFiles): WebGpuJob[] {
  return benchModels(['models'], models).map(({ name, path, feeds, outputs, compared }) => {
    const folder = `/models/${name}`;
    const { weightsManifest } = JSON.parse(readFileSync(path, 'utf8')) as { weightsManifest: readonly { readonly paths: readonly string[] }[] };
    for (const file of [basename(path), ...weightsManifest.flatMap(({ paths }) => paths)]) files.set(`${folder}/${file}`, readFileSync(join(dirname(path), file)));
    const fed = [...feeds].map(([key, value], i): [string, string] => {
      files.set(`${folder}/feed${i}.npy`, writeNpy(value));
      return [key, `${folder}/feed${i}.npy`];
    });
    return { kind: 'model', name, file: `${folder}/${basename(path)}`, feeds: Object.fromEntries(fed), outputs, compared };
  });
}
