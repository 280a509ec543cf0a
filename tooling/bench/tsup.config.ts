import { program } from '@sessionflow/config/tsup';

export default program({ entry: { main: 'src/main.ts', kernels: 'src/kernels.bench.ts' } });
