// The part of cuDNN's public binary interface that the addon uses, in this project's own words.
#pragma once
#include <cstddef>
#include "cuda.h"

extern "C" {
typedef int cudnnStatus_t;
typedef struct cudnnContext* cudnnHandle_t;
typedef struct cudnnTensorStruct* cudnnTensorDescriptor_t;
typedef struct cudnnFilterStruct* cudnnFilterDescriptor_t;
typedef struct cudnnConvolutionStruct* cudnnConvolutionDescriptor_t;
typedef struct cudnnActivationStruct* cudnnActivationDescriptor_t;
struct cudnnConvolutionFwdAlgoPerf_t {
  int algo;
  cudnnStatus_t status;
  float time;
  size_t memory;
  int determinism;
  int mathType;
  int reserved[3];
};
enum : cudnnStatus_t { CUDNN_STATUS_SUCCESS = 0, CUDNN_STATUS_BAD_PARAM = 2000, CUDNN_STATUS_NOT_SUPPORTED = 3000 };
}

// Numbers of element types, layouts, math modes and activations.
namespace dnn {
enum ElementType : int { FLOAT = 0, DOUBLE = 1, HALF = 2, BFLOAT16 = 9 };
enum Layout : int { NCHW = 0, NHWC = 1 };
enum ConvolutionMode : int { CROSS_CORRELATION = 1 };
enum MathType : int { DEFAULT_MATH = 0, TENSOR_OP_MATH = 1, FMA_MATH = 3 };
enum Activation : int { RELU = 1, IDENTITY = 5 };
}  // namespace dnn

#define CUDNN_CALLS(CALL)                                                                                                   \
  CALL(cudnnCreate, (cudnnHandle_t* handle))                                                                                \
  CALL(cudnnDestroy, (cudnnHandle_t handle))                                                                                \
  CALL(cudnnSetStream, (cudnnHandle_t handle, CUstream stream))                                                             \
  CALL(cudnnCreateTensorDescriptor, (cudnnTensorDescriptor_t* desc))                                                        \
  CALL(cudnnDestroyTensorDescriptor, (cudnnTensorDescriptor_t desc))                                                        \
  CALL(cudnnSetTensor4dDescriptor, (cudnnTensorDescriptor_t desc, int layout, int type, int n, int c, int h, int w))        \
  CALL(cudnnCreateFilterDescriptor, (cudnnFilterDescriptor_t* desc))                                                        \
  CALL(cudnnDestroyFilterDescriptor, (cudnnFilterDescriptor_t desc))                                                        \
  CALL(cudnnSetFilter4dDescriptor, (cudnnFilterDescriptor_t desc, int type, int layout, int k, int c, int h, int w))        \
  CALL(cudnnCreateConvolutionDescriptor, (cudnnConvolutionDescriptor_t* desc))                                              \
  CALL(cudnnDestroyConvolutionDescriptor, (cudnnConvolutionDescriptor_t desc))                                              \
  CALL(cudnnSetConvolution2dDescriptor, (cudnnConvolutionDescriptor_t desc, int padH, int padW, int strideH, int strideW, int dilationH, \
       int dilationW, int mode, int computeType))                                                                           \
  CALL(cudnnSetConvolutionGroupCount, (cudnnConvolutionDescriptor_t desc, int groups))                                      \
  CALL(cudnnSetConvolutionMathType, (cudnnConvolutionDescriptor_t desc, int mathType))                                      \
  CALL(cudnnCreateActivationDescriptor, (cudnnActivationDescriptor_t* desc))                                                \
  CALL(cudnnDestroyActivationDescriptor, (cudnnActivationDescriptor_t desc))                                                \
  CALL(cudnnSetActivationDescriptor, (cudnnActivationDescriptor_t desc, int mode, int nanMode, double coefficient))         \
  CALL(cudnnGetConvolutionForwardAlgorithm_v7, (cudnnHandle_t handle, cudnnTensorDescriptor_t x, cudnnFilterDescriptor_t w, \
       cudnnConvolutionDescriptor_t conv, cudnnTensorDescriptor_t y, int requested, int* returned, cudnnConvolutionFwdAlgoPerf_t* results)) \
  CALL(cudnnGetConvolutionForwardWorkspaceSize, (cudnnHandle_t handle, cudnnTensorDescriptor_t x, cudnnFilterDescriptor_t w, \
       cudnnConvolutionDescriptor_t conv, cudnnTensorDescriptor_t y, int algo, size_t* bytes))                              \
  CALL(cudnnConvolutionForward, (cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t xDesc, const void* x,     \
       cudnnFilterDescriptor_t wDesc, const void* w, cudnnConvolutionDescriptor_t conv, int algo, void* workspace, size_t workspaceBytes, \
       const void* beta, cudnnTensorDescriptor_t yDesc, void* y))                                                           \
  CALL(cudnnConvolutionBiasActivationForward, (cudnnHandle_t handle, const void* alpha1, cudnnTensorDescriptor_t xDesc, const void* x, \
       cudnnFilterDescriptor_t wDesc, const void* w, cudnnConvolutionDescriptor_t conv, int algo, void* workspace, size_t workspaceBytes, \
       const void* alpha2, cudnnTensorDescriptor_t zDesc, const void* z, cudnnTensorDescriptor_t biasDesc, const void* bias, \
       cudnnActivationDescriptor_t activation, cudnnTensorDescriptor_t yDesc, void* y))
