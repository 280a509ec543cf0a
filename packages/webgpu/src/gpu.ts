/** Finds the platform's WebGPU: the one given, the browser's, or Dawn's by the `webgpu` package in Node. */

/** What of Node is used, where the process is one. */
interface NodeProcess {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly getBuiltinModule?: (name: 'node:fs') => { existsSync(path: string): boolean; readdirSync(path: string): readonly string[] };
}

/** The module of the npm package `webgpu`. */
interface DawnModule {
  readonly create: (options: readonly string[]) => GPU;
}

/** An entry point, or why there is none. */
export type FoundGpu = { readonly gpu: GPU } | { readonly reason: string };

export async function findGpu(given: GPU | undefined): Promise<FoundGpu> {
  if (given !== undefined) return { gpu: given };
  const here = (globalThis as { readonly navigator?: { readonly gpu?: GPU } }).navigator?.gpu;
  if (here !== undefined && here !== null) return { gpu: here };
  const node = (globalThis as { readonly process?: NodeProcess & { readonly versions?: { readonly node?: string } } }).process;
  if (node?.versions?.node === undefined) return { reason: 'this platform has no navigator.gpu: WebGPU needs a browser that has it, and a secure page (https or localhost)' };
  return whyNoDriver(node) ?? loadDawn();
}

async function loadDawn(): Promise<FoundGpu> {
  // Named in a variable, so that no bundler looks for a native module in a browser's bundle.
  const name = 'webgpu';
  try {
    const { create } = await import(/* @vite-ignore */ name) as DawnModule;
    return { gpu: create([]) };
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message?: string };
    if (code === 'ERR_MODULE_NOT_FOUND') return { reason: 'Node has no WebGPU of its own, and the npm package `webgpu` is not installed' };
    return { reason: `the npm package \`webgpu\` does not load: ${String(message).split('\n')[0]}` };
  }
}

/** Dawn on Linux goes through Vulkan, and without a driver it only complains on stderr: this tells beforehand. */
function whyNoDriver(node: NodeProcess): FoundGpu | undefined {
  const { platform, env } = node;
  const fs = platform === 'linux' ? node.getBuiltinModule?.('node:fs') : undefined;
  if (fs === undefined) return undefined;
  const given = (name: string): readonly string[] => (env[name] ?? '').split(':').filter((path) => path !== '');
  if (given('VK_ADD_DRIVER_FILES').length > 0) return undefined;
  // The first of them that is set is the only place where the loader looks.
  const chosen = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'].find((name) => given(name).length > 0);
  if (chosen !== undefined) return given(chosen).some((path) => fs.existsSync(path)) ? undefined : { reason: `${chosen} names no Vulkan driver that is there (it is '${env[chosen]!}')` };
  const home = env['HOME'] ?? '';
  const folders = [
    env['XDG_CONFIG_HOME'] || `${home}/.config`, ...(env['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':'), '/etc',
    env['XDG_DATA_HOME'] || `${home}/.local/share`, ...(env['XDG_DATA_DIRS'] || '/usr/local/share:/usr/share').split(':'),
  ];
  const holdsDriver = (folder: string): boolean => fs.existsSync(folder) && fs.readdirSync(folder).some((name) => name.endsWith('.json'));
  if (folders.some((folder) => holdsDriver(`${folder}/vulkan/icd.d`))) return undefined;
  return { reason: 'no Vulkan driver is installed (nothing in any vulkan/icd.d folder, and VK_DRIVER_FILES and VK_ICD_FILENAMES name none)' };
}
