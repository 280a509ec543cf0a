// The part of NVRTC's public binary interface that the addon uses, in this project's own words.
#pragma once
#include <cstddef>

extern "C" {
typedef int nvrtcResult;
typedef struct nvrtcProgram_st* nvrtcProgram;
enum : nvrtcResult { NVRTC_SUCCESS = 0, NVRTC_ERROR_OUT_OF_MEMORY = 1, NVRTC_ERROR_INVALID_INPUT = 3, NVRTC_ERROR_INVALID_OPTION = 5, NVRTC_ERROR_COMPILATION = 6 };
}

#define NVRTC_CALLS(CALL)                                                                                                   \
  CALL(nvrtcVersion, (int* major, int* minor))                                                                              \
  CALL(nvrtcGetNumSupportedArchs, (int* count))                                                                             \
  CALL(nvrtcGetSupportedArchs, (int* archs))                                                                                \
  CALL(nvrtcCreateProgram, (nvrtcProgram* program, const char* source, const char* name, int headers, const char* const* texts, const char* const* names)) \
  CALL(nvrtcDestroyProgram, (nvrtcProgram* program))                                                                        \
  CALL(nvrtcCompileProgram, (nvrtcProgram program, int count, const char* const* options))                                  \
  CALL(nvrtcGetProgramLogSize, (nvrtcProgram program, size_t* size))                                                        \
  CALL(nvrtcGetProgramLog, (nvrtcProgram program, char* log))                                                               \
  CALL(nvrtcGetCUBINSize, (nvrtcProgram program, size_t* size))                                                             \
  CALL(nvrtcGetCUBIN, (nvrtcProgram program, char* image))                                                                  \
  CALL(nvrtcGetPTXSize, (nvrtcProgram program, size_t* size))                                                               \
  CALL(nvrtcGetPTX, (nvrtcProgram program, char* image))
