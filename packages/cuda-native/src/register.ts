/** `import '@sessionflow/cuda-native/register'`: puts this backend into the default registry, for sessions that are given none. */
import { getDefaultRegistry } from '@sessionflow/core';
import { cudaNative } from './backend.js';

getDefaultRegistry().register(cudaNative());
