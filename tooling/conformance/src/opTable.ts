/**
 * What runs where, by the kernel tables' own answers: for each op the dtypes (of its first type attribute) that each backend takes. The
 * placer asks the same question for every node; here it is asked for every op, with plain attributes.
 */
import { allOpDefinitions, type DType, type OpDefinition } from '@sessionflow/core';
import { AttrReader, supportOf, type AttrValue, type KernelTable, type SupportQuery } from '@sessionflow/core/kernels';

export interface Column {
  readonly title: string;
  readonly table: KernelTable;
}

type Signature = OpDefinition;
type AttrDef = Signature['attrs'][number];
type ArgDef = Signature['inputs'][number];

const short: Readonly<Partial<Record<DType, string>>> = {
  float16: 'f16', bfloat16: 'bf16', float32: 'f32', float64: 'f64', int8: 'i8', int16: 'i16', int32: 'i32', int64: 'i64', uint8: 'u8', uint16: 'u16',
  uint32: 'u32', uint64: 'u64', complex64: 'c64', complex128: 'c128',
};

const everyDtype: readonly DType[] = [
  'bool', 'float16', 'bfloat16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'complex64', 'complex128', 'string',
];

/** A table without its kernels in plain TypeScript, or of those alone. */
export function only(table: KernelTable, isHost: boolean): KernelTable {
  const keep = (kernel: { readonly isHost?: boolean }): boolean => (kernel.isHost === true) === isHost;
  return {
    ops: Object.fromEntries(Object.entries(table.ops).map(([op, kernels]) => [op, kernels.filter(keep)])),
    map: table.map.filter(keep), reduce: table.reduce.filter(keep),
  };
}

/** The whole table as Markdown. */
export function opTable(columns: readonly Column[]): string {
  const rows = allOpDefinitions().filter((definition) => definition.attrs.every((attr) => attr.kind !== 'func')).map((definition) => {
    const dtypes = dtypesOf(definition);
    const cells = columns.map(({ table }) => cell(dtypes, dtypes.filter((dtype) => isTaken(table, definition, dtype))));
    return { name: definition.type, cells };
  });
  const runnable = rows.filter(({ cells }) => cells.some((text) => text !== ''));
  return [
    `| op (${runnable.length}) | ${columns.map(({ title }, i) => `${title} (${rows.filter(({ cells }) => cells[i] !== '').length})`).join(' | ')} |`,
    `| --- |${' --- |'.repeat(columns.length)}`,
    ...runnable.map(({ name, cells }) => `| ${name} | ${cells.join(' | ')} |`),
  ].join('\n');
}

function cell(all: readonly (DType | undefined)[], taken: readonly (DType | undefined)[]): string {
  if (taken.length === 0) return '';
  if (all[0] === undefined) return 'yes';
  return taken.length === all.length && all.length > 1 ? `all ${all.length}` : taken.map((dtype) => short[dtype ?? 'bool'] ?? dtype).join(' ');
}

/** The dtypes of the attribute that the table is about (quantized ones where there are no others); one undefined where the op has none. */
export function dtypesOf(signature: Signature): readonly (DType | undefined)[] {
  const attr = mainAttr(signature);
  if (attr === undefined) return [undefined];
  const plain = everyDtype.filter((dtype) => attr.allowedTypes?.includes(dtype) ?? true);
  return plain.length > 0 ? plain : attr.allowedTypes ?? [];
}

export function mainAttr(signature: Signature): AttrDef | undefined {
  const named = [...signature.inputs, ...signature.outputs].map((arg) => arg.typeAttr ?? arg.typeListAttr).find((name) => name !== undefined);
  return signature.attrs.find((attr) => attr.name === named) ?? signature.attrs.find((attr) => attr.kind === 'type');
}

export function isTaken(table: KernelTable, definition: OpDefinition, dtype: DType | undefined): boolean {
  const main = mainAttr(definition);
  return supportOf(table, definition, queryFor(definition, main === undefined || dtype === undefined ? {} : { [main.name]: dtype })) === true;
}

/** The placer's question about a node with these type attributes, other attributes at their defaults or plain. */
export function queryFor(signature: Signature, types: Readonly<Record<string, DType>>): SupportQuery {
  const attrs: Record<string, AttrValue> = {};
  for (const attr of signature.attrs) {
    const type = types[attr.name];
    attrs[attr.name] = type === undefined ? valueOf(attr, plainType(attr)) : attr.isList ? { kind: 'list', of: 'type', value: [type] } : { kind: 'type', value: type };
  }
  const flat = (args: readonly ArgDef[]): DType[] => args.flatMap((arg) => dtypesOfArg(arg, attrs));
  const inputDtypes = flat(signature.inputs);
  return { op: signature.type, attrs: new AttrReader(attrs, signature.type), inputDtypes, outputDtypes: flat(signature.outputs), constants: inputDtypes.map(() => undefined) };
}

/** float32 where it may be, else int32, else the first. */
function plainType({ allowedTypes }: AttrDef): DType {
  return (['float32', 'int32'] as const).find((dtype) => allowedTypes?.includes(dtype) ?? true) ?? allowedTypes?.[0] ?? 'float32';
}

/** The default, or a plain value that the signature allows. */
function valueOf(attr: AttrDef, type: DType): AttrValue {
  if (attr.default !== undefined) return attr.default;
  const one = ((): AttrValue => {
    switch (attr.kind) {
      case 'type':
        return { kind: 'type', value: type };
      case 'int':
        // Of a list of tensors, two.
        return { kind: 'int', value: attr.isList ? 1 : Math.max(attr.name === 'N' ? 2 : 1, attr.minimum ?? 1) };
      case 'float':
        return { kind: 'float', value: 1 };
      case 'bool':
        return { kind: 'bool', value: false };
      case 'shape':
        return { kind: 'shape', value: null };
      default:
        return { kind: 'string', value: new TextEncoder().encode(attr.allowedStrings?.[0] ?? '') };
    }
  })();
  if (!attr.isList) return one;
  // Strides and windows have a number for each dimension of an image.
  const count = Math.max(attr.kind === 'int' ? 4 : 1, attr.minimum ?? 1);
  return { kind: 'list', of: attr.kind, value: Array.from({ length: count }, () => one.value) } as AttrValue;
}

function dtypesOfArg(arg: ArgDef, attrs: Readonly<Record<string, AttrValue>>): readonly DType[] {
  if (arg.typeListAttr !== undefined) return (attrs[arg.typeListAttr]?.value ?? []) as readonly DType[];
  const count = arg.numberAttr === undefined ? 1 : Number(attrs[arg.numberAttr]?.value ?? 1);
  const dtype = arg.dtype ?? (attrs[arg.typeAttr ?? '']?.value as DType | undefined) ?? 'float32';
  return new Array<DType>(count).fill(dtype);
}
