#include "pool.h"

#if defined(__x86_64__) || defined(__i386__)
#define VIDTOK_PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define VIDTOK_PAUSE() asm volatile("yield")
#else
#define VIDTOK_PAUSE() ((void)0)
#endif

namespace vidtok {

namespace {
// About 20 µs: kernels follow each other faster than a sleeping thread wakes up.
constexpr int kSpins = 1000;
}  // namespace

Pool::Pool(int threads) {
  try {
    for (int i = 1; i < threads; i++) workers_.emplace_back([this, i] { work(i); });
  } catch (...) {
    stop();
    throw;
  }
}

Pool::~Pool() { stop(); }

void Pool::stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.all();
  for (auto& worker : workers_) worker.join();
}

void Pool::run(int64_t count, Task task, void* context) {
  if (count <= 0) return;
  if (count == 1 || workers_.empty()) {
    for (int64_t i = 0; i < count; i++) task(context, i, 0);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(mutex_);
    task_ = task;
    context_ = context;
    count_ = count;
    next_ = 0;
    isOpen_ = true;
    round_++;
  }
  wake_.all();
  take(0);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    isOpen_ = false;
  }
  for (int spins = 0; active_.load(std::memory_order_acquire) > 0; spins++) {
    if (spins < kSpins)
      VIDTOK_PAUSE();
    else
      std::this_thread::yield();
  }
}

void Pool::take(int thread) {
  for (;;) {
    const int64_t i = next_.fetch_add(1, std::memory_order_relaxed);
    if (i >= count_) return;
    task_(context_, i, thread);
  }
}

void Pool::work(int thread) {
  uint64_t seen = 0;
  for (;;) {
    for (int spins = 0; spins < kSpins && round_.load(std::memory_order_acquire) == seen && !stop_;
         spins++) {
      VIDTOK_PAUSE();
    }
    {
      std::unique_lock<std::mutex> lock(mutex_);
      while (!stop_ && round_ == seen) wake_.wait(lock);
      if (stop_) return;
      seen = round_;
      if (!isOpen_) continue;
      active_++;
    }
    take(thread);
    active_.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace vidtok
