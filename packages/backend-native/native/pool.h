// A persistent thread pool. Work is a number of tasks that threads take one by one; which thread
// takes which task never shows in results, because every task writes its own part of the output.
#pragma once
#include <atomic>
#include <cstdint>

#include "threads.h"
#include "wakeup.h"

namespace vidtok {

class Pool {
 public:
  // A task gets its number and the number of the thread it runs on, 0 … threads()−1.
  using Task = void (*)(void* context, int64_t task, int thread);

  // Throws std::system_error where the system starts no more threads.
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;

  int threads() const { return threads_.count() + 1; }

  // Runs tasks 0 … count−1, the caller taking its share, and returns when all are done.
  void run(int64_t count, Task task, void* context);

  // The threads beside the caller's.
  const Threads& others() const { return threads_; }

  // What thread 1 … threads()−1 does until the pool ends.
  void work(int thread);

 private:
  void take(int thread);

  Wakeup wakeup_;
  Task task_ = nullptr;
  void* context_ = nullptr;
  int64_t count_ = 0;
  // Counts calls of `run`; a worker that sees a new number may have work.
  std::atomic<uint32_t> round_{0};
  std::atomic<int64_t> next_{0};
  // Whether workers may still join the current call, and how many have or are about to: a call
  // never waits for a worker that woke up too late. A worker counts itself before it looks whether
  // it may join, and a call ends only after it was closed and nobody is counted.
  std::atomic<bool> isOpen_{false};
  std::atomic<int> active_{0};
  std::atomic<bool> stop_{false};
  Threads threads_;  // last: they use all of the above
};

}  // namespace vidtok
