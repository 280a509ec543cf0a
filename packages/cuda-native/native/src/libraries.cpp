// Which libraries there are, and which devices.
#include <cstdlib>

#include "driver.h"

namespace sessionflow {

namespace {

// The oldest driver whose calls are all there: CUDA 11.4's.
constexpr int kOldestDriver = 11040;

std::string versionText(int version) { return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10); }

// Where a library may be: each name in each folder. An empty folder is the system's own way of finding it.
std::vector<std::string> inFolders(const std::vector<std::string>& folders, const std::vector<std::string>& names) {
  std::vector<std::string> paths;
  for (const auto& name : names) {
    for (const auto& folder : folders) paths.push_back(folder.empty() ? name : folder + "/" + name);
  }
  return paths;
}

Napi::Object libraryReport(Napi::Env env, const Library& library, const std::string& version) {
  Napi::Object object = Napi::Object::New(env);
  if (library.usable()) {
    object.Set("file", library.file());
    if (!version.empty()) object.Set("version", version);
  } else {
    object.Set("reason", library.reason().empty() ? "it was not asked for" : library.reason());
  }
  return object;
}

}  // namespace

void Driver::openLibraries(const Napi::Object& paths) {
  const Napi::Value compiler = paths.Get("compiler");
  // A compiler needs no driver.
  if (compiler.IsString()) {
    nvrtc_.load(inFolders({compiler.As<Napi::String>().Utf8Value()}, {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"}));
    return;
  }
  const Napi::Array folders = paths.Get("folders").As<Napi::Array>();
  for (uint32_t i = 0; i < folders.Length(); i++) folders_.push_back(folders.Get(i).As<Napi::String>().Utf8Value());
  if (!cuda_.load(inFolders(folders_, {"libcuda.so.1", "libcuda.so"}))) return;
  const CUresult begun = cuda_.cuInit(0);
  if (begun != CUDA_SUCCESS) {
    const char* name = nullptr;
    const char* said = nullptr;
    cuda_.cuGetErrorName(begun, &name);
    cuda_.cuGetErrorString(begun, &said);
    cuda_.library.refuse(begun == CUDA_ERROR_NO_DEVICE ? "no device: the driver is here but finds no GPU"
                                                       : std::string("cuInit failed: ") + (name ? name : "?") + (said ? std::string(": ") + said : ""));
    return;
  }
  cuda_.cuDriverGetVersion(&driverVersion_);
  if (driverVersion_ < kOldestDriver) {
    cuda_.library.refuse("driver too old: it speaks CUDA " + versionText(driverVersion_) + ", and " + versionText(kOldestDriver) + " is needed");
    return;
  }
  isReady_ = true;
  openNvrtc();
}

// The newest NVRTC whose code this driver can load: any of its own major version, else an older one.
void Driver::openNvrtc() {
  std::vector<std::string> names;
  for (int major = driverVersion_ / 1000; major >= 11; major--) {
    names.push_back("libnvrtc.so." + std::to_string(major));
    if (major == 11) names.push_back("libnvrtc.so.11.2");
  }
  nvrtc_.load(inFolders(folders_, names));
}

// cuBLASLt and cuDNN are large: they are opened when the first program wants them, or when somebody asks whether they are there.
Napi::Value Driver::loadLibrary(Info info) {
  const Napi::Env env = info.Env();
  const std::string name = text(info, 0);
  const int major = driverVersion_ / 1000;
  if (name == "cublasLt") {
    if (!blas_.library.usable() && isReady_) {
      std::vector<std::string> names;
      for (int version = major; version >= 11; version--) names.push_back("libcublasLt.so." + std::to_string(version));
      blas_.load(inFolders(folders_, names));
    }
    return libraryReport(env, blas_.library, "");
  }
  if (name != "cudnn") throw Napi::Error::New(env, "internal: no library " + name);
  if (!dnn_.library.usable() && isReady_) {
    dnn_.load(inFolders(folders_, {"libcudnn.so.9", "libcudnn.so.8"}));
  }
  return libraryReport(env, dnn_.library, "");
}

Napi::Value Driver::report(Info info) {
  const Napi::Env env = info.Env();
  Napi::Object object = Napi::Object::New(env);
  object.Set("cuda", libraryReport(env, cuda_.library, isReady_ ? versionText(driverVersion_) : ""));
  int major = 0;
  int minor = 0;
  if (nvrtc_.library.usable()) nvrtc_.nvrtcVersion(&major, &minor);
  object.Set("nvrtc", libraryReport(env, nvrtc_.library, std::to_string(major) + "." + std::to_string(minor)));
  return object;
}

Napi::Value Driver::devices(Info info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  if (!isReady_) return list;
  int count = 0;
  checkCuda(env, cuda_.cuDeviceGetCount(&count), "cuDeviceGetCount");
  for (int ordinal = 0; ordinal < count; ordinal++) {
    CUdevice device = 0;
    char name[256] = "";
    size_t memory = 0;
    checkCuda(env, cuda_.cuDeviceGet(&device, ordinal), "cuDeviceGet");
    checkCuda(env, cuda_.cuDeviceGetName(name, sizeof(name), device), "cuDeviceGetName");
    checkCuda(env, cuda_.cuDeviceTotalMem_v2(&memory, device), "cuDeviceTotalMem");
    const auto attribute = [&](int which) {
      int value = 0;
      checkCuda(env, cuda_.cuDeviceGetAttribute(&value, which, device), "cuDeviceGetAttribute");
      return value;
    };
    char bus[32];
    std::snprintf(bus, sizeof(bus), "%04x:%02x:%02x.0", attribute(CU_PCI_DOMAIN_ID), attribute(CU_PCI_BUS_ID), attribute(CU_PCI_DEVICE_ID));
    Napi::Object object = Napi::Object::New(env);
    object.Set("ordinal", ordinal);
    object.Set("name", std::string(name));
    object.Set("memory", static_cast<double>(memory));
    object.Set("major", attribute(CU_COMPUTE_CAPABILITY_MAJOR));
    object.Set("minor", attribute(CU_COMPUTE_CAPABILITY_MINOR));
    object.Set("multiprocessors", attribute(CU_MULTIPROCESSOR_COUNT));
    object.Set("sharedBytes", attribute(CU_MAX_SHARED_MEMORY_PER_BLOCK));
    object.Set("l2Bytes", attribute(CU_L2_CACHE_SIZE));
    object.Set("hasPools", attribute(CU_MEMORY_POOLS_SUPPORTED) != 0);
    object.Set("bus", std::string(bus));
    list.Set(static_cast<uint32_t>(ordinal), object);
  }
  return list;
}

}  // namespace sessionflow
