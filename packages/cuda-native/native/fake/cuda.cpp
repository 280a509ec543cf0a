// The fake driver: devices, contexts, memory, streams, events. Code and graphs are in kernels.cpp.
#include "state.h"

#include <algorithm>
#include <cstring>

namespace fake {

State& state() {
  static State* only = new State();
  return *only;
}

namespace {

// The one thread that does what streams were told, in the order in which they were told it. That is one of the orders that streams allow, since an
// event is waited for only after it was recorded.
void work() {
  State& s = state();
  std::unique_lock<std::mutex> lock(s.mutex);
  for (;;) {
    s.wake.wait(lock, [&] { return !s.queue.empty(); });
    Work item = std::move(s.queue.front());
    s.queue.pop_front();
    CUctx_st* context = item.stream->context;
    if (context->error == CUDA_SUCCESS) {
      lock.unlock();
      const CUresult result = item.work();
      lock.lock();
      if (result != CUDA_SUCCESS) context->error = result;
    }
    item.stream->pending--;
    s.done.notify_all();
  }
}

CUstream_st* streamOf(CUstream stream) {
  State& s = state();
  return stream != nullptr ? stream : &s.current()->defaultStream;
}

bool isSecond(int& counter) { return counter > 0 && --counter == 0; }

}  // namespace

CUresult enqueue(CUstream given, std::function<CUresult()> what) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (s.current() == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  CUstream_st* stream = streamOf(given);
  if (stream->context->error != CUDA_SUCCESS) return stream->context->error;
  if (stream->capture != nullptr) {
    stream->capture->nodes.push_back(new CUgraphNode_st{std::move(what), nullptr});
    return CUDA_SUCCESS;
  }
  if (!s.isWorking) {
    s.isWorking = true;
    std::thread(work).detach();
  }
  stream->pending++;
  s.queue.push_back({stream, std::move(what)});
  s.wake.notify_one();
  return CUDA_SUCCESS;
}

bool countdown(int& counter) {
  const std::lock_guard<std::mutex> lock(state().mutex);
  return isSecond(counter);
}

// What every call of a context begins with.
CUresult status(const char* call) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (s.current() == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  if (s.current()->error == CUDA_SUCCESS && isSecond(s.settings.failCall)) {
    s.counts.refusedCalls++;
    s.refused = call;
    // From 700 on an error stays with its context.
    if (s.settings.failCallWith >= CUDA_ERROR_ILLEGAL_ADDRESS) s.current()->error = static_cast<CUresult>(s.settings.failCallWith);
    return static_cast<CUresult>(s.settings.failCallWith);
  }
  return s.current()->error;
}

}  // namespace fake

using namespace fake;

#define RETURN_IF_BROKEN()                                \
  do {                                                    \
    const CUresult broken = status(__func__);             \
    if (broken != CUDA_SUCCESS) return broken;            \
  } while (false)

FAKE_EXPORT FakeSettings* fakeSettings() { return &state().settings; }
FAKE_EXPORT FakeCounts fakeCounts() {
  const std::lock_guard<std::mutex> lock(state().mutex);
  return state().counts;
}
FAKE_EXPORT const char* fakeRefused() { return state().refused.c_str(); }
FAKE_EXPORT void fakeForgetPeak() {
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.peakBytes = state().counts.bytes;
}
FAKE_EXPORT CUresult fakeEnqueue(CUstream stream, std::function<CUresult()> what) { return enqueue(stream, std::move(what)); }

FAKE_EXPORT CUresult cuInit(unsigned) { return state().settings.devices == 0 ? CUDA_ERROR_NO_DEVICE : CUDA_SUCCESS; }
FAKE_EXPORT CUresult cuDriverGetVersion(int* version) {
  *version = state().settings.version;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGetErrorName(CUresult error, const char** text) {
  switch (error) {
    case CUDA_SUCCESS: *text = "CUDA_SUCCESS"; break;
    case CUDA_ERROR_INVALID_VALUE: *text = "CUDA_ERROR_INVALID_VALUE"; break;
    case CUDA_ERROR_OUT_OF_MEMORY: *text = "CUDA_ERROR_OUT_OF_MEMORY"; break;
    case CUDA_ERROR_NO_DEVICE: *text = "CUDA_ERROR_NO_DEVICE"; break;
    case CUDA_ERROR_INVALID_IMAGE: *text = "CUDA_ERROR_INVALID_IMAGE"; break;
    case CUDA_ERROR_NOT_FOUND: *text = "CUDA_ERROR_NOT_FOUND"; break;
    case CUDA_ERROR_ILLEGAL_ADDRESS: *text = "CUDA_ERROR_ILLEGAL_ADDRESS"; break;
    case CUDA_ERROR_LAUNCH_FAILED: *text = "CUDA_ERROR_LAUNCH_FAILED"; break;
    case CUDA_ERROR_DEVICE_UNAVAILABLE: *text = "CUDA_ERROR_DEVICE_UNAVAILABLE"; break;
    default: *text = "CUDA_ERROR"; break;
  }
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGetErrorString(CUresult error, const char** text) {
  *text = error == CUDA_ERROR_OUT_OF_MEMORY ? "out of memory" : error == CUDA_ERROR_ILLEGAL_ADDRESS ? "an illegal memory access was encountered" : "a fake error";
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceGetCount(int* count) {
  *count = state().settings.devices;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  if (ordinal < 0 || ordinal >= state().settings.devices) return CUDA_ERROR_INVALID_DEVICE;
  *device = ordinal;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceGetName(char* name, int size, CUdevice) {
  std::strncpy(name, "Fake GPU", static_cast<size_t>(size));
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice) {
  *bytes = static_cast<size_t>(state().settings.memory);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device) {
  switch (attribute) {
    case CU_COMPUTE_CAPABILITY_MAJOR: *value = 8; break;
    case CU_COMPUTE_CAPABILITY_MINOR: *value = 0; break;
    case CU_MEMORY_POOLS_SUPPORTED: *value = state().settings.hasPools ? 1 : 0; break;
    case CU_MULTIPROCESSOR_COUNT: *value = 4; break;
    case CU_MAX_SHARED_MEMORY_PER_BLOCK: *value = 48 << 10; break;
    case CU_MAX_THREADS_PER_BLOCK: *value = 1024; break;
    case CU_PCI_BUS_ID: *value = device + 1; break;
    default: *value = 0; break;
  }
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceCanAccessPeer(int* can, CUdevice, CUdevice) {
  *can = fakeSettings()->hasPeers ? 1 : 0;
  return CUDA_SUCCESS;
}

// The primary context lives while somebody holds it. One that is made anew has no error.
FAKE_EXPORT CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (device < 0 || device >= s.settings.devices) return CUDA_ERROR_INVALID_DEVICE;
  CUctx_st*& held = s.contexts[device];
  if (held == nullptr) {
    held = new CUctx_st();
    held->device = device;
    held->defaultStream.context = held;
  }
  if (held->users++ == 0) s.counts.contexts++;
  *context = held;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  CUctx_st* held = s.contexts[device];
  if (held == nullptr || held->users == 0) return CUDA_ERROR_INVALID_CONTEXT;
  if (--held->users > 0) return CUDA_SUCCESS;
  s.counts.contexts--;
  held->error = CUDA_SUCCESS;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuCtxSetCurrent(CUcontext context) {
  State::currentOfThread = context;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuCtxEnablePeerAccess(CUcontext, unsigned) { return status(__func__); }
FAKE_EXPORT CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
  RETURN_IF_BROKEN();
  *total = static_cast<size_t>(state().settings.memory);
  *free = *total - static_cast<size_t>(fakeCounts().bytes);
  return CUDA_SUCCESS;
}

namespace {

// Bytes behind each allocation that must keep their value.
constexpr size_t kGuard = 64;

CUresult allocateBytes(CUdeviceptr* address, size_t bytes) {
  State& s = state();
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  if (countdown(s.settings.failAllocation)) return CUDA_ERROR_OUT_OF_MEMORY;
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (s.counts.bytes + static_cast<double>(bytes) > s.settings.memory) return CUDA_ERROR_OUT_OF_MEMORY;
  const size_t whole = (bytes + kGuard + 255) / 256 * 256;
  auto* memory = static_cast<unsigned char*>(std::aligned_alloc(256, whole));
  if (memory == nullptr) return CUDA_ERROR_OUT_OF_MEMORY;
  // Neither zero nor a number that could be a result.
  std::memset(memory, 0xa5, whole);
  s.allocations[reinterpret_cast<CUdeviceptr>(memory)] = bytes;
  s.counts.allocations++;
  s.counts.bytes += static_cast<double>(bytes);
  s.counts.peakBytes = std::max(s.counts.peakBytes, s.counts.bytes);
  *address = reinterpret_cast<CUdeviceptr>(memory);
  return CUDA_SUCCESS;
}

CUresult freeBytes(CUdeviceptr address) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  const auto found = s.allocations.find(address);
  if (found == s.allocations.end()) return CUDA_ERROR_INVALID_VALUE;
  auto* memory = reinterpret_cast<unsigned char*>(address);
  for (size_t i = 0; i < kGuard; i++) {
    if (memory[found->second + i] == 0xa5) continue;
    s.counts.corruptions++;
    break;
  }
  s.counts.allocations--;
  s.counts.bytes -= static_cast<double>(found->second);
  s.allocations.erase(found);
  std::free(memory);
  return CUDA_SUCCESS;
}

template <class T> CUresult give(T** made, T* value, double& count) {
  const std::lock_guard<std::mutex> lock(state().mutex);
  count++;
  *made = value;
  return CUDA_SUCCESS;
}

template <class T> CUresult takeBack(T* object, double& count) {
  const std::lock_guard<std::mutex> lock(state().mutex);
  count--;
  delete object;
  return CUDA_SUCCESS;
}

CUresult transfer(void* to, const void* from, size_t bytes, CUstream stream) {
  return enqueue(stream, [=] {
    if (bytes > 0) std::memmove(to, from, bytes);
    return CUDA_SUCCESS;
  });
}
void* hostPointer(CUdeviceptr address) { return reinterpret_cast<void*>(address); }

}  // namespace

FAKE_EXPORT CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) { RETURN_IF_BROKEN(); return allocateBytes(address, bytes); }
FAKE_EXPORT CUresult cuMemFree_v2(CUdeviceptr address) { return freeBytes(address); }
FAKE_EXPORT CUresult cuMemPoolCreate(CUmemoryPool* pool, const CUmemPoolProps*) { RETURN_IF_BROKEN(); return give(pool, new CUmemPoolHandle_st(), state().counts.pools); }
FAKE_EXPORT CUresult cuMemPoolDestroy(CUmemoryPool pool) { return takeBack(pool, state().counts.pools); }
FAKE_EXPORT CUresult cuMemPoolSetAttribute(CUmemoryPool, int, void*) { return CUDA_SUCCESS; }
FAKE_EXPORT CUresult cuMemPoolTrimTo(CUmemoryPool, size_t) { return CUDA_SUCCESS; }
FAKE_EXPORT CUresult cuMemPoolSetAccess(CUmemoryPool, const CUmemAccessDesc* accesses, size_t count) {
  RETURN_IF_BROKEN();
  return count == 1 && accesses->locationType == 1 && accesses->flags == 3 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
FAKE_EXPORT CUresult cuMemAllocFromPoolAsync(CUdeviceptr* address, size_t bytes, CUmemoryPool, CUstream) { RETURN_IF_BROKEN(); return allocateBytes(address, bytes); }
FAKE_EXPORT CUresult cuMemFreeAsync(CUdeviceptr address, CUstream) { return freeBytes(address); }
FAKE_EXPORT CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned) {
  RETURN_IF_BROKEN();
  *address = std::malloc(bytes);
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.pinned++;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuMemFreeHost(void* address) {
  std::free(address);
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.pinned--;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuMemsetD8Async(CUdeviceptr address, unsigned char value, size_t bytes, CUstream stream) {
  RETURN_IF_BROKEN();
  return enqueue(stream, [=] {
    std::memset(hostPointer(address), value, bytes);
    return CUDA_SUCCESS;
  });
}
FAKE_EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) { RETURN_IF_BROKEN(); state().counts.hostCopies++; return transfer(hostPointer(to), from, bytes, stream); }
FAKE_EXPORT CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream) { RETURN_IF_BROKEN(); state().counts.hostCopies++; return transfer(to, hostPointer(from), bytes, stream); }
FAKE_EXPORT CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) { RETURN_IF_BROKEN(); return transfer(hostPointer(to), hostPointer(from), bytes, stream); }
FAKE_EXPORT CUresult cuMemcpyPeerAsync(CUdeviceptr to, CUcontext, CUdeviceptr from, CUcontext, size_t bytes, CUstream stream) {
  RETURN_IF_BROKEN();
  state().counts.peerCopies++;
  return transfer(hostPointer(to), hostPointer(from), bytes, stream);
}

FAKE_EXPORT CUresult cuStreamCreate(CUstream* stream, unsigned) {
  RETURN_IF_BROKEN();
  auto* made = new CUstream_st();
  made->context = state().current();
  return give(stream, made, state().counts.streams);
}
FAKE_EXPORT CUresult cuStreamSynchronize(CUstream given) {
  RETURN_IF_BROKEN();
  State& s = state();
  std::unique_lock<std::mutex> lock(s.mutex);
  CUstream_st* stream = streamOf(given);
  s.done.wait(lock, [&] { return stream->pending == 0; });
  return stream->context->error;
}
FAKE_EXPORT CUresult cuStreamDestroy_v2(CUstream stream) {
  State& s = state();
  {
    std::unique_lock<std::mutex> lock(s.mutex);
    s.done.wait(lock, [&] { return stream->pending == 0; });
  }
  return takeBack(stream, s.counts.streams);
}
FAKE_EXPORT CUresult cuStreamQuery(CUstream stream) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (stream->context->error != CUDA_SUCCESS) return stream->context->error;
  return stream->pending == 0 ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}
FAKE_EXPORT CUresult cuStreamWaitEvent(CUstream, CUevent, unsigned) { return status(__func__); }
FAKE_EXPORT CUresult cuLaunchHostFunc(CUstream stream, CUhostFn function, void* data) {
  RETURN_IF_BROKEN();
  return enqueue(stream, [=] {
    function(data);
    return CUDA_SUCCESS;
  });
}
FAKE_EXPORT CUresult cuEventCreate(CUevent* event, unsigned) { RETURN_IF_BROKEN(); return give(event, new CUevent_st(), state().counts.events); }
FAKE_EXPORT CUresult cuEventDestroy_v2(CUevent event) { return takeBack(event, state().counts.events); }
FAKE_EXPORT CUresult cuEventRecord(CUevent event, CUstream stream) {
  RETURN_IF_BROKEN();
  return enqueue(stream, [=] {
    event->time = std::chrono::steady_clock::now();
    return CUDA_SUCCESS;
  });
}
FAKE_EXPORT CUresult cuEventElapsedTime(float* milliseconds, CUevent from, CUevent to) {
  *milliseconds = std::chrono::duration<float, std::milli>(to->time - from->time).count();
  return CUDA_SUCCESS;
}
