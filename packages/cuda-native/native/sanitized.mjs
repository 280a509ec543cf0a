// This package's tests with the addon and the fake driver built under the address and undefined-behaviour sanitizers. Kernels that the fake NVRTC makes
// are not instrumented; the memory that they get is guarded by the fake driver.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const build = join(here, 'build/sanitized');
const run = (command, args, env = {}) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit', cwd: join(here, '../../..'), env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
};
/** Where the compiler keeps a sanitizer's runtime, which must be loaded before Node. */
const runtime = (name) => spawnSync(process.env.CXX ?? 'c++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();

run(process.execPath, [join(here, 'build.mjs'), '--sanitize']);
run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'cuda-native', '--testTimeout=300000', '--hookTimeout=300000', ...process.argv.slice(2)], {
  LD_PRELOAD: `${runtime('libasan.so')} ${runtime('libubsan.so')}`,
  // Node itself leaves memory behind when it ends, which is no business of this test; the fake driver counts what the addon holds.
  CI: 'true',
  ASAN_OPTIONS: 'detect_leaks=0:detect_stack_use_after_return=0',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  SESSIONFLOW_CUDA_ADDON: join(build, 'sessionflow_cuda.node'),
  SESSIONFLOW_FAKE_CUDA: join(build, 'fake'),
});
