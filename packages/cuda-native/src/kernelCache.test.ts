import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { KernelCache, defaultCacheFolder } from './kernelCache.js';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'sessionflow-cache-')); });
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const compiler = (bytes: readonly number[]) => vi.fn(async () => Uint8Array.from(bytes));

it('compiles what is new, and finds what is not', async () => {
  const compile = compiler([1, 2, 3]);
  const cache = new KernelCache(join(folder, 'deep', 'er'));
  expect([...await cache.image(['a', 'b'], compile)]).toEqual([1, 2, 3]);
  expect([...await cache.image(['a', 'b'], compile)]).toEqual([1, 2, 3]);
  expect([...await new KernelCache(join(folder, 'deep', 'er')).image(['a', 'b'], compile)]).toEqual([1, 2, 3]);
  expect(compile).toHaveBeenCalledTimes(1);
  await cache.image(['a', 'c'], compile);
  // The parts of a key do not run into each other.
  await cache.image(['ab', ''], compile);
  expect(compile).toHaveBeenCalledTimes(3);
});

it('compiles again what was cut short or is something else', async () => {
  const cache = new KernelCache(folder);
  const compile = compiler([5, 6, 7, 8]);
  await cache.image(['k'], compile);
  const [file] = readdirSync(folder).map((name) => join(folder, name));
  truncateSync(file!, 80);
  expect([...await cache.image(['k'], compile)]).toEqual([5, 6, 7, 8]);
  writeFileSync(file!, 'something else');
  expect([...await cache.image(['k'], compile)]).toEqual([5, 6, 7, 8]);
  expect(compile).toHaveBeenCalledTimes(3);
});

it('serves many at once and leaves no stray files', async () => {
  const caches = Array.from({ length: 8 }, () => new KernelCache(folder));
  const images = await Promise.all(caches.map((cache) => cache.image(['k'], compiler([9]))));
  expect(images.map((image) => [...image])).toEqual(Array(8).fill([9]));
  expect(readdirSync(folder)).toHaveLength(1);
});

it('does without a folder, and without one that can be written', async () => {
  const compile = compiler([1]);
  await new KernelCache(undefined).image(['k'], compile);
  writeFileSync(join(folder, 'file'), '');
  expect([...await new KernelCache(join(folder, 'file', 'below')).image(['k'], compile)]).toEqual([1]);
  expect(compile).toHaveBeenCalledTimes(2);
});

it('hands on what the compiler says', async () => {
  await expect(new KernelCache(folder).image(['k'], () => Promise.reject(new Error('no such thing')))).rejects.toThrow('no such thing');
  expect(readdirSync(folder)).toHaveLength(0);
});

it('lies where the system wants caches', () => {
  vi.stubEnv('XDG_CACHE_HOME', '/caches');
  expect(defaultCacheFolder()).toBe('/caches/sessionflow/cuda');
});
