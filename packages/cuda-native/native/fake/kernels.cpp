// The fake driver: modules, launches, graphs.
#include <dlfcn.h>

#include <cstring>

#include "state.h"

using namespace fake;

namespace {

const char kMagic[] = "SESSIONFLOW FAKE CUBIN\n";

CUresult runKernel(const KernelLaunch& launch) {
  State& s = state();
  if (countdown(s.settings.loseDevice)) return CUDA_ERROR_DEVICE_UNAVAILABLE;
  if (countdown(s.settings.faultKernel)) return CUDA_ERROR_ILLEGAL_ADDRESS;
  fakeRun(*launch.function->entry, launch.params.data(), launch.grid, launch.block);
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.counts.kernels++;
  return CUDA_SUCCESS;
}

// Checks a launch as the driver does and copies its packed parameters.
CUresult readLaunch(KernelLaunch& launch, CUfunction function, FakeDim grid, FakeDim block, void** extra) {
  if (function == nullptr || extra == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const bool isGridLegal = grid.x >= 1 && grid.y >= 1 && grid.z >= 1 && grid.x <= 0x7fffffffu && grid.y <= 65535 && grid.z <= 65535;
  const bool isBlockLegal = block.x >= 1 && block.y >= 1 && block.z >= 1 && block.z <= 64 && static_cast<uint64_t>(block.x) * block.y * block.z <= 1024;
  if (!isGridLegal || !isBlockLegal) return CUDA_ERROR_INVALID_VALUE;
  const char* params = nullptr;
  size_t bytes = 0;
  for (int i = 0; extra[i] != kLaunchParamEnd; i += 2) {
    if (extra[i] == kLaunchParamPointer) params = static_cast<const char*>(extra[i + 1]);
    else if (extra[i] == kLaunchParamSize) bytes = *static_cast<size_t*>(extra[i + 1]);
    else return CUDA_ERROR_INVALID_VALUE;
  }
  if (bytes < function->entry->paramBytes || bytes > 4096) return CUDA_ERROR_INVALID_VALUE;
  launch = {function, grid, block, std::vector<char>(params, params + bytes)};
  return CUDA_SUCCESS;
}

CUresult readNode(KernelLaunch& launch, const CUDA_KERNEL_NODE_PARAMS& params) {
  return readLaunch(launch, params.func, {params.gridDimX, params.gridDimY, params.gridDimZ}, {params.blockDimX, params.blockDimY, params.blockDimZ}, params.extra);
}

std::vector<std::function<CUresult()>> workOf(CUgraph graph) {
  std::vector<std::function<CUresult()>> list;
  for (CUgraphNode_st* node : graph->nodes) {
    if (node->kernel != nullptr) list.push_back([launch = *node->kernel] { return runKernel(launch); });
    else if (node->work) list.push_back(node->work);
    for (const auto& inner : node->child) list.push_back(inner);
  }
  return list;
}

}  // namespace

FAKE_EXPORT CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  const CUresult broken = status(__func__);
  if (broken != CUDA_SUCCESS) return broken;
  const auto* text = static_cast<const char*>(image);
  if (std::strncmp(text, kMagic, sizeof(kMagic) - 1) != 0) return CUDA_ERROR_INVALID_IMAGE;
  void* handle = dlopen(text + sizeof(kMagic) - 1, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return CUDA_ERROR_INVALID_IMAGE;
  auto* made = new CUmod_st();
  made->handle = handle;
  *module = made;
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.modules++;
  return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuModuleUnload(CUmodule module) {
  for (CUfunc_st* function : module->functions) delete function;
  dlclose(module->handle);
  delete module;
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.modules--;
  return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  const auto* entry = static_cast<const FakeEntry*>(dlsym(module->handle, (std::string("fake_entry_") + name).c_str()));
  if (entry == nullptr) return CUDA_ERROR_NOT_FOUND;
  *function = new CUfunc_st{entry, name};
  module->functions.push_back(*function);
  return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ,
                                    unsigned, CUstream stream, void**, void** extra) {
  KernelLaunch launch;
  const CUresult read = readLaunch(launch, function, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, extra);
  if (read != CUDA_SUCCESS) return read;
  if (countdown(state().settings.failLaunch)) return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  return enqueue(stream, [launch] { return runKernel(launch); });
}

FAKE_EXPORT CUresult cuStreamBeginCapture_v2(CUstream stream, unsigned) {
  if (stream == nullptr || stream->capture != nullptr) return CUDA_ERROR_INVALID_VALUE;
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.graphs++;
  stream->capture = new CUgraph_st();
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
  if (stream == nullptr || stream->capture == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *graph = stream->capture;
  stream->capture = nullptr;
  return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuGraphCreate(CUgraph* graph, unsigned) {
  const CUresult broken = status(__func__);
  if (broken != CUDA_SUCCESS) return broken;
  *graph = new CUgraph_st();
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.graphs++;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphDestroy(CUgraph graph) {
  for (CUgraphNode_st* node : graph->nodes) {
    delete node->kernel;
    delete node;
  }
  delete graph;
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.graphs--;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphAddKernelNode(CUgraphNode* node, CUgraph graph, const CUgraphNode*, size_t, const CUDA_KERNEL_NODE_PARAMS* params) {
  auto* launch = new KernelLaunch();
  const CUresult read = readNode(*launch, *params);
  if (read != CUDA_SUCCESS) {
    delete launch;
    return read;
  }
  *node = new CUgraphNode_st{nullptr, launch, {}};
  graph->nodes.push_back(*node);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphAddChildGraphNode(CUgraphNode* node, CUgraph graph, const CUgraphNode*, size_t, CUgraph child) {
  *node = new CUgraphNode_st{nullptr, nullptr, workOf(child)};
  graph->nodes.push_back(*node);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long) {
  const CUresult broken = status(__func__);
  if (broken != CUDA_SUCCESS) return broken;
  auto* made = new CUgraphExec_st();
  for (CUgraphNode_st* node : graph->nodes) {
    made->order.push_back(node);
    made->nodes[node] = {node->work, node->kernel == nullptr ? nullptr : new KernelLaunch(*node->kernel), node->child};
  }
  *exec = made;
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.execs++;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphExecDestroy(CUgraphExec exec) {
  for (auto& [key, node] : exec->nodes) delete node.kernel;
  delete exec;
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.execs--;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphExecKernelNodeSetParams(CUgraphExec exec, CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS* params) {
  const auto found = exec->nodes.find(node);
  if (found == exec->nodes.end() || found->second.kernel == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const CUresult read = readNode(*found->second.kernel, *params);
  if (read != CUDA_SUCCESS) return read;
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.graphUpdates++;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphExecChildGraphNodeSetParams(CUgraphExec exec, CUgraphNode node, CUgraph child) {
  const auto found = exec->nodes.find(node);
  if (found == exec->nodes.end() || found->second.kernel != nullptr) return CUDA_ERROR_INVALID_VALUE;
  found->second.child = workOf(child);
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.graphUpdates++;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream) {
  State& s = state();
  if (countdown(s.settings.failLaunch)) return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  std::vector<std::function<CUresult()>> list;
  for (CUgraphNode_st* key : exec->order) {
    const CUgraphNode_st& node = exec->nodes[key];
    if (node.kernel != nullptr) list.push_back([launch = *node.kernel] { return runKernel(launch); });
    else if (node.work) list.push_back(node.work);
    for (const auto& inner : node.child) list.push_back(inner);
  }
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    s.counts.graphLaunches++;
  }
  return enqueue(stream, [list]() -> CUresult {
    for (const auto& one : list) {
      const CUresult result = one();
      if (result != CUDA_SUCCESS) return result;
    }
    return CUDA_SUCCESS;
  });
}
