// A range of addresses as long as the machine's memory, of which a page takes memory when it is
// first written. Blocks are cut out of gaps, and gaps that touch are joined, so that memory is
// neither fetched from the system nor returned to it between kernels.
//
//   begin ├ block ┤ gap ├ block ┤          never used          ├ block ┤ gap ├ block ┤ end
//         what comes and goes ▶                                      ◀ what stays
#pragma once
#include <cstddef>
#include <map>

namespace vidtok {

class Arena {
 public:
  // Of no length where the system has no such ranges.
  Arena();
  ~Arena();
  Arena(const Arena&) = delete;

  // In the shortest gap that is long enough or, what stays, in the last one; null where none is.
  char* take(size_t bytes, bool stays);
  void give(char* block, size_t bytes);
  // Returns the memory of all gaps to the system.
  void trim();

  bool holds(const void* block) const { return block >= begin_ && block < end_; }
  // Bytes of memory in gaps.
  size_t kept() const;

 private:
  typedef std::map<char*, size_t> Gaps;

  char* cut(Gaps::iterator gap, size_t bytes, bool isFromEnd);

  char *begin_ = nullptr, *end_ = nullptr;
  char *low_ = nullptr, *high_ = nullptr;  // what lies between was never used
  Gaps gaps_;
  size_t used_ = 0;
  size_t returned_ = 0;  // of what was used, without memory since `trim`
};

}  // namespace vidtok
