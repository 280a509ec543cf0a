// Puts the addon that the workspace built into this package while it is packed. Afterwards it is taken out again, so that the workspace's own
// build is what the workspace runs.
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const own = join(here, 'sessionflow_cuda.node');
const built = join(here, '../cuda-native/native/build/sessionflow_cuda.node');
if (process.argv.includes('--empty')) {
  rmSync(own, { force: true });
} else if (existsSync(built)) {
  copyFileSync(built, own);
} else {
  console.error('The addon is not built: run `pnpm --filter @sessionflow/cuda-native run build:native` on Linux x64 with a C++17 compiler.');
  process.exit(1);
}
