// Pooled, 64-byte aligned memory: large blocks from an arena, small ones from the system. Freed
// small ones are kept for reuse as long as used and kept bytes together stay below the most that was
// ever in use at once, so that pooling never raises the peak.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <unordered_map>

#include "arena.h"

namespace vidtok {

class Allocator {
 public:
  Allocator() = default;
  ~Allocator();
  Allocator(const Allocator&) = delete;

  // Memory for at least `bytes` bytes, not zeroed; throws OutOfMemory. What stays lies apart, so
  // that it does not break up the room of what comes and goes.
  void* take(size_t bytes, bool stays = false);
  void give(void* block);
  // Returns what is kept for reuse to the system.
  void trim();

  // Bytes without a use.
  uint64_t kept() const { return kept_ + arena_.kept(); }

 private:
  void* takeSmall(size_t size);
  void shrink(uint64_t most);

  Arena arena_;

  std::unordered_map<void*, size_t> sizes_;
  std::multimap<size_t, void*> free_;
  // Not size_t: their sums pass 4 GiB where that has 32 bits.
  uint64_t used_ = 0, kept_ = 0, peak_ = 0;
};

// Working memory of one kernel call.
class Scratch {
 public:
  // Floats, or the product of several counts of them; throws where there is no such size.
  Scratch(Allocator& memory, int64_t floats);
  Scratch(Allocator& memory, std::initializer_list<int64_t> floats);
  ~Scratch() { memory_.give(data_); }
  Scratch(const Scratch&) = delete;
  float* data() const { return data_; }

 private:
  Allocator& memory_;
  float* data_;
};

}  // namespace vidtok
