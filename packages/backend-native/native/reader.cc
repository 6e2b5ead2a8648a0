#include "reader.h"

#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "view.h"

namespace vidtok {

namespace {

constexpr int64_t kMostExact = int64_t(1) << 53;

std::string show(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

}  // namespace

int64_t wholeNumber(double value, int64_t low, int64_t high, const char* what) {
  if (value >= double(low) && value <= double(high) && std::trunc(value) == value)
    return static_cast<int64_t>(value);
  throw std::invalid_argument(std::string(what) + " is " + show(value) +
                              "; it has to be a whole number from " + std::to_string(low) +
                              " to " + std::to_string(high));
}

double Reader::number() {
  if (at_ == end_) throw std::out_of_range("the call ends before all its numbers were read");
  return *at_++;
}

int64_t Reader::integer(const char* what) {
  return wholeNumber(number(), -kMostExact, kMostExact, what);
}

int64_t Reader::size(const char* what) { return wholeNumber(number(), 0, kMostElements, what); }

int Reader::small(int low, int high, const char* what) {
  return static_cast<int>(wholeNumber(number(), low, high, what));
}

}  // namespace vidtok
