// The threads of a pool, which only JavaScript can start: each is a worker with an instance of its
// own over the same memory. A pool runs as well while they are not there yet.
#pragma once

// Gives this thread's core to others for a moment, where the engine's host lets it.
extern "C" __attribute__((import_module("env"), import_name("vidtok_yield"))) void vidtok_yield();

namespace vidtok {

class Threads {
 public:
  int count() const { return count_; }

  template <class F>
  void start(int count, F) {
    count_ = count;
  }
  void join() {}

  // Called when there is work for them.
  void want() { isWanted_ = true; }
  // Whether there was work for them.
  bool isWanted() const { return isWanted_; }
  static void yield() { vidtok_yield(); }

 private:
  int count_ = 0;
  bool isWanted_ = false;
};

}  // namespace vidtok
