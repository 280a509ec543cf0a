/** Names of the reads that stand where a node reads a variable's reference by value: errors of a read are its reader's. */

/** The read for input `index` of `reader`. */
export function readName(reader: string, index: number): string {
  return `${reader}/_read_${index}`;
}

/** The node that a read is for; the node itself, if it is no such read. */
export function readerOf(name: string): string {
  return name.replace(/\/_read_\d+$/, '');
}
