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

  // Reports `used` bytes if `held`, what was taken from the system for them, has grown: results that
  // come and go in pooled memory would only trigger collections that free nothing.
  void grow(int64_t used, int64_t held) {
    if (held - held_ >= std::max(kStep, held_ / 16)) update(used, held);
  }

  // Makes JavaScript collect now, by a report far above what it lets grow between collections.
  void collect() {
    constexpr int64_t kFar = int64_t(1) << 40;
    Napi::MemoryManagement::AdjustExternalMemory(env_, kFar);
    Napi::MemoryManagement::AdjustExternalMemory(env_, -kFar);
  }

  void update(int64_t used, int64_t held) {
    held_ = held;
    report(used);
  }

 private:
  // V8 starts to collect 64 MiB after the last collection; above that each report costs milliseconds.
  static constexpr int64_t kStep = int64_t(4) << 20;

  void report(int64_t used) {
    if (used == reported_) return;
    Napi::MemoryManagement::AdjustExternalMemory(env_, used - reported_);
    reported_ = used;
  }

  Napi::Env env_;
  int64_t reported_ = 0;
  int64_t held_ = 0;
};

}  // namespace vidtok
