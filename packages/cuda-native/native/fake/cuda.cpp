// The fake driver: what tests set and ask, devices, contexts. Memory, work, and code with graphs have files of their own.
#include "state.h"

#include <cstring>

namespace fake {

State& state() {
  static State* only = new State();
  return *only;
}

CUresult misuse(CUresult code, const char* call, const std::string& what) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  // After an error of its context a driver refuses everything: what then remains undone is no misuse.
  if (s.current() != nullptr && s.current()->error != CUDA_SUCCESS) return s.current()->error;
  s.counts.misuses++;
  std::fprintf(stderr, "fake CUDA: %s: %s\n", call, what.c_str());
  return code;
}

namespace {

bool isSecond(int& counter) { return counter > 0 && --counter == 0; }

}  // namespace

bool countdown(int& counter) {
  const std::lock_guard<std::mutex> lock(state().mutex);
  return isSecond(counter);
}

CUresult status(const char* call) {
  State& s = state();
  if (s.current() == nullptr) return misuse(CUDA_ERROR_INVALID_CONTEXT, call, "no context is current on this thread");
  if (s.current()->users == 0) return misuse(CUDA_ERROR_INVALID_CONTEXT, call, "the current context was released");
  const std::lock_guard<std::mutex> lock(s.mutex);
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
FAKE_EXPORT CUcontext fakeCurrent() { return state().current(); }
FAKE_EXPORT int fakeMisuse(int code, const char* call, const std::string& what) { return misuse(code, call, what); }

FAKE_EXPORT CUresult cuInit(unsigned flags) {
  if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
  if (state().settings.devices == 0) return CUDA_ERROR_NO_DEVICE;
  state().isInitialised = true;
  return CUDA_SUCCESS;
}
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
    case CUDA_ERROR_INVALID_CONTEXT: *text = "CUDA_ERROR_INVALID_CONTEXT"; break;
    case CUDA_ERROR_INVALID_HANDLE: *text = "CUDA_ERROR_INVALID_HANDLE"; break;
    case CUDA_ERROR_NO_BINARY_FOR_GPU: *text = "CUDA_ERROR_NO_BINARY_FOR_GPU"; break;
    case CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES: *text = "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"; break;
    default: *text = "CUDA_ERROR"; break;
  }
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGetErrorString(CUresult error, const char** text) {
  *text = error == CUDA_ERROR_OUT_OF_MEMORY ? "out of memory" : error == CUDA_ERROR_ILLEGAL_ADDRESS ? "an illegal memory access was encountered" : "a fake error";
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceGetCount(int* count) {
  if (!state().isInitialised) return misuse(CUDA_ERROR_NOT_INITIALIZED, __func__, "before cuInit");
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
    case CU_COMPUTE_CAPABILITY_MAJOR: *value = state().settings.capability / 10; break;
    case CU_COMPUTE_CAPABILITY_MINOR: *value = state().settings.capability % 10; break;
    case CU_MEMORY_POOLS_SUPPORTED: *value = state().settings.hasPools ? 1 : 0; break;
    case CU_MULTIPROCESSOR_COUNT: *value = 4; break;
    case CU_MAX_SHARED_MEMORY_PER_BLOCK: *value = 48 << 10; break;
    case CU_MAX_THREADS_PER_BLOCK: *value = 1024; break;
    case CU_PCI_BUS_ID: *value = device + 1; break;
    case CU_PCI_DEVICE_ID: case CU_PCI_DOMAIN_ID: case CU_L2_CACHE_SIZE: case CU_CLOCK_RATE: *value = 0; break;
    default: return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "attribute " + std::to_string(attribute));
  }
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice peer) {
  *can = fakeSettings()->hasPeers && device != peer ? 1 : 0;
  return CUDA_SUCCESS;
}

// The primary context lives while somebody holds it.
FAKE_EXPORT CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (device < 0 || device >= s.settings.devices) return CUDA_ERROR_INVALID_DEVICE;
  CUctx_st*& held = s.contexts[device];
  if (held != nullptr && held->users == 0 && held->error != CUDA_SUCCESS && s.settings.staysBroken) return held->error;
  if (held == nullptr || held->users == 0) {
    // The old one's memory stays: handles of it may still be asked about.
    held = new CUctx_st();
    held->device = device;
    held->defaultStream.context = held;
    s.live.insert(held);
    s.live.insert(&held->defaultStream);
    s.counts.contexts++;
  }
  held->users++;
  *context = held;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  State& s = state();
  CUctx_st* held = s.contexts[device];
  if (held == nullptr || held->users == 0) return misuse(CUDA_ERROR_INVALID_CONTEXT, __func__, "nobody holds the context");
  if (held->users == 1 && held->error == CUDA_SUCCESS && held->objects > 0) {
    misuse(CUDA_SUCCESS, __func__, std::to_string(held->objects) + " streams, events, modules, graphs or pools are left in the context");
  }
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (--held->users == 0) s.counts.contexts--;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuCtxSetCurrent(CUcontext context) {
  State::currentOfThread = nullptr;
  if (context != nullptr && context->users == 0) return misuse(CUDA_ERROR_INVALID_CONTEXT, __func__, "the context was released");
  State::currentOfThread = context;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuCtxEnablePeerAccess(CUcontext peer, unsigned flags) {
  RETURN_IF_BROKEN();
  CUctx_st* own = state().current();
  if (flags != 0 || peer == nullptr || peer->users == 0 || peer == own) return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "no other live context");
  return own->peers.insert(peer).second ? CUDA_SUCCESS : CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED;
}
