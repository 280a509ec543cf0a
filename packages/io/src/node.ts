/** `@sessionflow/io/node`: the loaders over Node's file system. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HostTensor, InvalidArgumentError, NotFoundError, PermissionDeniedError, UnknownError } from '@sessionflow/core';
import type { GraphDefData } from '@sessionflow/core/proto';
import type { FileSource } from './files.js';
import { frozenFormatOf, frozenGraphBytes } from './frozenGraph.js';
import * as loaders from './loadModel.js';
import type { LoadedModel } from './model.js';
import { readNpy } from './npy/readNpy.js';
import { writeNpy } from './npy/writeNpy.js';

export * from './index.js';

/** The class of what the file system says, the file named. */
function fileError(path: string, cause: unknown): Error {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new NotFoundError(`${path}: no such file.`, { cause });
  if (code === 'EACCES' || code === 'EPERM') return new PermissionDeniedError(`${path}: may not be read.`, { cause });
  if (code === 'EISDIR') return new InvalidArgumentError(`${path}: is a folder; expected a file.`, { cause });
  return new UnknownError(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}

async function read(path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (cause) {
    throw fileError(path, cause);
  }
}

/** Files on disk; names are paths, relative ones to `folder` (by default the working directory). */
export function nodeFiles(folder = ''): FileSource {
  return { read: (name) => read(folder === '' ? name : join(folder, name)) };
}

/** A folder stands for the model.json in it. */
async function modelPath(path: string): Promise<string> {
  const isFolder = await stat(path).then((info) => info.isDirectory(), () => false);
  return isFolder ? join(path, 'model.json') : path;
}

/** `loadModel` of index.ts for a path: a .pb, .pbtxt or model.json, or a folder with a model.json. */
export async function loadModel(path: string, files: FileSource = nodeFiles()): Promise<LoadedModel> {
  return loaders.loadModel(await modelPath(path), files);
}

/** `loadFrozenGraph` of index.ts for a path. */
export async function loadFrozenGraph(path: string, files: FileSource = nodeFiles()): Promise<LoadedModel> {
  return loaders.loadFrozenGraph(path, files);
}

/** `loadTfjsGraphModel` of index.ts for a path. */
export async function loadTfjsGraphModel(path: string, files: FileSource = nodeFiles()): Promise<LoadedModel> {
  return loaders.loadTfjsGraphModel(await modelPath(path), files);
}

/** Writes a GraphDef, binary or text by the path's ending (.pb, .pbtxt). */
export async function writeFrozenGraph(graph: GraphDefData, path: string): Promise<void> {
  await writeFile(path, frozenGraphBytes(graph, frozenFormatOf(path)));
}

/** Reads a .npy file. */
export async function readNpyFile(path: string): Promise<HostTensor> {
  return readNpy(await read(path), path);
}

/** Writes a .npy file. */
export async function writeNpyFile(path: string, tensor: HostTensor): Promise<void> {
  await writeFile(path, writeNpy(tensor));
}
