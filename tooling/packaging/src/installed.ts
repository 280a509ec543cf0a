// A folder as a user has it: the packed packages, installed by plain npm beside nothing else.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
export const published = ['core', 'io', 'cpu-wasm', 'webgpu', 'cuda-native'] as const;
/** Beside them: the CUDA addon of this platform, where it could be built. */
const addons = existsSync(join(root, 'packages/cuda-native/native/build/sessionflow_cuda.node')) ? ['cuda-native-linux-x64'] : [];

export interface Installed {
  /** The user's folder. */
  readonly folder: string;
  /** The tarballs, by package. */
  readonly tarballs: ReadonlyMap<string, string>;
}

/** Runs a command to its end, with `more` in its environment; throws with everything it said if it fails. */
export function command(name: string, args: readonly string[], cwd: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  // What an outer npm or pnpm tells its scripts is not meant for this one.
  const own = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('npm_') && key !== 'NODE_OPTIONS' && key !== 'INIT_CWD'));
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...own, ...more }, encoding: 'utf8' as const, timeout: 240_000, maxBuffer: 1 << 26, shell: process.platform === 'win32' };
    const child = execFile(name, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${name} ${args.join(' ')} failed in ${cwd}: ${error.message}\n${stdout}\n${stderr}`));
      else resolve(stdout);
    });
    child.stdin?.end();
  });
}

/** Writes a file of the user's folder and returns its path. */
export function put(folder: string, name: string, content: string): string {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function pack(name: string, destination: string): Promise<string> {
  const source = join(root, 'packages', name);
  if (!addons.includes(name) && (!existsSync(join(source, 'dist/index.js')) || !existsSync(join(source, 'dist/index.d.ts')))) {
    throw new Error(`packages/${name}/dist is missing or incomplete: this test needs a build (pnpm build, or npm test, which builds first)`);
  }
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string };
  await command('npx', ['--yes', packageManager, 'pack', '--pack-destination', destination], source);
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string };
  return join(destination, `sessionflow-${name}-${version}.tgz`);
}

/** Packs the published packages and installs the tarballs into a new folder. */
export async function installPacked(): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), 'sessionflow-user-'));
  const tarballs = new Map<string, string>();
  for (const name of [...published, ...addons]) tarballs.set(name, await pack(name, folder));
  put(folder, 'package.json', '{ "name": "user", "version": "1.0.0", "private": true, "type": "module" }\n');
  await command('npm', ['install', '--no-fund', '--no-audit', '--loglevel=error', ...tarballs.values()], folder);
  return { folder, tarballs };
}

const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable', 'dom'],
  types: [],
  strict: true,
  // The declarations that we ship are part of what is checked.
  skipLibCheck: false,
  rootDir: '.',
  outDir: 'compiled',
};

/** Type-checks and compiles TypeScript files of the user's folder by tsc, the way the given resolution wants it. */
export async function compile(folder: string, files: readonly string[], resolution: 'nodenext' | 'bundler'): Promise<void> {
  const kind = resolution === 'nodenext' ? { module: 'nodenext' } : { module: 'esnext', moduleResolution: 'bundler', noEmit: true };
  const project = put(folder, `tsconfig.${resolution}.json`, JSON.stringify({ compilerOptions: { ...compilerOptions, ...kind }, files }));
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
  await command(process.execPath, [tsc, '-p', project], folder);
}
