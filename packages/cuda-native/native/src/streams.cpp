// Streams, events, and how JavaScript hears that a stream got somewhere.
#include <cstring>

#include "driver.h"

namespace sessionflow {

Napi::Value Driver::createStream(Info info) {
  const Napi::Env env = info.Env();
  Stream stream{contexts_.get(env, info[0]).handle, nullptr};
  enter(stream.context, env);
  checkCuda(env, cuda_.cuStreamCreate(&stream.handle, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
  return Napi::Number::New(env, streams_.add(stream));
}

Napi::Value Driver::destroyStream(Info info) {
  const Napi::Env env = info.Env();
  const Stream stream = streams_.take(env, info[0]);
  enter(stream.context, env);
  checkCuda(env, cuda_.cuStreamDestroy_v2(stream.handle), "cuStreamDestroy");
  return env.Undefined();
}

// Whether everything enqueued is over. Throws what went wrong on the device: after an error no host function runs, so somebody must ask.
Napi::Value Driver::streamStatus(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  enter(stream.context, env);
  const CUresult result = cuda_.cuStreamQuery(stream.handle);
  if (result != CUDA_ERROR_NOT_READY) checkCuda(env, result, "cuStreamQuery");
  return Napi::Boolean::New(env, result == CUDA_SUCCESS);
}

// (context, whether it tells the time)
Napi::Value Driver::createEvent(Info info) {
  const Napi::Env env = info.Env();
  Event event{contexts_.get(env, info[0]).handle, nullptr};
  enter(event.context, env);
  const unsigned flags = info[1].ToBoolean().Value() ? CU_EVENT_DEFAULT : CU_EVENT_DISABLE_TIMING;
  checkCuda(env, cuda_.cuEventCreate(&event.handle, flags), "cuEventCreate");
  return Napi::Number::New(env, events_.add(event));
}

Napi::Value Driver::destroyEvent(Info info) {
  const Napi::Env env = info.Env();
  const Event event = events_.take(env, info[0]);
  enter(event.context, env);
  checkCuda(env, cuda_.cuEventDestroy_v2(event.handle), "cuEventDestroy");
  return env.Undefined();
}

Napi::Value Driver::recordEvent(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[1]);
  enter(stream.context, env);
  checkCuda(env, cuda_.cuEventRecord(events_.get(env, info[0]).handle, stream.handle), "cuEventRecord");
  return env.Undefined();
}

// (stream, event)
Napi::Value Driver::waitEvent(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  enter(stream.context, env);
  checkCuda(env, cuda_.cuStreamWaitEvent(stream.handle, events_.get(env, info[1]).handle, 0), "cuStreamWaitEvent");
  return env.Undefined();
}

// (from, to) → microseconds, of events that have happened.
Napi::Value Driver::elapsed(Info info) {
  const Napi::Env env = info.Env();
  float milliseconds = 0;
  const Event& from = events_.get(env, info[0]);
  enter(from.context, env);
  checkCuda(env, cuda_.cuEventElapsedTime(&milliseconds, from.handle, events_.get(env, info[1]).handle), "cuEventElapsedTime");
  return Napi::Number::New(env, static_cast<double>(milliseconds) * 1000);
}

void Driver::hostCall(Napi::Env env, Stream& stream, HostCall call) {
  enter(stream.context, env);
  auto* owned = new HostCall(call);
  {
    const std::lock_guard<std::mutex> lock(callsMutex_);
    calls_.insert(owned);
  }
  const CUresult result = cuda_.cuLaunchHostFunc(stream.handle, &Driver::onHost, owned);
  if (result == CUDA_SUCCESS) return;
  {
    const std::lock_guard<std::mutex> lock(callsMutex_);
    calls_.erase(owned);
  }
  delete owned;
  checkCuda(env, result, "cuLaunchHostFunc");
}

// On a thread of the driver: no CUDA call is allowed here.
void Driver::onHost(void* data) {
  auto* call = static_cast<HostCall*>(data);
  Driver* driver = call->driver;
  if (call->to != nullptr) std::memcpy(call->to, call->from, call->bytes);
  const bool tells = call->to == nullptr;
  {
    const std::lock_guard<std::mutex> lock(driver->callsMutex_);
    driver->calls_.erase(call);
  }
  if (tells && napi_call_threadsafe_function(driver->onTag_, call, napi_tsfn_nonblocking) == napi_ok) return;
  delete call;
}

// On the JavaScript thread.
void Driver::onTag(napi_env env, napi_value callback, void*, void* data) {
  const std::unique_ptr<HostCall> call(static_cast<HostCall*>(data));
  if (env == nullptr || callback == nullptr) return;
  napi_value tag;
  napi_value self;
  if (napi_create_double(env, call->tag, &tag) != napi_ok || napi_get_undefined(env, &self) != napi_ok) return;
  napi_call_function(env, self, callback, 1, &tag, nullptr);
}

// (stream, tag): the callback gets the tag when the stream has come here.
Napi::Value Driver::notify(Info info) {
  HostCall call{this};
  call.tag = number(info, 1);
  hostCall(info.Env(), streams_.get(info.Env(), info[0]), call);
  return info.Env().Undefined();
}

// How many objects JavaScript has not given back, by kind: tests find leaks by it.
Napi::Value Driver::outstanding(Info info) {
  Napi::Object object = Napi::Object::New(info.Env());
  const auto count = [&](const char* name, size_t value) { object.Set(name, static_cast<double>(value)); };
  count("contexts", contexts_.all().size());
  count("streams", streams_.all().size());
  count("events", events_.all().size());
  count("pools", pools_.all().size());
  count("stagings", stagings_.all().size());
  count("modules", modules_.all().size());
  count("functions", functions_.all().size());
  count("graphs", graphs_.all().size());
  count("nodes", nodes_.all().size());
  count("execs", execs_.all().size());
  count("matmuls", matmuls_.all().size());
  count("convolutions", convolutions_.all().size());
  count("allocations", allocations_.size());
  const std::lock_guard<std::mutex> lock(callsMutex_);
  count("calls", calls_.size());
  return object;
}

}  // namespace sessionflow
