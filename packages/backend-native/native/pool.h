// A persistent thread pool. Work is a number of tasks that threads take one by one; which thread
// takes which task never shows in results, because every task writes its own part of the output.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

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

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Runs tasks 0 … count−1, the caller taking its share, and returns when all are done.
  void run(int64_t count, Task task, void* context);

 private:
  void work(int thread);
  void take(int thread);
  // Ends all threads.
  void stop();

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  Wakeup wake_;
  Task task_ = nullptr;
  void* context_ = nullptr;
  int64_t count_ = 0;
  // Counts calls of `run`; a worker that sees a new number may have work.
  std::atomic<uint64_t> round_{0};
  std::atomic<int64_t> next_{0};
  // Whether workers may still join the current call, and how many have: a call never waits for a
  // worker that woke up too late.
  bool isOpen_ = false;
  std::atomic<int> active_{0};
  std::atomic<bool> stop_{false};
};

}  // namespace vidtok
