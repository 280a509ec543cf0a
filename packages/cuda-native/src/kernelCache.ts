/**
 * Compiled kernels on disk, by the content of what made them. Any number of processes may use one folder: a file appears whole under its name or not
 * at all, and one that cannot be read is compiled anew.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Begins every file, before the image's own hash: what was cut short or is something else is not loaded. */
const magic = 'sessionflow-cuda-1';

const hashOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

/** Where the system wants caches. */
export const defaultCacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sessionflow', 'cuda');

export class KernelCache {
  /** `folder` undefined: nothing is kept. */
  constructor(private readonly folder: string | undefined) {}

  /** The image for this key, by `compile` if it is not there. What keeps the folder from being written keeps nobody from compiling. */
  async image(key: readonly string[], compile: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.folder === undefined) return compile();
    const file = join(this.folder, `${hashOf(...key)}.bin`);
    const known = await this.read(file);
    if (known !== undefined) return known;
    const image = await compile();
    await this.write(file, image);
    return image;
  }

  private async read(file: string): Promise<Uint8Array | undefined> {
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const head = `${magic} `;
    const start = head.length + 64 + 1;
    const image = bytes.subarray(start);
    const isWhole = bytes.length > start && bytes.toString('latin1', 0, head.length) === head && bytes.toString('latin1', head.length, start - 1) === hashOf(image);
    return isWhole ? image : undefined;
  }

  private async write(file: string, image: Uint8Array): Promise<void> {
    const mine = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    try {
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(mine, Buffer.concat([Buffer.from(`${magic} ${hashOf(image)}\n`, 'latin1'), image]));
      await rename(mine, file);
    } catch {
      // A full or read-only disk: the next process compiles again.
      await rm(mine, { force: true }).catch(() => undefined);
    }
  }
}
