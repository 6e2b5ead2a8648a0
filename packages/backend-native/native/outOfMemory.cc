#include "outOfMemory.h"

namespace vidtok {

namespace {

std::string mebibytes(int64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20); }

}  // namespace

std::string outOfMemory(const std::bad_alloc& error, int64_t live) {
  std::string text = "out of memory";
  if (const auto* sized = dynamic_cast<const OutOfMemory*>(&error))
    text += ": " + mebibytes(sized->bytes()) + " MiB were asked for";
  return text + " with " + mebibytes(live) + " MiB in tensors";
}

}  // namespace vidtok
