/** Files that were dropped or chosen: which is the model, which are pictures. */

export interface Chosen {
  readonly model: { readonly files: readonly File[]; readonly main: string } | undefined;
  readonly picture: File | undefined;
}

/** Sorts them out. The model is a .pb, .pbtxt or .json; of several .json files, model.json. */
export function sortFiles(files: readonly File[]): Chosen {
  const models = files.filter(({ name }) => /\.(pb|pbtxt|json)$/i.test(name));
  const main = models.find(({ name }) => name === 'model.json') ?? models[0];
  return { model: main === undefined ? undefined : { files, main: main.name }, picture: files.find(({ type }) => type.startsWith('image/')) };
}

/** All files of a drop, those in dropped folders included. */
export async function droppedFiles(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...data.files];
  return (await Promise.all(entries.map(filesOf))).flat();
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry instanceof FileSystemFileEntry) return [await new Promise<File>((resolve, reject) => { entry.file(resolve, reject); })];
  if (!(entry instanceof FileSystemDirectoryEntry)) return [];
  const reader = entry.createReader();
  const found: FileSystemEntry[] = [];
  // A reader gives its entries in parts, an empty one at the end.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (part.length === 0) break;
    found.push(...part);
  }
  return (await Promise.all(found.map(filesOf))).flat();
}
