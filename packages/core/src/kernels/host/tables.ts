/** Lookup tables: immutable ones that are initialised once, and mutable ones whose values may be vectors. */
import { dtypeInfo, type DType } from '../../dtypes.js';
import { FailedPreconditionError, NotFoundError } from '../../errors.js';
import type { HostTensor } from '../../hostTensor.js';
import { isFullyKnown, shapeText, sizeOf } from '../../shape.js';
import type { HostContext } from '../hostContext.js';
import { packed } from './movement.js';
import { copyElements, zeros } from './copy.js';
import { host, type HostCode } from './define.js';
import { handleFor, handleOf } from './resourceHandles.js';
import { intTensor, invalid, reshaped, unitsOf } from './tensors.js';

type Key = string | number | bigint;

/** Elements as map keys: strings by their bytes. */
function keysOf(tensor: HostTensor): Key[] {
  if (tensor.dtype === 'string') return (tensor.data as Uint8Array[]).map((bytes) => bytes.join(' '));
  return Array.from(tensor.data as ArrayLike<number | bigint>);
}

class Table {
  readonly rows = new Map<Key, { readonly key: HostTensor; readonly value: HostTensor }>();
  isInitialized: boolean;

  constructor(readonly keyDtype: DType, readonly valueDtype: DType, readonly isMutable: boolean, readonly valueShape: readonly number[]) {
    this.isInitialized = isMutable;
  }

  insert(keys: HostTensor, values: HostTensor, refusesChanges: boolean): void {
    this.check(keys.dtype, values.dtype);
    const inner = sizeOf(this.valueShape);
    if (values.size !== keys.size * inner) {
      invalid(`Expected shape ${shapeText([...keys.shape, ...this.valueShape])} for value, got ${shapeText(values.shape)}`);
    }
    keysOf(keys).forEach((key, i) => {
      const row = { key: element(keys, i, 1, []), value: element(values, i, inner, this.valueShape) };
      const known = this.rows.get(key);
      if (refusesChanges && known !== undefined && keysOf(known.value).join('|') !== keysOf(row.value).join('|')) {
        invalid(`HashTable has different value for same key. Key ${text(row.key)} has ${text(known.value)} and trying to add value ${text(row.value)}`);
      }
      this.rows.set(key, row);
    });
  }

  check(keyDtype: DType, valueDtype: DType): void {
    if (keyDtype !== this.keyDtype || valueDtype !== this.valueDtype) {
      const name = (dtype: DType): string => dtypeInfo[dtype].tfName;
      invalid(`Conflicting key/value dtypes ${name(keyDtype)}->${name(valueDtype)} with ${name(this.keyDtype)}-${name(this.valueDtype)}`);
    }
  }
}

const text = (tensor: HostTensor): string => JSON.stringify(tensor.toArray(), (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

/** Element i of rows of `inner` elements. */
function element(tensor: HostTensor, i: number, inner: number, shape: readonly number[]): HostTensor {
  const out = zeros(tensor.dtype, shape);
  copyElements(unitsOf(out), 0, unitsOf(tensor), i * inner, inner);
  return out;
}


const table = (isMutable: boolean, isAnonymous = false): HostCode => host((_inputs, context) => {
  const { attrs, session, step } = context;
  const shape = attrs.has('value_shape') ? attrs.shape('value_shape') : [];
  if (!isFullyKnown(shape)) invalid(`value_shape must be known, got ${shapeText(shape)}`);
  const { handle, tensor } = handleFor(context, 'tensorflow::lookup::LookupTable');
  const owner = isAnonymous ? step : session;
  const made = owner.getOrCreate(handle.container, handle.name, () => new Table(attrs.type('key_dtype'), attrs.type('value_dtype'), isMutable, shape));
  made.check(attrs.type('key_dtype'), attrs.type('value_dtype'));
  return [tensor];
});

export const HashTableV2 = table(false);
export const MutableHashTableV2 = table(true);
export const MutableHashTableOfTensorsV2 = table(true);
export const AnonymousHashTable = table(false, true);

function tableOf(handle: HostTensor | undefined, { session, step }: HostContext): Table {
  const { container, name } = handleOf(handle);
  const found = session.get(container, name) ?? step.get(container, name);
  if (!(found instanceof Table)) throw new NotFoundError(`Resource ${container}/${name}/N10tensorflow6lookup15LookupTableE does not exist.`);
  return found;
}

export const InitializeTableV2 = host(([handle, keys, values], context) => {
  const found = tableOf(handle, context);
  if (keys!.size !== values!.size) invalid(`Keys and values must have the same size ${keys!.size} vs ${values!.size}`);
  if (found.isInitialized) return [];
  found.insert(keys!, values!, true);
  found.isInitialized = true;
  return [];
});

function ready(handle: HostTensor | undefined, context: HostContext): Table {
  const found = tableOf(handle, context);
  if (!found.isInitialized) throw new FailedPreconditionError('Table not initialized.');
  return found;
}

export const LookupTableFindV2 = host(([handle, keys, fallback], context) => {
  const found = ready(handle, context);
  found.check(keys!.dtype, fallback!.dtype);
  const inner = sizeOf(found.valueShape);
  const out = zeros(found.valueDtype, [...keys!.shape, ...found.valueShape]);
  const [to, rest] = [unitsOf(out), unitsOf(fallback!)];
  keysOf(keys!).forEach((key, i) => {
    const row = found.rows.get(key);
    // A default is one value, or one for each key.
    if (row !== undefined) copyElements(to, i * inner, unitsOf(row.value), 0, inner);
    else copyElements(to, i * inner, rest, fallback!.size === out.size && keys!.size !== 1 ? i * inner : 0, inner);
  });
  return [out];
});

export const LookupTableSizeV2 = host(([handle], context) => [intTensor('int64', [ready(handle, context).rows.size], [])]);

export const LookupTableInsertV2 = host(([handle, keys, values], context) => {
  const found = tableOf(handle, context);
  if (!found.isMutable) invalid('Insert is not supported by immutable tables.');
  found.insert(keys!, values!, false);
  return [];
});

export const LookupTableImportV2 = host(([handle, keys, values], context) => {
  const found = tableOf(handle, context);
  if (!found.isMutable) invalid('Import is not supported by immutable tables.');
  found.rows.clear();
  found.insert(keys!, values!, false);
  return [];
});

export const LookupTableRemoveV2 = host(([handle, keys], context) => {
  const found = tableOf(handle, context);
  if (!found.isMutable) invalid('Remove is not supported by immutable tables.');
  for (const key of keysOf(keys!)) found.rows.delete(key);
  return [];
});

export const LookupTableExportV2 = host(([handle], context) => {
  const found = ready(handle, context);
  const rows = [...found.rows.values()];
  const column = (items: readonly HostTensor[], dtype: DType, shape: readonly number[]): HostTensor =>
    (items.length === 0 ? zeros(dtype, [0, ...shape]) : reshaped(packed(items, 0), [items.length, ...shape]));
  return [column(rows.map(({ key }) => key), found.keyDtype, []), column(rows.map(({ value }) => value), found.valueDtype, found.valueShape)];
});
