/**
 * Functions that kernels call, in CUDA C. A source holds the ones that it uses, and those that they use. `SESSIONFLOW_HOST_SHIM` is defined where
 * the same source is compiled for a host, which has no PTX.
 */
interface Helper {
  readonly name: string;
  readonly text: string;
}

/** One function for float and one for double; `f` stands for the suffix of CUDA's float functions. */
const forFloats = (text: string): string => `${text.replaceAll('REAL', 'float').replaceAll('@', 'f')}\n${text.replaceAll('REAL', 'double').replaceAll('@', '')}`;
/** One function for int and one for long long, over their unsigned forms: signed numbers that overflow are undefined in C++, TensorFlow's wrap. */
const forInts = (text: string): string =>
  `${text.replaceAll('UNSIGNED', 'unsigned').replaceAll(/\bINT\b/g, 'int')}\n${text.replaceAll('UNSIGNED', 'unsigned long long').replaceAll(/\bINT\b/g, 'long long')}`;

/** A group of elements in memory as a group of values. */
const decodeGroup = (lanes: number, from: string, to: string, code: (lane: number) => string): string => {
  const values = Array.from({ length: lanes }, (_, lane) => code(lane)).join(', ');
  return `__device__ __forceinline__ Group<${to}, ${lanes}> decode${lanes}(Group<${from}, ${lanes}> x) { return {{${values}}}; }`;
};

/** Later ones may use earlier ones. */
const helpers: readonly Helper[] = [
  { name: 'Group', text: `template <class T, int N> struct __align__(sizeof(T) * N < 16 ? sizeof(T) * N : 16) Group { T v[N]; };` },
  { name: 'Bool', text: 'struct Bool { unsigned char bits; };' },
  { name: 'Half', text: 'struct Half { unsigned short bits; };' },
  { name: 'Brain', text: 'struct Brain { unsigned short bits; };' },
  { name: 'add', text: forInts('__device__ __forceinline__ INT add(INT x, INT y) { return (INT)((UNSIGNED)x + (UNSIGNED)y); }') },
  { name: 'subtract', text: forInts('__device__ __forceinline__ INT subtract(INT x, INT y) { return (INT)((UNSIGNED)x - (UNSIGNED)y); }') },
  { name: 'multiply', text: forInts('__device__ __forceinline__ INT multiply(INT x, INT y) { return (INT)((UNSIGNED)x * (UNSIGNED)y); }') },
  { name: 'divide', text: forInts('__device__ __forceinline__ INT divide(INT x, INT y) { return y == -1 ? (INT)(0 - (UNSIGNED)x) : x / y; }') },
  { name: 'restOf', text: forInts('__device__ __forceinline__ INT restOf(INT x, INT y) { return y == -1 ? 0 : x % y; }') },
  { name: 'shiftLeft', text: forInts('__device__ __forceinline__ INT shiftLeft(INT x, INT y) { return (INT)((UNSIGNED)x << y); }') },
  { name: 'absolute', text: forInts('__device__ __forceinline__ INT absolute(INT x) { return x < 0 ? (INT)(0 - (UNSIGNED)x) : x; }') },
  { name: 'minimum', text: 'template <class T> __device__ __forceinline__ T minimum(T x, T y) { return x != x || x < y ? x : y; }' },
  { name: 'maximum', text: 'template <class T> __device__ __forceinline__ T maximum(T x, T y) { return x != x || x > y ? x : y; }' },
  { name: 'signOf', text: 'template <class T> __device__ __forceinline__ T signOf(T x) { return x > 0 ? (T)1 : x < 0 ? (T)-1 : x; }' },
  { name: 'sigmoid', text: forFloats('__device__ __forceinline__ REAL sigmoid(REAL x) { return (REAL)1 / ((REAL)1 + exp@(-x)); }') },
  {
    name: 'digamma',
    // Reflection below 0, recurrence up to 10, then the asymptotic series with B(2k) / 2k.
    text: forFloats(`__device__ __noinline__ REAL digamma(REAL x) {
  if (x != x) return x;
  if (x == (REAL)0) return (REAL)-1 / x;
  REAL sum = 0;
  if (x < 0) {
    const REAL below = floor@(x);
    if (below == x) return (REAL)0 / (x - below);
    sum = -(REAL)3.14159265358979323846 / tan@((REAL)3.14159265358979323846 * (x - below));
    x = (REAL)1 - x;
  }
  while (x < (REAL)10) {
    sum -= (REAL)1 / x;
    x += (REAL)1;
  }
  const REAL square = (REAL)1 / (x * x);
  const REAL series = square * ((REAL)0.083333333333333333 - square * ((REAL)0.0083333333333333333 - square * ((REAL)0.0039682539682539683
    - square * ((REAL)0.0041666666666666667 - square * ((REAL)0.0075757575757575758 - square * ((REAL)0.021092796092796093 - square * (REAL)0.083333333333333333))))));
  return sum + log@(x) - (REAL)0.5 / x - series;
}`),
  },
  {
    name: 'floatOfHalf',
    text: `__device__ __forceinline__ float floatOfHalf(Half x) {
#ifdef SESSIONFLOW_HOST_SHIM
  _Float16 half;
  __builtin_memcpy(&half, &x, 2);
  return (float)half;
#else
  float result;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(x.bits));
  return result;
#endif
}`,
  },
  {
    name: 'halfOfFloat',
    text: `__device__ __forceinline__ Half halfOfFloat(float x) {
  Half result;
#ifdef SESSIONFLOW_HOST_SHIM
  const _Float16 half = (_Float16)x;
  __builtin_memcpy(&result, &half, 2);
#else
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result.bits) : "f"(x));
#endif
  return result;
}`,
  },
  { name: 'floatOfBrain', text: '__device__ __forceinline__ float floatOfBrain(Brain x) { return __uint_as_float((unsigned)x.bits << 16); }' },
  {
    name: 'brainOfFloat',
    // To nearest, ties to even; a NaN stays one.
    text: `__device__ __forceinline__ Brain brainOfFloat(float x) {
  const unsigned bits = __float_as_uint(x);
  Brain result;
  result.bits = (unsigned short)(x != x ? 0x7fc0u | bits >> 16 & 0x8000u : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
  return result;
}`,
  },
  ...([2, 4] as const).map((lanes) => ({
    name: `decode${lanes}`,
    text: [['Bool', 'bool', '.bits != 0'], ['signed char', 'int', ''], ['unsigned char', 'unsigned', ''], ['short', 'int', ''], ['unsigned short', 'unsigned', '']]
      .map(([from, to, code]) => decodeGroup(lanes, from!, to!, (lane) => `x.v[${lane}]${code}`)).join('\n')
      + `\n${decodeGroup(lanes, 'Half', 'float', (lane) => `floatOfHalf(x.v[${lane}])`)}\n${decodeGroup(lanes, 'Brain', 'float', (lane) => `floatOfBrain(x.v[${lane}])`)}`,
  })),
  {
    name: 'report',
    text: `__device__ __forceinline__ void report(int* fault, int code, int detail) {
  if (fault != nullptr && atomicCAS(&fault[0], 0, code) == 0) fault[1] = detail;
}`,
  },
];

/** The helpers that a source uses, as text. */
export function helpersFor(source: string): string {
  const chosen: string[] = [];
  let seen = source;
  for (const { name, text } of [...helpers].reverse()) {
    if (!new RegExp(`\\b${name}\\b`).test(seen)) continue;
    chosen.unshift(text);
    seen += text;
  }
  return chosen.join('\n');
}
