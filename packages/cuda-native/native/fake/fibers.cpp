// Threads of a block as fibers: each runs until it reaches a barrier or its end, then the next one; when all are there, the round begins anew.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "fake.h"

#if defined(__SANITIZE_ADDRESS__)
extern "C" void __sanitizer_start_switch_fiber(void** save, const void* bottom, size_t size);
extern "C" void __sanitizer_finish_switch_fiber(void* save, const void** bottom, size_t* size);
#endif

namespace {

constexpr size_t kStackBytes = 64 << 10;

// Saves the callee-saved registers on this stack, leaves its pointer in *from, and goes on where `to` left off.
extern "C" void fakeSwitch(void** from, void* to);
asm(R"(
.text
.type fakeSwitch, @function
fakeSwitch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size fakeSwitch, .-fakeSwitch
)");

struct Fiber {
  char* stack = nullptr;
  void* pointer = nullptr;
  bool isDone = true;
};

std::vector<Fiber> fibers;
void* scheduler = nullptr;
Fiber* running = nullptr;
const FakeEntry* currentEntry = nullptr;
const char* currentParams = nullptr;
#if defined(__SANITIZE_ADDRESS__)
const void* schedulerBottom = nullptr;
size_t schedulerSize = 0;
#endif

void toScheduler() {
#if defined(__SANITIZE_ADDRESS__)
  void* save = nullptr;
  __sanitizer_start_switch_fiber(&save, schedulerBottom, schedulerSize);
#endif
  fakeSwitch(&running->pointer, scheduler);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(save, &schedulerBottom, &schedulerSize);
#endif
}

void begin() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &schedulerBottom, &schedulerSize);
#endif
  currentEntry->call(currentParams);
  running->isDone = true;
  toScheduler();
  std::abort();
}

void prepare(Fiber& fiber) {
  if (fiber.stack == nullptr) fiber.stack = static_cast<char*>(std::aligned_alloc(64, kStackBytes));
  auto* top = reinterpret_cast<uintptr_t*>(fiber.stack + kStackBytes);
  // As after a call: the return address lies at a multiple of 16, less 8.
  *--top = 0;
  *--top = reinterpret_cast<uintptr_t>(&begin);
  for (int i = 0; i < 6; i++) *--top = 0;
  fiber.pointer = top;
  fiber.isDone = false;
}

void resume(Fiber& fiber) {
  running = &fiber;
#if defined(__SANITIZE_ADDRESS__)
  void* save = nullptr;
  __sanitizer_start_switch_fiber(&save, fiber.stack, kStackBytes);
#endif
  fakeSwitch(&scheduler, fiber.pointer);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(save, nullptr, nullptr);
#endif
}

// Threads take turns from the front and from the back, and blocks begin with the last: a barrier that is missing shows.
bool runBlock(const FakeEntry& entry, const char* params, FakeDim block, bool isBackward) {
  const size_t threads = static_cast<size_t>(block.x) * block.y * block.z;
  const auto place = [&](size_t index) {
    *entry.threadIdx = {static_cast<unsigned>(index % block.x), static_cast<unsigned>(index / block.x % block.y), static_cast<unsigned>(index / block.x / block.y)};
  };
  if (!entry.hasBarriers) {
    for (size_t turn = 0; turn < threads; turn++) {
      place(isBackward ? threads - 1 - turn : turn);
      entry.call(params);
    }
    return true;
  }
  if (fibers.size() < threads) fibers.resize(threads);
  currentEntry = &entry;
  currentParams = params;
  for (size_t i = 0; i < threads; i++) prepare(fibers[i]);
  for (size_t left = threads; left > 0; isBackward = !isBackward) {
    for (size_t turn = 0; turn < threads; turn++) {
      const size_t i = isBackward ? threads - 1 - turn : turn;
      place(i);
      resume(fibers[i]);
      if (fibers[i].isDone) left--;
    }
    if (left > 0 && left < threads) return false;
  }
  return true;
}

}  // namespace

bool fakeRun(const FakeEntry& entry, const char* params, FakeDim grid, FakeDim block) {
  *entry.gridDim = grid;
  *entry.blockDim = block;
  *entry.barrier = &toScheduler;
  for (uint64_t left = static_cast<uint64_t>(grid.x) * grid.y * grid.z; left > 0; left--) {
    const uint64_t index = left - 1;
    *entry.blockIdx = {static_cast<unsigned>(index % grid.x), static_cast<unsigned>(index / grid.x % grid.y), static_cast<unsigned>(index / grid.x / grid.y)};
    if (!runBlock(entry, params, block, index % 2 == 1)) return false;
  }
  return true;
}
