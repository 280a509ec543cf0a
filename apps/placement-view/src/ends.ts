/** Edges into and out of an open group meet its border here: ends of edges inside it, under names that no node can have. */
export const entry = '>';
export const exit = '<';
