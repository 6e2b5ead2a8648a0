#include "allocator.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#if defined(_WIN32) || defined(__GLIBC__)
#include <malloc.h>
#endif

#include "checked.h"
#include "outOfMemory.h"

namespace vidtok {

namespace {

constexpr size_t kAlign = 64;
constexpr size_t kLarge = size_t(1) << 20;

#if defined(__SANITIZE_ADDRESS__)
// Exact sizes and no reuse, so that the sanitizer sees every access outside a buffer.
constexpr bool kPools = false;
size_t rounded(size_t bytes) { return bytes ? bytes : 1; }
#else
constexpr bool kPools = true;
// Eight sizes per doubling, so that nearly equal requests share blocks.
size_t rounded(size_t bytes) {
  size_t unit = kAlign;
  while (unit * 16 < bytes) unit *= 2;
  return bytes ? (bytes + unit - 1) / unit * unit : kAlign;
}
#endif

void* fromSystem(size_t bytes) {
#ifdef _WIN32
  void* block = _aligned_malloc(bytes, kAlign);
#else
  void* block = nullptr;
  if (posix_memalign(&block, kAlign, bytes) != 0) block = nullptr;
#endif
  if (!block) throw OutOfMemory(int64_t(bytes));
  return block;
}

void toSystem(void* block) {
#ifdef _WIN32
  _aligned_free(block);
#else
  std::free(block);
#endif
}

// The system's allocator keeps what it is given back until the end of its heap is free.
void trimSystem() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace

Allocator::~Allocator() {
  for (auto& entry : sizes_)
    if (!arena_.holds(entry.first)) toSystem(entry.first);
}

void* Allocator::take(size_t bytes, bool stays) {
  if (kPools && bytes >= kLarge) {
    const size_t size = (bytes + kAlign - 1) / kAlign * kAlign;
    if (char* block = arena_.take(size, stays)) {
      sizes_.emplace(block, size);
      return block;
    }
  }
  return takeSmall(rounded(bytes));
}

void* Allocator::takeSmall(size_t size) {
  auto found = free_.lower_bound(size);
  if (found != free_.end() && found->first <= size + size / 4) {
    void* block = found->second;
    kept_ -= found->first;
    used_ += found->first;
    if (used_ > peak_) peak_ = used_;
    free_.erase(found);
    return block;
  }
  // A request that fails must not raise what is kept for later.
  const uint64_t peak = std::max(peak_, used_ + size);
  shrink(peak - used_ - size);
  void* block;
  try {
    block = fromSystem(size);
  } catch (const OutOfMemory&) {
    trim();
    block = fromSystem(size);
  }
  sizes_.emplace(block, size);
  used_ += size;
  peak_ = peak;
  return block;
}

void Allocator::give(void* block) {
  const size_t size = sizes_.at(block);
  if (arena_.holds(block)) {
    sizes_.erase(block);
    return arena_.give(static_cast<char*>(block), size);
  }
  used_ -= size;
  free_.emplace(size, block);
  kept_ += size;
  if (!kPools) shrink(0);
}

void Allocator::trim() {
  shrink(0);
  arena_.trim();
  trimSystem();
}

void Allocator::shrink(uint64_t most) {
  // Largest first: they are few, and the likeliest not to fit the next request.
  while (kept_ > most && !free_.empty()) {
    auto last = std::prev(free_.end());
    kept_ -= last->first;
    sizes_.erase(last->second);
    toSystem(last->second);
    free_.erase(last);
  }
}

Scratch::Scratch(Allocator& memory, int64_t floats)
    : memory_(memory), data_(static_cast<float*>(memory.take(checkedBytes(floats, 4)))) {}

Scratch::Scratch(Allocator& memory, std::initializer_list<int64_t> floats)
    : Scratch(memory, checkedProduct(floats)) {}

}  // namespace vidtok
