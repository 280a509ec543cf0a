// Graphs: a chain of kernel nodes and captured library calls, instantiated once, updated in place, launched as one.
#include "driver.h"

namespace sessionflow {

namespace {

// A node's parameters from (…, function, grid x, y, z, block x, y, z, packed parameters) starting at `first`.
struct NodeParams {
  NodeParams(const Napi::CallbackInfo& info, size_t first, const Function& function) : packed(byteArray(info, first + 7)), bytes(packed.ByteLength()) {
    const auto dim = [&](size_t index) { return static_cast<unsigned>(number(info, first + index)); };
    extra[0] = kLaunchParamPointer;
    extra[1] = packed.Data();
    extra[2] = kLaunchParamSize;
    extra[3] = &bytes;
    extra[4] = kLaunchParamEnd;
    params = {function.handle, dim(1), dim(2), dim(3), dim(4), dim(5), dim(6), 0, nullptr, extra};
  }
  NodeParams(const NodeParams&) = delete;
  NodeParams& operator=(const NodeParams&) = delete;

  Napi::Uint8Array packed;
  size_t bytes;
  void* extra[5];
  CUDA_KERNEL_NODE_PARAMS params;
};

}  // namespace

Napi::Value Driver::createGraph(Info info) {
  const Napi::Env env = info.Env();
  Graph graph{contexts_.get(env, info[0]).handle, nullptr, nullptr, {}};
  enter(graph.context, env);
  checkCuda(env, cuda_.cuGraphCreate(&graph.handle, 0), "cuGraphCreate");
  return Napi::Number::New(env, graphs_.add(graph));
}

Napi::Value Driver::destroyGraph(Info info) {
  const Napi::Env env = info.Env();
  const Graph graph = graphs_.take(env, info[0]);
  for (const uint32_t node : graph.nodes) nodes_.drop(node);
  enter(graph.context, env);
  checkCuda(env, cuda_.cuGraphDestroy(graph.handle), "cuGraphDestroy");
  return env.Undefined();
}

// (graph, function, grid, block, parameters) → node, after all nodes before it
Napi::Value Driver::addKernel(Info info) {
  const Napi::Env env = info.Env();
  Graph& graph = graphs_.get(env, info[0]);
  const NodeParams params(info, 1, functions_.get(env, info[1]));
  CUgraphNode node = nullptr;
  enter(graph.context, env);
  checkCuda(env, cuda_.cuGraphAddKernelNode(&node, graph.handle, &graph.last, graph.last == nullptr ? 0 : 1, &params.params), "cuGraphAddKernelNode");
  graph.last = node;
  graph.nodes.push_back(nodes_.add({node}));
  return Napi::Number::New(env, graph.nodes.back());
}

// (graph, child graph) → node; the child is copied
Napi::Value Driver::addChild(Info info) {
  const Napi::Env env = info.Env();
  Graph& graph = graphs_.get(env, info[0]);
  const CUgraph child = graphs_.get(env, info[1]).handle;
  CUgraphNode node = nullptr;
  enter(graph.context, env);
  checkCuda(env, cuda_.cuGraphAddChildGraphNode(&node, graph.handle, &graph.last, graph.last == nullptr ? 0 : 1, child), "cuGraphAddChildGraphNode");
  graph.last = node;
  graph.nodes.push_back(nodes_.add({node}));
  return Napi::Number::New(env, graph.nodes.back());
}

Napi::Value Driver::instantiate(Info info) {
  const Napi::Env env = info.Env();
  const Graph& graph = graphs_.get(env, info[0]);
  GraphExec exec{graph.context, nullptr};
  enter(graph.context, env);
  checkCuda(env, cuda_.cuGraphInstantiateWithFlags(&exec.handle, graph.handle, 0), "cuGraphInstantiate");
  return Napi::Number::New(env, execs_.add(exec));
}

Napi::Value Driver::destroyExec(Info info) {
  const Napi::Env env = info.Env();
  const GraphExec exec = execs_.take(env, info[0]);
  enter(exec.context, env);
  checkCuda(env, cuda_.cuGraphExecDestroy(exec.handle), "cuGraphExecDestroy");
  return env.Undefined();
}

// (executable graph, node, function, grid, block, parameters): for launches that come later
Napi::Value Driver::setKernel(Info info) {
  const Napi::Env env = info.Env();
  const GraphExec& exec = execs_.get(env, info[0]);
  const NodeParams params(info, 2, functions_.get(env, info[2]));
  enter(exec.context, env);
  checkCuda(env, cuda_.cuGraphExecKernelNodeSetParams(exec.handle, nodes_.get(env, info[1]).handle, &params.params), "cuGraphExecKernelNodeSetParams");
  return env.Undefined();
}

// (executable graph, node, child graph)
Napi::Value Driver::setChild(Info info) {
  const Napi::Env env = info.Env();
  const GraphExec& exec = execs_.get(env, info[0]);
  enter(exec.context, env);
  checkCuda(env, cuda_.cuGraphExecChildGraphNodeSetParams(exec.handle, nodes_.get(env, info[1]).handle, graphs_.get(env, info[2]).handle),
            "cuGraphExecChildGraphNodeSetParams");
  return env.Undefined();
}

// (executable graph, stream)
Napi::Value Driver::launchGraph(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[1]);
  enter(stream.context, env);
  checkCuda(env, cuda_.cuGraphLaunch(execs_.get(env, info[0]).handle, stream.handle), "cuGraphLaunch");
  return env.Undefined();
}

// What is enqueued on the stream from here on is recorded instead of done.
Napi::Value Driver::beginCapture(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  enter(stream.context, env);
  checkCuda(env, cuda_.cuStreamBeginCapture_v2(stream.handle, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
  return env.Undefined();
}

// → graph
Napi::Value Driver::endCapture(Info info) {
  const Napi::Env env = info.Env();
  const Stream& stream = streams_.get(env, info[0]);
  Graph graph{stream.context, nullptr, nullptr, {}};
  enter(stream.context, env);
  checkCuda(env, cuda_.cuStreamEndCapture(stream.handle, &graph.handle), "cuStreamEndCapture");
  return Napi::Number::New(env, graphs_.add(graph));
}

}  // namespace sessionflow
