// Matrix products by cuBLASLt.
#include "blas.h"

namespace sessionflow {

void Driver::freeMatmul(Matmul& matmul) {
  if (matmul.d != nullptr) blas_.cublasLtMatrixLayoutDestroy(matmul.d);
  if (matmul.b != nullptr) blas_.cublasLtMatrixLayoutDestroy(matmul.b);
  if (matmul.a != nullptr) blas_.cublasLtMatrixLayoutDestroy(matmul.a);
  if (matmul.desc != nullptr) blas_.cublasLtMatmulDescDestroy(matmul.desc);
  matmul.d = matmul.b = matmul.a = nullptr;
  matmul.desc = nullptr;
}

// (context, { type, computeType, m, n, k, batch, strideA, strideB, transA, transB, epilogue, workspaceCap }) → { id, workspace }
// Row-major D[m,n] = A[m,k] · B[k,n], where A and B may lie transposed. cuBLASLt counts columns first, so that it computes Dᵀ = Bᵀ · Aᵀ, and a
// vector over the rows of Dᵀ is our bias over columns.
Napi::Value Driver::createMatmul(Info info) {
  const Napi::Env env = info.Env();
  Context& context = contexts_.get(env, info[0]);
  const Napi::Object want = info[1].As<Napi::Object>();
  if (!blas_.library.usable()) throw Napi::Error::New(env, "cuBLASLt missing: " + blas_.library.reason());
  enter(context.handle, env);
  if (context.blas == nullptr) checkBlas(env, blas_.cublasLtCreate(&context.blas), "cublasLtCreate");

  const int type = static_cast<int>(field(want, "type"));
  const auto m = static_cast<uint64_t>(field(want, "m"));
  const auto n = static_cast<uint64_t>(field(want, "n"));
  const auto k = static_cast<uint64_t>(field(want, "k"));
  const int batch = static_cast<int>(field(want, "batch", 1));
  const bool transA = field(want, "transA") != 0;
  const bool transB = field(want, "transB") != 0;
  const int epilogue = static_cast<int>(field(want, "epilogue", blas::EPILOGUE_NONE));

  auto matmul = std::make_shared<Matmul>();
  matmul->handle = context.blas;
  matmul->context = context.handle;
  matmul->isDouble = type == blas::R_64F;
  matmul->hasBias = (epilogue & blas::EPILOGUE_BIAS) != 0;
  cublasLtMatmulPreference_t preference = nullptr;
  try {
    const auto set = [&](int attribute, const auto& value) {
      checkBlas(env, blas_.cublasLtMatmulDescSetAttribute(matmul->desc, attribute, &value, sizeof(value)), "cublasLtMatmulDescSetAttribute");
    };
    const auto layout = [&](cublasLtMatrixLayout_t& made, uint64_t rows, uint64_t columns, int64_t stride) {
      checkBlas(env, blas_.cublasLtMatrixLayoutCreate(&made, type, rows, columns, static_cast<int64_t>(rows)), "cublasLtMatrixLayoutCreate");
      if (batch == 1) return;
      checkBlas(env, blas_.cublasLtMatrixLayoutSetAttribute(made, blas::LAYOUT_BATCH_COUNT, &batch, sizeof(batch)), "cublasLtMatrixLayoutSetAttribute");
      checkBlas(env, blas_.cublasLtMatrixLayoutSetAttribute(made, blas::LAYOUT_BATCH_STRIDE, &stride, sizeof(stride)), "cublasLtMatrixLayoutSetAttribute");
    };
    const int scaleType = matmul->isDouble ? blas::R_64F : blas::R_32F;
    checkBlas(env, blas_.cublasLtMatmulDescCreate(&matmul->desc, static_cast<int>(field(want, "computeType")), scaleType), "cublasLtMatmulDescCreate");
    set(blas::DESC_TRANSA, static_cast<int>(transB ? blas::OP_T : blas::OP_N));
    set(blas::DESC_TRANSB, static_cast<int>(transA ? blas::OP_T : blas::OP_N));
    set(blas::DESC_EPILOGUE, static_cast<unsigned>(epilogue));
    layout(matmul->a, transB ? k : n, transB ? n : k, static_cast<int64_t>(field(want, "strideB")));
    layout(matmul->b, transA ? m : k, transA ? k : m, static_cast<int64_t>(field(want, "strideA")));
    layout(matmul->d, n, m, static_cast<int64_t>(m * n));

    checkBlas(env, blas_.cublasLtMatmulPreferenceCreate(&preference), "cublasLtMatmulPreferenceCreate");
    const auto cap = static_cast<uint64_t>(field(want, "workspaceCap"));
    checkBlas(env, blas_.cublasLtMatmulPreferenceSetAttribute(preference, blas::PREFERENCE_WORKSPACE, &cap, sizeof(cap)), "cublasLtMatmulPreferenceSetAttribute");
    int returned = 0;
    checkBlas(env, blas_.cublasLtMatmulAlgoGetHeuristic(matmul->handle, matmul->desc, matmul->a, matmul->b, matmul->d, matmul->d, preference, 1,
                                                       &matmul->picked, &returned), "cublasLtMatmulAlgoGetHeuristic");
    if (returned == 0) throw callError(env, "cublasLtMatmulAlgoGetHeuristic", CUBLAS_STATUS_NOT_SUPPORTED, "CUBLAS_STATUS_NOT_SUPPORTED", "no algorithm");
  } catch (...) {
    if (preference != nullptr) blas_.cublasLtMatmulPreferenceDestroy(preference);
    freeMatmul(*matmul);
    throw;
  }
  blas_.cublasLtMatmulPreferenceDestroy(preference);
  Napi::Object result = Napi::Object::New(env);
  result.Set("workspace", static_cast<double>(matmul->picked.workspaceSize));
  result.Set("id", matmuls_.add(matmul));
  return result;
}

Napi::Value Driver::destroyMatmul(Info info) {
  freeMatmul(*matmuls_.take(info.Env(), info[0]));
  return info.Env().Undefined();
}

// (stream, matrix product, a, b, d, bias or 0, workspace)
Napi::Value Driver::runMatmul(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  Matmul& matmul = *matmuls_.get(env, info[1]);
  enter(matmul.context, env);
  const auto pointer = [&](size_t index) { return reinterpret_cast<void*>(static_cast<uintptr_t>(address(info, index))); };
  if (matmul.hasBias) {
    void* bias = pointer(5);
    checkBlas(env, blas_.cublasLtMatmulDescSetAttribute(matmul.desc, blas::DESC_BIAS_POINTER, &bias, sizeof(bias)), "cublasLtMatmulDescSetAttribute");
  }
  const float one = 1;
  const float zero = 0;
  const double oneDouble = 1;
  const double zeroDouble = 0;
  const void* alpha = matmul.isDouble ? static_cast<const void*>(&oneDouble) : &one;
  const void* beta = matmul.isDouble ? static_cast<const void*>(&zeroDouble) : &zero;
  checkBlas(env, blas_.cublasLtMatmul(matmul.handle, matmul.desc, alpha, pointer(3), matmul.a, pointer(2), matmul.b, beta, pointer(4), matmul.d, pointer(4),
                                      matmul.d, &matmul.picked.algo, pointer(6), matmul.picked.workspaceSize, stream.handle), "cublasLtMatmul");
  return env.Undefined();
}

}  // namespace sessionflow
