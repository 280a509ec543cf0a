// Contexts and memory: stream-ordered pools where the driver has them, pinned staging, copies.
#include <cstring>

#include "driver.h"

namespace sessionflow {

Napi::Value Driver::openContext(Info info) {
  const Napi::Env env = info.Env();
  Context context;
  checkCuda(env, cuda_.cuDeviceGet(&context.device, static_cast<int>(number(info, 0))), "cuDeviceGet");
  checkCuda(env, cuda_.cuDevicePrimaryCtxRetain(&context.handle, context.device), "cuDevicePrimaryCtxRetain");
  return Napi::Number::New(env, contexts_.add(context));
}

Napi::Value Driver::closeContext(Info info) {
  const Napi::Env env = info.Env();
  Context context = contexts_.take(env, info[0]);
  // Not `enter`: a context that was lost is let go all the same.
  cuda_.cuCtxSetCurrent(context.handle);
  if (context.blas != nullptr) blas_.cublasLtDestroy(context.blas);
  if (context.dnn != nullptr) dnn_.cudnnDestroy(context.dnn);
  cuda_.cuCtxSetCurrent(nullptr);
  checkCuda(env, cuda_.cuDevicePrimaryCtxRelease_v2(context.device), "cuDevicePrimaryCtxRelease");
  return env.Undefined();
}

Napi::Value Driver::memoryInfo(Info info) {
  const Napi::Env env = info.Env();
  size_t free = 0;
  size_t total = 0;
  enter(contexts_.get(env, info[0]).handle, env);
  checkCuda(env, cuda_.cuMemGetInfo_v2(&free, &total), "cuMemGetInfo");
  Napi::Object object = Napi::Object::New(env);
  object.Set("free", static_cast<double>(free));
  object.Set("total", static_cast<double>(total));
  return object;
}

// (context, bytes that the pool keeps when they are free)
Napi::Value Driver::createPool(Info info) {
  const Napi::Env env = info.Env();
  Context& context = contexts_.get(env, info[0]);
  enter(context.handle, env);
  CUmemPoolProps props{};
  props.allocType = 1;
  props.locationType = 1;
  props.locationId = context.device;
  CUmemoryPool pool = nullptr;
  checkCuda(env, cuda_.cuMemPoolCreate(&pool, &props), "cuMemPoolCreate");
  uint64_t kept = static_cast<uint64_t>(number(info, 1));
  const CUresult set = cuda_.cuMemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &kept);
  if (set != CUDA_SUCCESS) cuda_.cuMemPoolDestroy(pool);
  checkCuda(env, set, "cuMemPoolSetAttribute");
  return Napi::Number::New(env, pools_.add({context.handle, pool}));
}

Napi::Value Driver::destroyPool(Info info) {
  const Napi::Env env = info.Env();
  const Pool pool = pools_.take(env, info[0]);
  enter(pool.context, env);
  checkCuda(env, cuda_.cuMemPoolDestroy(pool.handle), "cuMemPoolDestroy");
  return env.Undefined();
}

// (context, pool or 0, stream, bytes) → address
Napi::Value Driver::allocate(Info info) {
  const Napi::Env env = info.Env();
  const CUcontext context = contexts_.get(env, info[0]).handle;
  enter(context, env);
  CUdeviceptr base = 0;
  if (number(info, 1) == 0) {
    checkCuda(env, cuda_.cuMemAlloc_v2(&base, size(info, 3)), "cuMemAlloc");
    allocations_[base] = {context, nullptr};
  } else {
    const CUmemoryPool pool = pools_.get(env, info[1]).handle;
    const Stream& stream = streams_.get(env, info[2]);
    checkCuda(env, cuda_.cuMemAllocFromPoolAsync(&base, size(info, 3), pool, stream.handle), "cuMemAllocFromPoolAsync");
    allocations_[base] = {context, pool};
  }
  return Napi::Number::New(env, static_cast<double>(base));
}

// (address, stream)
Napi::Value Driver::release(Info info) {
  const Napi::Env env = info.Env();
  const auto found = allocations_.find(address(info, 0));
  if (found == allocations_.end()) throw Napi::Error::New(env, "internal: no such allocation");
  const Allocation allocation = found->second;
  const CUdeviceptr base = found->first;
  allocations_.erase(found);
  enter(allocation.context, env);
  if (allocation.pool == nullptr) checkCuda(env, cuda_.cuMemFree_v2(base), "cuMemFree");
  else checkCuda(env, cuda_.cuMemFreeAsync(base, streams_.get(env, info[1]).handle), "cuMemFreeAsync");
  return env.Undefined();
}

Napi::Value Driver::createStaging(Info info) {
  const Napi::Env env = info.Env();
  Staging staging{contexts_.get(env, info[0]).handle, nullptr, size(info, 1)};
  enter(staging.context, env);
  checkCuda(env, cuda_.cuMemHostAlloc(&staging.address, staging.bytes, 0), "cuMemHostAlloc");
  return Napi::Number::New(env, stagings_.add(staging));
}

Napi::Value Driver::destroyStaging(Info info) {
  const Napi::Env env = info.Env();
  const Staging staging = stagings_.take(env, info[0]);
  enter(staging.context, env);
  checkCuda(env, cuda_.cuMemFreeHost(staging.address), "cuMemFreeHost");
  return env.Undefined();
}

namespace {

void checkRange(Napi::Env env, const Staging& staging, size_t bytes) {
  if (bytes > staging.bytes) throw Napi::Error::New(env, "internal: a pinned buffer of " + std::to_string(staging.bytes) + " bytes is too small for " + std::to_string(bytes));
}

}  // namespace

// (staging, bytes): copies at once.
Napi::Value Driver::writeStaging(Info info) {
  const Staging& staging = stagings_.get(info.Env(), info[0]);
  const Napi::Uint8Array from = byteArray(info, 1);
  checkRange(info.Env(), staging, from.ByteLength());
  if (from.ByteLength() > 0) std::memcpy(staging.address, from.Data(), from.ByteLength());
  return info.Env().Undefined();
}

Napi::Value Driver::readStaging(Info info) {
  const Staging& staging = stagings_.get(info.Env(), info[0]);
  Napi::Uint8Array to = byteArray(info, 1);
  checkRange(info.Env(), staging, to.ByteLength());
  if (to.ByteLength() > 0) std::memcpy(to.Data(), staging.address, to.ByteLength());
  return info.Env().Undefined();
}

// (stream, address, staging, bytes)
Napi::Value Driver::uploadStaging(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  const Staging& staging = stagings_.get(env, info[2]);
  checkRange(env, staging, size(info, 3));
  enter(stream.context, env);
  checkCuda(env, cuda_.cuMemcpyHtoDAsync_v2(address(info, 1), staging.address, size(info, 3), stream.handle), "cuMemcpyHtoDAsync");
  return env.Undefined();
}

// (stream, staging, address, bytes)
Napi::Value Driver::downloadStaging(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  const Staging& staging = stagings_.get(env, info[1]);
  checkRange(env, staging, size(info, 3));
  enter(stream.context, env);
  checkCuda(env, cuda_.cuMemcpyDtoHAsync_v2(staging.address, address(info, 2), size(info, 3), stream.handle), "cuMemcpyDtoHAsync");
  return env.Undefined();
}

// (stream, staging, bytes): copies into the staging when the stream gets there; the array must stay as it is until then.
Napi::Value Driver::fillStaging(Info info) {
  const Napi::Env env = info.Env();
  Stream& stream = streams_.get(env, info[0]);
  const Staging& staging = stagings_.get(env, info[1]);
  const Napi::Uint8Array from = byteArray(info, 2);
  checkRange(env, staging, from.ByteLength());
  hostCall(env, stream, {this, staging.address, from.Data(), from.ByteLength(), 0});
  return env.Undefined();
}

// (stream, bytes, staging): copies out of the staging when the stream gets there.
Napi::Value Driver::drainStaging(Info info) {
  const Napi::Env env = info.Env();
  Stream& stream = streams_.get(env, info[0]);
  Napi::Uint8Array to = byteArray(info, 1);
  const Staging& staging = stagings_.get(env, info[2]);
  checkRange(env, staging, to.ByteLength());
  hostCall(env, stream, {this, to.Data(), staging.address, to.ByteLength(), 0});
  return env.Undefined();
}

// (stream, to, from, bytes)
Napi::Value Driver::copy(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  enter(stream.context, env);
  checkCuda(env, cuda_.cuMemcpyDtoDAsync_v2(address(info, 1), address(info, 2), size(info, 3), stream.handle), "cuMemcpyDtoDAsync");
  return env.Undefined();
}

// (stream, to context, to, from context, from, bytes)
Napi::Value Driver::copyPeer(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  const CUcontext to = contexts_.get(env, info[1]).handle;
  const CUcontext from = contexts_.get(env, info[3]).handle;
  enter(stream.context, env);
  checkCuda(env, cuda_.cuMemcpyPeerAsync(address(info, 2), to, address(info, 4), from, size(info, 5), stream.handle), "cuMemcpyPeerAsync");
  return env.Undefined();
}

// (context, peer context, peer's pool or 0) → whether the context reaches the peer's memory, that of its pool too, without the host.
Napi::Value Driver::enablePeer(Info info) {
  const Napi::Env env = info.Env();
  const Context& context = contexts_.get(env, info[0]);
  const Context& peer = contexts_.get(env, info[1]);
  int can = 0;
  checkCuda(env, cuda_.cuDeviceCanAccessPeer(&can, context.device, peer.device), "cuDeviceCanAccessPeer");
  if (can == 0) return Napi::Boolean::New(env, false);
  enter(context.handle, env);
  const CUresult enabled = cuda_.cuCtxEnablePeerAccess(peer.handle, 0);
  constexpr CUresult kAlreadyEnabled = 704;
  if (enabled != kAlreadyEnabled) checkCuda(env, enabled, "cuCtxEnablePeerAccess");
  // A pool's memory is its own device's until it is told who else may reach it.
  if (number(info, 2) != 0) {
    const CUmemAccessDesc access{1, context.device, 3};
    checkCuda(env, cuda_.cuMemPoolSetAccess(pools_.get(env, info[2]).handle, &access, 1), "cuMemPoolSetAccess");
  }
  return Napi::Boolean::New(env, true);
}

// (stream, address, bytes): zeroes.
Napi::Value Driver::clear(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  enter(stream.context, env);
  checkCuda(env, cuda_.cuMemsetD8Async(address(info, 1), 0, size(info, 2), stream.handle), "cuMemsetD8Async");
  return env.Undefined();
}

}  // namespace sessionflow
