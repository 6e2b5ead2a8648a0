// Whether the parts of a convolution fit each other, so that its kernels need not ask.
#pragma once
#include "kernels.h"
#include "reader.h"

namespace vidtok {

// Reads what the three axes are; `repeat` becomes 1.
void readAxes(Reader& command, ConvAxis* axes);

// Reads how often each axis repeats its inputs.
void readRepeats(Reader& command, ConvAxis* axes);

// Elements of the result of `job` with `weight` [o, kt, kh, kw, c], a bias [o] and a mix [1]; data
// is null of views that are not there. Throws std::invalid_argument where shapes disagree, and
// std::length_error where there is no memory of such a size.
int64_t convSize(const ConvJob& job, const View& weight, const View& bias, const View& mix);

// Elements of the gradient of a weight, checked alike.
int64_t convWeightSize(const ConvWeightJob& job);

}  // namespace vidtok
