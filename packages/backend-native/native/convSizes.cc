#include "convSizes.h"

#include <algorithm>
#include <climits>
#include <stdexcept>
#include <string>

#include "checked.h"
#include "parsedFormula.h"

namespace vidtok {

namespace {

// Each repeat has packed weights of its own.
constexpr int kMostRepeats = 16;

void require(bool isRight, const char* what, int64_t found, int64_t wanted) {
  if (isRight) return;
  throw std::invalid_argument(std::string("the ") + what + " of a convolution is " +
                              std::to_string(found) + " instead of " + std::to_string(wanted));
}

void requireEqual(const char* what, int64_t found, int64_t wanted) {
  require(found == wanted, what, found, wanted);
}

void requireRank(const View& view, int rank) {
  requireEqual("rank of an operand", view.rank, rank);
}

// What the kernels compute with: the images, each as long along every axis as its padding and all
// that taps reach. Sizes of copies are multiples of it.
void checkExtent(int64_t images, int64_t channels, const ConvAxis* axes) {
  int64_t extent[5] = {images, channels};
  for (int a = 0; a < 3; a++) {
    const ConvAxis& axis = axes[a];
    const int64_t inputs = checkedMul(axis.in, axis.inputDilation);
    const int64_t outputs = checkedMul(std::max<int64_t>(0, axis.out - 1), axis.stride);
    const int64_t taps = checkedMul(axis.taps - 1, axis.dilation);
    const int64_t reach = std::max(inputs, checkedAdd(checkedAdd(outputs, taps), 1));
    extent[a + 2] = checkedAdd(reach, axis.padding < 0 ? -axis.padding : axis.padding);
  }
  countElements(extent, 5);
}

int64_t tapsOf(const ConvAxis* axes) {
  const int64_t taps = checkedProduct({axes[0].taps, axes[1].taps, axes[2].taps});
  if (taps <= INT_MAX) return taps;
  throw std::length_error("a convolution with " + std::to_string(taps) + " taps has more than " +
                          std::to_string(INT_MAX));
}

void checkResidual(const ConvJob& job) {
  const View& residual = job.blend.residual;
  if (!residual.data) return;
  requireRank(residual, 5);
  requireEqual("residual's images", residual.axes[0].size, job.x.axes[0].size);
  requireEqual("residual's channels", residual.axes[4].size, job.outputs);
  for (int a = 0; a < 3; a++) {
    const int64_t size = residual.axes[a + 1].size, out = job.axes[a].out;
    require(out == 0 || (size > 0 && out % size == 0), "residual's length", size, out);
  }
}

void requireVector(const char* what, const View& view, int64_t size) {
  if (!view.data) return;
  requireRank(view, 1);
  requireEqual(what, view.axes[0].size, size);
}

}  // namespace

void readAxes(Reader& command, ConvAxis* axes) {
  for (int a = 0; a < 3; a++) {
    ConvAxis& axis = axes[a];
    axis.in = command.size("the length of a convolution's input");
    axis.taps = command.size("the number of taps");
    axis.out = command.size("the length of a convolution's result");
    axis.stride = command.size("a stride");
    axis.dilation = command.size("a dilation");
    axis.inputDilation = command.size("an input dilation");
    axis.padding = command.integer("a padding");
    axis.repeat = 1;
    for (const int64_t positive : {axis.taps, axis.stride, axis.dilation, axis.inputDilation})
      if (positive == 0)
        throw std::invalid_argument(
            "taps, stride, dilation and input dilation of a convolution have to be at least 1");
    // Of one element nothing else is ever reached.
    if (axis.out <= 1) axis.stride = 1;
    if (axis.taps == 1) axis.dilation = 1;
    if (axis.in <= 1) axis.inputDilation = 1;
  }
}

void readRepeats(Reader& command, ConvAxis* axes) {
  bool isDilated = false, isRepeated = false;
  for (int a = 0; a < 3; a++) {
    axes[a].repeat = command.small(1, kMostRepeats, "how often an input is repeated");
    isDilated |= axes[a].inputDilation > 1;
    isRepeated |= axes[a].repeat > 1;
  }
  if (isDilated && isRepeated)
    throw std::invalid_argument("a convolution either repeats or dilates its input");
}

int64_t convSize(const ConvJob& job, const View& weight, const View& bias, const View& mix) {
  requireRank(job.x, 5);
  requireRank(weight, 5);
  const bool hasBefore = job.before.data;
  if (hasBefore) requireRank(job.before, 5);
  const int64_t images = job.x.axes[0].size, channels = job.x.axes[4].size;
  requireEqual("weight's channels", weight.axes[4].size, channels);
  for (int a = 0; a < 3; a++) {
    const ConvAxis& axis = job.axes[a];
    const int64_t given = job.x.axes[a + 1].size;
    const int64_t first = hasBefore && a == 0 ? job.before.axes[1].size : 0;
    requireEqual("weight's taps", weight.axes[a + 1].size, axis.taps);
    requireEqual("input's length", axis.in, checkedMul(given + first, axis.repeat));
  }
  for (int a : {0, 2, 3, 4}) {
    if (hasBefore)
      requireEqual("size of what stands before", job.before.axes[a].size, job.x.axes[a].size);
  }
  requireVector("bias", bias, job.outputs);
  requireVector("mix", mix, 1);
  checkResidual(job);
  tapsOf(job.axes);
  checkExtent(images, channels, job.axes);
  const int64_t sizes[5] = {images, job.axes[0].out, job.axes[1].out, job.axes[2].out, job.outputs};
  const int64_t size = countElements(sizes, 5);
  require(size == 0 || channels > 0, "number of channels", channels, 1);
  return size;
}

int64_t convWeightSize(const ConvWeightJob& job) {
  requireRank(job.x, 5);
  requireRank(job.dy, 5);
  requireEqual("gradient's images", job.dy.axes[0].size, job.x.axes[0].size);
  for (int a = 0; a < 3; a++) {
    const ConvAxis& axis = job.axes[a];
    requireEqual("input's length", axis.in, job.x.axes[a + 1].size);
    requireEqual("gradient's length", axis.out, job.dy.axes[a + 1].size);
    requireEqual("input dilation", axis.inputDilation, 1);
  }
  const int64_t channels = job.x.axes[4].size, outputs = job.dy.axes[4].size;
  checkExtent(job.x.axes[0].size, std::max(channels, outputs), job.axes);
  const int64_t sizes[3] = {outputs, tapsOf(job.axes), channels};
  return countElements(sizes, 3);
}

}  // namespace vidtok
