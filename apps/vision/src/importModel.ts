import { importGraphDef, type GraphDefData, type Tensor } from '@sessionflow/core';

/** Puts a model into the default graph under a name scope; the tensors that `returnElements` names. `inputs`: tensors in the place of placeholders. */
export function importModel(graphDef: GraphDefData, name: string, returnElements: readonly string[], inputs: Readonly<Record<string, Tensor>> = {}): Tensor[] {
  return (importGraphDef(graphDef, { name, returnElements, inputMap: inputs }) ?? []) as Tensor[];
}
