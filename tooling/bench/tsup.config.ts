import { program } from '@sessionflow/config/tsup';

// What is measured is loaded as its users load it: from its package, not through another bundler. The golden vectors' reader is no built package.
export default program({ entry: { main: 'src/main.ts', kernels: 'src/kernels.bench.ts', soak: 'src/soak.ts' }, skipNodeModulesBundle: true, noExternal: ['@sessionflow/golden'] });
