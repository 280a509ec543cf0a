// The addon's one class: the CUDA driver and its companion libraries as verbs over numbered objects. It knows devices, streams, memory, code and
// graphs; it knows no op. One instance belongs to one JavaScript environment and frees all that it made when that ends.
#pragma once
#include <napi.h>

#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "library.h"
#include "table.h"

namespace sessionflow {

struct Context {
  CUdevice device = 0;
  CUcontext handle = nullptr;
  cublasLtHandle_t blas = nullptr;
  cudnnHandle_t dnn = nullptr;
};
struct Stream { CUcontext context; CUstream handle; };
struct Event { CUcontext context; CUevent handle; };
struct Pool { CUcontext context; CUmemoryPool handle; };
// Pinned host memory.
struct Staging { CUcontext context; void* address; size_t bytes; };
// A module and the numbers of its functions.
struct Module { CUcontext context; CUmodule handle; std::vector<uint32_t> functions; };
struct Function { CUcontext context; CUfunction handle; };
// A chain of nodes, and their numbers.
struct Graph { CUcontext context; CUgraph handle; CUgraphNode last; std::vector<uint32_t> nodes; };
struct Node { CUgraphNode handle; };
struct GraphExec { CUcontext context; CUgraphExec handle; };
// Device memory, by its address.
struct Allocation { CUcontext context; CUmemoryPool pool; };

struct Matmul;
struct Convolution;

class Driver;
// What a driver thread does when a stream gets there: copies host memory, or tells JavaScript that a tag has been reached.
struct HostCall {
  Driver* driver;
  void* to = nullptr;
  const void* from = nullptr;
  size_t bytes = 0;
  double tag = 0;
};

class Driver : public Napi::ObjectWrap<Driver> {
 public:
  static void define(Napi::Env env, Napi::Object exports);
  explicit Driver(const Napi::CallbackInfo& info);
  ~Driver() override;

  // Frees everything, once. Waits for work in flight, which may still use host memory of this instance.
  void close();

 private:
  friend class CompileWorker;
  using Info = const Napi::CallbackInfo&;

  // libraries.cpp
  Napi::Value report(Info info);
  Napi::Value devices(Info info);
  Napi::Value loadLibrary(Info info);
  void openLibraries(const Napi::Object& paths);
  void openNvrtc();

  // memory.cpp
  Napi::Value openContext(Info info);
  Napi::Value closeContext(Info info);
  Napi::Value memoryInfo(Info info);
  Napi::Value createPool(Info info);
  Napi::Value destroyPool(Info info);
  Napi::Value allocate(Info info);
  Napi::Value release(Info info);
  Napi::Value createStaging(Info info);
  Napi::Value destroyStaging(Info info);
  Napi::Value writeStaging(Info info);
  Napi::Value readStaging(Info info);
  Napi::Value uploadStaging(Info info);
  Napi::Value downloadStaging(Info info);
  Napi::Value fillStaging(Info info);
  Napi::Value drainStaging(Info info);
  Napi::Value copy(Info info);
  Napi::Value copyPeer(Info info);
  Napi::Value enablePeer(Info info);
  Napi::Value clear(Info info);

  // streams.cpp
  Napi::Value createStream(Info info);
  Napi::Value destroyStream(Info info);
  Napi::Value streamStatus(Info info);
  Napi::Value createEvent(Info info);
  Napi::Value destroyEvent(Info info);
  Napi::Value recordEvent(Info info);
  Napi::Value waitEvent(Info info);
  Napi::Value elapsed(Info info);
  Napi::Value notify(Info info);
  Napi::Value outstanding(Info info);

  // code.cpp
  Napi::Value compile(Info info);
  Napi::Value architectures(Info info);
  Napi::Value loadModule(Info info);
  Napi::Value unloadModule(Info info);
  Napi::Value getFunction(Info info);
  Napi::Value launch(Info info);

  // graphs.cpp
  Napi::Value createGraph(Info info);
  Napi::Value destroyGraph(Info info);
  Napi::Value addKernel(Info info);
  Napi::Value addChild(Info info);
  Napi::Value instantiate(Info info);
  Napi::Value destroyExec(Info info);
  Napi::Value setKernel(Info info);
  Napi::Value setChild(Info info);
  Napi::Value launchGraph(Info info);
  Napi::Value beginCapture(Info info);
  Napi::Value endCapture(Info info);

  // blas.cpp, dnn.cpp
  Napi::Value createMatmul(Info info);
  Napi::Value destroyMatmul(Info info);
  Napi::Value runMatmul(Info info);
  Napi::Value createConvolution(Info info);
  Napi::Value destroyConvolution(Info info);
  Napi::Value runConvolution(Info info);
  void freeMatmul(Matmul& matmul);
  void freeConvolution(Convolution& convolution);

  void enter(CUcontext context, Napi::Env env);
  void checkCuda(Napi::Env env, CUresult result, const char* call);
  void checkNvrtc(Napi::Env env, nvrtcResult result, const char* call);
  void checkBlas(Napi::Env env, cublasStatus_t result, const char* call);
  void checkDnn(Napi::Env env, cudnnStatus_t result, const char* call);
  void hostCall(Napi::Env env, Stream& stream, HostCall call);
  static void onTeardown(void* self);
  static void onHost(void* data);
  static void onTag(napi_env env, napi_value callback, void* context, void* data);

  CudaLibrary cuda_;
  NvrtcLibrary nvrtc_;
  CublasLtLibrary blas_;
  CudnnLibrary dnn_;
  // Where libraries are looked for, in this order.
  std::vector<std::string> folders_;
  int driverVersion_ = 0;
  bool isReady_ = false;
  bool isClosed_ = false;

  Table<Context> contexts_{"context"};
  Table<Stream> streams_{"stream"};
  Table<Event> events_{"event"};
  Table<Pool> pools_{"memory pool"};
  Table<Staging> stagings_{"pinned buffer"};
  Table<Module> modules_{"module"};
  Table<Function> functions_{"function"};
  Table<Graph> graphs_{"graph"};
  Table<Node> nodes_{"graph node"};
  Table<GraphExec> execs_{"executable graph"};
  Table<std::shared_ptr<Matmul>> matmuls_{"matrix product"};
  Table<std::shared_ptr<Convolution>> convolutions_{"convolution"};
  std::unordered_map<CUdeviceptr, Allocation> allocations_;

  std::mutex callsMutex_;
  std::unordered_set<HostCall*> calls_;
  napi_threadsafe_function onTag_ = nullptr;
};

// Arguments. A wrong one is an error of ours, so its text is short.
inline double number(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsNumber()) throw Napi::TypeError::New(info.Env(), "internal: argument " + std::to_string(index) + " is no number");
  return info[index].As<Napi::Number>().DoubleValue();
}
inline CUdeviceptr address(const Napi::CallbackInfo& info, size_t index) { return static_cast<CUdeviceptr>(number(info, index)); }
inline size_t size(const Napi::CallbackInfo& info, size_t index) { return static_cast<size_t>(number(info, index)); }
inline std::string text(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsString()) throw Napi::TypeError::New(info.Env(), "internal: argument " + std::to_string(index) + " is no string");
  return info[index].As<Napi::String>().Utf8Value();
}
inline Napi::Uint8Array byteArray(const Napi::CallbackInfo& info, size_t index) {
  const bool isBytes = info[index].IsTypedArray() && info[index].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  if (!isBytes) throw Napi::TypeError::New(info.Env(), "internal: argument " + std::to_string(index) + " is no Uint8Array");
  return info[index].As<Napi::Uint8Array>();
}
// A number of an object argument; `fallback` where it is absent.
inline double field(const Napi::Object& object, const char* name, double fallback = 0) {
  const Napi::Value value = object.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : fallback;
}

// An error that TypeScript can match on: `call`, `status` (number), `statusName`, `statusText`.
Napi::Error callError(Napi::Env env, const std::string& call, int status, const std::string& name, const std::string& text);

}  // namespace sessionflow
