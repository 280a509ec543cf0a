/** Node inputs as GraphDefs spell them: `name` (output 0), `name:k`, `^name` (control). */

import { ValueError } from '../errors.js';

/** One input of a NodeDef. */
export interface InputText {
  readonly node: string;
  /** Output of the node; −1 for a control input. */
  readonly index: number;
}

/** Reads an input; what does not end in `:digits` is a name as a whole. */
export function parseInput(text: string): InputText {
  if (text.startsWith('^')) return { node: text.slice(1), index: -1 };
  const colon = text.lastIndexOf(':');
  const digits = text.slice(colon + 1);
  if (colon <= 0 || !/^\d+$/.test(digits)) return { node: text, index: 0 };
  return { node: text.slice(0, colon), index: Number(digits) };
}

/** The shortest spelling of output `index` of a node. */
export function outputText(node: string, index: number): string {
  return index === 0 ? node : `${node}:${index}`;
}

/** `name:index` of a tensor name whose index may be left out. */
export function tensorKey(name: string): string {
  const [node = '', index, ...more] = name.split(':');
  if (more.length > 0 || (index !== undefined && !/^\d+$/.test(index))) throw new ValueError(`Cannot convert '${name}' to a tensor name.`);
  return `${node}:${Number(index ?? 0)}`;
}
