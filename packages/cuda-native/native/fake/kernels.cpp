// The fake driver: modules, launches, graphs.
#include <dlfcn.h>

#include <cstdio>
#include <cstring>

#include "state.h"

using namespace fake;

namespace {

CUresult runKernel(const KernelLaunch& launch) {
  State& s = state();
  if (countdown(s.settings.loseDevice)) return CUDA_ERROR_DEVICE_UNAVAILABLE;
  if (countdown(s.settings.faultKernel)) return CUDA_ERROR_ILLEGAL_ADDRESS;
  const FakeEntry& entry = *launch.function->entry;
  for (unsigned i = 0; i < entry.pointers; i++) {
    void* pointer;
    std::memcpy(&pointer, launch.params.data() + i * sizeof(pointer), sizeof(pointer));
    if (pointer != nullptr && !fakeReaches(&launch.function->context->defaultStream, pointer, 1, launch.function->name.c_str())) return CUDA_ERROR_ILLEGAL_ADDRESS;
  }
  if (!fakeRun(entry, launch.params.data(), launch.grid, launch.block)) {
    return misuse(CUDA_ERROR_LAUNCH_FAILED, launch.function->name.c_str(), "some threads of a block end while others wait at a barrier");
  }
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.counts.kernels++;
  return CUDA_SUCCESS;
}

// Checks a launch as the driver does and copies its packed parameters.
CUresult readLaunch(KernelLaunch& launch, CUfunction function, FakeDim grid, FakeDim block, void** extra, const char* call) {
  RETURN_IF(known(call, function));
  if (extra == nullptr) return misuse(CUDA_ERROR_INVALID_VALUE, call, "no parameters");
  if (function->context != state().current()) return misuse(CUDA_ERROR_INVALID_HANDLE, call, "a function of another context");
  const bool isGridLegal = grid.x >= 1 && grid.y >= 1 && grid.z >= 1 && grid.x <= 0x7fffffffu && grid.y <= 65535 && grid.z <= 65535;
  const bool isBlockLegal = block.x >= 1 && block.y >= 1 && block.z >= 1 && block.z <= 64 && static_cast<uint64_t>(block.x) * block.y * block.z <= 1024;
  if (!isGridLegal || !isBlockLegal) return misuse(CUDA_ERROR_INVALID_VALUE, call, "a grid or a block that no device takes");
  if (static_cast<uint64_t>(block.x) * block.y * block.z > function->entry->maxThreads) return misuse(CUDA_ERROR_INVALID_VALUE, call, "more threads than the kernel was compiled for");
  const char* params = nullptr;
  size_t bytes = 0;
  for (int i = 0; extra[i] != kLaunchParamEnd; i += 2) {
    if (extra[i] == kLaunchParamPointer) params = static_cast<const char*>(extra[i + 1]);
    else if (extra[i] == kLaunchParamSize) bytes = *static_cast<size_t*>(extra[i + 1]);
    else return CUDA_ERROR_INVALID_VALUE;
  }
  if (bytes != function->entry->paramBytes || bytes > 4096) {
    return misuse(CUDA_ERROR_INVALID_VALUE, call, std::to_string(bytes) + " bytes of parameters for " + function->name + ", which has " + std::to_string(function->entry->paramBytes));
  }
  launch = {function, grid, block, std::vector<char>(params, params + bytes)};
  return CUDA_SUCCESS;
}

CUresult readNode(KernelLaunch& launch, const CUDA_KERNEL_NODE_PARAMS& params, const char* call) {
  if (params.kernelParams != nullptr || params.sharedMemBytes != 0) return misuse(CUDA_ERROR_INVALID_VALUE, call, "parameters given twice, or shared memory");
  return readLaunch(launch, params.func, {params.gridDimX, params.gridDimY, params.gridDimZ}, {params.blockDimX, params.blockDimY, params.blockDimZ}, params.extra, call);
}

// A new node must stand behind the one before it: nothing else keeps the order.
CUresult checkChain(CUgraph graph, const CUgraphNode* after, size_t count, const char* call) {
  RETURN_IF(known(call, graph));
  const bool isBehind = graph->nodes.empty() ? count == 0 : count == 1 && after[0] == graph->nodes.back();
  return isBehind ? CUDA_SUCCESS : misuse(CUDA_ERROR_INVALID_VALUE, call, "a node that does not wait for the one before it");
}

CUresult addNode(CUgraphNode* node, CUgraph graph, CUgraphNode_st* made) {
  *node = made;
  graph->nodes.push_back(made);
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().live.insert(made);
  return CUDA_SUCCESS;
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
  RETURN_IF_BROKEN();
  const auto* text = static_cast<const char*>(image);
  char kind[8];
  int made = 0;
  int used = 0;
  if (std::sscanf(text, "SESSIONFLOW FAKE %7s %d\n%n", kind, &made, &used) != 2 || used == 0) return misuse(CUDA_ERROR_INVALID_IMAGE, __func__, "no image");
  const int capability = state().settings.capability;
  // Machine code is for its own generation, as new as the device at most; PTX for that and all that follow.
  const bool fits = made <= capability && (std::strcmp(kind, "PTX") == 0 || made / 10 == capability / 10);
  if (!fits) return misuse(CUDA_ERROR_NO_BINARY_FOR_GPU, __func__, std::string(kind) + " for " + std::to_string(made) + " on a device of " + std::to_string(capability));
  void* handle = dlopen(text + used, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return CUDA_ERROR_INVALID_IMAGE;
  return give(module, new CUmod_st{state().current(), handle, {}}, state().counts.modules);
}

FAKE_EXPORT CUresult cuModuleUnload(CUmodule module) {
  RETURN_IF(takeBack(module, state().counts.modules, __func__));
  {
    const std::lock_guard<std::mutex> lock(state().mutex);
    for (CUfunc_st* function : module->functions) state().live.erase(function);
  }
  dlclose(module->handle);
  return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  RETURN_IF_UNKNOWN(module);
  const auto* entry = static_cast<const FakeEntry*>(dlsym(module->handle, (std::string("fake_entry_") + name).c_str()));
  if (entry == nullptr) return CUDA_ERROR_NOT_FOUND;
  *function = new CUfunc_st{module->context, entry, name};
  module->functions.push_back(*function);
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().live.insert(*function);
  return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ,
                                    unsigned sharedBytes, CUstream stream, void** params, void** extra) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(stream);
  if (stream->context != state().current() || params != nullptr || sharedBytes != 0) return misuse(CUDA_ERROR_INVALID_HANDLE, __func__, "a stream of another context, or parameters given twice");
  KernelLaunch launch;
  RETURN_IF(readLaunch(launch, function, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, extra, __func__));
  if (countdown(state().settings.failLaunch)) return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  return enqueue(stream, [launch] { return runKernel(launch); }, __func__);
}

FAKE_EXPORT CUresult cuGraphCreate(CUgraph* graph, unsigned flags) {
  RETURN_IF_BROKEN();
  if (flags != 0) return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "flags");
  return give(graph, new CUgraph_st{state().current(), {}}, state().counts.graphs);
}
FAKE_EXPORT CUresult cuGraphDestroy(CUgraph graph) {
  RETURN_IF(takeBack(graph, state().counts.graphs, __func__));
  const std::lock_guard<std::mutex> lock(state().mutex);
  for (CUgraphNode_st* node : graph->nodes) state().live.erase(node);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphAddKernelNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* after, size_t count, const CUDA_KERNEL_NODE_PARAMS* params) {
  RETURN_IF_BROKEN();
  RETURN_IF(checkChain(graph, after, count, __func__));
  KernelLaunch launch;
  RETURN_IF(readNode(launch, *params, __func__));
  return addNode(node, graph, new CUgraphNode_st{nullptr, new KernelLaunch(launch), {}});
}
FAKE_EXPORT CUresult cuGraphAddChildGraphNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* after, size_t count, CUgraph child) {
  RETURN_IF_BROKEN();
  RETURN_IF(checkChain(graph, after, count, __func__));
  RETURN_IF_UNKNOWN(child);
  return addNode(node, graph, new CUgraphNode_st{nullptr, nullptr, workOf(child)});
}
FAKE_EXPORT CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long flags) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(graph);
  if (flags != 0) return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "flags");
  auto* made = new CUgraphExec_st{graph->context, graph->nodes, {}};
  for (CUgraphNode_st* node : graph->nodes) made->nodes[node] = {node->work, node->kernel == nullptr ? nullptr : new KernelLaunch(*node->kernel), node->child};
  return give(exec, made, state().counts.execs);
}
FAKE_EXPORT CUresult cuGraphExecDestroy(CUgraphExec exec) { return takeBack(exec, state().counts.execs, __func__); }
FAKE_EXPORT CUresult cuGraphExecKernelNodeSetParams(CUgraphExec exec, CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS* params) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(exec, node);
  const auto found = exec->nodes.find(node);
  if (found == exec->nodes.end() || found->second.kernel == nullptr) return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "no kernel node of the graph");
  KernelLaunch launch;
  RETURN_IF(readNode(launch, *params, __func__));
  *found->second.kernel = launch;
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.graphUpdates++;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphExecChildGraphNodeSetParams(CUgraphExec exec, CUgraphNode node, CUgraph child) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(exec, node, child);
  const auto found = exec->nodes.find(node);
  if (found == exec->nodes.end() || found->second.kernel != nullptr) return misuse(CUDA_ERROR_INVALID_VALUE, __func__, "no child node of the graph");
  auto list = workOf(child);
  // The same nodes with other parameters, and nothing else. A library may come to another number of them.
  if (list.size() != found->second.child.size() || countdown(state().settings.failUpdate)) return CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
  found->second.child = std::move(list);
  const std::lock_guard<std::mutex> lock(state().mutex);
  state().counts.graphUpdates++;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream) {
  RETURN_IF_BROKEN();
  RETURN_IF_UNKNOWN(exec, stream);
  State& s = state();
  if (exec->context != s.current() || stream->context != s.current()) return misuse(CUDA_ERROR_INVALID_CONTEXT, __func__, "a graph or a stream of another context");
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
    for (const auto& one : list) RETURN_IF(one());
    return CUDA_SUCCESS;
  }, __func__);
}
