/** `@sessionflow/core/codegen`: scalar expressions, for backends that render them. */
export * from './expr.js';
