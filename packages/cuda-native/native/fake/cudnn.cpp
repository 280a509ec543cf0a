// A fake cuDNN: convolutions by plain loops, channels last, sums in float (double for double).
#include <cstring>

#include "../abi/cudnn.h"
#include "fake.h"
#include "half.h"

struct cudnnTensorStruct { int layout, type, n, c, h, w; };
struct cudnnFilterStruct { int type, layout, k, c, h, w; };
struct cudnnConvolutionStruct { int padH, padW, strideH, strideW, dilationH, dilationW, groups = 1, math = 0, compute = 0; };
struct cudnnActivationStruct { int mode = dnn::IDENTITY; };
struct cudnnContext {
  CUcontext context = nullptr;
  CUstream stream = nullptr;
};

namespace {

constexpr size_t kWorkspace = 512;

double readElement(const void* base, int type, size_t index) {
  switch (type) {
    case dnn::DOUBLE: return static_cast<const double*>(base)[index];
    case dnn::HALF: return fakeHalf(static_cast<const uint16_t*>(base)[index]);
    case dnn::BFLOAT16: return fakeBrain(static_cast<const uint16_t*>(base)[index]);
    default: return static_cast<const float*>(base)[index];
  }
}
void writeElement(void* base, int type, size_t index, double value) {
  switch (type) {
    case dnn::DOUBLE: static_cast<double*>(base)[index] = value; break;
    case dnn::HALF: static_cast<uint16_t*>(base)[index] = fakeToHalf(static_cast<float>(value)); break;
    case dnn::BFLOAT16: static_cast<uint16_t*>(base)[index] = fakeToBrain(static_cast<float>(value)); break;
    default: static_cast<float*>(base)[index] = static_cast<float>(value); break;
  }
}

// What a factor is rounded to by the math type: tensor cores take single precision as TF32, or as halves where conversion is allowed.
double factor(double value, int type, int math) {
  if (type != dnn::FLOAT || (math != dnn::TENSOR_OP_MATH && math != 2)) return value;
  const auto single = static_cast<float>(value);
  return math == 2 ? fakeHalf(fakeToHalf(single)) : fakeTf32(single);
}

void convolve(const cudnnTensorStruct& x, const void* xData, const cudnnFilterStruct& w, const void* wData, const cudnnConvolutionStruct& conv,
              const void* bias, bool hasRelu, const cudnnTensorStruct& y, void* yData) {
  const int perGroup = y.c / conv.groups;
  for (int n = 0; n < y.n; n++) {
    for (int oy = 0; oy < y.h; oy++) {
      for (int ox = 0; ox < y.w; ox++) {
        for (int k = 0; k < y.c; k++) {
          double exact = 0;
          float single = 0;
          for (int r = 0; r < w.h; r++) {
            const int iy = oy * conv.strideH - conv.padH + r * conv.dilationH;
            if (iy < 0 || iy >= x.h) continue;
            for (int s = 0; s < w.w; s++) {
              const int ix = ox * conv.strideW - conv.padW + s * conv.dilationW;
              if (ix < 0 || ix >= x.w) continue;
              for (int c = 0; c < w.c; c++) {
                const size_t xi = ((static_cast<size_t>(n) * x.h + iy) * x.w + ix) * x.c + static_cast<size_t>(k / perGroup) * w.c + c;
                const size_t wi = ((static_cast<size_t>(k) * w.h + r) * w.w + s) * w.c + c;
                const double a = factor(readElement(xData, x.type, xi), x.type, conv.math);
                const double b = factor(readElement(wData, w.type, wi), w.type, conv.math);
                exact += a * b;
                single += static_cast<float>(a) * static_cast<float>(b);
              }
            }
          }
          double value = y.type == dnn::DOUBLE ? exact : single;
          if (bias != nullptr) value += readElement(bias, y.type, static_cast<size_t>(k));
          if (hasRelu && value < 0) value = 0;
          writeElement(yData, y.type, ((static_cast<size_t>(n) * y.h + oy) * y.w + ox) * y.c + k, value);
        }
      }
    }
  }
}

template <class T> cudnnStatus_t make(T** made) {
  *made = new T();
  return CUDNN_STATUS_SUCCESS;
}
template <class T> cudnnStatus_t drop(T* object) {
  delete object;
  return CUDNN_STATUS_SUCCESS;
}

bool isOutputRight(const cudnnTensorStruct& x, const cudnnFilterStruct& w, const cudnnConvolutionStruct& conv, const cudnnTensorStruct& y) {
  const auto outputs = [](int input, int pad, int window, int dilation, int stride) { return (input + 2 * pad - (window - 1) * dilation - 1) / stride + 1; };
  return y.n == x.n && y.c == w.k && w.c * conv.groups == x.c && y.h == outputs(x.h, conv.padH, w.h, conv.dilationH, conv.strideH) &&
         y.w == outputs(x.w, conv.padW, w.w, conv.dilationW, conv.strideW);
}

cudnnStatus_t run(cudnnHandle_t handle, cudnnTensorDescriptor_t x, const void* xData, cudnnFilterDescriptor_t w, const void* wData, cudnnConvolutionDescriptor_t conv,
                  void* workspace, size_t workspaceBytes, const void* bias, bool hasRelu, cudnnTensorDescriptor_t y, void* yData) {
  if (workspaceBytes < kWorkspace || workspace == nullptr) return CUDNN_STATUS_BAD_PARAM;
  if (handle->context != fakeCurrent()) return fakeMisuse(CUDNN_STATUS_BAD_PARAM, "cudnnConvolutionForward", "the handle's context is not current");
  CUstream stream = handle->stream;
  const CUresult enqueued = fakeEnqueue(stream, [=, x = *x, w = *w, conv = *conv, y = *y]() -> CUresult {
    const size_t element = x.type == dnn::DOUBLE ? 8 : x.type == dnn::FLOAT ? 4 : 2;
    const auto reaches = [=](const void* data, size_t bytes) { return fakeReaches(stream, data, bytes, "cudnnConvolutionForward"); };
    const bool areThere = reaches(xData, element * x.n * x.c * x.h * x.w) && reaches(wData, element * w.k * w.c * w.h * w.w) &&
                          reaches(yData, element * y.n * y.c * y.h * y.w) && reaches(workspace, workspaceBytes) && (bias == nullptr || reaches(bias, element * y.c));
    if (!areThere) return CUDA_ERROR_ILLEGAL_ADDRESS;
    std::memset(workspace, 0x5a, workspaceBytes);
    convolve(x, xData, w, wData, conv, bias, hasRelu, y, yData);
    return CUDA_SUCCESS;
  });
  return enqueued == CUDA_SUCCESS ? CUDNN_STATUS_SUCCESS : 5000;
}

}  // namespace

FAKE_EXPORT cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  if (fakeCurrent() == nullptr) return fakeMisuse(CUDNN_STATUS_BAD_PARAM, __func__, "no context is current");
  *handle = new cudnnContext{fakeCurrent(), nullptr};
  return CUDNN_STATUS_SUCCESS;
}
FAKE_EXPORT cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  if (handle->context != fakeCurrent()) fakeMisuse(0, __func__, "the handle's context is not current");
  return drop(handle);
}
FAKE_EXPORT cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, CUstream stream) {
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}
FAKE_EXPORT cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* desc) { return make(desc); }
FAKE_EXPORT cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t desc) { return drop(desc); }
FAKE_EXPORT cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t desc, int layout, int type, int n, int c, int h, int w) {
  if (layout != dnn::NHWC || n < 1 || c < 1 || h < 1 || w < 1) return CUDNN_STATUS_BAD_PARAM;
  *desc = {layout, type, n, c, h, w};
  return CUDNN_STATUS_SUCCESS;
}
FAKE_EXPORT cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* desc) { return make(desc); }
FAKE_EXPORT cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t desc) { return drop(desc); }
FAKE_EXPORT cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t desc, int type, int layout, int k, int c, int h, int w) {
  if (layout != dnn::NHWC || k < 1 || c < 1 || h < 1 || w < 1) return CUDNN_STATUS_BAD_PARAM;
  *desc = {type, layout, k, c, h, w};
  return CUDNN_STATUS_SUCCESS;
}
FAKE_EXPORT cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* desc) { return make(desc); }
FAKE_EXPORT cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t desc) { return drop(desc); }
FAKE_EXPORT cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t desc, int padH, int padW, int strideH, int strideW, int dilationH, int dilationW,
                                                          int mode, int compute) {
  if (mode != dnn::CROSS_CORRELATION || padH < 0 || padW < 0 || strideH < 1 || strideW < 1) return CUDNN_STATUS_BAD_PARAM;
  *desc = {padH, padW, strideH, strideW, dilationH, dilationW, 1, 0, compute};
  return CUDNN_STATUS_SUCCESS;
}
FAKE_EXPORT cudnnStatus_t cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t desc, int groups) {
  desc->groups = groups;
  return groups < 1 ? CUDNN_STATUS_BAD_PARAM : CUDNN_STATUS_SUCCESS;
}
FAKE_EXPORT cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t desc, int math) {
  if (math < 0 || math > 3) return CUDNN_STATUS_BAD_PARAM;
  desc->math = math;
  return CUDNN_STATUS_SUCCESS;
}
FAKE_EXPORT cudnnStatus_t cudnnCreateActivationDescriptor(cudnnActivationDescriptor_t* desc) { return make(desc); }
FAKE_EXPORT cudnnStatus_t cudnnDestroyActivationDescriptor(cudnnActivationDescriptor_t desc) { return drop(desc); }
FAKE_EXPORT cudnnStatus_t cudnnSetActivationDescriptor(cudnnActivationDescriptor_t desc, int mode, int, double) {
  desc->mode = mode;
  return CUDNN_STATUS_SUCCESS;
}
FAKE_EXPORT cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(cudnnHandle_t, cudnnTensorDescriptor_t x, cudnnFilterDescriptor_t w, cudnnConvolutionDescriptor_t conv,
                                                                 cudnnTensorDescriptor_t y, int requested, int* returned, cudnnConvolutionFwdAlgoPerf_t* results) {
  *returned = 0;
  if (!isOutputRight(*x, *w, *conv, *y) || x->type != y->type || w->type != y->type) return CUDNN_STATUS_BAD_PARAM;
  // Sums are double for doubles, else single.
  if (conv->compute != (y->type == dnn::DOUBLE ? dnn::DOUBLE : dnn::FLOAT)) return CUDNN_STATUS_NOT_SUPPORTED;
  int& failing = fakeSettings()->failLibrary;
  if (failing > 0 && --failing == 0) return CUDNN_STATUS_NOT_SUPPORTED;
  // The fastest would use tensor cores: whoever wants exact float32 must not take it.
  if (requested < 2) return CUDNN_STATUS_BAD_PARAM;
  results[0] = {0, CUDNN_STATUS_SUCCESS, 1, kWorkspace, 1, dnn::TENSOR_OP_MATH, {}};
  results[1] = {1, CUDNN_STATUS_SUCCESS, 2, kWorkspace, 1, dnn::FMA_MATH, {}};
  *returned = 2;
  return CUDNN_STATUS_SUCCESS;
}
FAKE_EXPORT cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnConvolutionDescriptor_t,
                                                                  cudnnTensorDescriptor_t, int, size_t* bytes) {
  *bytes = kWorkspace;
  return CUDNN_STATUS_SUCCESS;
}
FAKE_EXPORT cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void*, cudnnTensorDescriptor_t x, const void* xData, cudnnFilterDescriptor_t w, const void* wData,
                                                  cudnnConvolutionDescriptor_t conv, int, void* workspace, size_t workspaceBytes, const void*, cudnnTensorDescriptor_t y, void* yData) {
  if (fakeSettings()->failLibraryRun > 0 && --fakeSettings()->failLibraryRun == 0) return CUDNN_STATUS_NOT_SUPPORTED;
  return run(handle, x, xData, w, wData, conv, workspace, workspaceBytes, nullptr, false, y, yData);
}
FAKE_EXPORT cudnnStatus_t cudnnConvolutionBiasActivationForward(cudnnHandle_t handle, const void*, cudnnTensorDescriptor_t x, const void* xData, cudnnFilterDescriptor_t w,
                                                                const void* wData, cudnnConvolutionDescriptor_t conv, int algo, void* workspace, size_t workspaceBytes, const void*,
                                                                cudnnTensorDescriptor_t, const void*, cudnnTensorDescriptor_t, const void* bias,
                                                                cudnnActivationDescriptor_t activation, cudnnTensorDescriptor_t y, void* yData) {
  // Without an activation there is one algorithm.
  if (activation->mode == dnn::IDENTITY && algo != 1) return CUDNN_STATUS_NOT_SUPPORTED;
  if (fakeSettings()->failLibraryRun > 0 && --fakeSettings()->failLibraryRun == 0) return CUDNN_STATUS_NOT_SUPPORTED;
  return run(handle, x, xData, w, wData, conv, workspace, workspaceBytes, bias, activation->mode == dnn::RELU, y, yData);
}
