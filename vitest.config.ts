// One project per package. Tests stand beside their sources and import workspace packages from source (condition @sessionflow/source),
// so nothing needs a build except tests named *.slow.test.ts that say so.
// SESSIONFLOW_FAST=1 leaves the slow ones out.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { softwareVulkan } from './tooling/config/softwareVulkan.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const conditions = ['@sessionflow/source', ...defaultServerConditions];
const fast = process.env['SESSIONFLOW_FAST'] === '1';

// Projects whose tests use a GPU, if only a simulated one; the others see no GPU unless the machine has one.
const onGpu: ReadonlySet<string> = new Set(['packages/webgpu', 'apps/pose', 'tooling/conformance', 'tooling/golden']);

const folders = [
  'packages/core', 'packages/cpu-wasm', 'packages/webgpu', 'packages/cuda-native', 'packages/io',
  'apps/cli', 'apps/placement-view', 'apps/pose', 'apps/vision', 'apps/web',
  'tooling/conformance', 'tooling/golden', 'tooling/bench', 'tooling/packaging', 'tooling/browser', 'tooling/example-backend',
];

export default defineConfig({
  test: {
    passWithNoTests: true,
    maxWorkers: 2,
    projects: folders.filter((folder) => existsSync(at(folder))).map((folder) => ({
      root: at(folder),
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name: folder.slice(folder.indexOf('/') + 1),
        include: ['src/**/*.test.ts'],
        exclude: fast ? ['**/*.slow.test.ts'] : [],
        env: onGpu.has(folder) ? softwareVulkan() : {},
        setupFiles: [at('tooling/config/vitest.setup.ts')],
        environment: 'node' as const,
        testTimeout: 30_000,
        hookTimeout: 60_000,
      },
    })),
  },
});
