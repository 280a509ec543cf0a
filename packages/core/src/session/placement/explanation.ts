/**
 * What is told of a placement, as plain JSON: `session.explainPlacement`, `sessionflow place --json` and pages that draw it. Names of devices
 * are full names; `tensor` is `node:output`.
 */
import type { DType } from '../../dtypes.js';
import type { Reason } from '../../place/reasons.js';
import type { PartialShape } from '../../shape.js';

export interface PlacementExplanation extends GraphExplanation {
  /** The session's devices, in its order. */
  readonly devices: readonly ExplainedDevice[];
  /** Backends that offer no device to this session, and why. */
  readonly absent: readonly { readonly backend: string; readonly deviceType: string; readonly reason: string }[];
  /** Bodies of functions (loops, branches, calls), once for each device that they are called from. */
  readonly functions: readonly FunctionExplanation[];
  /** What costs more than it need, in words, with the edges that it is about. */
  readonly warnings: readonly PingPong[];
}

/** A graph: the main one, pruned to what the fetches need, or a function's body. */
export interface GraphExplanation {
  /** In the order in which they were placed. */
  readonly nodes: readonly ExplainedNode[];
  readonly edges: readonly ExplainedEdge[];
  /** Tensors that go from one device to another, once per tensor and destination, however many read it there. */
  readonly copies: readonly ExplainedCopy[];
  /**
   * Tensors that an accelerator makes and that the host must know: shapes, axes and sizes before a kernel can start, conditions before a branch or a
   * loop goes on. `consumers` is empty for a loop's condition, which the host itself reads; an output past a node's last one is a value inside what the node is made of.
   */
  readonly hostCopies: readonly ExplainedHostCopy[];
}

export interface FunctionExplanation extends GraphExplanation {
  readonly name: string;
  /** The device of the calls: the default of its nodes. */
  readonly device: string;
  /** Nodes of the main graph or of functions that call it. */
  readonly callers: readonly string[];
}

export interface ExplainedDevice {
  readonly name: string;
  readonly type: string;
  readonly backend: string;
  readonly description: string;
  /** Bytes. */
  readonly memoryLimit: number;
  /** How many nodes of the main graph stand on it. */
  readonly nodes: number;
}

export interface ExplainedNode {
  readonly name: string;
  readonly op: string;
  /** The name scope, without the last part of the name; empty at the top. */
  readonly scope: string;
  readonly device: string;
  /** What the node asked for, as written; empty when it asked for nothing. */
  readonly requested: string;
  /** Every device of the session: `refusal` says in the kernel's own words why it cannot run the node, null that it can. */
  readonly candidates: readonly { readonly device: string; readonly refusal: string | null }[];
  /** The rule of the placer that decided; `client`: it is fed, and a fed value lives with the client. */
  readonly rule: Reason['rule'] | 'client';
  /** The rule in words, with the names that it turned on. */
  readonly reason: string;
  /** The node that decided for this one (its group's first, its consumer, its input); null when it stood for itself. */
  readonly decidedBy: string | null;
}

export interface ExplainedEdge {
  readonly kind: 'data' | 'reference' | 'control';
  readonly from: string;
  /** -1 for a control edge, like `input`. */
  readonly output: number;
  readonly to: string;
  readonly input: number;
  /** The copy that carries it, as an index into `copies`; null on one device, for constants (they are put on every device that reads them once, not at every run) and for control edges. */
  readonly copy: number | null;
}

interface Transferred {
  readonly tensor: string;
  readonly dtype: DType;
  readonly shape: PartialShape;
  /** Null where the shape is not known before the run. */
  readonly bytes: number | null;
  /** The nodes that read it there, in order. */
  readonly consumers: readonly string[];
}

export interface ExplainedCopy extends Transferred {
  readonly from: string;
  readonly to: string;
  /** Whether it (also) goes to the client, as a result of the call. */
  readonly isFetched: boolean;
}

export interface ExplainedHostCopy extends Transferred {
  readonly device: string;
}

/** Values that leave an accelerator and come back to it. */
export interface PingPong {
  readonly kind: 'ping-pong';
  /** The device that is left. */
  readonly device: string;
  /** The devices in between. */
  readonly via: readonly string[];
  /** The copies away from it, as `tensor`s with who reads them first. */
  readonly leave: readonly CrossingEdge[];
  /** The copies back. */
  readonly come: readonly CrossingEdge[];
  readonly text: string;
}

export interface CrossingEdge {
  readonly tensor: string;
  readonly to: string;
}
