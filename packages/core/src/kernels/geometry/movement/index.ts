/** The ops that only move data: what each copies from where to where. */
export * from './slicing.js';
export * from './joining.js';
export * from './reordering.js';
