/** How Node's console and shell print objects of this library: by the method under this key, which other platforms never call. */
export const inspectCustom: unique symbol = Symbol.for('nodejs.util.inspect.custom') as typeof inspectCustom;

/** Prints a value as the console would, with its options. */
export type Inspect = (value: unknown, options: object) => string;
