// What kernels read: a buffer through a strided view with bounds outside which it is 0.
#pragma once
#include <cstdint>

namespace vidtok {

constexpr int kMaxRank = 16;

struct Axis {
  int64_t size, stride, lo, hi;
  bool unpadded() const { return lo == 0 && hi == size; }
};

// `data` already includes the view's offset.
struct View {
  const float* data;
  int rank;
  Axis axes[kMaxRank];
};

}  // namespace vidtok
