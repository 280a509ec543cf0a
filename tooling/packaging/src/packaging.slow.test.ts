// What a user gets: the packed tarballs in an empty folder must run, type-check and bundle. Needs a build.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, sep } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as vite, createLogger } from 'vite';
import { findChromium, softwareGpu } from '@sessionflow/browser/findChromium';
import { serve } from '@sessionflow/browser/server';
import { hasGpu, skipWithout, softwareVulkan } from '@sessionflow/config/softwareVulkan';
import { fakeFolder, whyNoFake } from '@sessionflow/cuda-native/fake';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { convolutionsGraph, convolutionsProgram } from './convolutions.js';
import { command, compile, installPacked, published, put, type Installed } from './installed.js';
import { readmePrograms } from './readme.js';
import { gzipped, runSplit, split } from './split.js';
import { webgpuOutcome, webgpuProgram } from './webgpuProgram.js';

const minutes = 60_000;
const programs = readmePrograms();
const fileOf = (line: number): string => `readme-${line}.mts`;
let installed: Installed;

beforeAll(async () => {
  installed = await installPacked();
  for (const { line, code } of programs) put(installed.folder, fileOf(line), code);
}, 5 * minutes);

afterAll(() => {
  // Undefined where beforeAll failed.
  const folder = (installed as Installed | undefined)?.folder;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

function firstProgram(): string {
  expect(programs.length, 'README.md has no ```ts block: its first program is what this test runs').toBeGreaterThan(0);
  return fileOf(programs[0]!.line);
}

/** The program of convolutions.ts, and its model beside it. */
function convolutions(): string {
  writeFileSync(join(installed.folder, 'convolutions.pb'), convolutionsGraph());
  put(installed.folder, 'convolutions.mts', convolutionsProgram(join(installed.folder, 'convolutions.pb')));
  return 'convolutions.mts';
}

async function runInNode(file: string): Promise<string> {
  await compile(installed.folder, [file], 'nodenext');
  return command(process.execPath, [join('compiled', file.replace(/\.mts$/, '.mjs'))], installed.folder);
}

describe.each(published)('the tarball of %s', (name) => {
  interface Manifest {
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
  }
  const home = (): string => join(installed.folder, 'node_modules/@sessionflow', name);
  const manifest = (): Manifest => JSON.parse(readFileSync(join(home(), 'package.json'), 'utf8')) as Manifest;

  test('names no source and no workspace', () => {
    const { exports, dependencies = {}, peerDependencies = {} } = manifest();
    expect(JSON.stringify(exports)).not.toContain('@sessionflow/source');
    for (const range of Object.values({ ...dependencies, ...peerDependencies })) expect(range).not.toMatch(/^(workspace|catalog|link|file):/);
  });

  test('holds every file that it exports, and its licence', () => {
    const paths = Object.values(manifest().exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)));
    for (const path of [...paths, 'LICENSE']) expect(existsSync(join(home(), path)), path).toBe(true);
    expect(existsSync(join(home(), 'src'))).toBe(false);
  });

  test('every entry loads in Node and type-checks', { timeout: 2 * minutes }, async () => {
    const entries = Object.keys(manifest().exports).filter((entry) => !entry.endsWith('.json'));
    const lines = entries.map((entry, index) => `import * as entry${index} from '${join('@sessionflow', name, entry)}';\nvoid entry${index};`);
    const file = `entries-${name}.mts`;
    put(installed.folder, file, `${lines.join('\n')}\n`);
    await runInNode(file);
    await compile(installed.folder, [file], 'bundler');
  });

  test('has no side effects: an import that uses nothing bundles to nothing', async () => {
    const entry = put(installed.folder, `nothing-${name}.mjs`, `import '@sessionflow/${name}';\n`);
    const { outputFiles } = await esbuild({ entryPoints: [entry], bundle: true, write: false, minify: true, platform: name === 'cuda-native' ? 'node' : 'browser', format: 'esm', logLevel: 'silent' });
    expect(outputFiles[0]!.text.trim()).toBe('');
  });
});

describe('the CUDA addon', () => {
  const reason = whyNoFake();
  const found = (options: string): Promise<string> => {
    const file = put(installed.folder, 'cuda.mjs', `import { cudaNative } from '@sessionflow/cuda-native';
console.log(JSON.stringify(await cudaNative(${options}).discover({})));
`);
    return command(process.execPath, [file], installed.folder);
  };

  test.skipIf(reason !== undefined)(`comes prebuilt and finds a driver where there is one${reason === undefined ? '' : `: ${reason}`}`, async () => {
    expect(await found(JSON.stringify({ libraryPath: fakeFolder }))).toContain('name: Fake GPU');
  });

  test('is not needed to install: without it, and without a compiler, npm succeeds with scripts on, and the reason is told', { timeout: 4 * minutes }, async () => {
    // Beside the folder that has it: what lies further up is found, too.
    const folder = `${installed.folder}-without-addon`;
    onTestFinished(() => { rmSync(folder, { recursive: true, force: true }); });
    const dependencies = Object.fromEntries(['core', 'cuda-native'].map((id) => [`@sessionflow/${id}`, `file:${installed.tarballs.get(id)!}`]));
    put(folder, 'package.json', JSON.stringify({ name: 'without-addon', version: '1.0.0', private: true, type: 'module', dependencies }));
    // The optional package is left out, as it is on a platform that has none.
    const noCompiler = { CC: '/no/compiler', CXX: '/no/compiler' };
    await command('npm', ['install', '--omit=optional', '--no-fund', '--no-audit', '--loglevel=error'], folder, noCompiler);
    expect(existsSync(join(folder, 'node_modules/@sessionflow/cuda-native-linux-x64'))).toBe(false);
    const { scripts = {} } = JSON.parse(readFileSync(join(folder, 'node_modules/@sessionflow/cuda-native/package.json'), 'utf8')) as { scripts?: Readonly<Record<string, string>> };
    expect(Object.keys(scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
    const file = put(folder, 'cuda.mjs', `import * as tf from '@sessionflow/core';
import { cudaNative } from '@sessionflow/cuda-native';
console.log((await cudaNative().discover({})).reason);
const session = new tf.Session({ backends: [tf.reference(), cudaNative()], config: { allowSoftPlacement: true } });
console.log((await session.run(tf.getDefaultGraph().device('/gpu:0', () => tf.add(tf.constant(1), 2)))).item());
`);
    const said = await command(process.execPath, [file], folder, noCompiler);
    expect(said).toMatch(/^(the addon was not built: Cannot find module|there is no addon for )[^\n]*\n3\n$/);
  });

  test('says what is missing where there is none', async () => {
    const { devices, reason: why } = JSON.parse(await found(JSON.stringify({ libraryPath: installed.folder }))) as { devices: unknown[]; reason: string };
    expect(devices).toEqual([]);
    expect(why).toMatch(/no NVIDIA driver|addon/);
  });
});

describe('WebGPU', () => {
  const file = 'webgpu.mts';
  const outcomeIn = (printed: string): unknown => JSON.parse(printed.trim().split('\n').at(-1)!);
  /** The program, compiled in a folder where plain npm installed core, the two devices and, if wanted, Dawn. */
  const application = async (name: string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
    const folder = join(installed.folder, name);
    const tarballs = Object.fromEntries(['core', 'cpu-wasm', 'webgpu'].map((id) => [`@sessionflow/${id}`, `file:${installed.tarballs.get(id)!}`]));
    put(folder, 'package.json', JSON.stringify({ name, version: '1.0.0', private: true, type: 'module', dependencies: { ...tarballs, ...more } }));
    put(folder, file, webgpuProgram);
    await command('npm', ['install', '--no-fund', '--no-audit', '--ignore-scripts', '--loglevel=error'], folder);
    await compile(folder, [file], 'nodenext');
    return folder;
  };
  const runIn = async (folder: string, env: Readonly<Record<string, string>>): Promise<unknown> => outcomeIn(await command(process.execPath, ['compiled/webgpu.mjs'], folder, env));

  test('says in Node what is missing: the npm package that has it, or a driver', { timeout: 4 * minutes }, async () => {
    const folder = await application('without-dawn');
    const driver = join(folder, 'package.json');
    expect(await runIn(folder, { VK_DRIVER_FILES: driver })).toEqual({ reason: 'Node has no WebGPU of its own, and the npm package `webgpu` is not installed' });
    if (process.platform === 'linux') {
      expect(await runIn(folder, { VK_DRIVER_FILES: '/no/such/driver.json' })).toEqual({ reason: "VK_DRIVER_FILES names no Vulkan driver that is there (it is '/no/such/driver.json')" });
    }
  });

  test('runs in Node, beside the npm package `webgpu`', { timeout: 4 * minutes }, async (test) => {
    const { version } = JSON.parse(readFileSync(new URL('../../../node_modules/webgpu/package.json', import.meta.url), 'utf8')) as { version: string };
    const folder = await application('with-dawn', { webgpu: version });
    const outcome = await runIn(folder, softwareVulkan());
    const { reason } = outcome as { readonly reason?: string };
    test.skip(skipWithout(reason), reason);
    expect(outcome).toEqual(webgpuOutcome);
  });

  const executable = findChromium();
  test.skipIf(executable === undefined)(`runs in Chromium, bundled by vite${executable === undefined ? ' (no Chromium on this machine)' : ''}`, { timeout: 4 * minutes }, async () => {
    const entry = put(installed.folder, 'page/main.ts', webgpuProgram);
    put(installed.folder, 'page/index.html', '<!doctype html><script type="module" src="/main.ts"></script>');
    await vite({ root: join(entry, '..'), configFile: false, logLevel: 'silent', build: { target: 'es2022', outDir: 'dist' } });
    const dist = join(entry, '../dist');
    const names = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(dist, name)).isFile());
    const site = new Map<string, Uint8Array | string>(names.map((name) => [`/${name.split(sep).join('/')}`, readFileSync(join(dist, name))]));
    await using server = await serve(site.set('/favicon.ico', ''), true);
    const browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox', '--enable-unsafe-webgpu', ...(hasGpu() ? [] : softwareGpu)] });
    try {
      const page = await browser.newPage();
      const failures: string[] = [];
      page.on('pageerror', (error) => failures.push(String(error)));
      const printed = page.waitForEvent('console', { predicate: (message) => message.text().startsWith('{'), timeout: 60_000 }).catch((error: unknown) => {
        throw new Error(`nothing was printed; the page said: ${failures.join('; ') || 'nothing'}`, { cause: error });
      });
      await page.goto(`${server.origin}/index.html`);
      expect(outcomeIn((await printed).text())).toEqual(webgpuOutcome);
      expect(failures).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

describe('backends of an application', () => {
  const program = `import { getDefaultRegistry } from '@sessionflow/core';
import { discoverBackends } from '@sessionflow/core/node';
const names = (backends) => backends.map(({ name }) => name).join();
console.log(names(await discoverBackends()));
for (const name of ['cpu-wasm', 'webgpu', 'cuda-native']) await import(\`@sessionflow/\${name}/register\`);
console.log(names(getDefaultRegistry().backends));
`;
  const backends = ['cpu-wasm', 'cuda-native', 'webgpu'];
  const sorted = (line: string | undefined): string[] => (line ?? '').split(',').sort();

  /** An application of its own, with the tarballs as its dependencies. */
  function application(name: string): { folder: string; manifest: object } {
    const dependencies = Object.fromEntries([...installed.tarballs].map(([id, tarball]) => [`@sessionflow/${id}`, `file:${tarball}`]));
    const folder = join(installed.folder, name);
    const manifest = { name, version: '1.0.0', private: true, type: 'module', dependencies };
    put(folder, 'program.mjs', program);
    return { folder, manifest };
  }

  test('are found, and registered by their register entries', async () => {
    put(installed.folder, 'backends.mjs', program);
    const [found, registered] = (await command(process.execPath, ['backends.mjs'], installed.folder)).split('\n');
    expect(sorted(found)).toEqual(backends);
    expect(registered).toBe('cpu-wasm,webgpu,cuda-native');
  });

  test('that pnpm installed, each package in a folder of its own', { timeout: 4 * minutes }, async () => {
    const { folder, manifest } = application('isolated');
    const { packageManager } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { packageManager: string };
    // Tarballs name each other by version, and no registry has those.
    const overrides = Object.fromEntries([...installed.tarballs].map(([id, tarball]) => [`@sessionflow/${id}`, `file:${tarball}`]));
    put(folder, 'package.json', JSON.stringify({ ...manifest, packageManager, pnpm: { overrides } }));
    put(folder, 'pnpm-workspace.yaml', `packages: []\noverrides:\n${Object.entries(overrides).map(([id, path]) => `  '${id}': '${path}'\n`).join('')}`);
    await command('npx', ['--yes', packageManager, 'install', '--prefer-offline', '--ignore-scripts', '--config.auto-install-peers=false'], folder);
    const [found, registered] = (await command(process.execPath, ['program.mjs'], folder)).split('\n');
    expect(sorted(found)).toEqual(backends);
    expect(registered).toBe('cpu-wasm,webgpu,cuda-native');
  });

  test('that Yarn installed by Plug’n’Play, in no folder at all', { timeout: 4 * minutes }, async () => {
    const { folder, manifest } = application('plugged');
    const resolutions = Object.fromEntries([...installed.tarballs].map(([id, tarball]) => [`@sessionflow/${id}`, `file:${tarball}`]));
    put(folder, 'package.json', JSON.stringify({ ...manifest, resolutions }));
    put(folder, 'yarn.lock', '');
    put(folder, '.yarnrc.yml', 'nodeLinker: pnp\nenableTelemetry: false\nenableScripts: false\nenableImmutableInstalls: false\nenableGlobalCache: false\n');
    const registry = (await command('npm', ['config', 'get', 'registry'], folder)).trim();
    if (registry !== '') put(folder, '.yarnrc.yml', `${readFileSync(join(folder, '.yarnrc.yml'), 'utf8')}npmRegistryServer: '${registry}'\nunsafeHttpWhitelist: ['*']\n`);
    const yarn = ['--yes', '@yarnpkg/cli-dist@4.10.3'];
    await command('npx', [...yarn, 'install'], folder);
    expect(existsSync(join(folder, '.pnp.cjs'))).toBe(true);
    expect(existsSync(join(folder, 'node_modules'))).toBe(false);
    const [found, registered] = (await command('npx', [...yarn, 'node', 'program.mjs'], folder)).split('\n');
    expect(sorted(found)).toEqual(backends);
    expect(registered).toBe('cpu-wasm,webgpu,cuda-native');
  });
});

describe('the first program of README.md', () => {
  test('runs in Node, type-checked with nodenext', { timeout: 2 * minutes }, async () => {
    const printed = await runInNode(firstProgram());
    expect(printed).toContain('y: (Relu): /job:localhost/replica:0/task:0/device:CPU:0\n');
    expect(printed).toMatch(/^\[ \[ 12 \] \]$/m);
  });

  test('type-checks with moduleResolution bundler', { timeout: 2 * minutes }, async () => {
    await compile(installed.folder, [firstProgram()], 'bundler');
  });

  test('bundles for a browser with esbuild', { timeout: minutes }, async () => {
    const entry = join(installed.folder, firstProgram());
    const { metafile } = await esbuild({
      entryPoints: [entry], absWorkingDir: installed.folder, bundle: true, write: false, metafile: true, outdir: 'bundled',
      platform: 'browser', format: 'esm', target: 'es2022', logLevel: 'silent',
    });
    const left = Object.values(metafile.outputs).flatMap((output) => output.imports.filter((entry) => entry.external).map((entry) => entry.path));
    expect(left, 'imports that the bundle leaves to the browser').toEqual([]);
  });

  // The aim is at most 150 kB before anything runs. Measured: see docs/benchmarks.md.
  test.each([
    ['its first program', firstProgram, '[ [ 12 ] ]', 120_000, 290_000],
    ['a page that reads a model of convolutions', convolutions, '1.0000', 132_000, 300_000],
  ])('bundles in parts, %s: less than 150 kB gzipped before anything runs', { timeout: minutes }, async (what, program, outcome, mostFirst, mostRun) => {
    const bundle = await split(installed.folder, program());
    const { printed, loaded } = await runSplit(bundle);
    expect(printed.trimEnd().split('\n').at(-1)).toBe(outcome);
    const [first, run, all] = [bundle.first, loaded, bundle.parts].map((parts) => gzipped(bundle, parts)) as [number, number, number];
    const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
    console.log(`For a browser, ${what}, core and cpu-wasm included, gzipped: ${kilobytes(first)} before anything runs, ${kilobytes(run)} when it has run, ${kilobytes(all)} all in all`);
    expect(loaded).toEqual(expect.arrayContaining([...bundle.first]));
    expect(first, 'before anything runs').toBeLessThan(mostFirst);
    expect(run, 'when it has run').toBeLessThan(mostRun);
  });

  test('a part that cannot be loaded fails the run by its name, and the next run loads it', { timeout: minutes }, async () => {
    put(installed.folder, 'offline.mts', `import * as tf from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
const sum = tf.add(tf.constant(1), 2);
const session = new tf.Session({ backends: [cpuWasm()] });
for (let i = 0; i < 2; i++) {
  console.log(await session.run(sum).then((value) => value.item(), (error) => error.codeName + ': ' + error.message));
  await globalThis.getBack();
}
await session.close();
`);
    const { home, entry, parts } = await split(installed.folder, 'offline.mts');
    for (const [name, what] of [['engine', 'the session runtime'], ['discover', 'the wasm CPU device']] as const) {
      const part = join(home, parts.find((path) => path.includes(`/${name}-`))!);
      const away = `${part}.away`;
      renameSync(part, away);
      const program = put(home, `offline-${name}.mjs`, `import { existsSync, renameSync } from 'node:fs';
globalThis.getBack = async () => { if (existsSync(${JSON.stringify(away)})) renameSync(${JSON.stringify(away)}, ${JSON.stringify(part)}); };
await import('./${entry}');
`);
      const [failed, then] = (await command(process.execPath, [program], home)).split('\n');
      expect(failed).toContain(`UNAVAILABLE: The code of ${what} could not be loaded: `);
      expect(then).toBe('3');
    }
  });

  test('bundles for a browser with vite', { timeout: 2 * minutes }, async () => {
    const complaints: string[] = [];
    const logger = createLogger('silent');
    const complain = (message: string): void => void complaints.push(message);
    const result = await vite({
      root: installed.folder,
      configFile: false,
      logLevel: 'silent',
      customLogger: { ...logger, warn: complain, warnOnce: complain, error: complain },
      build: { write: false, target: 'es2022', rolldownOptions: { input: join(installed.folder, firstProgram()) } },
    });
    const outputs = [result].flat().flatMap((built) => ('output' in built ? built.output : []));
    const code = outputs.map((output) => (output.type === 'chunk' ? output.code : '')).join('\n');
    expect(code.length).toBeGreaterThan(0);
    expect(complaints.filter((message) => /browser compatibility|unresolved|could not be resolved|failed to resolve/i.test(message))).toEqual([]);
    expect(code).not.toContain('__vite-browser-external');
    const imported = [...code.matchAll(/(?:from|import)\s*\(?\s*["']([^"'./][^"']*)["']/g)].map((match) => match[1]!);
    expect(imported.filter((name) => name.startsWith('node:') || builtinModules.includes(name))).toEqual([]);
  });
});

test('what registers a backend survives bundling', { timeout: minutes }, async () => {
  const entry = put(installed.folder, 'registered.mjs', `import * as tf from '@sessionflow/core';
import '@sessionflow/cpu-wasm/register';
await using session = new tf.Session();
console.log((await session.run(tf.add(tf.constant(1), 2))).item());
`);
  const outfile = join(installed.folder, 'registered.bundle.mjs');
  await esbuild({ entryPoints: [entry], outfile, bundle: true, minify: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'silent' });
  expect(await command(process.execPath, [outfile], installed.folder)).toBe('3\n');
});

describe('the other programs of README.md', () => {
  test('type-check', { timeout: 2 * minutes }, async () => {
    await compile(installed.folder, programs.map(({ line }) => fileOf(line)), 'nodenext');
  });

  test('run where they are marked as runnable', { timeout: 2 * minutes }, async () => {
    for (const { line, isRunnable } of programs.slice(1)) if (isRunnable) await runInNode(fileOf(line));
  });
});
