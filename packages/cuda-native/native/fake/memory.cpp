// The fake driver: device memory, pools, pinned memory, copies.
#include <algorithm>
#include <cstring>

#include "state.h"

using namespace fake;

namespace {

// Bytes behind each allocation that must keep their value.
constexpr size_t kGuard = 64;

CUresult allocateBytes(CUdeviceptr* address, size_t bytes, CUmemoryPool pool, const char* call) {
  State& s = state();
  if (bytes == 0) return misuse(CUDA_ERROR_INVALID_VALUE, call, "no bytes");
  if (countdown(s.settings.failAllocation)) return CUDA_ERROR_OUT_OF_MEMORY;
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (s.counts.bytes + static_cast<double>(bytes) > s.settings.memory) return CUDA_ERROR_OUT_OF_MEMORY;
  const size_t whole = (bytes + kGuard + 255) / 256 * 256;
  auto* memory = static_cast<unsigned char*>(std::aligned_alloc(256, whole));
  if (memory == nullptr) return CUDA_ERROR_OUT_OF_MEMORY;
  // Neither zero nor a number that could be a result.
  std::memset(memory, 0xa5, whole);
  s.allocations[reinterpret_cast<CUdeviceptr>(memory)] = {bytes, s.current(), pool};
  s.counts.allocations++;
  s.counts.bytes += static_cast<double>(bytes);
  s.counts.peakBytes = std::max(s.counts.peakBytes, s.counts.bytes);
  *address = reinterpret_cast<CUdeviceptr>(memory);
  return CUDA_SUCCESS;
}

// Counts at once; the memory goes with `forget`.
CUresult giveUp(CUdeviceptr address, bool isPooled, const char* call) {
  State& s = state();
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    const auto found = s.allocations.find(address);
    if (found != s.allocations.end() && !found->second.isFreed && (found->second.pool != nullptr) == isPooled) {
      found->second.isFreed = true;
      s.counts.allocations--;
      s.counts.bytes -= static_cast<double>(found->second.bytes);
      return CUDA_SUCCESS;
    }
  }
  return misuse(CUDA_ERROR_INVALID_VALUE, call, "no such allocation");
}

void forget(CUdeviceptr address) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  const auto found = s.allocations.find(address);
  auto* memory = reinterpret_cast<unsigned char*>(address);
  for (size_t i = 0; i < kGuard; i++) {
    if (memory[found->second.bytes + i] == 0xa5) continue;
    s.counts.corruptions++;
    break;
  }
  s.allocations.erase(found);
  std::free(memory);
}

// Whether a context reaches memory: its own, that of a peer, that of a pool which its device was let into.
bool reaches(CUctx_st* context, CUdeviceptr address, size_t bytes) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  auto found = s.allocations.upper_bound(address);
  if (found == s.allocations.begin()) return false;
  const auto& [base, allocation] = *--found;
  if (address + bytes > base + allocation.bytes) return false;
  if (allocation.context == context) return true;
  return context->peers.count(allocation.context) == 1 && (allocation.pool == nullptr || allocation.pool->accessors.count(context->device) == 1);
}

// The pinned memory in which this range lies.
std::map<char*, Pinned>::iterator pinnedAt(const void* memory, size_t bytes) {
  State& s = state();
  auto* at = static_cast<char*>(const_cast<void*>(memory));
  auto found = s.pinned.upper_bound(at);
  if (found == s.pinned.begin()) return s.pinned.end();
  --found;
  return at + bytes <= found->first + found->second.bytes ? found : s.pinned.end();
}

// A copy between pinned memory and the device. What is read before it is over is not what was copied.
CUresult hostCopy(const void* host, CUdeviceptr device, size_t bytes, bool isUpload, CUstream stream, const char* call) {
  State& s = state();
  if (!fakeReaches(stream, reinterpret_cast<void*>(device), bytes, call)) return CUDA_ERROR_INVALID_VALUE;
  char* base = nullptr;
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    s.counts.hostCopies++;
    const auto found = pinnedAt(host, bytes);
    if (found != s.pinned.end()) {
      base = found->first;
      if (!isUpload && found->second.users == 0) std::memset(const_cast<void*>(host), 0xe7, bytes);
      found->second.users++;
    }
  }
  if (base == nullptr) return misuse(CUDA_ERROR_INVALID_VALUE, call, "host memory that is not pinned: the copy would not be asynchronous");
  const CUresult result = enqueue(stream, [=, &s]() -> CUresult {
    if (!fakeReaches(stream, reinterpret_cast<void*>(device), bytes, call)) return CUDA_ERROR_ILLEGAL_ADDRESS;
    if (isUpload) std::memcpy(reinterpret_cast<void*>(device), host, bytes);
    else std::memcpy(const_cast<void*>(host), reinterpret_cast<void*>(device), bytes);
    const std::lock_guard<std::mutex> lock(s.mutex);
    s.pinned[base].users--;
    return CUDA_SUCCESS;
  }, call);
  if (result != CUDA_SUCCESS) {
    const std::lock_guard<std::mutex> lock(s.mutex);
    s.pinned[base].users--;
  }
  return result;
}

}  // namespace

FAKE_EXPORT bool fakeReaches(CUstream stream, const void* memory, size_t bytes, const char* call) {
  CUctx_st* context = stream == nullptr ? state().current() : stream->context;
  if (reaches(context, reinterpret_cast<CUdeviceptr>(memory), bytes)) return true;
  misuse(CUDA_ERROR_ILLEGAL_ADDRESS, call, std::to_string(bytes) + " bytes that are not in an allocation which the device reaches");
  return false;
}

FAKE_EXPORT CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
  RETURN_IF_BROKEN();
  *total = static_cast<size_t>(state().settings.memory);
  *free = *total - static_cast<size_t>(fakeCounts().bytes);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) {
  RETURN_IF_BROKEN();
  return allocateBytes(address, bytes, nullptr, __func__);
}
// Waits for the device, as the real one does.
FAKE_EXPORT CUresult cuMemFree_v2(CUdeviceptr address) {
  RETURN_IF(giveUp(address, false, __func__));
  State& s = state();
  {
    std::unique_lock<std::mutex> lock(s.mutex);
    s.done.wait(lock, [&] { return s.pending == 0; });
  }
  forget(address);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuMemPoolCreate(CUmemoryPool* pool, const CUmemPoolProps* props) {
  RETURN_IF_BROKEN();
  if (props->allocType != 1 || props->locationType != 1 || props->handleTypes != 0 || props->locationId != state().current()->device) {
    return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "no pinned memory of the current device");
  }
  return give(pool, new CUmemPoolHandle_st{state().current(), {}}, state().counts.pools);
}
FAKE_EXPORT CUresult cuMemPoolDestroy(CUmemoryPool pool) {
  State& s = state();
  bool isEmpty = true;
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    for (const auto& [address, allocation] : s.allocations) isEmpty = isEmpty && (allocation.pool != pool || allocation.isFreed);
  }
  if (!isEmpty) misuse(CUDA_SUCCESS, __func__, "memory of the pool is in use");
  return takeBack(pool, s.counts.pools, __func__);
}
FAKE_EXPORT CUresult cuMemPoolSetAttribute(CUmemoryPool pool, int attribute, void*) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(pool);
  return attribute == CU_MEMPOOL_ATTR_RELEASE_THRESHOLD ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
FAKE_EXPORT CUresult cuMemPoolTrimTo(CUmemoryPool, size_t) { return CUDA_SUCCESS; }
FAKE_EXPORT CUresult cuMemPoolSetAccess(CUmemoryPool pool, const CUmemAccessDesc* accesses, size_t count) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(pool);
  if (count != 1 || accesses->locationType != 1 || accesses->flags != 3) return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "no device that reads and writes");
  pool->accessors.insert(accesses->locationId);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuMemAllocFromPoolAsync(CUdeviceptr* address, size_t bytes, CUmemoryPool pool, CUstream stream) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(pool, stream);
  if (pool->context != state().current() || stream->context != state().current()) return misuse(CUDA_ERROR_INVALID_CONTEXT, __func__, "a pool or a stream of another context");
  return allocateBytes(address, bytes, pool, __func__);
}
// Whoever still uses the memory when the stream comes here uses it too late.
FAKE_EXPORT CUresult cuMemFreeAsync(CUdeviceptr address, CUstream stream) {
  RETURN_IF(giveUp(address, true, __func__));
  return enqueue(stream, [=] {
    forget(address);
    return CUDA_SUCCESS;
  }, __func__);
}
FAKE_EXPORT CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned) {
  RETURN_IF_BROKEN();
  *address = std::malloc(bytes);
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.counts.pinned++;
  s.pinned[static_cast<char*>(*address)] = {bytes};
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuMemFreeHost(void* address) {
  State& s = state();
  bool isUsed = false;
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    const auto found = s.pinned.find(static_cast<char*>(address));
    if (found != s.pinned.end()) {
      isUsed = found->second.users > 0;
      s.counts.pinned--;
      s.pinned.erase(found);
      if (!isUsed) std::free(address);
    } else isUsed = true;
  }
  return isUsed ? misuse(CUDA_SUCCESS, __func__, "pinned memory that is in use, or is none") : CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuMemsetD8Async(CUdeviceptr address, unsigned char value, size_t bytes, CUstream stream) {
  RETURN_IF_BROKEN();
  auto* memory = reinterpret_cast<void*>(address);
  if (!fakeReaches(stream, memory, bytes, __func__)) return CUDA_ERROR_INVALID_VALUE;
  return enqueue(stream, [=]() -> CUresult {
    if (!fakeReaches(stream, memory, bytes, "cuMemsetD8Async")) return CUDA_ERROR_ILLEGAL_ADDRESS;
    std::memset(memory, value, bytes);
    return CUDA_SUCCESS;
  }, __func__);
}
FAKE_EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
  RETURN_IF_BROKEN();
  return hostCopy(from, to, bytes, true, stream, __func__);
}
FAKE_EXPORT CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream) {
  RETURN_IF_BROKEN();
  return hostCopy(to, from, bytes, false, stream, __func__);
}
FAKE_EXPORT CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  RETURN_IF_BROKEN();
  auto* target = reinterpret_cast<void*>(to);
  const auto* source = reinterpret_cast<const void*>(from);
  return enqueue(stream, [=]() -> CUresult {
    if (!fakeReaches(stream, target, bytes, "cuMemcpyDtoDAsync") || !fakeReaches(stream, source, bytes, "cuMemcpyDtoDAsync")) return CUDA_ERROR_ILLEGAL_ADDRESS;
    std::memmove(target, source, bytes);
    return CUDA_SUCCESS;
  }, __func__);
}
FAKE_EXPORT CUresult cuMemcpyPeerAsync(CUdeviceptr to, CUcontext toContext, CUdeviceptr from, CUcontext fromContext, size_t bytes, CUstream stream) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(toContext, fromContext, stream);
  state().counts.peerCopies++;
  auto* target = reinterpret_cast<void*>(to);
  const auto* source = reinterpret_cast<const void*>(from);
  return enqueue(stream, [=]() -> CUresult {
    if (!fakeReaches(&toContext->defaultStream, target, bytes, "cuMemcpyPeerAsync") || !fakeReaches(&fromContext->defaultStream, source, bytes, "cuMemcpyPeerAsync")) return CUDA_ERROR_ILLEGAL_ADDRESS;
    std::memmove(target, source, bytes);
    return CUDA_SUCCESS;
  }, __func__);
}
