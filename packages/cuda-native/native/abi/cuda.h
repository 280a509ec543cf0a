// The part of the CUDA driver's public binary interface that the addon uses: names, numbers and layouts, in this project's own words.
// The addon and the fake driver of the tests are both compiled against it; neither needs a CUDA toolkit.
#pragma once
#include <cstddef>
#include <cstdint>

extern "C" {

typedef int CUresult;
typedef int CUdevice;
typedef unsigned long long CUdeviceptr;
typedef struct CUctx_st* CUcontext;
typedef struct CUstream_st* CUstream;
typedef struct CUevent_st* CUevent;
typedef struct CUmod_st* CUmodule;
typedef struct CUfunc_st* CUfunction;
typedef struct CUgraph_st* CUgraph;
typedef struct CUgraphNode_st* CUgraphNode;
typedef struct CUgraphExec_st* CUgraphExec;
typedef struct CUmemPoolHandle_st* CUmemoryPool;
typedef void (*CUhostFn)(void* data);

enum : CUresult {
  CUDA_SUCCESS = 0,
  CUDA_ERROR_INVALID_VALUE = 1,
  CUDA_ERROR_OUT_OF_MEMORY = 2,
  CUDA_ERROR_NOT_INITIALIZED = 3,
  CUDA_ERROR_NO_DEVICE = 100,
  CUDA_ERROR_INVALID_DEVICE = 101,
  CUDA_ERROR_INVALID_IMAGE = 200,
  CUDA_ERROR_NOT_FOUND = 500,
  CUDA_ERROR_NOT_READY = 600,
  CUDA_ERROR_ILLEGAL_ADDRESS = 700,
  CUDA_ERROR_LAUNCH_FAILED = 719,
  CUDA_ERROR_DEVICE_UNAVAILABLE = 46,
};

// Numbers of device attributes.
enum : int {
  CU_MAX_THREADS_PER_BLOCK = 1,
  CU_MAX_SHARED_MEMORY_PER_BLOCK = 8,
  CU_CLOCK_RATE = 13,
  CU_MULTIPROCESSOR_COUNT = 16,
  CU_PCI_BUS_ID = 33,
  CU_PCI_DEVICE_ID = 34,
  CU_L2_CACHE_SIZE = 38,
  CU_PCI_DOMAIN_ID = 50,
  CU_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_COMPUTE_CAPABILITY_MINOR = 76,
  CU_MEMORY_POOLS_SUPPORTED = 115,
};

enum : unsigned {
  CU_STREAM_NON_BLOCKING = 1,
  CU_EVENT_DEFAULT = 0,
  CU_EVENT_DISABLE_TIMING = 2,
  CU_STREAM_CAPTURE_MODE_RELAXED = 2,
  CU_MEMPOOL_ATTR_RELEASE_THRESHOLD = 4,
};

// A memory pool's properties: pinned device memory of one device, no handles to share.
struct CUmemPoolProps {
  int allocType;
  int handleTypes;
  int locationType;
  int locationId;
  void* win32SecurityAttributes;
  size_t maxSize;
  unsigned char reserved[56];
};

// Which device reaches a pool's memory, and how: location type 1 is a device, flags 3 are reading and writing.
struct CUmemAccessDesc {
  int locationType;
  int locationId;
  int flags;
};

struct CUDA_KERNEL_NODE_PARAMS {
  CUfunction func;
  unsigned gridDimX, gridDimY, gridDimZ;
  unsigned blockDimX, blockDimY, blockDimZ;
  unsigned sharedMemBytes;
  void** kernelParams;
  void** extra;
};

}  // extern "C"

// `extra` of a launch: a list of tagged pointers that gives all parameters as one packed buffer.
inline void* const kLaunchParamEnd = nullptr;
inline void* const kLaunchParamPointer = reinterpret_cast<void*>(1);
inline void* const kLaunchParamSize = reinterpret_cast<void*>(2);

// Every driver call that the addon makes: exported name, then its parameters. Required ones come with each driver since CUDA 11.4.
#define CUDA_DRIVER_CALLS(CALL)                                                                                             \
  CALL(cuInit, (unsigned flags))                                                                                            \
  CALL(cuDriverGetVersion, (int* version))                                                                                  \
  CALL(cuGetErrorName, (CUresult error, const char** text))                                                                 \
  CALL(cuGetErrorString, (CUresult error, const char** text))                                                               \
  CALL(cuDeviceGetCount, (int* count))                                                                                      \
  CALL(cuDeviceGet, (CUdevice* device, int ordinal))                                                                        \
  CALL(cuDeviceGetName, (char* name, int size, CUdevice device))                                                            \
  CALL(cuDeviceTotalMem_v2, (size_t* bytes, CUdevice device))                                                               \
  CALL(cuDeviceGetAttribute, (int* value, int attribute, CUdevice device))                                                  \
  CALL(cuDeviceCanAccessPeer, (int* can, CUdevice device, CUdevice peer))                                                   \
  CALL(cuDevicePrimaryCtxRetain, (CUcontext* context, CUdevice device))                                                     \
  CALL(cuDevicePrimaryCtxRelease_v2, (CUdevice device))                                                                     \
  CALL(cuCtxSetCurrent, (CUcontext context))                                                                                \
  CALL(cuCtxEnablePeerAccess, (CUcontext peer, unsigned flags))                                                             \
  CALL(cuMemGetInfo_v2, (size_t* free, size_t* total))                                                                      \
  CALL(cuMemAlloc_v2, (CUdeviceptr* address, size_t bytes))                                                                 \
  CALL(cuMemFree_v2, (CUdeviceptr address))                                                                                 \
  CALL(cuMemPoolCreate, (CUmemoryPool* pool, const CUmemPoolProps* props))                                                  \
  CALL(cuMemPoolDestroy, (CUmemoryPool pool))                                                                               \
  CALL(cuMemPoolSetAttribute, (CUmemoryPool pool, int attribute, void* value))                                              \
  CALL(cuMemPoolTrimTo, (CUmemoryPool pool, size_t keep))                                                                   \
  CALL(cuMemPoolSetAccess, (CUmemoryPool pool, const CUmemAccessDesc* accesses, size_t count))                              \
  CALL(cuMemAllocFromPoolAsync, (CUdeviceptr* address, size_t bytes, CUmemoryPool pool, CUstream stream))                   \
  CALL(cuMemFreeAsync, (CUdeviceptr address, CUstream stream))                                                              \
  CALL(cuMemHostAlloc, (void** address, size_t bytes, unsigned flags))                                                      \
  CALL(cuMemFreeHost, (void* address))                                                                                      \
  CALL(cuMemsetD8Async, (CUdeviceptr address, unsigned char value, size_t bytes, CUstream stream))                          \
  CALL(cuMemcpyHtoDAsync_v2, (CUdeviceptr to, const void* from, size_t bytes, CUstream stream))                             \
  CALL(cuMemcpyDtoHAsync_v2, (void* to, CUdeviceptr from, size_t bytes, CUstream stream))                                   \
  CALL(cuMemcpyDtoDAsync_v2, (CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream))                             \
  CALL(cuMemcpyPeerAsync, (CUdeviceptr to, CUcontext toContext, CUdeviceptr from, CUcontext fromContext, size_t bytes, CUstream stream)) \
  CALL(cuStreamCreate, (CUstream* stream, unsigned flags))                                                                  \
  CALL(cuStreamDestroy_v2, (CUstream stream))                                                                               \
  CALL(cuStreamQuery, (CUstream stream))                                                                                    \
  CALL(cuStreamSynchronize, (CUstream stream))                                                                              \
  CALL(cuStreamWaitEvent, (CUstream stream, CUevent event, unsigned flags))                                                 \
  CALL(cuStreamBeginCapture_v2, (CUstream stream, unsigned mode))                                                           \
  CALL(cuStreamEndCapture, (CUstream stream, CUgraph* graph))                                                               \
  CALL(cuLaunchHostFunc, (CUstream stream, CUhostFn function, void* data))                                                  \
  CALL(cuEventCreate, (CUevent* event, unsigned flags))                                                                     \
  CALL(cuEventDestroy_v2, (CUevent event))                                                                                  \
  CALL(cuEventRecord, (CUevent event, CUstream stream))                                                                     \
  CALL(cuEventElapsedTime, (float* milliseconds, CUevent from, CUevent to))                                                 \
  CALL(cuModuleLoadData, (CUmodule* module, const void* image))                                                             \
  CALL(cuModuleUnload, (CUmodule module))                                                                                   \
  CALL(cuModuleGetFunction, (CUfunction* function, CUmodule module, const char* name))                                      \
  CALL(cuLaunchKernel, (CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ, \
                        unsigned sharedBytes, CUstream stream, void** params, void** extra))                                \
  CALL(cuGraphCreate, (CUgraph* graph, unsigned flags))                                                                     \
  CALL(cuGraphDestroy, (CUgraph graph))                                                                                     \
  CALL(cuGraphAddKernelNode, (CUgraphNode* node, CUgraph graph, const CUgraphNode* after, size_t count, const CUDA_KERNEL_NODE_PARAMS* params)) \
  CALL(cuGraphAddChildGraphNode, (CUgraphNode* node, CUgraph graph, const CUgraphNode* after, size_t count, CUgraph child)) \
  CALL(cuGraphInstantiateWithFlags, (CUgraphExec* exec, CUgraph graph, unsigned long long flags))                           \
  CALL(cuGraphExecDestroy, (CUgraphExec exec))                                                                              \
  CALL(cuGraphExecKernelNodeSetParams, (CUgraphExec exec, CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS* params))         \
  CALL(cuGraphExecChildGraphNodeSetParams, (CUgraphExec exec, CUgraphNode node, CUgraph child))                             \
  CALL(cuGraphLaunch, (CUgraphExec exec, CUstream stream))
