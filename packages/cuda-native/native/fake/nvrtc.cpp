// A fake NVRTC: compiles CUDA C for the host by the C++ compiler. What it calls machine code is the path of a shared object, kept by content.
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "../abi/nvrtc.h"

#define FAKE_EXPORT extern "C" __attribute__((visibility("default")))
extern char** environ;

struct nvrtcProgram_st {
  std::string source;
  std::string log;
  // The shared object's path.
  std::string image;
  bool isVirtual = false;
  std::string architecture = "80";

  std::string ptx() const { return "SESSIONFLOW FAKE PTX " + architecture + "\n" + image; }
  std::string cubin() const { return isVirtual ? "" : "SESSIONFLOW FAKE CUBIN " + architecture + "\n" + image; }
};

namespace {

std::string readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The folder that this library lies in, links followed: the one through which it was opened first may be gone by the time it is asked.
std::string findHome() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&findHome), &info);
  char* resolved = realpath(info.dli_fname, nullptr);
  const std::string path = resolved == nullptr ? info.dli_fname : resolved;
  std::free(resolved);
  return path.substr(0, path.find_last_of('/'));
}
const std::string theHome = findHome();
const std::string& home() { return theHome; }

std::string hashOf(const std::string& text) {
  unsigned long long a = 14695981039346656037ull;
  unsigned long long b = 0x9e3779b97f4a7c15ull;
  for (const unsigned char c : text) {
    a = (a ^ c) * 1099511628211ull;
    b = (b + c) * 0xff51afd7ed558ccdull;
    b ^= b >> 29;
  }
  char hex[40];
  std::snprintf(hex, sizeof(hex), "%016llx%016llx", a, b);
  return hex;
}

// The names of the kernels with their most threads: `__global__ void __launch_bounds__(threads) name(`.
std::vector<std::pair<std::string, std::string>> kernelsOf(const std::string& source) {
  std::vector<std::pair<std::string, std::string>> kernels;
  static const std::regex pattern(R"(__global__\s+void\s+(?:__launch_bounds__\((\d+)\)\s*)?(\w+)\s*\()");
  for (std::sregex_iterator match(source.begin(), source.end(), pattern), end; match != end; ++match) kernels.emplace_back((*match)[2], (*match)[1].matched ? (*match)[1].str() : "1024");
  return kernels;
}

// Runs a command with its output in a file; its exit status.
int runCommand(const std::vector<std::string>& words, const std::string& output) {
  std::vector<char*> args;
  for (const auto& word : words) args.push_back(const_cast<char*>(word.c_str()));
  args.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  const int spawned = posix_spawnp(&child, args[0], &actions, nullptr, args.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) return -1;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

FAKE_EXPORT nvrtcResult nvrtcVersion(int* major, int* minor) {
  *major = 13;
  *minor = 0;
  return NVRTC_SUCCESS;
}
FAKE_EXPORT nvrtcResult nvrtcGetNumSupportedArchs(int* count) {
  *count = 2;
  return NVRTC_SUCCESS;
}
FAKE_EXPORT nvrtcResult nvrtcGetSupportedArchs(int* archs) {
  archs[0] = 80;
  archs[1] = 90;
  return NVRTC_SUCCESS;
}
FAKE_EXPORT nvrtcResult nvrtcCreateProgram(nvrtcProgram* program, const char* source, const char*, int, const char* const*, const char* const*) {
  *program = new nvrtcProgram_st();
  (*program)->source = source;
  return NVRTC_SUCCESS;
}
FAKE_EXPORT nvrtcResult nvrtcDestroyProgram(nvrtcProgram* program) {
  delete *program;
  *program = nullptr;
  return NVRTC_SUCCESS;
}

FAKE_EXPORT nvrtcResult nvrtcCompileProgram(nvrtcProgram program, int count, const char* const* options) {
  // Nothing that changes what numbers come out, and a device that this compiler knows.
  static const std::regex known(R"(--std=c\+\+17|--fmad=true|--device-as-default-execution-space|--gpu-architecture=(sm|compute)_(80|90))");
  std::cmatch found;
  for (int i = 0; i < count; i++) {
    if (!std::regex_match(options[i], found, known)) return NVRTC_ERROR_INVALID_OPTION;
    if (found[1].matched) {
      program->isVirtual = found[1] == "compute";
      program->architecture = found[2];
    }
  }
  const std::string folder = home();
  static const std::string shim = readFile(folder + "/shim.h");
  const char* given = std::getenv("SESSIONFLOW_FAKE_CUDA_CACHE");
  const std::string cache = given == nullptr ? folder + "/cache" : given;
  mkdir(cache.c_str(), 0755);
  const bool hasBarriers = program->source.find("__sync") != std::string::npos;
  std::string text = "#include \"" + folder + "/shim.h\"\n#line 1\n" + program->source + "\n";
  for (const auto& [name, threads] : kernelsOf(program->source)) text += "FAKE_ENTRY(" + name + ", " + (hasBarriers ? "true" : "false") + ", " + threads + ")\n";
  const std::string base = cache + "/" + hashOf(text + shim);
  const std::string object = base + ".so";
  if (access(object.c_str(), R_OK) != 0) {
    const std::string mine = base + "." + std::to_string(getpid()) + "." + std::to_string(reinterpret_cast<uintptr_t>(program));
    std::ofstream(mine + ".cpp") << text;
    const char* compiler = std::getenv("CXX");
    // No contraction and no reordering: the host's arithmetic is to be the device's.
    const int status = runCommand({compiler == nullptr ? "c++" : compiler, "-std=c++17", "-O1", "-w", "-fPIC", "-shared", "-nostdlib", "-fno-exceptions", "-fno-rtti",
                                   "-fno-asynchronous-unwind-tables", "-fwrapv", "-fno-strict-aliasing", "-fno-threadsafe-statics", "-ffp-contract=off", "-fvisibility=hidden",
                                   "-fno-math-errno", mine + ".cpp", "-lm", "-lgcc", "-o", mine + ".so"}, mine + ".log");
    program->log = readFile(mine + ".log");
    unlink((mine + ".cpp").c_str());
    unlink((mine + ".log").c_str());
    if (status != 0) return NVRTC_ERROR_COMPILATION;
    if (std::rename((mine + ".so").c_str(), object.c_str()) != 0) return NVRTC_ERROR_OUT_OF_MEMORY;
  }
  program->image = object;
  return NVRTC_SUCCESS;
}

FAKE_EXPORT nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram program, size_t* size) {
  *size = program->log.size() + 1;
  return NVRTC_SUCCESS;
}
FAKE_EXPORT nvrtcResult nvrtcGetProgramLog(nvrtcProgram program, char* log) {
  std::memcpy(log, program->log.c_str(), program->log.size() + 1);
  return NVRTC_SUCCESS;
}
// There is no machine code for a virtual architecture. PTX ends in a zero, machine code does not.
FAKE_EXPORT nvrtcResult nvrtcGetCUBINSize(nvrtcProgram program, size_t* size) {
  *size = program->cubin().size();
  return NVRTC_SUCCESS;
}
FAKE_EXPORT nvrtcResult nvrtcGetCUBIN(nvrtcProgram program, char* image) {
  std::memcpy(image, program->cubin().data(), program->cubin().size());
  return NVRTC_SUCCESS;
}
FAKE_EXPORT nvrtcResult nvrtcGetPTXSize(nvrtcProgram program, size_t* size) {
  *size = program->ptx().size() + 1;
  return NVRTC_SUCCESS;
}
FAKE_EXPORT nvrtcResult nvrtcGetPTX(nvrtcProgram program, char* image) {
  std::memcpy(image, program->ptx().c_str(), program->ptx().size() + 1);
  return NVRTC_SUCCESS;
}
