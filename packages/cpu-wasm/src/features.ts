/**
 * What the running engine can do. Everything is asked of the engine itself, by validating a module of a few bytes; nothing is guessed from
 * names or versions.
 */

/** A module of one function of type () → v128 … that holds `body`. */
function probe(body: readonly number[]): Uint8Array<ArrayBuffer> {
  const code = [0, ...body, 0x0b];
  return Uint8Array.of(
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    1, 5, 1, 0x60, 0, 1, 0x7b,
    3, 2, 1, 0,
    10, code.length + 2, 1, code.length, ...code,
  );
}

const splatZero = [0x41, 0, 0xfd, 0x0f];
/** i8x16.splat(0) */
const simdProbe = probe(splatZero);
/** f32x4.relaxed_madd of three zero vectors */
const relaxedProbe = probe([...splatZero, ...splatZero, ...splatZero, 0xfd, 0x85, 0x02]);

export function hasSimd(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(simdProbe);
}

interface V8Module {
  setFlagsFromString(flags: string): void;
}

/** A built-in module of Node, without an import that a bundler would follow; undefined in browsers and where the module does not exist. */
export function nodeBuiltin<T>(name: string): T | undefined {
  if (typeof process !== 'object' || typeof process.getBuiltinModule !== 'function') return undefined;
  return process.getBuiltinModule(name) as T | undefined;
}

/**
 * Whether relaxed SIMD is there. Node 20 has it behind a flag that V8 still takes before the first module that uses it; switching it on changes
 * nothing for other WebAssembly code.
 */
export function hasRelaxedSimd(): boolean {
  if (WebAssembly.validate(relaxedProbe)) return true;
  try {
    nodeBuiltin<V8Module>('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd');
  } catch {
    return false;
  }
  return WebAssembly.validate(relaxedProbe);
}

/** Why memory cannot be shared between threads, or undefined when it can. */
export function whyNotShared(): string | undefined {
  if (typeof SharedArrayBuffer !== 'function') {
    return 'this page has no SharedArrayBuffer (it needs the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)';
  }
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) return 'this page is not cross-origin isolated';
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return buffer instanceof SharedArrayBuffer ? undefined : 'the engine gives no shared WebAssembly memory';
  } catch {
    return 'the engine gives no shared WebAssembly memory';
  }
}

interface OsModule {
  availableParallelism?(): number;
  cpus(): readonly unknown[];
}

/** Hardware threads of this machine that the process may use. */
export function hardwareThreads(): number {
  const os = nodeBuiltin<OsModule>('node:os');
  const count = os ? (os.availableParallelism?.() ?? os.cpus().length) : (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency;
  return Math.max(1, count ?? 1);
}
