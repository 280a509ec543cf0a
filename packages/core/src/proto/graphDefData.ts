/** A GraphDef as plain data: node inputs still as text (`name`, `name:k`, `^name`), attributes decoded. What importers read and exporters write. */
import type { Attrs } from '../graph/attrs.js';
import type { FullTypeDef, OpDef } from './generated/opDef.js';

/** A NodeDef. */
export interface NodeDefData {
  readonly name: string;
  readonly op: string;
  /** As written: `name` (output 0), `name:k`, in functions `name:output:k`, `^name` for control inputs. */
  readonly input: readonly string[];
  readonly device: string;
  readonly attr: Attrs;
  /** What TensorFlow notes for people and its own type inference; kept so that a round trip loses nothing. */
  readonly originalNodeNames?: readonly string[] | undefined;
  readonly originalFuncNames?: readonly string[] | undefined;
  readonly experimentalType?: FullTypeDef | undefined;
  /** Fields that the schema does not know, as they were. */
  readonly unknownFields?: readonly Uint8Array[];
}

/** A FunctionDef. */
export interface FunctionDefData {
  readonly name: string;
  readonly signature: OpDef;
  readonly nodes: readonly NodeDefData[];
  /** Output argument → the body's tensor (`node:output:k`). */
  readonly ret: ReadonlyMap<string, string>;
  /** Control output → node of the body. */
  readonly controlRet: ReadonlyMap<string, string>;
  readonly attr: Attrs;
  /** Attributes of arguments, by their index. */
  readonly argAttr: ReadonlyMap<number, Attrs>;
  readonly resourceArgUniqueId: ReadonlyMap<number, number>;
  /** Fields that the schema does not know, as they were. */
  readonly unknownFields?: readonly Uint8Array[];
}

export interface GradientData {
  readonly functionName: string;
  readonly gradientFunc: string;
}

/** Who wrote a graph and who may read it. */
export interface VersionsData {
  readonly producer: number;
  readonly minConsumer: number;
  readonly badConsumers: readonly number[];
}

/** A GraphDef. */
export interface GraphDefData {
  readonly nodes: readonly NodeDefData[];
  readonly functions: readonly FunctionDefData[];
  readonly gradients: readonly GradientData[];
  readonly versions: VersionsData;
  /** Fields that the schema does not know, as they were. */
  readonly unknownFields?: readonly Uint8Array[];
}

/** A GraphDefData of some nodes, the rest empty. */
export function graphDefData(parts: Partial<GraphDefData>): GraphDefData {
  return { nodes: [], functions: [], gradients: [], versions: { producer: 0, minConsumer: 0, badConsumers: [] }, ...parts };
}
