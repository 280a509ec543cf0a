// A fake cuBLASLt: plain loops over matrices that count columns first, sums in float (double for double).
#include <cmath>
#include <cstdint>
#include <cstring>

#include "../abi/cublasLt.h"
#include "fake.h"
#include "half.h"

struct cublasLtMatmulDesc_st {
  int computeType = 0;
  int scaleType = 0;
  int transA = 0;
  int transB = 0;
  unsigned epilogue = blas::EPILOGUE_NONE;
  const void* bias = nullptr;
};
struct cublasLtMatrixLayout_st {
  int type = 0;
  uint64_t rows = 0;
  uint64_t columns = 0;
  int64_t leading = 0;
  int batch = 1;
  int64_t stride = 0;
};
struct cublasLtMatmulPreference_st { uint64_t workspace = 0; };

namespace {

double readElement(const void* base, int type, size_t index) {
  switch (type) {
    case blas::R_64F: return static_cast<const double*>(base)[index];
    case blas::R_16F: return fakeHalf(static_cast<const uint16_t*>(base)[index]);
    case blas::R_16BF: return fakeBrain(static_cast<const uint16_t*>(base)[index]);
    default: return static_cast<const float*>(base)[index];
  }
}
void writeElement(void* base, int type, size_t index, double value) {
  switch (type) {
    case blas::R_64F: static_cast<double*>(base)[index] = value; break;
    case blas::R_16F: static_cast<uint16_t*>(base)[index] = fakeToHalf(static_cast<float>(value)); break;
    case blas::R_16BF: static_cast<uint16_t*>(base)[index] = fakeToBrain(static_cast<float>(value)); break;
    default: static_cast<float*>(base)[index] = static_cast<float>(value); break;
  }
}

// What a factor is rounded to by the compute type.
double factor(double value, int computeType) {
  if (computeType != blas::COMPUTE_32F_FAST_TF32) return computeType == 74 ? fakeHalf(fakeToHalf(static_cast<float>(value))) : computeType == 75 ? fakeBrain(fakeToBrain(static_cast<float>(value))) : value;
  return fakeTf32(static_cast<float>(value));
}

double finish(double value, unsigned epilogue, double bias) {
  if ((epilogue & blas::EPILOGUE_BIAS) != 0) value += bias;
  if ((epilogue & blas::EPILOGUE_RELU) != 0) value = value > 0 ? value : value != value ? value : 0;
  if ((epilogue & blas::EPILOGUE_GELU) != 0) value = 0.5 * value * (1 + std::tanh(0.7978845608028654 * (value + 0.044715 * value * value * value)));
  return value;
}

void multiply(const cublasLtMatmulDesc_st& desc, const cublasLtMatrixLayout_st& a, const void* aData, const cublasLtMatrixLayout_st& b, const void* bData,
              const cublasLtMatrixLayout_st& d, void* dData) {
  const uint64_t depth = desc.transA == blas::OP_N ? a.columns : a.rows;
  for (int batch = 0; batch < d.batch; batch++) {
    for (uint64_t column = 0; column < d.columns; column++) {
      for (uint64_t row = 0; row < d.rows; row++) {
        double exact = 0;
        float single = 0;
        for (uint64_t k = 0; k < depth; k++) {
          const size_t ai = static_cast<size_t>(batch * a.stride + static_cast<int64_t>(desc.transA == blas::OP_N ? row + k * a.leading : k + row * a.leading));
          const size_t bi = static_cast<size_t>(batch * b.stride + static_cast<int64_t>(desc.transB == blas::OP_N ? k + column * b.leading : column + k * b.leading));
          const double x = factor(readElement(aData, a.type, ai), desc.computeType);
          const double y = factor(readElement(bData, b.type, bi), desc.computeType);
          exact += x * y;
          single += static_cast<float>(x) * static_cast<float>(y);
        }
        const double bias = desc.bias == nullptr ? 0 : readElement(desc.bias, d.type, row);
        const size_t at = static_cast<size_t>(batch * d.stride) + row + column * static_cast<size_t>(d.leading);
        writeElement(dData, d.type, at, finish(d.type == blas::R_64F ? exact : single, desc.epilogue, bias));
      }
    }
  }
}

template <class T> cublasStatus_t make(T** made) {
  *made = new T();
  return CUBLAS_STATUS_SUCCESS;
}
template <class T> cublasStatus_t drop(T* object) {
  delete object;
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

struct cublasLtContext { CUcontext context; };

namespace {

// What the library multiplies: single precision by four ways of rounding factors, halves and brains with single sums, doubles without an epilogue.
bool isKnown(const cublasLtMatmulDesc_st& desc, int type) {
  static const int epilogues[] = {blas::EPILOGUE_NONE, blas::EPILOGUE_RELU, blas::EPILOGUE_BIAS, blas::EPILOGUE_RELU_BIAS, blas::EPILOGUE_GELU, blas::EPILOGUE_GELU_BIAS};
  bool isEpilogue = false;
  for (const int epilogue : epilogues) isEpilogue = isEpilogue || static_cast<int>(desc.epilogue) == epilogue;
  if (desc.computeType == blas::COMPUTE_64F) return desc.scaleType == blas::R_64F && type == blas::R_64F && desc.epilogue == blas::EPILOGUE_NONE;
  const bool isFast = desc.computeType == blas::COMPUTE_32F_FAST_TF32 || desc.computeType == 74 || desc.computeType == 75;
  const bool isPlain = desc.computeType == blas::COMPUTE_32F && (type == blas::R_16F || type == blas::R_16BF || type == blas::R_32F);
  return isEpilogue && desc.scaleType == blas::R_32F && (isPlain || (isFast && type == blas::R_32F));
}

bool reaches(CUstream stream, const void* data, const cublasLtMatrixLayout_st& layout) {
  const size_t element = layout.type == blas::R_64F ? 8 : layout.type == blas::R_32F ? 4 : 2;
  const size_t matrix = static_cast<size_t>(layout.leading) * layout.columns;
  return fakeReaches(stream, data, (static_cast<size_t>(layout.batch - 1) * layout.stride + matrix) * element, "cublasLtMatmul");
}

}  // namespace

FAKE_EXPORT cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  if (fakeCurrent() == nullptr) return fakeMisuse(1, __func__, "no context is current");
  *handle = new cublasLtContext{fakeCurrent()};
  return CUBLAS_STATUS_SUCCESS;
}
FAKE_EXPORT cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  if (handle->context != fakeCurrent()) fakeMisuse(0, __func__, "the handle's context is not current");
  return drop(handle);
}
FAKE_EXPORT cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* desc, int computeType, int scaleType) {
  make(desc);
  (*desc)->computeType = computeType;
  (*desc)->scaleType = scaleType;
  return CUBLAS_STATUS_SUCCESS;
}
FAKE_EXPORT cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t desc) { return drop(desc); }
FAKE_EXPORT cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t desc, int attribute, const void* value, size_t size) {
  if (attribute == blas::DESC_BIAS_POINTER && size == 8) std::memcpy(&desc->bias, value, 8);
  else if (size != 4) return CUBLAS_STATUS_INVALID_VALUE;
  else if (attribute == blas::DESC_TRANSA) std::memcpy(&desc->transA, value, 4);
  else if (attribute == blas::DESC_TRANSB) std::memcpy(&desc->transB, value, 4);
  else if (attribute == blas::DESC_EPILOGUE) std::memcpy(&desc->epilogue, value, 4);
  else return CUBLAS_STATUS_INVALID_VALUE;
  return CUBLAS_STATUS_SUCCESS;
}
FAKE_EXPORT cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout, int type, uint64_t rows, uint64_t columns, int64_t leading) {
  if (rows == 0 || columns == 0 || leading < static_cast<int64_t>(rows)) return CUBLAS_STATUS_INVALID_VALUE;
  *layout = new cublasLtMatrixLayout_st{type, rows, columns, leading};
  return CUBLAS_STATUS_SUCCESS;
}
FAKE_EXPORT cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) { return drop(layout); }
FAKE_EXPORT cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t layout, int attribute, const void* value, size_t size) {
  if (attribute == blas::LAYOUT_BATCH_COUNT && size == 4) std::memcpy(&layout->batch, value, 4);
  else if (attribute == blas::LAYOUT_BATCH_STRIDE && size == 8) std::memcpy(&layout->stride, value, 8);
  else return CUBLAS_STATUS_INVALID_VALUE;
  return CUBLAS_STATUS_SUCCESS;
}
FAKE_EXPORT cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference) { return make(preference); }
FAKE_EXPORT cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) { return drop(preference); }
FAKE_EXPORT cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference, int attribute, const void* value, size_t size) {
  if (attribute != blas::PREFERENCE_WORKSPACE || size != 8) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(&preference->workspace, value, 8);
  return CUBLAS_STATUS_SUCCESS;
}
FAKE_EXPORT cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t desc, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t,
                                                          cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t preference, int, cublasLtMatmulHeuristicResult_t* results, int* returned) {
  *returned = 0;
  const uint64_t rows = desc->transA == blas::OP_N ? a->rows : a->columns;
  const uint64_t depth = desc->transA == blas::OP_N ? a->columns : a->rows;
  const uint64_t otherDepth = desc->transB == blas::OP_N ? b->rows : b->columns;
  const uint64_t columns = desc->transB == blas::OP_N ? b->columns : b->rows;
  if (rows != d->rows || columns != d->columns || depth != otherDepth || a->batch != d->batch || b->batch != d->batch) return CUBLAS_STATUS_INVALID_VALUE;
  if (!isKnown(*desc, d->type) || a->type != d->type || b->type != d->type) return CUBLAS_STATUS_NOT_SUPPORTED;
  int& failing = fakeSettings()->failLibrary;
  if (failing > 0 && --failing == 0) return CUBLAS_STATUS_NOT_SUPPORTED;
  *results = {};
  results->workspaceSize = preference->workspace < 256 ? 0 : 256;
  *returned = 1;
  return CUBLAS_STATUS_SUCCESS;
}
FAKE_EXPORT cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, const void* alpha, const void* a, cublasLtMatrixLayout_t aLayout, const void* b,
                                          cublasLtMatrixLayout_t bLayout, const void* beta, const void*, cublasLtMatrixLayout_t, void* d, cublasLtMatrixLayout_t dLayout,
                                          const cublasLtMatmulAlgo_t*, void* workspace, size_t workspaceBytes, CUstream stream) {
  if (workspaceBytes > 0 && workspace == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  if (handle->context != fakeCurrent()) return fakeMisuse(CUBLAS_STATUS_INVALID_VALUE, __func__, "the handle's context is not current");
  const bool isDouble = desc->scaleType == blas::R_64F;
  const auto scale = [=](const void* given) { return isDouble ? *static_cast<const double*>(given) : *static_cast<const float*>(given); };
  if (scale(alpha) != 1 || scale(beta) != 0) return fakeMisuse(CUBLAS_STATUS_INVALID_VALUE, __func__, "factors that are not 1 and 0");
  if ((desc->epilogue & blas::EPILOGUE_BIAS) != 0 && desc->bias == nullptr) return fakeMisuse(CUBLAS_STATUS_INVALID_VALUE, __func__, "no bias");
  if (fakeSettings()->failLibraryRun > 0 && --fakeSettings()->failLibraryRun == 0) return CUBLAS_STATUS_NOT_SUPPORTED;
  const CUresult enqueued = fakeEnqueue(stream, [=, desc = *desc, aLayout = *aLayout, bLayout = *bLayout, dLayout = *dLayout]() -> CUresult {
    const bool areThere = reaches(stream, a, aLayout) && reaches(stream, b, bLayout) && reaches(stream, d, dLayout) &&
                          (workspaceBytes == 0 || fakeReaches(stream, workspace, workspaceBytes, "cublasLtMatmul")) &&
                          (desc.bias == nullptr || fakeReaches(stream, desc.bias, 1, "cublasLtMatmul"));
    if (!areThere) return CUDA_ERROR_ILLEGAL_ADDRESS;
    if (workspaceBytes > 0) std::memset(workspace, 0x5a, workspaceBytes);
    multiply(desc, aLayout, a, bLayout, b, dLayout, d);
    return CUDA_SUCCESS;
  });
  return enqueued == CUDA_SUCCESS ? CUBLAS_STATUS_SUCCESS : 13;
}
