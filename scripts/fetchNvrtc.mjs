// Brings NVIDIA's run-time compiler, which needs no GPU, so that tests can compile every CUDA source for real devices. It is a package of PyPI:
// one folder with libnvrtc and its builtins. Goes to `sessionflow` in the user's cache folder, which outlives a checkout; does nothing if it is there.
// `npm test` asks for it where CI=true; where it cannot be had, that test is skipped and says why. As a command it fails then.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = '13.5.37';
const attempts = 3;
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sessionflow');
const folder = join(cache, `nvrtc-${version}`);

function python(args) {
  const { status, error, stderr } = spawnSync('python3', args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: 300_000 });
  if (error !== undefined) throw new Error(`python3: ${error.message}`);
  if (status !== 0) throw new Error(`python3 ${args.slice(0, 3).join(' ')} … failed: ${stderr.trim().split('\n').at(-1)}`);
}

function download() {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    python(['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--retries', '1', '--no-deps', '--only-binary=:all:', '--dest', work, `nvidia-cuda-nvrtc==${version}`]);
    const wheel = readdirSync(work).find((file) => file.endsWith('.whl'));
    python(['-m', 'zipfile', '-e', join(work, wheel), join(work, 'content')]);
    try {
      renameSync(join(work, 'content/nvidia/cu13/lib'), folder);
    } catch (error) {
      // Another process was faster.
      if (!existsSync(folder)) throw error;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The folder with NVRTC, or why there is none: no network or registry is no error of the tree. */
export function fetchNvrtc() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { reason: 'NVRTC is fetched on Linux x64 only' };
  let reason = '';
  for (let attempt = 0; attempt < attempts && !existsSync(folder); attempt++) {
    if (attempt > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000 * attempt);
    try {
      download();
    } catch (error) {
      reason = `NVRTC could not be fetched: ${error.message}`;
    }
  }
  return existsSync(folder) ? { folder } : { reason };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { folder: found, reason } = fetchNvrtc();
  console.log(found ?? reason);
  if (found === undefined && process.platform === 'linux' && process.arch === 'x64') process.exitCode = 1;
}
