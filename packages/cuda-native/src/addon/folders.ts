/** Where CUDA's libraries lie when the system's loader does not know of them. */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const entries = (folder: string): string[] => {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
};

/** `lib` of each of the nvidia-… packages of the Pythons that are installed under `root`: cu13/lib, cudnn/lib, cublas/lib… */
function pythonFolders(root: string): string[] {
  const libraries = ['lib', 'local/lib'].map((name) => join(root, name));
  const pythons = libraries.flatMap((library) => entries(library).filter((name) => name.startsWith('python3')).reverse().map((name) => join(library, name)));
  return pythons.flatMap((python) => ['site-packages', 'dist-packages'].map((name) => join(python, name, 'nvidia')))
    .flatMap((nvidia) => entries(nvidia).map((name) => join(nvidia, name, 'lib')));
}

/** Those that are there: of a toolkit, of WSL, of conda, of a virtual environment, of Python's packages. */
export function usualFolders(env: Readonly<Record<string, string | undefined>> = process.env, root = '/'): string[] {
  const roots = [env['CUDA_HOME'], env['CUDA_PATH'], join(root, 'usr/local/cuda')].filter((path) => path !== undefined && path !== '') as string[];
  const prefixes = [env['VIRTUAL_ENV'], env['CONDA_PREFIX'], join(env['HOME'] ?? homedir(), '.local'), join(root, 'usr')].filter((path) => path !== undefined && path !== '') as string[];
  const folders = [
    ...roots.map((path) => join(path, 'lib64')),
    join(root, 'usr/lib/wsl/lib'),
    ...(env['CONDA_PREFIX'] === undefined ? [] : [join(env['CONDA_PREFIX'], 'lib')]),
    ...prefixes.flatMap(pythonFolders),
  ];
  return [...new Set(folders)].filter((folder) => existsSync(folder));
}
