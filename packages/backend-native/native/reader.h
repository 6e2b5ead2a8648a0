// The numbers of one call, in the order they were written. Each is checked before it is used, as
// JavaScript may write anything.
#pragma once
#include <cstddef>
#include <cstdint>

namespace vidtok {

// `value` as an integer; throws std::invalid_argument unless it is a whole number in [low, high].
int64_t wholeNumber(double value, int64_t low, int64_t high, const char* what);

class Reader {
 public:
  Reader(const double* at, size_t count) : at_(at), end_(at + count) {}

  // Any number; throws std::out_of_range behind the last.
  double number();
  // A whole number that a double holds exactly.
  int64_t integer(const char* what);
  // The length of an axis.
  int64_t size(const char* what);
  int small(int low, int high, const char* what);
  bool flag(const char* what) { return small(0, 1, what) == 1; }

 private:
  const double* at_;
  const double* end_;
};

}  // namespace vidtok
