// Writes a package's declarations into dist: one .d.ts per source file, by tsc, plus the .d.ts files that the sources hold themselves
// (tsc reads those but does not copy them). Run in the package's folder, after its dependencies are built.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

for (const entry of readdirSync('src', { recursive: true })) {
  if (entry.endsWith('.d.ts')) cpSync(join('src', entry), join('dist', entry));
}
