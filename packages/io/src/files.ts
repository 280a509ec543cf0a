/** Where a loader's bytes come from: a folder on disk (node.ts), a web server, files that a user chose, or memory. */
import { InvalidArgumentError, NotFoundError } from '@sessionflow/core';

/** Files by name. Names are relative paths with `/`, or whatever the source takes as a name (URLs, for one over the web). */
export interface FileSource {
  /** The whole file; NotFoundError when there is none, saying where it was looked for. */
  read(name: string): Promise<Uint8Array>;
}

/** The folder part of a name, with its slash; empty for a bare file name. */
export function folderOf(name: string): string {
  const path = /^[A-Za-z][A-Za-z0-9+.-]+:/.test(name) ? name.replace(/[?#].*$/, '') : name;
  return path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/**
 * A name that a file gives for a neighbour (`group1-shard1of2.bin`), relative to the folder that the file is in. A model file is not trusted to
 * name anything outside its own folder: InvalidArgumentError.
 */
export function neighbour(file: string, name: unknown): string {
  const isRelative = typeof name === 'string' && name !== '' && !/^[/\\]|^[A-Za-z][A-Za-z0-9+.-]*:|\0/.test(name) && !name.split(/[/\\]/).includes('..');
  if (!isRelative) throw new InvalidArgumentError(`${file}: it names the file ${JSON.stringify(name)}; expected a path inside the folder of ${file}.`);
  return folderOf(file) + name;
}

/** Files in memory. */
export function memoryFiles(files: ReadonlyMap<string, Uint8Array> | Readonly<Record<string, Uint8Array>>): FileSource {
  const byName: ReadonlyMap<string, Uint8Array> = files instanceof Map ? files : new Map(Object.entries(files));
  return {
    read: async (name) => {
      const bytes = byName.get(name);
      if (bytes === undefined) throw new NotFoundError(`${name}: no such file among ${[...byName.keys()].join(', ') || 'no files at all'}.`);
      return bytes;
    },
  };
}

/** Files that a user chose or dropped (`File`, `Blob`), by their relative path in a chosen folder, else by their name. */
export function chosenFiles(files: Iterable<Blob & { readonly name?: string; readonly webkitRelativePath?: string }>): FileSource {
  const byName = new Map<string, Blob>();
  for (const file of files) {
    if (file.webkitRelativePath) byName.set(file.webkitRelativePath, file);
    if (file.name !== undefined) byName.set(file.name, file);
  }
  return {
    read: async (name) => {
      const file = byName.get(name);
      if (file === undefined) throw new NotFoundError(`${name}: not among the chosen files (${[...byName.keys()].join(', ')}).`);
      return new Uint8Array(await file.arrayBuffer());
    },
  };
}

/** Files by fetch. Names are URLs, relative ones to `base` (in a page: to the page). */
export function fetchFiles(base?: string | URL, init?: RequestInit): FileSource {
  return {
    read: async (name) => {
      const url = base === undefined ? name : new URL(name, base).href;
      const response = await fetch(url, init);
      if (!response.ok) throw new NotFoundError(`${url}: the server answered ${response.status} ${response.statusText}.`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}
