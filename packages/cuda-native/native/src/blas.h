#pragma once
#include "driver.h"

namespace sessionflow {

// A matrix product whose algorithm has been picked.
struct Matmul {
  cublasLtHandle_t handle = nullptr;
  CUcontext context = nullptr;
  cublasLtMatmulDesc_t desc = nullptr;
  cublasLtMatrixLayout_t a = nullptr;
  cublasLtMatrixLayout_t b = nullptr;
  cublasLtMatrixLayout_t d = nullptr;
  cublasLtMatmulHeuristicResult_t picked{};
  bool isDouble = false;
  bool hasBias = false;
};

}  // namespace sessionflow
