// A library opened at run time: a table of its functions, or why there is none.
#pragma once
#include <dlfcn.h>

#include <string>
#include <vector>

#include "../abi/cublasLt.h"
#include "../abi/cuda.h"
#include "../abi/cudnn.h"
#include "../abi/nvrtc.h"

namespace sessionflow {

// Opens the first of `names` that is there. Never throws: `reason` says what was missing. Nothing is ever closed: these libraries leave threads and
// thread-local state behind that outlive whoever used them.
class Library {
 public:
  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  bool open(const std::vector<std::string>& names) {
    std::string said;
    for (const auto& name : names) {
      handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (handle_ != nullptr) {
        file_ = name;
        return true;
      }
      const char* error = dlerror();
      if (said.empty() && error != nullptr) said = error;
    }
    reason_ = names.empty() ? "no library of that name is known" : said;
    return false;
  }

  // The function of that name; a missing one makes the library unusable and is said in `reason`.
  void* find(const char* name) {
    void* found = dlsym(handle_, name);
    if (found == nullptr && reason_.empty()) reason_ = file_ + " lacks the function " + name;
    return found;
  }

  bool usable() const { return handle_ != nullptr && reason_.empty(); }
  const std::string& file() const { return file_; }
  const std::string& reason() const { return reason_; }
  void refuse(const std::string& reason) { reason_ = reason; }

 private:
  void* handle_ = nullptr;
  std::string file_;
  std::string reason_;
};

#define SESSIONFLOW_MEMBER(name, params) RESULT(*name) params = nullptr;
#define SESSIONFLOW_FIND(name, params) name = reinterpret_cast<decltype(name)>(library.find(#name));

// One struct per library: `library`, a pointer per function, `load`.
#define SESSIONFLOW_LIBRARY(Struct, CALLS)                        \
  struct Struct {                                                 \
    Library library;                                              \
    CALLS(SESSIONFLOW_MEMBER)                                     \
    bool load(const std::vector<std::string>& names) {            \
      if (!library.open(names)) return false;                     \
      CALLS(SESSIONFLOW_FIND)                                     \
      return library.usable();                                    \
    }                                                             \
  };

#define RESULT CUresult
SESSIONFLOW_LIBRARY(CudaLibrary, CUDA_DRIVER_CALLS)
#undef RESULT
#define RESULT nvrtcResult
SESSIONFLOW_LIBRARY(NvrtcLibrary, NVRTC_CALLS)
#undef RESULT
#define RESULT cublasStatus_t
SESSIONFLOW_LIBRARY(CublasLtLibrary, CUBLASLT_CALLS)
#undef RESULT
#define RESULT cudnnStatus_t
SESSIONFLOW_LIBRARY(CudnnLibrary, CUDNN_CALLS)
#undef RESULT

}  // namespace sessionflow
