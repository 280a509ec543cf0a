/** Grid programs: kernels for SIMT devices, written once, printed by each backend. */
export * from './types.js';
export * from './program.js';
export { Value, int, literal, operandOf, type Operand } from './value.js';
export {
  buildProgram, float, packParams, PassBuilder, ProgramBuilder, Variable, type Buffer, type BufferForm, type FloatParam, type ParamValues,
} from './builder.js';
export { asInt, expressionFault, expressionFaults, firstKernelFault, mayFault, supportsExpr } from './applyExpr.js';
export { expressionsOf, factsOf, hasFaults, innerStatements, operandsOf, sharedBytes, visitPass, type BufferUse, type PassFacts } from './walk.js';
export { infix, printBody, withoutParentheses, type Dialect } from './print.js';
