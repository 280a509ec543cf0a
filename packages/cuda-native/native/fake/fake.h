// What the fake libraries share. The fake driver is test only: "device" memory is host memory, streams are one thread that does everything in the
// order in which it was enqueued, kernels are the same CUDA C compiled for the host.
#pragma once
#include <functional>

#include "../abi/cuda.h"

#define FAKE_EXPORT extern "C" __attribute__((visibility("default")))

struct FakeDim { unsigned x, y, z; };

// What a compiled kernel exports as `fake_entry_NAME`.
struct FakeEntry {
  // Calls the kernel for one thread.
  void (*call)(const char* params);
  size_t paramBytes;
  bool hasBarriers;
  // The kernel's built-in variables.
  FakeDim* threadIdx;
  FakeDim* blockIdx;
  FakeDim* blockDim;
  FakeDim* gridDim;
  // Called by `__syncthreads`; set by whoever runs it.
  void (**barrier)();
};

// Runs every thread of every block (fibers.cpp).
void fakeRun(const FakeEntry& entry, const char* params, FakeDim grid, FakeDim block);

// Enqueues work on a stream for the fake libraries; it returns an error of the device, or success.
FAKE_EXPORT CUresult fakeEnqueue(CUstream stream, std::function<CUresult()> work);

// What tests set and ask. Counters count down: the n-th of something from now on fails, once; 0 is never.
struct FakeSettings {
  int devices = 1;
  int version = 13000;
  double memory = 1ull << 30;
  bool hasPools = true;
  bool hasPeers = true;
  int failAllocation = 0;
  int failLaunch = 0;
  int faultKernel = 0;
  int loseDevice = 0;
  int failLibrary = 0;
  int failCall = 0;
  int failCallWith = CUDA_ERROR_INVALID_VALUE;
};
struct FakeCounts {
  double allocations, bytes, pinned, streams, events, pools, modules, graphs, execs, contexts, corruptions, kernels, graphLaunches, graphUpdates, peerCopies, hostCopies, peakBytes, refusedCalls;
};
FAKE_EXPORT FakeSettings* fakeSettings();
FAKE_EXPORT FakeCounts fakeCounts();
FAKE_EXPORT void fakeForgetPeak();
FAKE_EXPORT const char* fakeRefused();
