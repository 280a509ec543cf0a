import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cudaNative } from '../backend.js';
import { fakeCuda, fakeFolder, whyNoFake } from '../testing/fake.js';
import { usualFolders } from './folders.js';

let root: string;
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'sessionflow-folders-')); });
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});
const make = (path: string): string => {
  const folder = join(root, path);
  mkdirSync(folder, { recursive: true });
  return folder;
};

it('finds toolkits, conda and the packages of Python that are there, once each', () => {
  expect(usualFolders({ HOME: join(root, 'home') }, root)).toEqual([]);
  const toolkit = make('opt/cuda-13/lib64');
  const conda = make('conda/lib');
  const nvrtc = make('conda/lib/python3.12/site-packages/nvidia/cu13/lib');
  const cudnn = make('conda/lib/python3.12/site-packages/nvidia/cudnn/lib');
  const debian = make('usr/local/lib/python3.11/dist-packages/nvidia/cublas/lib');
  make('usr/lib/python3.11/site-packages/other/lib');
  const cuda = join(root, 'opt/cuda-13');
  expect(usualFolders({ CUDA_HOME: cuda, CUDA_PATH: cuda, CONDA_PREFIX: join(root, 'conda'), HOME: join(root, 'home') }, root)).toEqual([toolkit, conda, nvrtc, cudnn, debian]);
});

const reason = whyNoFake();
it.skipIf(reason !== undefined)(`takes each library from whichever folder has it${reason === undefined ? '' : `: ${reason}`}`, async () => {
  fakeCuda().configure({});
  const [driver, compiler, rest] = [make('driver'), make('compiler'), make('rest')];
  symlinkSync(join(fakeFolder, 'libcuda.so.1'), join(driver, 'libcuda.so.1'));
  symlinkSync(join(fakeFolder, 'libnvrtc.so.13'), join(compiler, 'libnvrtc.so.13'));
  symlinkSync(join(fakeFolder, 'libcublasLt.so.13'), join(rest, 'libcublasLt.so.13'));
  const { devices } = await cudaNative({ libraryPath: [driver, compiler, rest].join(':') }).discover({});
  expect(devices[0]).toMatchObject({ cublasLt: true, cudnn: false, details: { cuDNN: expect.stringContaining('libcudnn.so.9') as string } });
  // What has no compiler in any of its folders says so.
  expect((await cudaNative({ libraryPath: [driver, rest].join(':') }).discover({})).reason).toMatch(/^NVRTC missing: .*libnvrtc\.so\.13/);
  vi.stubEnv('SESSIONFLOW_CUDA_LIBRARY_PATH', [rest, driver, compiler].join(':'));
  expect((await cudaNative().discover({})).devices).toHaveLength(1);
});
