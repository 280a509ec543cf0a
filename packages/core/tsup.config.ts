import { library } from '@sessionflow/config/tsup';

export default library({
  entry: {
    index: 'src/index.ts',
    'device/index': 'src/device/index.ts',
    'codegen/index': 'src/codegen/index.ts',
    'kernels/index': 'src/kernels/index.ts',
    'node/index': 'src/node/index.ts',
    placer: 'src/placer.ts',
    'proto/index': 'src/proto/index.ts',
  },
});
