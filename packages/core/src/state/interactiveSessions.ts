/** How many interactive sessions of the process are open. */

let open = 0;

/** Counts one more: how many others there were, and how to take it out again. */
export function countInteractive(): { others: number; leave: () => void } {
  const others = open;
  open++;
  return { others, leave: () => { open--; } };
}
