// What CUDA C has and plain C++ lacks, for kernels compiled for the host by the fake NVRTC. No standard headers: they would take longer to read than
// the kernel takes to compile.
#pragma once
typedef __SIZE_TYPE__ size_t;
#define SESSIONFLOW_HOST_SHIM 1
#define __global__
#define __device__ static
#define __forceinline__ inline
#define __noinline__
#define __constant__ static const
#define __shared__ static
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

struct FakeDim { unsigned x, y, z; };
struct FakeEntry {
  void (*call)(const char* params);
  size_t paramBytes;
  unsigned pointers;
  unsigned maxThreads;
  bool hasBarriers;
  FakeDim* threadIdx;
  FakeDim* blockIdx;
  FakeDim* blockDim;
  FakeDim* gridDim;
  void (**barrier)();
};
static FakeDim threadIdx, blockIdx, blockDim, gridDim;
static void (*fakeBarrier)();
static inline void __syncthreads() {
  const FakeDim self = threadIdx;
  fakeBarrier();
  threadIdx = self;
}
static inline void __threadfence() {}
static inline void __threadfence_block() {}

template <class T> static inline T atomicAdd(T* at, T value) { const T old = *at; *at = old + value; return old; }
template <class T> static inline T atomicMax(T* at, T value) { const T old = *at; if (value > old) *at = value; return old; }
template <class T> static inline T atomicMin(T* at, T value) { const T old = *at; if (value < old) *at = value; return old; }
template <class T> static inline T atomicOr(T* at, T value) { const T old = *at; *at = old | value; return old; }
template <class T> static inline T atomicAnd(T* at, T value) { const T old = *at; *at = old & value; return old; }
template <class T> static inline T atomicXor(T* at, T value) { const T old = *at; *at = old ^ value; return old; }
template <class T> static inline T atomicExch(T* at, T value) { const T old = *at; *at = value; return old; }
template <class T> static inline T atomicCAS(T* at, T expected, T value) { const T old = *at; if (old == expected) *at = value; return old; }

#define FAKE_MATH1(name) extern "C" double name(double); extern "C" float name##f(float);
#define FAKE_MATH2(name) extern "C" double name(double, double); extern "C" float name##f(float, float);
FAKE_MATH1(exp) FAKE_MATH1(expm1) FAKE_MATH1(log) FAKE_MATH1(log1p) FAKE_MATH1(log2) FAKE_MATH1(exp2) FAKE_MATH1(sqrt) FAKE_MATH1(cbrt) FAKE_MATH1(sin)
FAKE_MATH1(cos) FAKE_MATH1(tan) FAKE_MATH1(asin) FAKE_MATH1(acos) FAKE_MATH1(atan) FAKE_MATH1(sinh) FAKE_MATH1(cosh) FAKE_MATH1(tanh) FAKE_MATH1(asinh)
FAKE_MATH1(acosh) FAKE_MATH1(atanh) FAKE_MATH1(erf) FAKE_MATH1(erfc) FAKE_MATH1(lgamma) FAKE_MATH1(floor) FAKE_MATH1(ceil) FAKE_MATH1(trunc)
FAKE_MATH1(rint) FAKE_MATH1(round) FAKE_MATH1(fabs) FAKE_MATH2(pow) FAKE_MATH2(atan2) FAKE_MATH2(fmod) FAKE_MATH2(fmin) FAKE_MATH2(fmax)
FAKE_MATH2(copysign) FAKE_MATH2(nextafter)
extern "C" float fmaf(float, float, float);
extern "C" double fma(double, double, double);
static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }
static inline unsigned __umulhi(unsigned x, unsigned y) { return (unsigned)(((unsigned long long)x * y) >> 32); }
static inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned)x); }
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
template <class To, class From> static inline To fakeBits(From x) {
  static_assert(sizeof(To) == sizeof(From), "");
  To y;
  __builtin_memcpy(&y, &x, sizeof(To));
  return y;
}
static inline int __float_as_int(float x) { return fakeBits<int>(x); }
static inline unsigned __float_as_uint(float x) { return fakeBits<unsigned>(x); }
static inline float __int_as_float(int x) { return fakeBits<float>(x); }
static inline float __uint_as_float(unsigned x) { return fakeBits<float>(x); }
static inline long long __double_as_longlong(double x) { return fakeBits<long long>(x); }
static inline double __longlong_as_double(long long x) { return fakeBits<double>(x); }
static inline float __fdiv_rn(float x, float y) { return x / y; }
static inline float __fmul_rn(float x, float y) { return x * y; }
static inline float __fadd_rn(float x, float y) { return x + y; }

// A kernel's parameters out of the packed buffer, in order and aligned as the driver lays them out.
template <class... Left> struct FakeTaker;
template <> struct FakeTaker<> {
  template <class F, class... Done> static void go(F f, const char*, size_t, Done... done) { f(done...); }
};
template <class A, class... Rest> struct FakeTaker<A, Rest...> {
  template <class F, class... Done> static void go(F f, const char* params, size_t at, Done... done) {
    at = (at + alignof(A) - 1) / alignof(A) * alignof(A);
    A value;
    __builtin_memcpy(&value, params + at, sizeof(A));
    FakeTaker<Rest...>::go(f, params, at + sizeof(A), done..., value);
  }
};
template <class... A> static inline void fakeCall(void (*f)(A...), const char* params) { FakeTaker<A...>::go(f, params, 0); }
template <class... A> constexpr size_t fakeSize(void (*)(A...)) {
  size_t at = 0;
  ((at = (at + alignof(A) - 1) / alignof(A) * alignof(A) + sizeof(A)), ...);
  return at;
}
// How many parameters are pointers before the first that is none.
template <class T> struct FakeIsPointer { static constexpr bool value = false; };
template <class T> struct FakeIsPointer<T*> { static constexpr bool value = true; };
template <class... A> constexpr unsigned fakePointers(void (*)(A...)) {
  unsigned count = 0;
  bool isLeading = true;
  ((isLeading = isLeading && FakeIsPointer<A>::value, count += isLeading ? 1 : 0), ...);
  return count;
}
#define FAKE_ENTRY(name, barriers, threads)                                                 \
  static void fakeCall_##name(const char* params) { fakeCall(name, params); }               \
  extern "C" __attribute__((visibility("default"))) const FakeEntry fake_entry_##name;      \
  const FakeEntry fake_entry_##name = {fakeCall_##name, fakeSize(name), fakePointers(name), threads, barriers, &threadIdx, &blockIdx, &blockDim, &gridDim, &fakeBarrier};
