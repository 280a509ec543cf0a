// Builds the addon, and for tests the fake driver, with the C++17 compiler that is there. No CUDA toolkit, no download: headers come from
// node-addon-api and node-api-headers. Without a compiler, or with one that is too old, it says so and succeeds: the package then loads and tells why it
// has no device, and its tests are skipped, but for CI=true, where they fail.
//   --sanitize   address and undefined-behaviour sanitizers, into build/sanitized
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const sanitize = process.argv.includes('--sanitize');
const build = join(here, 'build', ...(sanitize ? ['sanitized'] : []));
const compiler = process.env.CXX ?? 'c++';

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`cuda-native: the addon is built on Linux x64 only; this is ${process.platform} ${process.arch}.`);
  process.exit(0);
}
if (spawnSync(compiler, ['--version']).status !== 0) {
  console.log(`cuda-native: no C++ compiler (${compiler}): the addon is not built, and its tests will be skipped.`);
  process.exit(0);
}

const require = createRequire(import.meta.url);
const headers = [dirname(require.resolve('node-addon-api/package.json')), join(dirname(require.resolve('node-api-headers/package.json')), 'include')];
const common = [
  '-std=c++17', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Wno-cast-function-type', '-Wno-missing-field-initializers',
  ...(sanitize ? ['-O1', '-g', '-Wno-maybe-uninitialized', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-fno-omit-frame-pointer'] : ['-O2']),
];
const sourcesOf = (folder) => readdirSync(join(here, folder)).filter((file) => file.endsWith('.cpp')).sort().map((file) => join(here, folder, file));
const headerFiles = ['abi', 'src', 'fake'].flatMap((folder) => readdirSync(join(here, folder)).filter((file) => file.endsWith('.h')).map((file) => join(here, folder, file)));
const stampOf = (files, flags) => {
  const hash = createHash('sha256').update(JSON.stringify([compiler, flags, readFileSync(fileURLToPath(import.meta.url), 'utf8')]));
  for (const file of [...files, ...headerFiles]) hash.update(readFileSync(file));
  return hash.digest('hex');
};

function compile(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(compiler, args, { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${compiler} ${args.join(' ')} failed with ${code}`))));
  });
}

/** One shared object out of some sources, unless it is there and they have not changed. */
async function link(output, sources, flags, libraries) {
  const file = join(build, output);
  const stamp = `${file}.stamp`;
  const want = stampOf(sources, [...common, ...flags]);
  if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return;
  const objects = sources.map((source) => join(build, `${output}-${source.split('/').at(-1)}.${process.pid}.o`));
  const waiting = [...sources.keys()];
  const worker = async () => {
    for (let i = waiting.shift(); i !== undefined; i = waiting.shift()) await compile([...common, ...flags, '-c', sources[i], '-o', objects[i]]);
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  const made = `${file}.${process.pid}`;
  await compile([...common, '-shared', ...objects, ...libraries, '-o', made]);
  for (const object of objects) rmSync(object);
  renameSync(made, file);
  writeFileSync(stamp, want);
}

async function buildAll() {
  mkdirSync(join(build, 'fake'), { recursive: true });
  const nodeFlags = [...headers.map((folder) => `-I${folder}`), '-DNAPI_VERSION=8', '-DNAPI_CPP_EXCEPTIONS'];
  await link('sessionflow_cuda.node', sourcesOf('src'), nodeFlags, ['-ldl']);

  // The fake libraries of the tests, and the addon that steers them.
  const fake = (...files) => files.map((file) => join(here, 'fake', `${file}.cpp`));
  // Under a name of its own: whoever else asks the loader for libcuda.so.1 is not to get this one.
  await link('fake/libfakecuda.so', fake('cuda', 'memory', 'work', 'kernels', 'fibers'), [], ['-lpthread', '-ldl', '-Wl,-soname,libfakecuda.so']);
  rmSync(join(build, 'fake/libcuda.so.1'), { force: true });
  symlinkSync('libfakecuda.so', join(build, 'fake/libcuda.so.1'));
  await link('fake/libnvrtc.so.13', fake('nvrtc'), [], ['-ldl']);
  const onFake = [join(build, 'fake/libfakecuda.so'), '-Wl,-rpath,$ORIGIN'];
  for (const [output, source] of [['libcublasLt.so.13', 'cublasLt'], ['libcudnn.so.9', 'cudnn']]) {
    if (existsSync(join(here, 'fake', `${source}.cpp`))) await link(`fake/${output}`, fake(source), [], onFake);
  }
  await link('fake/fake_control.node', fake('control'), nodeFlags, onFake);
  copyFileSync(join(here, 'fake/shim.h'), join(build, 'fake/shim.h'));
}

buildAll().catch((error) => {
  console.error(`cuda-native: the addon is not built: ${error.message}`);
});
