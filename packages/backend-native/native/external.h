// Native memory as JavaScript's collector sees it: a few small objects that own gigabytes are no
// reason to collect unless it knows of them.
#pragma once
#include <napi.h>

#include <algorithm>

namespace vidtok {

class ExternalMemory {
 public:
  explicit ExternalMemory(Napi::Env env) : env_(env) {}
  ~ExternalMemory() { report(0); }
  ExternalMemory(const ExternalMemory&) = delete;

  // Follows `used` bytes upwards only: what comes and goes below the most that was in use before
  // would start collections that free nothing.
  void grow(int64_t used) {
    if (used - reported_ >= std::max(kStep, reported_ / 16)) report(used);
  }

  // After a collection let `freed` bytes go, of which `used` are left.
  void shrink(int64_t freed, int64_t used) { report(std::max(used, reported_ - freed)); }

  void report(int64_t used) {
    if (used == reported_) return;
    Napi::MemoryManagement::AdjustExternalMemory(env_, used - reported_);
    reported_ = used;
  }

  // Whether `used` has more than doubled since it was last settled. V8 collects beside the program,
  // and where it gets no processor a loop that waits for nothing fills memory meanwhile.
  bool isOvergrown(int64_t used) const { return used > 2 * settled_ + kUnwatched; }

  // What is in use after a collection.
  void settle(int64_t used) { settled_ = used; }

  // Makes JavaScript collect now, by a report far above what it lets grow between collections.
  void collect() {
    constexpr int64_t kFar = int64_t(1) << 40;
    Napi::MemoryManagement::AdjustExternalMemory(env_, kFar);
    Napi::MemoryManagement::AdjustExternalMemory(env_, -kFar);
  }

 private:
  // V8 starts to collect 64 MiB after the last collection; above that each report costs
  // milliseconds.
  static constexpr int64_t kStep = int64_t(4) << 20;
  static constexpr int64_t kUnwatched = int64_t(192) << 20;

  Napi::Env env_;
  int64_t reported_ = 0;
  int64_t settled_ = 0;
};

}  // namespace vidtok
