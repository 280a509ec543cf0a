/**
 * Grid programs: code for devices that run workgroups of threads. Plain data, made by `buildProgram`, printed by each backend in its own
 * language (`printPass` walks it). A program is one launch: one or more passes, run one after another, where each sees all that the ones before
 * it wrote.
 */
import type { BinaryPrimitive, ComparePrimitive, UnaryPrimitive } from '../expr.js';
import type { Lanes, StoredType, ValueType } from './types.js';

/** Device memory that a program is bound to. `binding` is its place: the inputs, then the outputs, then scratch. */
export interface GridBuffer {
  readonly name: string;
  readonly binding: number;
  readonly role: 'input' | 'output' | 'scratch';
  readonly stored: StoredType;
  /** Elements are moved in groups of so many; an index counts groups. */
  readonly lanes: Lanes;
}

/** A word of `LaunchParams.words`, at its own place; float32 by its bits. */
export interface GridParam {
  readonly name: string;
  readonly word: number;
  readonly type: 'int32' | 'uint32' | 'float32';
}

/** Memory of a workgroup (`shared`) or of one thread (`private`). Contents are undefined at first. */
export interface GridArray {
  readonly name: string;
  readonly space: 'shared' | 'private';
  readonly type: ValueType;
  readonly lanes: Lanes;
  /** Elements (groups of `lanes`). */
  readonly length: number;
}

/** `workgroup`: which workgroup; `thread`: which thread of it; `workgroups`: how many there are. All int32. */
export type BuiltinName = `${'workgroup' | 'thread' | 'workgroups'}.${'x' | 'y' | 'z'}`;

/** A value without effects. Every kind but `load`, `element` and `name` of more than one lane is a scalar. */
export type GridExpr =
  | { readonly kind: 'literal'; readonly type: ValueType; readonly value: number | bigint | boolean }
  | { readonly kind: 'param'; readonly type: ValueType; readonly param: GridParam }
  | { readonly kind: 'builtin'; readonly type: 'int32'; readonly name: BuiltinName }
  /** A variable; `isMutable` if its value may change. */
  | { readonly kind: 'name'; readonly type: ValueType; readonly name: string; readonly lanes: Lanes; readonly isMutable: boolean }
  /** From device memory; `type` is the one that the stored form is loaded as. Never out of bounds. */
  | { readonly kind: 'load'; readonly type: ValueType; readonly buffer: GridBuffer; readonly index: GridExpr }
  | { readonly kind: 'element'; readonly type: ValueType; readonly array: GridArray; readonly index: GridExpr }
  /** One scalar of a named value of several lanes. */
  | { readonly kind: 'lane'; readonly type: ValueType; readonly of: GridExpr; readonly lane: number }
  /** Of the operand's type. `not` is bool's, `bitNot` integers'. */
  | { readonly kind: 'unary'; readonly type: ValueType; readonly op: UnaryPrimitive; readonly x: GridExpr }
  /**
   * Both operands of the result's type. Integers wrap; the divisor of an integer `div` or `mod` is never 0, shift counts are within the width,
   * `pow` and `atan2` are floats' only. Float `min` and `max` give NaN where either is NaN. Of bools: and, or, xor.
   */
  | { readonly kind: 'binary'; readonly type: ValueType; readonly op: BinaryPrimitive; readonly x: GridExpr; readonly y: GridExpr }
  /** Both operands of one type; bools only by eq and ne. */
  | { readonly kind: 'compare'; readonly type: 'bool'; readonly op: ComparePrimitive; readonly x: GridExpr; readonly y: GridExpr }
  /** Both sides may be computed. */
  | { readonly kind: 'select'; readonly type: ValueType; readonly condition: GridExpr; readonly x: GridExpr; readonly y: GridExpr }
  /** float → integer truncates; integer → integer keeps the low bits; anything → bool is `!= 0`. */
  | { readonly kind: 'cast'; readonly type: ValueType; readonly x: GridExpr }
  /** The same bits as another type of equal width. */
  | { readonly kind: 'bitcast'; readonly type: ValueType; readonly x: GridExpr }
  /** x·y + z, rounded once or twice as the device likes. Floats only. */
  | { readonly kind: 'fma'; readonly type: ValueType; readonly x: GridExpr; readonly y: GridExpr; readonly z: GridExpr }
  /** The float32 nearest to x that the narrow type has. */
  | { readonly kind: 'round'; readonly type: 'float32'; readonly to: 'float16' | 'bfloat16'; readonly x: GridExpr };

export type AtomicOp = 'add' | 'max' | 'min';

export type GridStatement =
  /** A new name. `let` never changes. Values of several lanes are only ever `let`. */
  | { readonly kind: 'declare'; readonly isMutable: boolean; readonly name: string; readonly type: ValueType; readonly lanes: Lanes; readonly value: GridExpr }
  | { readonly kind: 'assign'; readonly name: string; readonly type: ValueType; readonly value: GridExpr }
  /** One value for each lane of the buffer, of the type that its stored form is loaded as. Never out of bounds. */
  | { readonly kind: 'store'; readonly buffer: GridBuffer; readonly index: GridExpr; readonly values: readonly GridExpr[] }
  | { readonly kind: 'setElement'; readonly array: GridArray; readonly index: GridExpr; readonly values: readonly GridExpr[] }
  /** On device memory of int32 or uint32 elements of one lane; float32 by `add`, where the target has that. */
  | { readonly kind: 'atomic'; readonly op: AtomicOp; readonly buffer: GridBuffer; readonly index: GridExpr; readonly value: GridExpr }
  | { readonly kind: 'if'; readonly condition: GridExpr; readonly then: readonly GridStatement[]; readonly otherwise: readonly GridStatement[] }
  /** `name` (int32, not assigned by the body) from `start` while below `end`, by `step` > 0. `end` is evaluated each time: a literal, param or name. */
  | { readonly kind: 'for'; readonly name: string; readonly start: GridExpr; readonly end: GridExpr; readonly step: GridExpr; readonly body: readonly GridStatement[] }
  | { readonly kind: 'while'; readonly condition: GridExpr; readonly body: readonly GridStatement[] }
  /** Leaves the innermost loop. */
  | { readonly kind: 'break' }
  /** All threads of the workgroup come here; what they wrote to shared and device memory is seen by all of them afterwards. Only where every thread passes. */
  | { readonly kind: 'barrier' }
  /** Makes the run fail with `DeviceProgram.fault(code, detail)`: the first fault of a launch counts. The thread goes on. */
  | { readonly kind: 'fault'; readonly code: number; readonly detail: GridExpr };

/** What one dispatch runs. */
export interface GridPass {
  readonly name: string;
  /** Threads of a workgroup along x, y, z. */
  readonly workgroup: readonly [number, number, number];
  readonly arrays: readonly GridArray[];
  readonly body: readonly GridStatement[];
}

/** All names are unique in a program and end in `_` and a number: no language has such a keyword. */
export interface GridProgram {
  readonly name: string;
  readonly buffers: readonly GridBuffer[];
  readonly params: readonly GridParam[];
  readonly passes: readonly GridPass[];
}
