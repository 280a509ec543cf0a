/** Named sets of dtypes, so that signatures stay short: `T: type in $float`, `T: type in [$real, bool]`. */
import type { DType } from '../dtypes.js';

const float = ['bfloat16', 'float16', 'float32', 'float64'] as const;
const complex = ['complex64', 'complex128'] as const;
const signed = ['int8', 'int16', 'int32', 'int64'] as const;
const unsigned = ['uint8', 'uint16', 'uint32', 'uint64'] as const;
const quantized = ['qint8', 'quint8', 'qint16', 'quint16', 'qint32'] as const;

export const typeSets = {
  /** bfloat16, half, float, double */
  float,
  /** half, float, double */
  oldFloat: ['float16', 'float32', 'float64'],
  complex,
  /** Floats and complex ones. */
  inexact: [...float, ...complex],
  signed,
  unsigned,
  /** All ints, signed and unsigned. */
  int: [...signed, ...unsigned],
  /** int32, int64: axes, sizes, indices. */
  index: ['int32', 'int64'],
  quantized,
  /** TensorFlow's `realnumbertype`: ints and floats. */
  real: [...float, ...signed, ...unsigned],
  /** TensorFlow's `numbertype`: real, complex, quantized. */
  number: [...float, ...signed, ...unsigned, ...complex, ...quantized],
} as const satisfies Record<string, readonly DType[]>;

export type TypeSetName = keyof typeof typeSets;
