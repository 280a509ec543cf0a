/** float32 functions on four lanes, to a few units in the last place over the whole range. */
export { cosh, exp, expm1, expOfNegative, sigmoid, sinh } from './exp.js';
export { digamma, lgamma } from './gamma.js';
export { acos, asin, atan, atan2 } from './inverseTrig.js';
export { acosh, asinh, atanh, log, log1p } from './log.js';
export { fmod, pow } from './pow.js';
export { erf, erfc, tanh } from './rational.js';
export { cos, sin, tan } from './trig.js';
