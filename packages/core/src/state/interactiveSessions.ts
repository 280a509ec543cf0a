/** Which interactive sessions of the process are open. */

const open = new Set<object>();

/** Counts one more: how many others there were, and how to take it out again. */
export function countInteractive(): { others: number; leave: () => void } {
  const others = open.size;
  const one = {};
  open.add(one);
  return { others, leave: () => { open.delete(one); } };
}
