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
    threads_.start(threads - 1, [this](int thread) { work(thread); });
  } catch (...) {
    stop_ = true;
    round_++;
    wakeup_.all(round_);
    threads_.join();
    throw;
  }
}

Pool::~Pool() {
  stop_ = true;
  round_++;
  wakeup_.all(round_);
  threads_.join();
}

void Pool::run(int64_t count, Task task, void* context) {
  if (count <= 0) return;
  if (count == 1 || threads() == 1) {
    for (int64_t i = 0; i < count; i++) task(context, i, 0);
    return;
  }
  task_ = task;
  context_ = context;
  count_ = count;
  next_ = 0;
  isOpen_ = true;
  round_++;
  threads_.want();
  wakeup_.all(round_);
  take(0);
  isOpen_ = false;
  for (int spins = 0; active_ > 0; spins++) {
    if (spins < kSpins)
      VIDTOK_PAUSE();
    else
      Threads::yield();
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
  uint32_t seen = 0;
  for (;;) {
    for (int spins = 0; spins < kSpins && round_ == seen; spins++) VIDTOK_PAUSE();
    wakeup_.wait(round_, seen);
    if (stop_) return;
    active_++;
    seen = round_;
    if (isOpen_) take(thread);
    active_--;
  }
}

}  // namespace vidtok
