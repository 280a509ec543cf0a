/**
 * Which edges the cases show: for each op that runs on cpu-wasm and each dtype that TensorFlow's CPU kernels take, the rows below. What needs none is
 * told by rules with their reasons; what has none is listed in `edgesWithout.md`, so that a new op without cases is seen.
 */
import { readFileSync } from 'node:fs';
import { allOpDefinitions, type DType, type OpDefinition } from '@sessionflow/core';
import { cpuWasm } from '@sessionflow/cpu-wasm';
import { expect, test } from 'vitest';
import type { OpCase, TensorJson } from './caseFile.js';
import { edgeCases, graphCases, opCaseFiles } from './caseFiles.js';
import { dtypesOf, isTaken, mainAttr } from './opTable.js';
import { without } from './edgeRowsWithout.js';

/** Bytes of an element: a vector has 16. */
const width = (dtype: string): number => (dtype === 'complex128' ? 16 : dtype === 'bool' ? 1 : dtype === 'complex64' ? 8 : Number(/\d+$/.exec(dtype)?.[0] ?? 8) / 8);

const limits: Readonly<Record<string, readonly [bigint, bigint]>> = Object.fromEntries([8, 16, 32, 64].flatMap((bits) => [
  [`int${bits}`, [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n]], [`uint${bits}`, [0n, (1n << BigInt(bits)) - 1n]],
]));

const size = ({ shape }: TensorJson): number => shape.reduce((product, dim) => product * dim, 1);
const holds = (value: unknown) => ({ dtype, values }: TensorJson): boolean =>
  values.some((one) => (dtype.startsWith('complex') ? (one as readonly unknown[]).some((part) => Object.is(part, value)) : Object.is(one, value)));
const holdsLimit = (which: 0 | 1) => ({ dtype, values }: TensorJson): boolean =>
  limits[dtype] !== undefined && values.some((one) => typeof one !== 'object' && BigInt(one) === limits[dtype]![which]);
const isNumber = (dtype: string): boolean => /float|complex/.test(dtype);
const isInteger = (dtype: string): boolean => dtype in limits;

/** A row: for which dtypes, and how a tensor of the dtype shows it. */
const rows: Readonly<Record<string, { readonly dtypes: (dtype: string) => boolean; readonly shown: (tensor: TensorJson) => boolean }>> = {
  'empty': { dtypes: () => true, shown: (tensor) => size(tensor) === 0 },
  'scalar': { dtypes: () => true, shown: ({ shape }) => shape.length === 0 },
  'size 1': { dtypes: () => true, shown: (tensor) => tensor.shape.length > 0 && size(tensor) === 1 },
  'no multiple of a vector': { dtypes: (dtype) => width(dtype) < 16, shown: (tensor) => [size(tensor), tensor.shape.at(-1) ?? 0].some((count) => count > 2 && (count * width(tensor.dtype)) % 16 !== 0) },
  'NaN': { dtypes: isNumber, shown: holds('NaN') },
  'Infinity': { dtypes: isNumber, shown: holds('Infinity') },
  '-Infinity': { dtypes: isNumber, shown: holds('-Infinity') },
  'negative zero': { dtypes: isNumber, shown: holds(-0) },
  'least integer': { dtypes: isInteger, shown: holdsLimit(0) },
  'largest integer': { dtypes: isInteger, shown: holdsLimit(1) },
};

const typeName = (dtype: DType): string => ({ float32: 'DT_FLOAT', float64: 'DT_DOUBLE', float16: 'DT_HALF' } as Partial<Record<DType, string>>)[dtype] ?? `DT_${dtype.toUpperCase()}`;

/** Whether a case asks the op about this dtype. */
function isAbout(opCase: OpCase, definition: OpDefinition, dtype: DType): boolean {
  const attr = mainAttr(definition)!;
  const given = opCase.attrs[attr.name];
  if (given === undefined) return attr.default?.kind === 'type' && attr.default.value === dtype;
  return 'type' in given ? given.type === typeName(dtype) : 'list' in given && given.list.type?.includes(typeName(dtype)) === true;
}

function hasBroadcast(opCase: OpCase): boolean {
  return new Set(opCase.inputs.map(({ shape }) => shape.join())).size > 1 && opCase.error === undefined;
}

/** Ops whose handles, references or frames take a graph to show. */
const takesGraph = ({ inputs, outputs, attrs }: OpDefinition): boolean => attrs.some(({ kind }) => kind === 'func') ||
  [...inputs, ...outputs].some(({ dtype, isRef }) => isRef || dtype === 'resource' || dtype === 'variant');

test('edgesWithout.md lists what the cases do not show', async () => {
  const backend = cpuWasm();
  await backend.load?.();
  const kernels = JSON.parse(readFileSync(new URL('../kernelDtypes.json', import.meta.url), 'utf8')) as Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
  const byOp = new Map<string, OpCase[]>();
  for (const opCase of [...opCaseFiles().flatMap(({ cases }) => cases), ...edgeCases()]) byOp.set(opCase.op, [...byOp.get(opCase.op) ?? [], opCase]);
  const inGraphs = new Set(graphCases().flatMap(({ graph }) => Array.from(graph.matchAll(/\bop: ?"(\w+)"/g), ([, op]) => op)));
  const missing = new Map<string, string[]>();
  const excused = new Map<string, Set<string>>();
  let shown = 0;
  const tell = (op: string, dtype: string, row: string, isShown: boolean): void => {
    const why = isShown ? undefined : without(op, dtype, row);
    if (isShown) shown++;
    else if (why !== undefined) excused.set(why, (excused.get(why) ?? new Set()).add(op));
    else missing.set(`${op}: ${row}`, [...missing.get(`${op}: ${row}`) ?? [], dtype]);
  };
  for (const definition of allOpDefinitions().filter(({ attrs }) => attrs.every(({ kind }) => kind !== 'func'))) {
    const { type } = definition;
    const main = mainAttr(definition);
    const asked = dtypesOf(definition).filter((dtype) => isTaken(backend.kernels, definition, dtype));
    if (asked.length === 0) continue;
    const cases = byOp.get(type) ?? [];
    if (takesGraph(definition)) {
      tell(type, '', 'a graph', inGraphs.has(type) || cases.length > 0);
      continue;
    }
    const known = kernels[type]?.flatMap((entry) => (main === undefined ? [] : entry[main.name]?.split(' ') ?? []));
    for (const dtype of asked) {
      if (dtype === undefined || main === undefined) {
        tell(type, '', 'a case', cases.length > 0);
        continue;
      }
      if (known === undefined || (known.length > 0 && !known.includes(dtype))) continue;
      const about = cases.filter((opCase) => isAbout(opCase, definition, dtype));
      tell(type, dtype, 'a case', about.length > 0);
      if (!definition.inputs.some(({ typeAttr, typeListAttr }) => typeAttr === main.name || typeListAttr === main.name)) continue;
      const tensors = about.flatMap(({ inputs }) => inputs.filter((input) => input.dtype === dtype));
      for (const [row, { dtypes, shown: isShown }] of Object.entries(rows)) if (dtypes(dtype)) tell(type, dtype, row, tensors.some(isShown));
      if (definition.scalar !== undefined && definition.inputs.length > 1) tell(type, dtype, 'broadcast', about.some(hasBroadcast));
    }
  }
  expect(shown).toBeGreaterThan(20000);
  const reasons = [...excused].map(([why, ops]) => `* ${why}: ${[...ops].join(' ')}`);
  const rest = [...missing].map(([what, dtypes]) => `* ${what} ${dtypes.join(' ')}`.trimEnd());
  await expect(`# Edges without a case\n\nWritten by \`src/edgeRows.test.ts\`: ${shown} rows of op × dtype are shown by cases.\n\nNeed none:\n\n${reasons.join('\n')}\n\n` +
    `Have none, where no case of the op could be turned into one or TensorFlow answers none:\n\n${rest.join('\n')}\n`).toMatchFileSnapshot('../edgesWithout.md');
});
