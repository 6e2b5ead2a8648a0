// Memory that there is not, with its size.
#pragma once
#include <cstdint>
#include <new>
#include <string>

namespace vidtok {

// A request for `bytes` bytes failed.
class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(int64_t bytes) : bytes_(bytes) {}
  const char* what() const noexcept override { return "out of memory"; }
  int64_t bytes() const { return bytes_; }

 private:
  int64_t bytes_;
};

// An error's text, with the size of what was asked for where that is known, and what tensors use.
std::string outOfMemory(const std::bad_alloc& error, int64_t live);

}  // namespace vidtok
