import { library } from '@sessionflow/config/tsup';

export default library({
  entry: {
    index: 'src/index.ts',
    register: 'src/register.ts',
  },
});
