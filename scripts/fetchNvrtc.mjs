// Brings NVIDIA's run-time compiler, which needs no GPU, so that tests can compile every CUDA source for real devices. It is a package of PyPI:
// one folder with libnvrtc and its builtins. Goes to `sessionflow` in the user's cache folder, which outlives a checkout; does nothing if it is there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const version = '13.5.37';
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sessionflow');
const folder = join(cache, `nvrtc-${version}`);

function python(args) {
  const { status } = spawnSync('python3', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`python3 ${args.slice(0, 3).join(' ')} … failed`);
}

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log('NVRTC is fetched on Linux x64 only.');
} else if (!existsSync(folder)) {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    python(['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', work, `nvidia-cuda-nvrtc==${version}`]);
    const wheel = readdirSync(work).find((file) => file.endsWith('.whl'));
    python(['-m', 'zipfile', '-e', join(work, wheel), join(work, 'content')]);
    renameSync(join(work, 'content/nvidia/cu13/lib'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
if (existsSync(folder)) console.log(folder);
