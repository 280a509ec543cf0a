import { chunks } from '@sessionflow/config/tsup';

export default chunks({
  entry: {
    index: 'src/index.ts',
    register: 'src/register.ts',
  },
});
