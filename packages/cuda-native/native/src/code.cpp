// Code: compiled by NVRTC off the JavaScript thread, loaded as modules, launched.
#include "driver.h"

namespace sessionflow {

// One compilation. Resolves to { image, log }; rejects with the log when the source is no CUDA C.
class CompileWorker : public Napi::AsyncWorker {
 public:
  CompileWorker(Napi::Env env, const Napi::Object& owner, NvrtcLibrary& nvrtc, std::string source, std::string name, std::vector<std::string> options)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), nvrtc_(nvrtc), source_(std::move(source)), name_(std::move(name)), options_(std::move(options)) {
    // The library must stay open while another thread is in it.
    owner_ = Napi::Persistent(owner);
  }

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    nvrtcProgram program = nullptr;
    if (!did(nvrtc_.nvrtcCreateProgram(&program, source_.c_str(), name_.c_str(), 0, nullptr, nullptr), "nvrtcCreateProgram")) return;
    std::vector<const char*> options;
    bool isPtx = false;
    for (const auto& option : options_) {
      options.push_back(option.c_str());
      if (option.find("compute_") != std::string::npos) isPtx = true;
    }
    const nvrtcResult compiled = nvrtc_.nvrtcCompileProgram(program, static_cast<int>(options.size()), options.data());
    size_t bytes = 0;
    if (nvrtc_.nvrtcGetProgramLogSize(program, &bytes) == NVRTC_SUCCESS && bytes > 1) {
      log_.resize(bytes);
      nvrtc_.nvrtcGetProgramLog(program, log_.data());
      log_.resize(bytes - 1);
    }
    if (did(compiled, "nvrtcCompileProgram")) {
      const nvrtcResult sized = isPtx ? nvrtc_.nvrtcGetPTXSize(program, &bytes) : nvrtc_.nvrtcGetCUBINSize(program, &bytes);
      if (did(sized, "nvrtcGetCUBINSize")) {
        image_.resize(bytes);
        did(isPtx ? nvrtc_.nvrtcGetPTX(program, image_.data()) : nvrtc_.nvrtcGetCUBIN(program, image_.data()), "nvrtcGetCUBIN");
      }
    }
    nvrtc_.nvrtcDestroyProgram(&program);
  }

  void OnOK() override {
    Napi::Object result = Napi::Object::New(Env());
    Napi::Uint8Array image = Napi::Uint8Array::New(Env(), image_.size());
    std::copy(image_.begin(), image_.end(), image.Data());
    result.Set("image", image);
    result.Set("log", log_);
    deferred_.Resolve(result);
  }

  void OnError(const Napi::Error&) override { deferred_.Reject(callError(Env(), failed_, status_, "NVRTC_ERROR", log_).Value()); }

 private:
  bool did(nvrtcResult result, const char* call) {
    if (result == NVRTC_SUCCESS) return true;
    failed_ = call;
    status_ = result;
    SetError(call);
    return false;
  }

  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference owner_;
  NvrtcLibrary& nvrtc_;
  std::string source_;
  std::string name_;
  std::vector<std::string> options_;
  std::string image_;
  std::string log_;
  std::string failed_;
  int status_ = 0;
};

// (source, name, options) → promise of { image, log }
Napi::Value Driver::compile(Info info) {
  const Napi::Env env = info.Env();
  if (!nvrtc_.library.usable()) throw Napi::Error::New(env, "NVRTC missing: " + nvrtc_.library.reason());
  std::vector<std::string> options;
  const Napi::Array given = info[2].As<Napi::Array>();
  for (uint32_t i = 0; i < given.Length(); i++) options.push_back(given.Get(i).As<Napi::String>().Utf8Value());
  auto* worker = new CompileWorker(env, info.This().As<Napi::Object>(), nvrtc_, text(info, 0), text(info, 1), options);
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

// The compute capabilities that this NVRTC makes machine code for: 80, 90, …
Napi::Value Driver::architectures(Info info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  if (!nvrtc_.library.usable()) return list;
  int count = 0;
  checkNvrtc(env, nvrtc_.nvrtcGetNumSupportedArchs(&count), "nvrtcGetNumSupportedArchs");
  std::vector<int> archs(static_cast<size_t>(count));
  if (count > 0) checkNvrtc(env, nvrtc_.nvrtcGetSupportedArchs(archs.data()), "nvrtcGetSupportedArchs");
  for (int i = 0; i < count; i++) list.Set(static_cast<uint32_t>(i), archs[static_cast<size_t>(i)]);
  return list;
}

// (context, image)
Napi::Value Driver::loadModule(Info info) {
  const Napi::Env env = info.Env();
  Module module{contexts_.get(env, info[0]).handle, nullptr, {}};
  enter(module.context, env);
  const Napi::Uint8Array bytes = byteArray(info, 1);
  // PTX is text: it must end in a zero.
  std::string image(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  checkCuda(env, cuda_.cuModuleLoadData(&module.handle, image.c_str()), "cuModuleLoadData");
  return Napi::Number::New(env, modules_.add(module));
}

Napi::Value Driver::unloadModule(Info info) {
  const Napi::Env env = info.Env();
  const Module module = modules_.take(env, info[0]);
  for (const uint32_t function : module.functions) functions_.drop(function);
  enter(module.context, env);
  checkCuda(env, cuda_.cuModuleUnload(module.handle), "cuModuleUnload");
  return env.Undefined();
}

// (module, name)
Napi::Value Driver::getFunction(Info info) {
  const Napi::Env env = info.Env();
  Module& module = modules_.get(env, info[0]);
  enter(module.context, env);
  Function function{module.context, nullptr};
  checkCuda(env, cuda_.cuModuleGetFunction(&function.handle, module.handle, text(info, 1).c_str()), "cuModuleGetFunction");
  module.functions.push_back(functions_.add(function));
  return Napi::Number::New(env, module.functions.back());
}

// (stream, function, grid x, y, z, block x, y, z, parameters as packed bytes)
Napi::Value Driver::launch(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  const Function& function = functions_.get(env, info[1]);
  Napi::Uint8Array params = byteArray(info, 8);
  size_t bytes = params.ByteLength();
  void* extra[] = {kLaunchParamPointer, params.Data(), kLaunchParamSize, &bytes, kLaunchParamEnd};
  const auto dim = [&](size_t index) { return static_cast<unsigned>(number(info, index)); };
  enter(stream.context, env);
  checkCuda(env, cuda_.cuLaunchKernel(function.handle, dim(2), dim(3), dim(4), dim(5), dim(6), dim(7), 0, stream.handle, nullptr, extra), "cuLaunchKernel");
  return env.Undefined();
}

}  // namespace sessionflow
