/** `import '@sessionflow/webgpu/register'`: puts this backend into the default registry, for sessions that are given none. */
import { getDefaultRegistry } from '@sessionflow/core';
import { webgpu } from './backend.js';

getDefaultRegistry().register(webgpu());
