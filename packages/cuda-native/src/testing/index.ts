/** `@sessionflow/cuda-native/fake`: for the workspace's tests only. */
export { fakeCuda, fakeFolder, whyNoFake, type FakeCounts, type FakeCuda, type FakeSettings } from './fake.js';
export { compileAll, whyNoNvrtc } from './nvrtc.js';
