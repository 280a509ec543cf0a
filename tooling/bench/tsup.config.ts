import { program } from '@sessionflow/config/tsup';

export default program({
  entry: {
    main: 'src/main.ts', kernels: 'src/kernels.bench.ts', soak: 'src/soak.ts',
    'firstCall.sessionflow': 'src/firstCall.sessionflow.ts', 'firstCall.tfjs': 'src/firstCall.tfjs.ts',
  },
  // What is measured is loaded as its users load it: from its package, not through another bundler. The golden vectors' reader is no built package.
  skipNodeModulesBundle: true,
  noExternal: ['@sessionflow/golden'],
});
