import { program } from '@sessionflow/config/tsup';

// What is measured is loaded as its users load it: from its package, not through another bundler.
export default program({ entry: { main: 'src/main.ts', kernels: 'src/kernels.bench.ts' }, skipNodeModulesBundle: true });
