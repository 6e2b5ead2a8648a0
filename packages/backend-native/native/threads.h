// The threads of a pool beside the one that calls it.
#pragma once
#ifdef __wasm__
#include "wasm/threads.h"
#else
#include <thread>
#include <vector>

namespace vidtok {

class Threads {
 public:
  int count() const { return static_cast<int>(threads_.size()); }

  // Runs `work(i)` on thread i of 1 … count; throws std::system_error where the system starts no
  // more threads.
  template <class F>
  void start(int count, F work) {
    for (int i = 1; i <= count; i++) threads_.emplace_back([work, i] { work(i); });
  }
  void join() {
    for (auto& thread : threads_) thread.join();
  }

  // Called when there is work for them.
  void want() {}
  // Lets others run on this core.
  static void yield() { std::this_thread::yield(); }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace vidtok
#endif
