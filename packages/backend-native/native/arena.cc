#include "arena.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
// WebAssembly has one range of memory, which its allocator cuts.
#if (defined(__unix__) || defined(__APPLE__)) && !defined(__wasm__)
#include <sys/mman.h>
#include <unistd.h>
#define VIDTOK_HAS_RANGES
#endif

namespace vidtok {

#ifdef VIDTOK_HAS_RANGES

Arena::Arena() {
  const size_t bytes = size_t(sysconf(_SC_PHYS_PAGES)) * size_t(sysconf(_SC_PAGESIZE));
  void* range = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) return;
#ifdef MADV_HUGEPAGE
  madvise(range, bytes, MADV_HUGEPAGE);
#endif
  begin_ = low_ = static_cast<char*>(range);
  end_ = high_ = begin_ + bytes;
  gaps_.emplace(begin_, bytes);
}

Arena::~Arena() {
  if (begin_) munmap(begin_, size_t(end_ - begin_));
}

void Arena::trim() {
  const uintptr_t page = uintptr_t(sysconf(_SC_PAGESIZE));
  for (const auto& [start, bytes] : gaps_) {
    const uintptr_t from = (uintptr_t(start) + page - 1) / page * page;
    const uintptr_t to = uintptr_t(start + bytes) / page * page;
    if (from < to) madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
  }
  returned_ += kept();
}

#else

Arena::Arena() {}
Arena::~Arena() {}
void Arena::trim() {}

#endif

size_t Arena::kept() const {
  return size_t(low_ - begin_) + size_t(end_ - high_) - used_ - returned_;
}

char* Arena::take(size_t bytes, bool stays) {
  auto found = gaps_.end();
  for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
    if (gap->second < bytes) continue;
    if (stays || found == gaps_.end() || gap->second < found->second) found = gap;
  }
  return found == gaps_.end() ? nullptr : cut(found, bytes, stays);
}

char* Arena::cut(Gaps::iterator gap, size_t bytes, bool isFromEnd) {
  const auto [start, size] = *gap;
  char* const block = isFromEnd ? start + (size - bytes) : start;
  gaps_.erase(gap);
  if (size > bytes) gaps_.emplace(isFromEnd ? start : start + bytes, size - bytes);
  const size_t before = size_t(low_ - begin_) + size_t(end_ - high_);
  if (isFromEnd)
    high_ = std::min(high_, std::max(block, low_));
  else
    low_ = std::max(low_, std::min(block + bytes, high_));
  const size_t fresh = size_t(low_ - begin_) + size_t(end_ - high_) - before;
  returned_ -= std::min(returned_, bytes - std::min(bytes, fresh));
  used_ += bytes;
  return block;
}

void Arena::give(char* block, size_t bytes) {
  used_ -= bytes;
  auto next = gaps_.lower_bound(block);
  if (next != gaps_.end() && next->first == block + bytes) {
    bytes += next->second;
    next = gaps_.erase(next);
  }
  if (next != gaps_.begin()) {
    const auto last = std::prev(next);
    if (last->first + last->second == block) {
      last->second += bytes;
      return;
    }
  }
  gaps_.emplace(block, bytes);
}

}  // namespace vidtok
