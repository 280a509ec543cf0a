/** The real NVRTC over many sources at once, for tests: it compiles for devices that are not there. `scripts/fetchNvrtc.mjs` brings it. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isCallError } from '../addon/driver.js';
import { loadAddon } from '../addon/load.js';
import { defaultCacheFolder } from '../kernelCache.js';
import { compilerOptions } from '../programs.js';

/** Where the script puts it: beside the cache of compiled kernels. */
const cache = dirname(defaultCacheFolder());

function folderOf(): string | undefined {
  const given = process.env['SESSIONFLOW_NVRTC'];
  if (given !== undefined) return given;
  const name = existsSync(cache) ? readdirSync(cache).find((entry) => entry.startsWith('nvrtc-')) : undefined;
  return name === undefined ? undefined : join(cache, name);
}

/** Why sources cannot be compiled here; an error where somebody insists (SESSIONFLOW_NVRTC_REQUIRED=1). A registry out of reach is no error by itself. */
export function whyNoNvrtc(): string | undefined {
  const loaded = loadAddon();
  if ('addon' in loaded && folderOf() !== undefined) return undefined;
  const reason = 'reason' in loaded ? loaded.reason : process.env['SESSIONFLOW_NO_NVRTC'] ?? 'NVRTC was not fetched (node scripts/fetchNvrtc.mjs)';
  if (process.env['SESSIONFLOW_NVRTC_REQUIRED'] === '1') throw new Error(reason);
  return reason;
}

/** Sources of one compilation: starting the compiler takes longer than a kernel does. */
const together = 64;

/** Compiles every source for every architecture (80, 90, …); what the compiler says against any of them, with the source. What it took once, it takes again. */
export async function compileAll(sources: readonly string[], architectures: readonly number[]): Promise<readonly string[]> {
  const loaded = loadAddon();
  if ('reason' in loaded) throw new Error(loaded.reason);
  const driver = new loaded.addon.Driver({ compiler: folderOf()! }, () => undefined);
  const complaints: string[] = [];
  const ledger = join(folderOf()!, 'accepted.txt');
  const accepted = new Set(existsSync(ledger) ? readFileSync(ledger, 'utf8').split('\n') : []);
  const markOf = (source: string, arch: number): string => createHash('sha256').update(JSON.stringify([compilerOptions, arch, source])).digest('hex');
  const compile = async (texts: readonly string[], arch: number): Promise<string | undefined> => {
    // Kernels of one name live apart in namespaces, which names of C do not know.
    const text = texts.map((source, i) => `namespace source${i} {\n${source.replaceAll('extern "C" ', '')}\n}`).join('\n');
    try {
      await driver.compile(text, 'kernels.cu', [...compilerOptions, `--gpu-architecture=sm_${arch}`]);
      return undefined;
    } catch (error) {
      return isCallError(error) ? error.statusText : String(error);
    }
  };
  const jobs = architectures.flatMap((arch) => {
    const left = sources.filter((source) => !accepted.has(markOf(source, arch)));
    return Array.from({ length: Math.ceil(left.length / together) }, (_, i) => ({ arch, batch: left.slice(i * together, (i + 1) * together) }));
  });
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { batch, arch } = job;
      if (await compile(batch, arch) === undefined) {
        appendFileSync(ledger, batch.map((source) => `${markOf(source, arch)}\n`).join(''));
        continue;
      }
      for (const source of batch) {
        const said = await compile([source], arch);
        if (said !== undefined) complaints.push(`sm_${arch}: ${said}\n${source}`);
      }
    }
  };
  await Promise.all([work(), work()]);
  return complaints;
}
