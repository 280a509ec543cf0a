// What the fake libraries share. The fake driver is test only: "device" memory is host memory, streams are one thread that does what is ready, what was
// enqueued last before the rest, kernels are the same CUDA C compiled for the host. What a real driver would refuse, crash on or do in the wrong order
// it refuses, says on stderr and counts as misuse.
#pragma once
#include <functional>
#include <string>

#include "../abi/cuda.h"

#define FAKE_EXPORT extern "C" __attribute__((visibility("default")))

struct FakeDim { unsigned x, y, z; };

// What a compiled kernel exports as `fake_entry_NAME`.
struct FakeEntry {
  // Calls the kernel for one thread.
  void (*call)(const char* params);
  size_t paramBytes;
  // How many of the first parameters are pointers, and the most threads that a block may have.
  unsigned pointers;
  unsigned maxThreads;
  bool hasBarriers;
  // The kernel's built-in variables.
  FakeDim* threadIdx;
  FakeDim* blockIdx;
  FakeDim* blockDim;
  FakeDim* gridDim;
  // Called by `__syncthreads`; set by whoever runs it.
  void (**barrier)();
};

// Runs every thread of every block (fibers.cpp). False: some threads of a block waited at a barrier and others had ended.
bool fakeRun(const FakeEntry& entry, const char* params, FakeDim grid, FakeDim block);

// Enqueues work on a stream for the fake libraries; it returns an error of the device, or success.
FAKE_EXPORT CUresult fakeEnqueue(CUstream stream, std::function<CUresult()> work);

// The context that is current on this thread.
FAKE_EXPORT CUcontext fakeCurrent();

// Notes that the driver or a library was used as it must not be; the code, for whoever returns it.
FAKE_EXPORT int fakeMisuse(int code, const char* call, const std::string& what);

// Whether device memory from here on belongs to a live allocation that this stream's context reaches. Misuse if not.
FAKE_EXPORT bool fakeReaches(CUstream stream, const void* memory, size_t bytes, const char* call);

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
  // A library refuses a call that it had an algorithm for.
  int failLibraryRun = 0;
  int failCall = 0;
  int failCallWith = CUDA_ERROR_INVALID_VALUE;
  // A child of an executable graph does not take new parameters.
  int failUpdate = 0;
  // Compute capability, major · 10 + minor.
  int capability = 80;
  // A context that failed fails again when it is made anew, as NVIDIA documents it.
  bool staysBroken = false;
  // Microseconds that the device waits before each piece of work, so that the host is ahead of it.
  int slow = 0;
};
struct FakeCounts {
  double allocations, bytes, pinned, streams, events, pools, modules, graphs, execs, contexts, corruptions, kernels, graphLaunches, graphUpdates, peerCopies, hostCopies, peakBytes, refusedCalls, misuses;
};
FAKE_EXPORT FakeSettings* fakeSettings();
FAKE_EXPORT FakeCounts fakeCounts();
FAKE_EXPORT void fakeForgetPeak();
FAKE_EXPORT const char* fakeRefused();
