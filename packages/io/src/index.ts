/** `@sessionflow/io`: files in and out, over any source of bytes. `@sessionflow/io/node` has the same over Node's file system. */
export { chosenFiles, fetchFiles, type FileSource, memoryFiles } from './files.js';
export { type FrozenFormat, frozenGraphBytes, readFrozenGraph } from './frozenGraph.js';
export { loadFrozenGraph, loadModel, loadTfjsGraphModel } from './loadModel.js';
export type { LoadedModel, ModelFormat } from './model.js';
export { readNpy } from './npy/readNpy.js';
export { writeNpy } from './npy/writeNpy.js';
export { toStandardOps } from '@sessionflow/core';
