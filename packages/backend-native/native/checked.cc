#include "checked.h"

#include <stdexcept>
#include <string>

#include "outOfMemory.h"

namespace vidtok {

void throwOverflow(int64_t a, char operation, int64_t b) {
  throw std::length_error("a size of " + std::to_string(a) + " " + operation + " " +
                          std::to_string(b) + " does not fit into 64 bits; use smaller tensors");
}

int64_t checkedProduct(std::initializer_list<int64_t> sizes) {
  int64_t product = 1;
  for (int64_t size : sizes) product = checkedMul(product, size);
  return product;
}

size_t checkedBytes(int64_t count, int64_t each) {
  const int64_t bytes = checkedMul(count, each);
  // Half of what size_t holds leaves room for rounding up.
  if (bytes < 0 || uint64_t(bytes) > SIZE_MAX / 2) throw OutOfMemory(bytes);
  return size_t(bytes);
}

}  // namespace vidtok
