// What kernels read: a buffer through a strided view with bounds outside which it is 0.
#pragma once
#include <cstdint>
#include <cstring>

namespace vidtok {

constexpr int kMaxRank = 16;
// Of a view or a result: as floats they fill all the 2^47 bytes that a process can address. Kernels
// multiply such counts with the sizes of tiles and the number of threads, which 64 bits have room
// for.
constexpr int64_t kMostElements = int64_t(1) << 45;

// The upper half of a float.
struct Bf16 {
  uint16_t bits;
};

static inline float toFloat(Bf16 value) {
  const uint32_t bits = uint32_t(value.bits) << 16;
  float result;
  std::memcpy(&result, &bits, 4);
  return result;
}

// How numbers are stored, and what the operands of a product are rounded to.
enum class Format : int { f32, bf16 };

static inline int64_t bytesOf(Format format) { return format == Format::f32 ? 4 : 2; }

struct Axis {
  int64_t size, stride, lo, hi;
  bool unpadded() const { return lo == 0 && hi == size; }
};

// `data` already includes the view's offset.
struct View {
  const void* data;
  Format format;
  int rank;
  Axis axes[kMaxRank];

  template <class T>
  const T* as() const {
    return static_cast<const T*>(data);
  }
};

// Where a kernel writes its result, dense.
struct Target {
  void* data;
  Format format;

  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

}  // namespace vidtok
