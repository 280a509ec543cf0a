// Convolutions by cuDNN, channels last.
#include "dnn.h"

namespace sessionflow {

void Driver::freeConvolution(Convolution& convolution) {
  if (convolution.activation != nullptr) dnn_.cudnnDestroyActivationDescriptor(convolution.activation);
  if (convolution.conv != nullptr) dnn_.cudnnDestroyConvolutionDescriptor(convolution.conv);
  if (convolution.bias != nullptr) dnn_.cudnnDestroyTensorDescriptor(convolution.bias);
  if (convolution.y != nullptr) dnn_.cudnnDestroyTensorDescriptor(convolution.y);
  if (convolution.w != nullptr) dnn_.cudnnDestroyFilterDescriptor(convolution.w);
  if (convolution.x != nullptr) dnn_.cudnnDestroyTensorDescriptor(convolution.x);
  convolution = Convolution{};
}

// (context, { type, computeType, mathType, n, h, w, c, k, r, s, oh, ow, padH, padW, strideH, strideW, dilationH, dilationW, groups, bias (0 or 1),
// relu (0 or 1), workspaceCap }) → { id, workspace }. x [n,h,w,c], w [k,r,s,c/groups], bias [k], y [n,oh,ow,k].
Napi::Value Driver::createConvolution(Info info) {
  const Napi::Env env = info.Env();
  Context& context = contexts_.get(env, info[0]);
  const Napi::Object want = info[1].As<Napi::Object>();
  if (!dnn_.library.usable()) throw Napi::Error::New(env, "cuDNN missing: " + dnn_.library.reason());
  enter(context.handle, env);
  if (context.dnn == nullptr) checkDnn(env, dnn_.cudnnCreate(&context.dnn), "cudnnCreate");
  const auto of = [&](const char* name) { return static_cast<int>(field(want, name)); };
  const int type = of("type");
  const bool hasBias = of("bias") != 0;
  const bool hasRelu = of("relu") != 0;

  auto made = std::make_shared<Convolution>();
  made->handle = context.dnn;
  made->context = context.handle;
  made->isDouble = type == dnn::DOUBLE;
  try {
    checkDnn(env, dnn_.cudnnCreateTensorDescriptor(&made->x), "cudnnCreateTensorDescriptor");
    checkDnn(env, dnn_.cudnnCreateTensorDescriptor(&made->y), "cudnnCreateTensorDescriptor");
    checkDnn(env, dnn_.cudnnCreateFilterDescriptor(&made->w), "cudnnCreateFilterDescriptor");
    checkDnn(env, dnn_.cudnnCreateConvolutionDescriptor(&made->conv), "cudnnCreateConvolutionDescriptor");
    checkDnn(env, dnn_.cudnnSetTensor4dDescriptor(made->x, dnn::NHWC, type, of("n"), of("c"), of("h"), of("w")), "cudnnSetTensor4dDescriptor");
    checkDnn(env, dnn_.cudnnSetTensor4dDescriptor(made->y, dnn::NHWC, type, of("n"), of("k"), of("oh"), of("ow")), "cudnnSetTensor4dDescriptor");
    checkDnn(env, dnn_.cudnnSetFilter4dDescriptor(made->w, type, dnn::NHWC, of("k"), of("c") / of("groups"), of("r"), of("s")), "cudnnSetFilter4dDescriptor");
    checkDnn(env, dnn_.cudnnSetConvolution2dDescriptor(made->conv, of("padH"), of("padW"), of("strideH"), of("strideW"), of("dilationH"), of("dilationW"),
                                                       dnn::CROSS_CORRELATION, of("computeType")), "cudnnSetConvolution2dDescriptor");
    checkDnn(env, dnn_.cudnnSetConvolutionGroupCount(made->conv, of("groups")), "cudnnSetConvolutionGroupCount");
    checkDnn(env, dnn_.cudnnSetConvolutionMathType(made->conv, of("mathType")), "cudnnSetConvolutionMathType");
    if (hasBias) {
      checkDnn(env, dnn_.cudnnCreateTensorDescriptor(&made->bias), "cudnnCreateTensorDescriptor");
      checkDnn(env, dnn_.cudnnSetTensor4dDescriptor(made->bias, dnn::NHWC, type, 1, of("k"), 1, 1), "cudnnSetTensor4dDescriptor");
      checkDnn(env, dnn_.cudnnCreateActivationDescriptor(&made->activation), "cudnnCreateActivationDescriptor");
      // NaN passes through, as in TensorFlow.
      checkDnn(env, dnn_.cudnnSetActivationDescriptor(made->activation, hasRelu ? dnn::RELU : dnn::IDENTITY, 1, 0), "cudnnSetActivationDescriptor");
    }
    cudnnConvolutionFwdAlgoPerf_t results[8];
    int returned = 0;
    checkDnn(env, dnn_.cudnnGetConvolutionForwardAlgorithm_v7(made->handle, made->x, made->w, made->conv, made->y, 8, &returned, results),
             "cudnnGetConvolutionForwardAlgorithm_v7");
    const auto cap = static_cast<size_t>(field(want, "workspaceCap"));
    // With bias and no activation only this algorithm is allowed.
    constexpr int kPrecomputedGemm = 1;
    bool isFound = false;
    for (int i = 0; i < returned && !isFound; i++) {
      const auto& result = results[i];
      const bool isExact = of("mathType") != dnn::FMA_MATH || result.mathType != dnn::TENSOR_OP_MATH;
      if (result.status != CUDNN_STATUS_SUCCESS || !isExact || result.memory > cap || (hasBias && !hasRelu && result.algo != kPrecomputedGemm)) continue;
      made->algo = result.algo;
      isFound = true;
    }
    if (!isFound) throw callError(env, "cudnnGetConvolutionForwardAlgorithm_v7", CUDNN_STATUS_NOT_SUPPORTED, "CUDNN_STATUS_NOT_SUPPORTED", "no algorithm");
    checkDnn(env, dnn_.cudnnGetConvolutionForwardWorkspaceSize(made->handle, made->x, made->w, made->conv, made->y, made->algo, &made->workspace),
             "cudnnGetConvolutionForwardWorkspaceSize");
    // What was promised with the algorithm is all that there will be.
    if (made->workspace > cap) throw callError(env, "cudnnGetConvolutionForwardWorkspaceSize", CUDNN_STATUS_NOT_SUPPORTED, "CUDNN_STATUS_NOT_SUPPORTED", "workspace");
  } catch (...) {
    freeConvolution(*made);
    throw;
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("workspace", static_cast<double>(made->workspace));
  result.Set("id", convolutions_.add(made));
  return result;
}

Napi::Value Driver::destroyConvolution(Info info) {
  freeConvolution(*convolutions_.take(info.Env(), info[0]));
  return info.Env().Undefined();
}

// (stream, convolution, x, w, bias or 0, y, workspace)
Napi::Value Driver::runConvolution(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  const Convolution& conv = *convolutions_.get(env, info[1]);
  enter(conv.context, env);
  const auto pointer = [&](size_t index) { return reinterpret_cast<void*>(static_cast<uintptr_t>(address(info, index))); };
  const float scales[] = {1, 0};
  const double doubles[] = {1, 0};
  const void* one = conv.isDouble ? static_cast<const void*>(&doubles[0]) : &scales[0];
  const void* zero = conv.isDouble ? static_cast<const void*>(&doubles[1]) : &scales[1];
  checkDnn(env, dnn_.cudnnSetStream(conv.handle, stream.handle), "cudnnSetStream");
  if (conv.bias == nullptr) {
    checkDnn(env, dnn_.cudnnConvolutionForward(conv.handle, one, conv.x, pointer(2), conv.w, pointer(3), conv.conv, conv.algo, pointer(6), conv.workspace, zero,
                                               conv.y, pointer(5)), "cudnnConvolutionForward");
  } else {
    checkDnn(env, dnn_.cudnnConvolutionBiasActivationForward(conv.handle, one, conv.x, pointer(2), conv.w, pointer(3), conv.conv, conv.algo, pointer(6),
                                                             conv.workspace, zero, conv.y, pointer(5), conv.bias, pointer(4), conv.activation, conv.y,
                                                             pointer(5)), "cudnnConvolutionBiasActivationForward");
  }
  return env.Undefined();
}

}  // namespace sessionflow
