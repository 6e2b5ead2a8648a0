// The kernels of one instruction set, as plain functions, and the descriptions of work they take.
#pragma once
#include "allocator.h"
#include "pool.h"
#include "view.h"

// No other system lets programs use AMX.
#if defined(__x86_64__) && defined(__linux__)
#define VIDTOK_HAS_AMX
#endif

namespace vidtok {

// The operations of formulas, in the order of the table in @vidtok/tensor.
enum class Op : int {
  add,
  mul,
  div,
  max,
  min,
  less,
  where,
  abs,
  exp,
  log,
  sqrt,
  tanh,
  sigmoid,
  floor,
  round,
  stop,
  count
};

struct Instruction {
  Op op;
  int to, a, b, c;
};

// A formula over numbered registers: inputs first, then constants, then temporaries. The last
// instruction writes the result; where there is none, `result` is an input or a constant.
struct Program {
  int inputs, constants, registers, length, result;
  const float* constant;
  const Instruction* code;
};

// The values of a formula at every index of a shape.
struct Formula {
  int rank;
  const int64_t* shape;
  const View* inputs;
  Program program;
};

// Registers that hold several formulas' results at the end, and where each goes.
struct Results {
  int count;
  const int* registers;
  float* const* out;
};

enum class Reduction { sum, max };

// `repeat` times each input stands in a row, as nearest-neighbour upsampling puts it; either this or
// `inputDilation` is 1.
struct ConvAxis {
  int64_t in, taps, out, stride, dilation, inputDilation, padding, repeat;
};

// How a convolution is computed, which its packed weight depends on.
enum class Method : int { direct, runs, patches, turned, winograd };

// What becomes of a convolution's sums: keep · (sum + bias) + add · residual, whose axes may be
// shorter than the result's by a whole factor and are repeated then.
struct Blend {
  View residual;  // null where there is none
  float keep, add;
};

// `x` is [n, t, h, w, c] with c contiguous, `packed` the weight in the kernel's layout.
struct ConvJob {
  View x;
  View before;      // frames in front of those of `x`; null where there are none
  Format operands;  // what `packed` was rounded to, and `x` is
  Method method;
  const float* packed;
  const float* bias;  // padded like the outputs; never null
  int64_t outputs;
  ConvAxis axes[3];
  Blend blend;
};

struct ConvWeightJob {
  View x, dy;
  Format operands;
  ConvAxis axes[3];
};

// Over the last axis of `x`; `weight` and `bias` have `channels` floats.
struct LayerNormJob {
  View x;
  View dy;  // the gradient of the result, where gradients are wanted
  int64_t channels;
  const float *weight, *bias;
  float eps;
  bool isSilu;
};

struct Engine {
  Pool& pool;
  Allocator& memory;
};

struct Kernels {
  const char* name;
  void (*map)(Engine&, const Formula&, Target out);
  void (*mapAll)(Engine&, const Formula&, const Results&);
  // Over the last `axes` axes of the shape.
  void (*reduce)(Engine&, const Formula&, Reduction, int axes, float* out);
  void (*matmul)(Engine&, const View& a, const View& b, Format operands, Target out);
  // What suits a convolution of a weight [o, kt, kh, kw, c].
  Method (*convMethod)(const View& weight, const ConvJob&);
  // Words of the packed form of a weight for a job's axes, operands and method.
  int64_t (*packedSize)(Engine&, const View& weight, const ConvJob&);
  // Through any view; packed, the weight is rounded to `operands`.
  void (*pack)(Engine&, const View& weight, const ConvJob&, float* packed);
  // The number of outputs rounded up to what a bias must be padded to.
  int64_t (*paddedOutputs)(int64_t outputs);
  void (*conv)(Engine&, const ConvJob&, Target out);
  void (*convWeight)(Engine&, const ConvWeightJob&, float* out);
  void (*layerNorm)(Engine&, const LayerNormJob&, Target out);
  // The gradients of `layerNorm` for `x`, and for the weight and the bias, [2, channels].
  void (*layerNormGradients)(Engine&, const LayerNormJob&, float* dx, float* affine);
  // Runs independent multiply-adds that fill the machine on every thread and returns the
  // floating-point operations done.
  double (*multiplyAdds)(Engine&, Format operands, int64_t rounds);
};

extern const Kernels portableKernels;
#if defined(__x86_64__)
extern const Kernels avx2Kernels;
extern const Kernels avx512Kernels;
extern const Kernels avx512bf16Kernels;
#ifdef VIDTOK_HAS_AMX
extern const Kernels amxKernels;
#endif
#endif

}  // namespace vidtok
