/** Cases in which TensorFlow's own CPU result is the odd one, for every backend: `family/case` → why ours differs. */

const byZero = 'TensorFlow answers INTERNAL where its other integer divisions answer INVALID_ARGUMENT; we answer INVALID_ARGUMENT';
const roundInts = 'TensorFlow\'s Round of integers writes zeros; an integer is its own rounding';
const narrowExpm1 = 'TensorFlow rounds exp(x) to the narrow float before it subtracts 1 and loses the digits; we compute expm1';
const narrowLogSoftmax = 'TensorFlow rounds every intermediate to the narrow float; we round the result once';

export const tensorflowOddities: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'].map((dtype) => [`binary/TruncateDiv ${dtype} by zero`, byZero])),
  'binary/TruncateMod int32 by zero': byZero,
  'binary/TruncateMod int64 by zero': byZero,
  'unary/Round int32 edges': roundInts,
  'unary/Round int64 edges': roundInts,
  'unary/Elu float16 edges': narrowExpm1,
  'unary/Elu bfloat16 edges': narrowExpm1,
  'unary/Selu float16 edges': narrowExpm1,
  'unary/Selu bfloat16 edges': narrowExpm1,
  'unary/Erf float64 edges': 'TensorFlow\'s float64 erf gives NaN for infinities and huge arguments; it is ±1 there',
  'normalize/LogSoftmax float16 matrix': narrowLogSoftmax,
  'normalize/LogSoftmax bfloat16 matrix': narrowLogSoftmax,
};
