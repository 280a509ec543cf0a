/**
 * Finds the addon: the prebuilt package of this platform, else what the workspace built, else a reason in words. Nothing is compiled or downloaded
 * when this package is installed.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Addon } from './driver.js';

export type LoadedAddon = { readonly addon: Addon } | { readonly reason: string };

const prebuilt: Readonly<Record<string, string>> = { 'linux-x64': '@sessionflow/cuda-native-linux-x64' };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message.split('\n')[0]! : String(error));

/** SESSIONFLOW_CUDA_ADDON names another file: the sanitized build. */
export function loadAddon(file = process.env['SESSIONFLOW_CUDA_ADDON']): LoadedAddon {
  const require = createRequire(import.meta.url);
  const tryLoad = (path: string): LoadedAddon => {
    try {
      return { addon: require(path) as Addon };
    } catch (error) {
      return { reason: messageOf(error) };
    }
  };
  if (file !== undefined && file !== '') return tryLoad(file);
  const platform = `${process.platform}-${process.arch}`;
  const name = prebuilt[platform];
  if (name === undefined) return { reason: `there is no addon for ${platform}` };
  // Where the workspace's own build lies, seen from src/addon as from dist.
  const built = ['../../native/build/sessionflow_cuda.node', '../native/build/sessionflow_cuda.node']
    .map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path));
  const found = tryLoad(name);
  if ('addon' in found || built === undefined) return 'addon' in found ? found : { reason: `the addon was not built: ${found.reason}` };
  return tryLoad(built);
}
