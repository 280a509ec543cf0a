/** Any model file that is known here, told apart by its content. */
import { parseJson } from '@sessionflow/core/proto';
import { fetchFiles, type FileSource } from './files.js';
import { readFrozenGraph, sniff, textOf } from './frozenGraph.js';
import type { LoadedModel } from './model.js';
import { isTfjsModel, readTfjsGraphModel } from './tfjs/graphModel.js';
import { InvalidArgumentError } from '@sessionflow/core';

/**
 * Loads a model: a frozen GraphDef (.pb, .pbtxt, proto3 JSON) or a tfjs graph model (model.json, its shards are read from the same source).
 * `name` is the file in `files`; by default a URL. Errors name the file: NotFoundError, DataLossError (cut off, not what it should be),
 * InvalidArgumentError (a node or weight that makes no sense), UnimplementedError (a format that is recognised, but not read).
 */
export async function loadModel(name: string, files: FileSource = fetchFiles()): Promise<LoadedModel> {
  const bytes = await files.read(name);
  if (sniff(bytes, name) !== 'json') return readFrozenGraph(bytes, name);
  const json = parseJson(textOf(bytes, name), name);
  return isTfjsModel(json) ? readTfjsGraphModel(json, name, files) : readFrozenGraph(bytes, name);
}

/** Loads a frozen GraphDef: binary, text or JSON. */
export async function loadFrozenGraph(name: string, files: FileSource = fetchFiles()): Promise<LoadedModel> {
  return readFrozenGraph(await files.read(name), name);
}

/** Loads a tfjs graph model: model.json and its weight shards. */
export async function loadTfjsGraphModel(name: string, files: FileSource = fetchFiles()): Promise<LoadedModel> {
  const json = parseJson(textOf(await files.read(name), name), name);
  if (!isTfjsModel(json)) throw new InvalidArgumentError(`${name}: not a tfjs model: it has neither modelTopology nor weightsManifest.`);
  return readTfjsGraphModel(json, name, files);
}
