/**
 * The backends that an application depends on. A package says in its own package.json that it is one, `"sessionflow": { "backend": "abacus" }`:
 * the name of an export of its main entry that is a Backend, or a function that gives one without arguments. So a backend that somebody else
 * publishes is found without a change anywhere.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { backendShape, isBackend } from '../device/backendShape.js';
import type { Backend } from '../device/device.js';
import { FailedPreconditionError, NotFoundError } from '../errors.js';

export interface DiscoverBackendsOptions {
  /** A folder of the application: the nearest package.json from there upwards tells its dependencies. By default the working directory. */
  readonly from?: string;
  /** Hears of a package that says it is a backend and cannot be loaded; without this, that is an error. */
  readonly onFailure?: (packageName: string, reason: string) => void;
}

/** The fields of a package.json that count here. */
interface Manifest {
  readonly name?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
  readonly sessionflow?: unknown;
  readonly dependencies?: unknown;
  readonly optionalDependencies?: unknown;
  readonly peerDependencies?: unknown;
  readonly devDependencies?: unknown;
}

const dependencyFields = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'] as const;

/**
 * The application's own backend if it is one, then those it depends on, in the order of its package.json. Packages that are not installed are
 * left out. NotFoundError where there is no package.json; FailedPreconditionError for a backend that cannot be loaded, saying what is wrong.
 */
export async function discoverBackends({ from = '.', onFailure }: DiscoverBackendsOptions = {}): Promise<Backend[]> {
  const folder = nearestPackage(resolve(from));
  const application = readManifest(folder);
  const folders = [folder];
  for (const name of new Set(dependencyFields.flatMap((field) => Object.keys(asObject(application[field]))))) {
    const found = installedFolder(folder, name);
    if (found !== undefined) folders.push(found);
  }
  const backends: Backend[] = [];
  for (const each of folders) {
    const manifest = readManifest(each);
    if (manifest.sessionflow === undefined || asObject(manifest.sessionflow)['backend'] === undefined) continue;
    const name = typeof manifest.name === 'string' ? manifest.name : each;
    try {
      backends.push(await loadBackend(each, manifest));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (onFailure === undefined) throw new FailedPreconditionError(`The backend ${name} cannot be loaded: ${reason}`, { cause: error });
      onFailure(name, reason);
    }
  }
  return backends;
}

function nearestPackage(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new NotFoundError(`There is no package.json in ${start} or above it, so there is no telling which backends to use.`);
  }
}

/** What a process that runs under Yarn's Plug'n'Play can ask (`.pnp.cjs`): there, packages lie where no folder tells. */
interface PlugAndPlay {
  resolveToUnqualified(request: string, issuer: string, options: { readonly considerBuiltins: boolean }): string | null;
}

/**
 * Where a package lies, as the application itself would find it: by Plug'n'Play where that rules over the folder, else in the places where Node
 * looks. A package manager's layout (hoisted, isolated, a workspace) is its own business.
 */
function installedFolder(from: string, name: string): string | undefined {
  const issuer = join(from, 'package.json');
  const { findPnpApi } = nodeModule as { findPnpApi?: (path: string) => PlugAndPlay | null };
  const api = findPnpApi?.(issuer);
  if (api !== undefined && api !== null) return folderByPlugAndPlay(api, name, issuer);
  const places = createRequire(issuer).resolve.paths(name) ?? [];
  const place = places.find((path) => existsSync(join(path, name, 'package.json')));
  return place === undefined ? undefined : realpathSync(join(place, name));
}

/** The API throws for what is not installed: an optional dependency of another platform. */
function folderByPlugAndPlay(api: PlugAndPlay, name: string, issuer: string): string | undefined {
  try {
    return api.resolveToUnqualified(name, issuer, { considerBuiltins: false }) ?? undefined;
  } catch {
    return undefined;
  }
}

function readManifest(folder: string): Manifest {
  const path = join(folder, 'package.json');
  try {
    return asObject(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new FailedPreconditionError(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function loadBackend(folder: string, manifest: Manifest): Promise<Backend> {
  const exportName = asObject(manifest.sessionflow)['backend'];
  if (typeof exportName !== 'string') throw new TypeError(`"sessionflow.backend" in its package.json is ${JSON.stringify(exportName)}. Expected the name of an export.`);
  const entry = join(folder, mainEntry(manifest));
  if (!existsSync(entry)) throw new TypeError(`its main entry ${entry} is not there. Has the package been built?`);
  const loaded: unknown = await import(/* @vite-ignore */ pathToFileURL(entry).href);
  const exported = asObject(loaded)[exportName];
  if (exported === undefined) throw new TypeError(`its main entry has no export '${exportName}', which "sessionflow.backend" in its package.json names.`);
  const backend: unknown = typeof exported === 'function' ? (exported as () => unknown)() : exported;
  if (!isBackend(backend)) throw new TypeError(`its export '${exportName}' gives no Backend. Expected ${backendShape}.`);
  return backend;
}

/**
 * The file of the package's `.` export for `import` in Node. Who runs core from its sources, in the workspace, runs the packages beside it from
 * theirs.
 */
function mainEntry(manifest: Manifest): string {
  const conditions = [...(import.meta.url.endsWith('.ts') ? ['@sessionflow/source'] : []), 'node', 'import', 'module-sync', 'default'];
  const pick = (target: unknown): string | undefined => {
    if (typeof target === 'string') return target;
    if (Array.isArray(target)) return target.map(pick).find((found) => found !== undefined);
    for (const [condition, inner] of Object.entries(asObject(target))) {
      const found = conditions.includes(condition) ? pick(inner) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const { exports, main } = manifest;
  const root = Object.hasOwn(asObject(exports), '.') ? asObject(exports)['.'] : exports;
  return pick(root) ?? (exports === undefined && typeof main === 'string' ? main : 'index.js');
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
