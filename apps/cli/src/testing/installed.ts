/** The command as it is installed: bin/sessionflow.js on dist, in a process of its own; and the models that the sample's package brings. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './cli.js';

const bin = fileURLToPath(new URL('../../bin/sessionflow.js', import.meta.url));
const models = join(dirname(createRequire(new URL('../../../pose/package.json', import.meta.url)).resolve('@vladmandic/human')), '../models');

/** The file of a bundled model. */
export const bundledModel = (name: string): string => join(models, `${name}.json`);

/** No GPU by Vulkan: without a card, drivers write complaints of their own on stderr. */
const noVulkan = { VK_ADD_DRIVER_FILES: '', VK_DRIVER_FILES: '/nowhere' };

/** Runs the command with these variables added to its environment. */
export function spawned(args: readonly string[], env: Readonly<Record<string, string>> = noVulkan): Promise<Outcome> {
  if (!existsSync(new URL('../../dist/main.js', import.meta.url))) throw new Error('apps/cli/dist is missing: this test needs a build (pnpm build, or npm test, which builds first)');
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, ...env } }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}
