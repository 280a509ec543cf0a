/**
 * Node attributes: a tagged value per AttrValue case, so that a GraphDef survives a round trip even where the op's definition does not
 * know an attribute (`_class`, `_output_shapes`). Kernels and shape functions read them through `AttrReader`.
 */
import type { DType } from '../dtypes.js';
import { InternalError } from '../errors.js';
import type { HostTensor } from '../hostTensor.js';
import type { PartialShape } from '../shape.js';

/** A function attribute: a name in the function library and the attributes to instantiate it with. */
export interface FunctionRef {
  readonly name: string;
  readonly attrs: Attrs;
}

/** What each attribute type holds. Ints outside ±2^53 are bigints. A reference dtype in `type` is its base with `isRef` lost: refs stand in op signatures. */
export interface AttrTypes {
  string: Uint8Array;
  int: number | bigint;
  float: number;
  bool: boolean;
  type: DType;
  shape: PartialShape;
  tensor: HostTensor;
  func: FunctionRef;
}

export type AttrKind = keyof AttrTypes;

type ScalarAttr = { readonly [K in AttrKind]: { readonly kind: K; readonly value: AttrTypes[K] } }[AttrKind];
type ListAttr = { readonly [K in AttrKind]: { readonly kind: 'list'; readonly of: K; readonly value: readonly AttrTypes[K][] } }[AttrKind];
/** A value in a function body that takes the named attribute of the call. */
interface PlaceholderAttr {
  readonly kind: 'placeholder';
  readonly value: string;
}

/** One attribute's value. An empty list whose element type nothing tells is `{ kind: 'list', of: 'int', value: [] }`. */
export type AttrValue = ScalarAttr | ListAttr | PlaceholderAttr;

export type Attrs = Readonly<Record<string, AttrValue>>;

const utf8 = new TextDecoder();

/** Typed reads of a node's attributes. A read of a missing attribute or of another type is a bug of the caller: InternalError. */
export class AttrReader {
  constructor(readonly attrs: Attrs, private readonly owner: string) {}

  has(name: string): boolean {
    return Object.hasOwn(this.attrs, name);
  }
  int(name: string): number {
    return Number(this.scalar(name, 'int'));
  }
  /** An int attribute with all of its 64 bits. */
  bigint(name: string): bigint {
    return BigInt(this.scalar(name, 'int'));
  }
  /** A float attribute: a float32, whatever the text of a default says. */
  float(name: string): number {
    return Math.fround(this.scalar(name, 'float'));
  }
  bool(name: string): boolean {
    return this.scalar(name, 'bool');
  }
  type(name: string): DType {
    return this.scalar(name, 'type');
  }
  shape(name: string): PartialShape {
    return this.scalar(name, 'shape');
  }
  tensor(name: string): HostTensor {
    return this.scalar(name, 'tensor');
  }
  func(name: string): FunctionRef {
    return this.scalar(name, 'func');
  }
  string(name: string): string {
    return utf8.decode(this.scalar(name, 'string'));
  }
  ints(name: string): number[] {
    return this.list(name, 'int').map(Number);
  }
  floats(name: string): readonly number[] {
    return this.list(name, 'float').map(Math.fround);
  }
  bools(name: string): readonly boolean[] {
    return this.list(name, 'bool');
  }
  types(name: string): readonly DType[] {
    return this.list(name, 'type');
  }
  shapes(name: string): readonly PartialShape[] {
    return this.list(name, 'shape');
  }
  strings(name: string): string[] {
    return this.list(name, 'string').map((bytes) => utf8.decode(bytes));
  }
  funcs(name: string): readonly FunctionRef[] {
    return this.list(name, 'func');
  }

  private scalar<K extends AttrKind>(name: string, kind: K): AttrTypes[K] {
    const attr = this.attrs[name];
    if (attr?.kind !== kind) throw this.mistake(name, kind, attr);
    return attr.value as AttrTypes[K];
  }

  private list<K extends AttrKind>(name: string, of: K): readonly AttrTypes[K][] {
    const attr = this.attrs[name];
    if (attr?.kind === 'list' && attr.value.length === 0) return [];
    if (attr?.kind !== 'list' || attr.of !== of) throw this.mistake(name, `list(${of})`, attr);
    return attr.value as readonly AttrTypes[K][];
  }

  private mistake(name: string, expected: string, attr: AttrValue | undefined): InternalError {
    const given = attr === undefined ? 'no such attribute' : attr.kind === 'list' ? `list(${attr.of})` : attr.kind;
    return new InternalError(`internal: ${this.owner}: attribute '${name}' read as ${expected}, but it has ${given}.`);
  }
}
