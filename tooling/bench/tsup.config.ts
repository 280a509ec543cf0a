import { chunks, program } from '@sessionflow/config/tsup';

export default [program({
  clean: false,
  entry: {
    main: 'src/main.ts', soak: 'src/soak.ts', cuda: 'src/cuda/main.ts',
    'firstCall.sessionflow': 'src/firstCall.sessionflow.ts', 'firstCall.tfjs': 'src/firstCall.tfjs.ts',
  },
  // What is measured is loaded as its users load it: from its package, not through another bundler. The golden vectors' reader is no built package.
  skipNodeModulesBundle: true,
  noExternal: [/^@sessionflow\/(golden|browser)/],
}), chunks({
  // The page of the section webgpu holds everything that runs in it.
  entry: { page: 'src/webgpu/page.ts' }, platform: 'browser', splitting: false, clean: false, external: [], noExternal: [/./],
})];
