/** `@sessionflow/core/codegen`: scalar expressions and grid programs, for backends that render them. */
export * from './expr.js';
export * from './grid/index.js';
