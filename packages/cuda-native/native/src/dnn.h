#pragma once
#include "driver.h"

namespace sessionflow {

// A convolution whose algorithm has been picked.
struct Convolution {
  cudnnHandle_t handle = nullptr;
  CUcontext context = nullptr;
  cudnnTensorDescriptor_t x = nullptr;
  cudnnFilterDescriptor_t w = nullptr;
  cudnnTensorDescriptor_t y = nullptr;
  cudnnTensorDescriptor_t bias = nullptr;
  cudnnConvolutionDescriptor_t conv = nullptr;
  cudnnActivationDescriptor_t activation = nullptr;
  int algo = 0;
  size_t workspace = 0;
  bool isDouble = false;
};

}  // namespace sessionflow
