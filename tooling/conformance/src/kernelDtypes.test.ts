/** Of every op that has kernels on a CPU device, the types that TensorFlow's CPU kernels take (`kernelDtypes.json`) are taken, or it says here why not. */
import { readFileSync } from 'node:fs';
import { allDTypes, allOpDefinitions, type DType, type OpDefinition } from '@sessionflow/core';
import { supportOf } from '@sessionflow/core/kernels';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { expect, test } from 'vitest';
import { queryFor } from './opTable.js';

/** A kernel: its type attributes, each with the types that it may have. */
type Registered = Readonly<Record<string, string>>;

const kernels = JSON.parse(readFileSync(new URL('../kernelDtypes.json', import.meta.url), 'utf8')) as Readonly<Record<string, readonly Registered[]>>;

/** What TensorFlow has kernels for that we refuse. */
const refused: Readonly<Record<string, string>> = {
  'ClipByValue complex64': 'complex numbers have no order', 'ClipByValue complex128': 'complex numbers have no order',
  'SerializeTensor resource': 'a handle outlives no process', 'SerializeTensor variant': 'variants are not serialized',
  'SparseFillEmptyRowsGrad complex64': 'only real numbers are added there', 'SparseFillEmptyRowsGrad complex128': 'only real numbers are added there',
  'SparseTensorDenseMatMul complex64': 'complex sparse products are not implemented', 'SparseTensorDenseMatMul complex128': 'complex sparse products are not implemented',
  'TridiagonalMatMul complex64': 'complex matrices are not implemented', 'TridiagonalMatMul complex128': 'complex matrices are not implemented',
};

/** Every choice of one type for each attribute that a kernel names. */
function choices(kernel: Registered): Readonly<Record<string, DType>>[] {
  return Object.entries(kernel).reduce<Readonly<Record<string, DType>>[]>((all, [name, types]) => {
    const known = types.split(' ').filter((type): type is DType => allDTypes.some((dtype) => dtype === type));
    return all.flatMap((one) => known.map((type) => ({ ...one, [name]: type })));
  }, [{}]);
}

/** Whether the signature allows these types: TensorFlow registers kernels for some that it does not. */
function isAllowed({ attrs }: OpDefinition, types: Readonly<Record<string, DType>>): boolean {
  return attrs.every(({ name, allowedTypes }) => types[name] === undefined || (allowedTypes?.includes(types[name]) ?? true));
}

test('cpu-wasm takes the types that TensorFlow takes on a CPU', async () => {
  const backend = cpuWasm();
  await backend.load?.();
  const table = backend.kernels;
  const missing = new Set<string>();
  let asked = 0;
  for (const definition of allOpDefinitions().filter(({ type, attrs }) => kernels[type] !== undefined && attrs.every(({ kind }) => kind !== 'func'))) {
    const questions = kernels[definition.type]!.flatMap(choices).filter((types) => isAllowed(definition, types));
    const answers = questions.map((types) => ({ types, isTaken: supportOf(table, definition, queryFor(definition, types)) === true }));
    // Ops without any kernel are those that docs/ops.md does not list.
    if (!answers.some(({ isTaken }) => isTaken)) continue;
    asked += answers.length;
    for (const { types, isTaken } of answers) if (!isTaken) missing.add(`${definition.type} ${Object.values(types)[0] ?? ''}`.trim());
  }
  expect(asked).toBeGreaterThan(6000);
  expect([...missing].sort()).toEqual(Object.keys(refused).sort());
});
