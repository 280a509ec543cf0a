// The fake driver's objects.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "fake.h"

constexpr CUresult CUDA_ERROR_INVALID_CONTEXT = 201;
constexpr CUresult CUDA_ERROR_NO_BINARY_FOR_GPU = 209;
constexpr CUresult CUDA_ERROR_INVALID_HANDLE = 400;
constexpr CUresult CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES = 701;
constexpr CUresult CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED = 704;
constexpr CUresult CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900;
constexpr CUresult CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE = 910;

struct CUctx_st;

struct CUfunc_st {
  CUctx_st* context;
  const FakeEntry* entry;
  std::string name;
};

struct KernelLaunch {
  CUfunction function;
  FakeDim grid;
  FakeDim block;
  std::vector<char> params;
};

// A captured piece of work, a kernel, or a child graph's work.
struct CUgraphNode_st {
  std::function<CUresult()> work;
  KernelLaunch* kernel;
  std::vector<std::function<CUresult()>> child;
};
struct CUgraph_st {
  CUctx_st* context;
  std::vector<CUgraphNode_st*> nodes;
};
struct CUgraphExec_st {
  CUctx_st* context;
  std::vector<CUgraphNode_st*> order;
  std::map<CUgraphNode_st*, CUgraphNode_st> nodes;
};

namespace fake {

// One recording of an event: whether the device has come to it, and when.
struct Moment {
  bool isReached = false;
  std::chrono::steady_clock::time_point time;
};

struct Work {
  std::function<CUresult()> act;
  // Among all work, in the order of the host's calls.
  long order;
  // What it waits for, and which recording it is.
  std::shared_ptr<Moment> waits;
  std::shared_ptr<Moment> marks;
};

}  // namespace fake

struct CUstream_st {
  CUctx_st* context = nullptr;
  std::deque<fake::Work> queue;
  // In the queue or being done.
  int pending = 0;
  CUgraph_st* capture = nullptr;
};
struct CUctx_st {
  CUdevice device = 0;
  int users = 0;
  // Streams, events, modules, graphs and pools that live in it.
  int objects = 0;
  // The first error of work that ran; everything fails from then on.
  CUresult error = CUDA_SUCCESS;
  std::set<CUctx_st*> peers;
  CUstream_st defaultStream;
};
struct CUevent_st {
  CUctx_st* context;
  bool tellsTime;
  // The last recording.
  std::shared_ptr<fake::Moment> moment;
};
struct CUmod_st {
  CUctx_st* context;
  void* handle = nullptr;
  std::vector<CUfunc_st*> functions;
};
struct CUmemPoolHandle_st {
  CUctx_st* context;
  std::set<CUdevice> accessors;
};

namespace fake {

struct Allocation {
  size_t bytes;
  CUctx_st* context;
  CUmemPoolHandle_st* pool;
  // Given back by the host; the stream has not come there yet.
  bool isFreed = false;
};
struct Pinned {
  size_t bytes;
  // Copies in flight.
  int users = 0;
};

struct State {
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable done;
  long order = 0;
  // In queues or being done.
  int pending = 0;
  bool isWorking = false;
  bool isInitialised = false;
  FakeSettings settings;
  FakeCounts counts{};
  // The call that `failCall` refused last.
  std::string refused;
  std::map<CUdevice, CUctx_st*> contexts;
  // Those that have something to do.
  std::set<CUstream_st*> busy;
  std::map<CUdeviceptr, Allocation> allocations;
  std::map<char*, Pinned> pinned;
  // Every handle that names something.
  std::set<const void*> live;
  static inline thread_local CUctx_st* currentOfThread = nullptr;
  CUctx_st* current() { return currentOfThread; }
};

State& state();
CUresult misuse(CUresult code, const char* call, const std::string& what);
CUresult enqueue(CUstream stream, std::function<CUresult()> work, const char* call);
// What every call of a context begins with.
CUresult status(const char* call);
bool countdown(int& counter);

// Whether handles name something; misuse if not.
template <class... Handles> CUresult known(const char* call, Handles... handles) {
  bool isKnown = true;
  {
    State& s = state();
    const std::lock_guard<std::mutex> lock(s.mutex);
    isKnown = ((s.live.count(handles) == 1) && ...);
  }
  return isKnown ? CUDA_SUCCESS : misuse(CUDA_ERROR_INVALID_HANDLE, call, "a handle that names nothing (any more)");
}

template <class T> CUresult give(T** made, T* value, double& count) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  count++;
  value->context->objects++;
  s.live.insert(value);
  *made = value;
  return CUDA_SUCCESS;
}

// Takes the handle away; its memory stays, so that none that is made later has the same address.
template <class T> CUresult takeBack(T* object, double& count, const char* call) {
  const CUresult isKnown = known(call, object);
  if (isKnown != CUDA_SUCCESS) return isKnown;
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  count--;
  object->context->objects--;
  s.live.erase(object);
  return CUDA_SUCCESS;
}

}  // namespace fake

#define RETURN_IF(call)                                   \
  do {                                                    \
    const CUresult result_ = (call);                      \
    if (result_ != CUDA_SUCCESS) return result_;          \
  } while (false)
#define RETURN_IF_BROKEN() RETURN_IF(fake::status(__func__))
#define RETURN_IF_UNKNOWN(...) RETURN_IF(fake::known(__func__, __VA_ARGS__))
