// Lets threads sleep until another wakes them all. `std::condition_variable::wait` would need a C++
// runtime of 2022, GLIBCXX 3.4.30, where the addon is compiled with GCC 12.
#pragma once
#include <pthread.h>

#include <mutex>

namespace vidtok {

class Wakeup {
 public:
  Wakeup() = default;
  ~Wakeup() { pthread_cond_destroy(&condition_); }
  Wakeup(const Wakeup&) = delete;

  // Wakes all that wait.
  void all() { pthread_cond_broadcast(&condition_); }
  // Gives the lock up while it sleeps; may also return without a call of `all`.
  void wait(std::unique_lock<std::mutex>& lock) {
    pthread_cond_wait(&condition_, lock.mutex()->native_handle());
  }

 private:
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
};

}  // namespace vidtok
