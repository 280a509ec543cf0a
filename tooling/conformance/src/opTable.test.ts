import { cpuWasm } from '@sessionflow/cpu-wasm';
import { cudaNative } from '@sessionflow/cuda-native';
import { webgpu } from '@sessionflow/webgpu';
import { expect, test } from 'vitest';
import { only, opTable } from './opTable.js';

const heading = `# Which op runs where

Made of the kernel tables by \`tooling/conformance/src/opTable.ts\`; \`npx vitest run --project conformance opTable -u\` writes it anew.

For each op the dtypes of its first type attribute that a backend takes, other attributes at their defaults or plain; *all n* are all that TensorFlow's
signature allows. Ops that steer control flow or call functions run everywhere and are not listed. *cpu-wasm* are WebAssembly kernels (with fused
expressions and bodies in smaller ops); *cpu-wasm, TypeScript* are the host kernels that stand behind them on the same device.
`;

test('docs/ops.md says what the kernel tables say', async () => {
  const backend = cpuWasm();
  await backend.load?.();
  const cpu = backend.kernels;
  const table = opTable([
    { title: 'cpu-wasm', table: only(cpu, false) }, { title: 'cpu-wasm, TypeScript', table: only(cpu, true) },
    { title: 'webgpu', table: webgpu().kernels }, { title: 'cuda-native', table: cudaNative().kernels },
  ]);
  await expect(`${heading}\n${table}\n`).toMatchFileSnapshot('../../../docs/ops.md');
});
