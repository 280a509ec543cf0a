/** What lower works on: one thing to do on one device, before a program is chosen for it. Items stand in topological order. */
import type { Expr, MapFunction } from '../codegen/expr.js';
import type { Attrs } from '../graph/attrs.js';
import { AttrReader } from '../graph/attrs.js';
import type { NodeData } from '../graph/graphData.js';
import type { Call, Epilogue } from '../kernels/kernel.js';
import type { ReductionMeaning } from '../ops/opDef.js';
import type { Shape } from '../shape.js';
import type { LaunchUnit, LoopUnit } from './lower.js';
import { argOf, type Value } from './value.js';

interface ItemBase {
  readonly device: string;
  /** The nodes it stands for, root first. */
  readonly nodes: readonly string[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Has control edges: keeps its place and is not fused. */
  readonly pinned: boolean;
}

/** What a launch does to a variable: reads the old value, makes the new one. Nobody else gets at the variable in between. */
export interface VariableUpdate {
  readonly node: NodeData;
  readonly handle: Value;
  readonly old: Value;
  readonly fresh: Value;
}

export interface OpItem extends ItemBase {
  readonly kind: 'op';
  readonly op: string;
  readonly attrs: Attrs;
  readonly epilogue?: Epilogue | undefined;
  readonly update?: VariableUpdate | undefined;
}

export interface MapItem extends ItemBase {
  readonly kind: 'map';
  readonly fn: MapFunction;
  readonly update?: VariableUpdate | undefined;
}

export interface ReduceItem extends ItemBase {
  readonly kind: 'reduce';
  readonly space: Shape;
  readonly axes: readonly number[];
  readonly reducer: ReductionMeaning['reducer'];
  readonly before: MapFunction;
  readonly after: Expr | undefined;
}

/** A node that runs as TypeScript on the host side of a CPU device. */
export interface HostItem extends ItemBase {
  readonly kind: 'host';
  readonly node: NodeData;
  readonly call: Call;
}

/** If, While and calls: their bodies are plans of their own. */
export interface ControlItem extends ItemBase {
  readonly kind: 'control';
  readonly node: NodeData;
}

/** A While whose condition and body are launches on one device: a loop inside a sequence. It reads what lies outside, and its outputs are its variables. */
export interface LoopItem extends ItemBase {
  readonly kind: 'loop';
  readonly node: NodeData;
  /** Give the variables their first values. */
  readonly initial: readonly LaunchUnit[];
  readonly condition: readonly LoopPart[];
  /** One bool, made by the condition. */
  readonly test: Value;
  readonly body: readonly LoopPart[];
  /** Results of the body that are made right in their variable's memory. */
  readonly inVariable: ReadonlyMap<Value, Value>;
}
/** What stands inside a loop. */
export type LoopPart = LaunchUnit | LoopUnit;

export type Item = LoopItem | OpItem | MapItem | ReduceItem | HostItem | ControlItem;
/** Items that become launches on the device. */
export type DeviceItem = OpItem | MapItem | ReduceItem;

/** The call of an item: what its kernel is asked. */
export function callOfItem(item: DeviceItem): Call {
  const inputs = item.inputs.map(argOf);
  const outputs = item.outputs.map(argOf);
  const node = item.nodes[0] ?? '';
  switch (item.kind) {
    case 'op':
      return { kind: 'op', op: item.op, node, attrs: new AttrReader(item.attrs, `${item.op} '${node}'`), inputs, outputs, epilogue: item.epilogue };
    case 'map':
      return { kind: 'map', node, inputs, outputs, fn: item.fn };
    case 'reduce':
      return { kind: 'reduce', node, inputs, outputs, space: item.space, axes: item.axes, reducer: item.reducer, before: item.before, after: item.after };
    default:
      return item satisfies never;
  }
}
