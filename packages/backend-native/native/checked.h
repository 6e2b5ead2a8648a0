// Arithmetic on sizes that come from outside: a result that does not fit is an error, never a small
// number.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace vidtok {

// Throws std::length_error for a size past 2^63.
[[noreturn]] void throwOverflow(int64_t a, char operation, int64_t b);

static inline int64_t checkedMul(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_mul_overflow(a, b, &result)) throwOverflow(a, '*', b);
  return result;
}

static inline int64_t checkedAdd(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_add_overflow(a, b, &result)) throwOverflow(a, '+', b);
  return result;
}

// The product of sizes.
int64_t checkedProduct(std::initializer_list<int64_t> sizes);

// Bytes of `count` numbers of `each` bytes; throws OutOfMemory where size_t cannot hold them.
size_t checkedBytes(int64_t count, int64_t each);

}  // namespace vidtok
