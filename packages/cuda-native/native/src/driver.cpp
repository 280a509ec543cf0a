#include "driver.h"

#include "blas.h"
#include "dnn.h"

namespace sessionflow {

Napi::Error callError(Napi::Env env, const std::string& call, int status, const std::string& name, const std::string& text) {
  Napi::Error error = Napi::Error::New(env, call + " failed: " + name + " (" + std::to_string(status) + ")" + (text.empty() ? "" : ": " + text));
  error.Set("call", Napi::String::New(env, call));
  error.Set("status", Napi::Number::New(env, status));
  error.Set("statusName", Napi::String::New(env, name));
  error.Set("statusText", Napi::String::New(env, text));
  return error;
}

void Driver::checkCuda(Napi::Env env, CUresult result, const char* call) {
  if (result == CUDA_SUCCESS) return;
  const char* name = nullptr;
  const char* said = nullptr;
  cuda_.cuGetErrorName(result, &name);
  cuda_.cuGetErrorString(result, &said);
  throw callError(env, call, result, name == nullptr ? "CUDA_ERROR" : name, said == nullptr ? "" : said);
}

void Driver::checkNvrtc(Napi::Env env, nvrtcResult result, const char* call) {
  if (result != NVRTC_SUCCESS) throw callError(env, call, result, "NVRTC_ERROR", "");
}

void Driver::checkBlas(Napi::Env env, cublasStatus_t result, const char* call) {
  if (result != CUBLAS_STATUS_SUCCESS) throw callError(env, call, result, "CUBLAS_STATUS", "");
}

void Driver::checkDnn(Napi::Env env, cudnnStatus_t result, const char* call) {
  if (result != CUDNN_STATUS_SUCCESS) throw callError(env, call, result, "CUDNN_STATUS", "");
}

void Driver::enter(CUcontext context, Napi::Env env) {
  checkCuda(env, cuda_.cuCtxSetCurrent(context), "cuCtxSetCurrent");
}

Driver::Driver(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Driver>(info) {
  const Napi::Env env = info.Env();
  openLibraries(info[0].As<Napi::Object>());
  const napi_status made = napi_create_threadsafe_function(env, info[1], nullptr, Napi::String::New(env, "sessionflow cuda"), 0, 1, nullptr, nullptr,
                                                           this, &Driver::onTag, &onTag_);
  if (made != napi_ok) throw Napi::Error::New(env, "internal: no thread-safe function");
  // What keeps the process alive is whoever waits for a tag.
  napi_unref_threadsafe_function(env, onTag_);
  napi_add_env_cleanup_hook(env, &Driver::onTeardown, this);
}

Driver::~Driver() {
  napi_remove_env_cleanup_hook(Env(), &Driver::onTeardown, this);
  close();
}

void Driver::onTeardown(void* self) { static_cast<Driver*>(self)->close(); }

void Driver::close() {
  if (isClosed_) return;
  isClosed_ = true;
  if (isReady_) {
    const auto use = [this](CUcontext context) { cuda_.cuCtxSetCurrent(context); };
    for (auto& [id, stream] : streams_.all()) use(stream.context), cuda_.cuStreamSynchronize(stream.handle);
    for (auto& [id, matmul] : matmuls_.all()) freeMatmul(*matmul);
    for (auto& [id, convolution] : convolutions_.all()) freeConvolution(*convolution);
    for (auto& [id, exec] : execs_.all()) use(exec.context), cuda_.cuGraphExecDestroy(exec.handle);
    for (auto& [id, graph] : graphs_.all()) use(graph.context), cuda_.cuGraphDestroy(graph.handle);
    for (auto& [id, module] : modules_.all()) use(module.context), cuda_.cuModuleUnload(module.handle);
    for (auto& [id, event] : events_.all()) use(event.context), cuda_.cuEventDestroy_v2(event.handle);
    for (auto& [id, staging] : stagings_.all()) use(staging.context), cuda_.cuMemFreeHost(staging.address);
    // Null stream: in the order of everything before, which is over.
    for (auto& [base, allocation] : allocations_) {
      use(allocation.context);
      if (allocation.pool == nullptr) cuda_.cuMemFree_v2(base);
      else cuda_.cuMemFreeAsync(base, nullptr);
    }
    for (auto& [id, stream] : streams_.all()) use(stream.context), cuda_.cuStreamDestroy_v2(stream.handle);
    for (auto& [id, pool] : pools_.all()) use(pool.context), cuda_.cuStreamSynchronize(nullptr), cuda_.cuMemPoolDestroy(pool.handle);
    for (auto& [id, context] : contexts_.all()) {
      use(context.handle);
      if (context.blas != nullptr) blas_.cublasLtDestroy(context.blas);
      if (context.dnn != nullptr) dnn_.cudnnDestroy(context.dnn);
      cuda_.cuCtxSetCurrent(nullptr);
      cuda_.cuDevicePrimaryCtxRelease_v2(context.device);
    }
  }
  for (HostCall* call : calls_) delete call;
  calls_.clear();
  if (onTag_ != nullptr) napi_release_threadsafe_function(onTag_, napi_tsfn_abort);
  onTag_ = nullptr;
}

void Driver::define(Napi::Env env, Napi::Object exports) {
#define METHOD(name) InstanceMethod<&Driver::name>(#name)
  exports.Set("Driver", DefineClass(env, "Driver", {
    METHOD(report), METHOD(devices), METHOD(loadLibrary),
    METHOD(openContext), METHOD(closeContext), METHOD(memoryInfo), METHOD(createPool), METHOD(destroyPool), METHOD(allocate), METHOD(release),
    METHOD(createStaging), METHOD(destroyStaging), METHOD(writeStaging), METHOD(readStaging), METHOD(uploadStaging), METHOD(downloadStaging),
    METHOD(fillStaging), METHOD(drainStaging), METHOD(copy), METHOD(copyPeer), METHOD(enablePeer), METHOD(clear),
    METHOD(createStream), METHOD(destroyStream), METHOD(streamStatus), METHOD(createEvent), METHOD(destroyEvent), METHOD(recordEvent),
    METHOD(waitEvent), METHOD(elapsed), METHOD(notify), METHOD(outstanding),
    METHOD(compile), METHOD(architectures), METHOD(loadModule), METHOD(unloadModule), METHOD(getFunction), METHOD(launch),
    METHOD(createGraph), METHOD(destroyGraph), METHOD(addKernel), METHOD(addChild), METHOD(instantiate), METHOD(destroyExec), METHOD(setKernel),
    METHOD(setChild), METHOD(launchGraph), METHOD(beginCapture), METHOD(endCapture),
    METHOD(createMatmul), METHOD(destroyMatmul), METHOD(runMatmul), METHOD(createConvolution), METHOD(destroyConvolution), METHOD(runConvolution),
  }));
#undef METHOD
}

}  // namespace sessionflow

static Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  sessionflow::Driver::define(env, exports);
  return exports;
}

NODE_API_MODULE(sessionflow_cuda, initialise)
