// One backend: its threads, its memory and the kernels it picked. JavaScript writes what a call
// takes as numbers into a shared array
// ("commands") and names storages by their number, so that a call itself passes nothing.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.h"
#include "parsedFormula.h"
#include "reader.h"

namespace vidtok {

class Session {
 public:
  Session(int threads, const Kernels& kernels);

  // New storage with `size` elements from `data`.
  int64_t upload(const float* data, int64_t size);
  // New storage with `size` elements that are yet to be written.
  int64_t reserve(int64_t size) { return allocate(size, Format::f32); }
  // Where a storage is, and in which format; throws where it has fewer elements than `size`.
  Target elements(int64_t block, int64_t size) const;
  // The first `size` elements of a storage as floats; throws where it has fewer.
  void read(int64_t block, int64_t size, float* to) const;
  // Throws std::out_of_range where there is no storage of this number.
  void check(int64_t block) const { at(block); }
  void release(int64_t block);

  // The kernels; each checks all that its call says before any memory is touched.
  int64_t map(Reader command);
  // One storage for each of several formulas.
  std::vector<int64_t> mapAll(Reader command);
  int64_t reduce(Reader command);
  int64_t matmul(Reader command);
  int64_t conv(Reader command);
  int64_t convWeight(Reader command);
  int64_t layerNorm(Reader command);
  // Its gradients for x, and for the weight and the bias, [2, channels].
  std::vector<int64_t> layerNormGradients(Reader command);

  int64_t copy(int64_t block);
  double multiplyAdds(Format operands, int64_t rounds) {
    return kernels_.multiplyAdds(engine_, operands, rounds);
  }

  // Of threads that the host starts.
  Pool& pool() { return pool_; }

  void trim() { memory_.trim(); }
  int64_t live() const { return live_; }
  int64_t peak() const { return peak_; }
  int64_t packed() const { return packed_; }
  int64_t pooled() const { return static_cast<int64_t>(memory_.kept()); }

 private:
  // A weight as `conv` wants it, from the view it was last read through: storages never change.
  // One is enough: inference has one view, and what training makes of a weight passes.
  struct Packing {
    std::vector<int64_t> view;
    float* data = nullptr;
    int64_t bytes = 0;
  };
  struct Block {
    void* data = nullptr;
    int64_t size = 0;
    Format format = Format::f32;
    Packing packing;

    int64_t bytes() const { return size * bytesOf(format); }
  };

  int64_t allocate(int64_t size, Format format);
  // A storage that was not freed; throws std::out_of_range where there is none of this number.
  const Block& at(int64_t block) const;
  Block& at(int64_t block);

  // New storage of `size` elements that `fill` computes, unless there are none.
  template <class F>
  int64_t produce(int64_t size, Format format, F fill) {
    const int64_t block = allocate(size, format);
    try {
      if (size > 0) fill(Target{blocks_[size_t(block)].data, format});
    } catch (...) {
      release(block);
      throw;
    }
    return block;
  }

  // New storages of so many floats each that `fill` computes.
  template <class F>
  std::vector<int64_t> produceAll(const std::vector<int64_t>& sizes, F fill) {
    std::vector<int64_t> blocks;
    std::vector<float*> outs;
    try {
      for (int64_t size : sizes) {
        blocks.push_back(allocate(size, Format::f32));
        outs.push_back(static_cast<float*>(blocks_[size_t(blocks.back())].data));
      }
      fill(outs);
    } catch (...) {
      for (int64_t block : blocks) release(block);
      throw;
    }
    return blocks;
  }

  // The number of the storage goes to `block` unless that is null.
  View readView(Reader& command, int64_t* block = nullptr) const;
  // A view without data where there is none.
  View readOptional(Reader& command) const;
  static Format readFormat(Reader& command);
  // Of `inputs` views; the shape's `rank` sizes stand in front of them.
  ParsedFormula readFormula(Reader& command) const;
  // eps, activation, x, weight and bias; the last two go into `affine`.
  LayerNormJob readLayerNorm(Reader& command, std::vector<float>& affine) const;
  void unpack(Block& block);
  // The kept packing of a weight, made if need be; if `isPassing`, only one that is there, or null.
  const float* packedWeight(int64_t block, const View& view, const ConvJob& job, bool isPassing);

  Pool pool_;
  Allocator memory_;
  Engine engine_{pool_, memory_};
  const Kernels& kernels_;
  std::vector<Block> blocks_;
  std::vector<int64_t> vacant_;
  int64_t live_ = 0, peak_ = 0, packed_ = 0;
};

}  // namespace vidtok
