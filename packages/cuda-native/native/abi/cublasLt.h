// The part of cuBLASLt's public binary interface that the addon uses, in this project's own words.
#pragma once
#include <cstddef>
#include <cstdint>
#include "cuda.h"

extern "C" {
typedef int cublasStatus_t;
typedef struct cublasLtContext* cublasLtHandle_t;
typedef struct cublasLtMatmulDesc_st* cublasLtMatmulDesc_t;
typedef struct cublasLtMatrixLayout_st* cublasLtMatrixLayout_t;
typedef struct cublasLtMatmulPreference_st* cublasLtMatmulPreference_t;
struct cublasLtMatmulAlgo_t { uint64_t data[8]; };
struct cublasLtMatmulHeuristicResult_t {
  cublasLtMatmulAlgo_t algo;
  size_t workspaceSize;
  cublasStatus_t state;
  float wavesCount;
  int reserved[4];
};
enum : cublasStatus_t { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_INVALID_VALUE = 7, CUBLAS_STATUS_NOT_SUPPORTED = 15 };
}

// Numbers of element types, compute types, attributes and epilogues.
namespace blas {
enum ElementType : int { R_32F = 0, R_64F = 1, R_16F = 2, R_16BF = 14 };
enum ComputeType : int { COMPUTE_32F = 68, COMPUTE_32F_FAST_TF32 = 77, COMPUTE_64F = 70 };
enum DescAttribute : int { DESC_TRANSA = 3, DESC_TRANSB = 4, DESC_EPILOGUE = 7, DESC_BIAS_POINTER = 8 };
enum LayoutAttribute : int { LAYOUT_BATCH_COUNT = 5, LAYOUT_BATCH_STRIDE = 6 };
enum PreferenceAttribute : int { PREFERENCE_WORKSPACE = 1 };
enum Epilogue : int { EPILOGUE_NONE = 1, EPILOGUE_RELU = 2, EPILOGUE_BIAS = 4, EPILOGUE_RELU_BIAS = 6, EPILOGUE_GELU = 32, EPILOGUE_GELU_BIAS = 36 };
enum Operation : int { OP_N = 0, OP_T = 1 };
}  // namespace blas

#define CUBLASLT_CALLS(CALL)                                                                                                \
  CALL(cublasLtCreate, (cublasLtHandle_t* handle))                                                                          \
  CALL(cublasLtDestroy, (cublasLtHandle_t handle))                                                                          \
  CALL(cublasLtMatmulDescCreate, (cublasLtMatmulDesc_t* desc, int computeType, int scaleType))                              \
  CALL(cublasLtMatmulDescDestroy, (cublasLtMatmulDesc_t desc))                                                              \
  CALL(cublasLtMatmulDescSetAttribute, (cublasLtMatmulDesc_t desc, int attribute, const void* value, size_t size))          \
  CALL(cublasLtMatrixLayoutCreate, (cublasLtMatrixLayout_t* layout, int type, uint64_t rows, uint64_t columns, int64_t leading)) \
  CALL(cublasLtMatrixLayoutDestroy, (cublasLtMatrixLayout_t layout))                                                        \
  CALL(cublasLtMatrixLayoutSetAttribute, (cublasLtMatrixLayout_t layout, int attribute, const void* value, size_t size))    \
  CALL(cublasLtMatmulPreferenceCreate, (cublasLtMatmulPreference_t* preference))                                            \
  CALL(cublasLtMatmulPreferenceDestroy, (cublasLtMatmulPreference_t preference))                                            \
  CALL(cublasLtMatmulPreferenceSetAttribute, (cublasLtMatmulPreference_t preference, int attribute, const void* value, size_t size)) \
  CALL(cublasLtMatmulAlgoGetHeuristic, (cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b, \
       cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t preference, int requested,            \
       cublasLtMatmulHeuristicResult_t* results, int* returned))                                                            \
  CALL(cublasLtMatmul, (cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, const void* alpha, const void* a, cublasLtMatrixLayout_t aLayout, \
       const void* b, cublasLtMatrixLayout_t bLayout, const void* beta, const void* c, cublasLtMatrixLayout_t cLayout, void* d, \
       cublasLtMatrixLayout_t dLayout, const cublasLtMatmulAlgo_t* algo, void* workspace, size_t workspaceBytes, CUstream stream))
