// Lets threads of WebAssembly sleep until a counter in their shared memory changes.
#pragma once
#include <atomic>
#include <cstdint>

namespace vidtok {

class Wakeup {
 public:
  // Wakes all that wait, once the counter was changed.
  void all(const std::atomic<uint32_t>& counter) {
    __builtin_wasm_memory_atomic_notify(address(counter), UINT32_MAX);
  }
  // Returns once the counter is not `seen`.
  void wait(const std::atomic<uint32_t>& counter, uint32_t seen) {
    while (counter == seen) __builtin_wasm_memory_atomic_wait32(address(counter), int(seen), -1);
  }

 private:
  static int* address(const std::atomic<uint32_t>& counter) {
    return reinterpret_cast<int*>(const_cast<std::atomic<uint32_t>*>(&counter));
  }
};

}  // namespace vidtok
