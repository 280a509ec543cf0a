// An addon of the tests: sets what the fake driver does wrong, and counts what it holds.
#include <napi.h>

#include "fake.h"

static Napi::Value configure(const Napi::CallbackInfo& info) {
  FakeSettings* settings = fakeSettings();
  *settings = FakeSettings{};
  fakeForgetPeak();
  const Napi::Object given = info[0].As<Napi::Object>();
  const auto take = [&](const char* name, auto& target) {
    const Napi::Value value = given.Get(name);
    if (value.IsNumber()) target = static_cast<std::remove_reference_t<decltype(target)>>(value.As<Napi::Number>().DoubleValue());
    else if (value.IsBoolean()) target = static_cast<std::remove_reference_t<decltype(target)>>(value.As<Napi::Boolean>().Value());
  };
  take("devices", settings->devices);
  take("version", settings->version);
  take("memory", settings->memory);
  take("hasPools", settings->hasPools);
  take("hasPeers", settings->hasPeers);
  take("failAllocation", settings->failAllocation);
  take("failLaunch", settings->failLaunch);
  take("faultKernel", settings->faultKernel);
  take("loseDevice", settings->loseDevice);
  take("failLibrary", settings->failLibrary);
  take("failLibraryRun", settings->failLibraryRun);
  take("failCall", settings->failCall);
  take("failCallWith", settings->failCallWith);
  take("failUpdate", settings->failUpdate);
  take("capability", settings->capability);
  take("staysBroken", settings->staysBroken);
  take("slow", settings->slow);
  return info.Env().Undefined();
}

static Napi::Value counts(const Napi::CallbackInfo& info) {
  const FakeCounts counts = fakeCounts();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("allocations", counts.allocations);
  object.Set("bytes", counts.bytes);
  object.Set("pinned", counts.pinned);
  object.Set("streams", counts.streams);
  object.Set("events", counts.events);
  object.Set("pools", counts.pools);
  object.Set("modules", counts.modules);
  object.Set("graphs", counts.graphs);
  object.Set("execs", counts.execs);
  object.Set("contexts", counts.contexts);
  object.Set("corruptions", counts.corruptions);
  object.Set("kernels", counts.kernels);
  object.Set("graphLaunches", counts.graphLaunches);
  object.Set("graphUpdates", counts.graphUpdates);
  object.Set("peerCopies", counts.peerCopies);
  object.Set("hostCopies", counts.hostCopies);
  object.Set("peakBytes", counts.peakBytes);
  object.Set("refusedCalls", counts.refusedCalls);
  object.Set("misuses", counts.misuses);
  return object;
}

static Napi::Value refused(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), fakeRefused()); }

static Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("configure", Napi::Function::New(env, configure));
  exports.Set("refused", Napi::Function::New(env, refused));
  exports.Set("counts", Napi::Function::New(env, counts));
  return exports;
}

NODE_API_MODULE(fake_control, initialise)
