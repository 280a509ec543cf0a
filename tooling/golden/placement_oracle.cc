// TensorFlow's placer by itself, over device types, ops and kernels that the caller makes up: what placement_worlds.py loads.
#include <cstring>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tensorflow/core/common_runtime/device_factory.h"
#include "tensorflow/core/common_runtime/device_set.h"
#include "tensorflow/core/common_runtime/graph_constructor.h"
#include "tensorflow/core/common_runtime/placer.h"
#include "tensorflow/core/common_runtime/placer_inspection_required_ops_utils.h"
#include "tensorflow/core/framework/device.h"
#include "tensorflow/core/framework/kernel_def.pb.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/graph/graph.h"

namespace {

using namespace tensorflow;  // NOLINT

class NamedDevice : public Device {
 public:
  explicit NamedDevice(const DeviceAttributes& attributes) : Device(nullptr, attributes) {}
  absl::Status Sync() override { return absl::UnimplementedError("it only has a name"); }
  Allocator* GetAllocator(AllocatorAttributes) override { return nullptr; }
};

class NoDevices : public DeviceFactory {
 public:
  absl::Status ListPhysicalDevices(std::vector<std::string>*) override { return absl::OkStatus(); }
  absl::Status CreateDevices(const SessionOptions&, const std::string&, std::vector<std::unique_ptr<Device>>*) override { return absl::OkStatus(); }
};

class NeverRuns : public OpKernel {
 public:
  explicit NeverRuns(OpKernelConstruction* context) : OpKernel(context) {}
  void Compute(OpKernelContext*) override {}
};

std::vector<std::pair<std::string, std::string>> pairs(const char* lines) {
  std::vector<std::pair<std::string, std::string>> found;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    const size_t tab = line.find('\t');
    found.emplace_back(line.substr(0, tab), line.substr(tab + 1));
  }
  return found;
}

absl::Status place(const GraphDef& graph_def, const char* device_lines, const char* assigned_lines, const std::string& client, bool is_default, bool soft, bool isolate,
                   std::string* placed) {
  std::vector<std::unique_ptr<Device>> devices;
  DeviceSet set;
  Device* client_device = nullptr;
  for (const auto& [name, type] : pairs(device_lines)) {
    DeviceAttributes attributes;
    attributes.set_name(name);
    attributes.set_device_type(type);
    devices.push_back(std::make_unique<NamedDevice>(attributes));
    set.AddDevice(devices.back().get());
    if (name == client) client_device = devices.back().get();
  }
  if (client_device != nullptr) set.set_client_device(client_device);
  Graph graph(OpRegistry::Global());
  GraphConstructorOptions options;
  options.allow_internal_ops = true;
  TF_RETURN_IF_ERROR(ConvertGraphDefToGraph(options, graph_def, &graph));
  const auto assigned = pairs(assigned_lines);
  const std::map<std::string, std::string> where(assigned.begin(), assigned.end());
  for (Node* node : graph.op_nodes()) {
    const auto found = where.find(node->name());
    if (found != where.end()) node->set_assigned_device_name(found->second);
  }
  if (isolate) TF_RETURN_IF_ERROR(IsolatePlacerInspectionRequiredOps(graph.flib_def(), &graph));
  Placer placer(&graph, "", &graph.flib_def(), &set, is_default ? client_device : nullptr, soft, true);
  TF_RETURN_IF_ERROR(placer.Run());
  for (const Node* node : graph.op_nodes()) *placed += node->name() + "\t" + node->assigned_device_name() + "\n";
  return absl::OkStatus();
}

const char* copied(const std::string& text) {
  static std::string kept;
  kept = text;
  return kept.c_str();
}

}  // namespace

extern "C" {

/** A device type and its rank among types. */
void define_type(const char* type, int priority) { DeviceFactory::Register(type, std::make_unique<NoDevices>(), priority, false); }

/** A serialized OpDef. */
void define_op(const char* bytes, size_t size) {
  OpDef def;
  def.ParseFromArray(bytes, size);
  OpRegistry::Global()->Register([def](OpRegistrationData* data) {
    data->op_def = def;
    return absl::OkStatus();
  });
}

/** A serialized KernelDef. */
void define_kernel(const char* bytes, size_t size) {
  auto* def = new KernelDef;
  def->ParseFromArray(bytes, size);
  kernel_factory::OpKernelRegistrar(def, "NeverRuns", [](OpKernelConstruction* context) -> OpKernel* { return new NeverRuns(context); });
}

/**
 * Places a serialized GraphDef. `devices` and `assigned` are lines of two fields; `client` is the device that gives the local address, which is
 * preferred if `is_default`. Gives lines of node and device, or `!code message`. The text stays until the next call.
 */
const char* place_graph(const char* bytes, size_t size, const char* devices, const char* assigned, const char* client, int is_default, int soft, int isolate) {
  GraphDef graph_def;
  graph_def.ParseFromArray(bytes, size);
  std::string placed;
  const absl::Status status = place(graph_def, devices, assigned, client, is_default != 0, soft != 0, isolate != 0, &placed);
  fflush(stdout);
  if (status.ok()) return copied(placed);
  return copied("!" + std::to_string(status.raw_code()) + " " + std::string(status.message()));
}
}
