// Lets threads sleep until a counter changes. `std::condition_variable::wait` would need a C++
// runtime of 2022, GLIBCXX 3.4.30, where the addon is compiled with GCC 12.
#pragma once
#ifdef __wasm__
#include "wasm/wakeup.h"
#else
#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace vidtok {

class Wakeup {
 public:
  Wakeup() = default;
  ~Wakeup() { pthread_cond_destroy(&condition_); }
  Wakeup(const Wakeup&) = delete;

  // Wakes all that wait, once the counter was changed.
  void all(const std::atomic<uint32_t>&) {
    // A thread that saw the old number holds this lock until it sleeps.
    { const std::lock_guard<std::mutex> lock(mutex_); }
    pthread_cond_broadcast(&condition_);
  }
  // Returns once the counter is not `seen`.
  void wait(const std::atomic<uint32_t>& counter, uint32_t seen) {
    if (counter != seen) return;
    const std::unique_lock<std::mutex> lock(mutex_);
    while (counter == seen) pthread_cond_wait(&condition_, mutex_.native_handle());
  }

 private:
  std::mutex mutex_;
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
};

}  // namespace vidtok
#endif
