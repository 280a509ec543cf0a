// The fake driver's objects.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fake.h"

constexpr CUresult CUDA_ERROR_INVALID_CONTEXT = 201;
constexpr CUresult CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES = 701;

struct CUfunc_st {
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
  std::vector<CUgraphNode_st*> nodes;
};
struct CUgraphExec_st {
  std::vector<CUgraphNode_st*> order;
  std::map<CUgraphNode_st*, CUgraphNode_st> nodes;
};
struct CUstream_st {
  struct CUctx_st* context = nullptr;
  int pending = 0;
  CUgraph_st* capture = nullptr;
};
struct CUctx_st {
  CUdevice device = 0;
  int users = 0;
  // The first error of work that ran; everything fails from then on.
  CUresult error = CUDA_SUCCESS;
  CUstream_st defaultStream;
};
struct CUevent_st {
  std::chrono::steady_clock::time_point time;
};
struct CUmod_st {
  void* handle = nullptr;
  std::vector<CUfunc_st*> functions;
};
struct CUmemPoolHandle_st {};

namespace fake {

struct Work {
  CUstream_st* stream;
  std::function<CUresult()> work;
};

struct State {
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable done;
  std::deque<Work> queue;
  bool isWorking = false;
  FakeSettings settings;
  FakeCounts counts{};
  // The call that `failCall` refused last.
  std::string refused;
  std::map<CUdevice, CUctx_st*> contexts;
  std::map<CUdeviceptr, size_t> allocations;
  static inline thread_local CUctx_st* currentOfThread = nullptr;
  CUctx_st* current() { return currentOfThread; }
};

State& state();
CUresult enqueue(CUstream stream, std::function<CUresult()> work);
CUresult status(const char* call);
bool countdown(int& counter);

}  // namespace fake
