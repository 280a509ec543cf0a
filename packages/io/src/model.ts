/** A model as a loader gives it. */
import type { GraphDefData, SignatureDef } from '@sessionflow/core/proto';

export type ModelFormat = 'graphdef' | 'graphdef-text' | 'graphdef-json' | 'tfjs-graph-model';

export interface LoadedModel {
  readonly format: ModelFormat;
  /** The graph, weights in place: what `importGraphDef` takes. */
  readonly graphDef: GraphDefData;
  /** Names of the tensors to feed (`name:0`). */
  readonly inputs: readonly string[];
  /** Names of the tensors to fetch. */
  readonly outputs: readonly string[];
  /** The signature that the file states. */
  readonly signature?: SignatureDef | undefined;
  /** The graph that fills the model's tables, if it has any (`modelInitializer` of a tfjs model). */
  readonly initializer?: GraphDefData | undefined;
}
