/** `import '@sessionflow/cpu-wasm/register'`: puts this backend into the default registry, for sessions that are given none. */
import { getDefaultRegistry } from '@sessionflow/core';
import { cpuWasm } from './backend.js';

getDefaultRegistry().register(cpuWasm());
