#include "session.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "checked.h"
#include "convSizes.h"

namespace vidtok {

namespace {

// The elements of a view of rank 1, where they are not 0.
void copyVector(const View& view, float* to) {
  const Axis& axis = view.axes[0];
  for (int64_t i = axis.lo; i < axis.hi; i++) {
    to[i] = view.format == Format::f32 ? view.as<float>()[i * axis.stride]
                                       : toFloat(view.as<Bf16>()[i * axis.stride]);
  }
}

int64_t sizeOf(const View& view) {
  int64_t size = 1;
  for (int a = 0; a < view.rank; a++) size *= view.axes[a].size;
  return size;
}

bool sameShape(const View& a, const View& b) {
  bool isSame = a.rank == b.rank;
  for (int i = 0; isSame && i < a.rank; i++) isSame = a.axes[i].size == b.axes[i].size;
  return isSame;
}

void require(bool isRight, const char* otherwise) {
  if (!isRight) throw std::invalid_argument(otherwise);
}

}  // namespace

Session::Session(int threads, const Kernels& kernels) : pool_(threads), kernels_(kernels) {}

int64_t Session::allocate(int64_t size, Format format) {
  void* data = memory_.take(checkedBytes(size, bytesOf(format)));
  if (vacant_.empty()) {
    vacant_.push_back(static_cast<int64_t>(blocks_.size()));
    blocks_.emplace_back();
  }
  const int64_t block = vacant_.back();
  vacant_.pop_back();
  blocks_[size_t(block)] = {data, size, format, {}};
  live_ += blocks_[size_t(block)].bytes();
  peak_ = std::max(peak_, live_);
  return block;
}

int64_t Session::upload(const float* data, int64_t size) {
  return produce(size, Format::f32, [&](Target out) { std::copy_n(data, size, out.as<float>()); });
}

const Session::Block& Session::at(int64_t index) const {
  const bool isKnown = index >= 0 && index < static_cast<int64_t>(blocks_.size());
  if (isKnown && blocks_[size_t(index)].data) return blocks_[size_t(index)];
  throw std::out_of_range("there is no storage " + std::to_string(index) + ", or it was freed");
}

Session::Block& Session::at(int64_t index) {
  return const_cast<Block&>(static_cast<const Session*>(this)->at(index));
}

Target Session::elements(int64_t index, int64_t size) const {
  const Block& block = at(index);
  if (size > block.size) {
    throw std::out_of_range("read: " + std::to_string(size) + " elements of a storage of " +
                            std::to_string(block.size));
  }
  return {block.data, block.format};
}

void Session::read(int64_t index, int64_t size, float* to) const {
  const Target from = elements(index, size);
  if (from.format == Format::f32)
    std::copy_n(from.as<float>(), size, to);
  else
    std::transform(from.as<Bf16>(), from.as<Bf16>() + size, to, toFloat);
}

void Session::release(int64_t index) {
  Block& block = at(index);
  unpack(block);
  live_ -= block.bytes();
  memory_.give(block.data);
  block = Block();
  vacant_.push_back(index);
}

View Session::readView(Reader& command, int64_t* number) const {
  const int64_t index = command.integer("the number of a storage");
  if (number) *number = index;
  const Block& block = at(index);
  const int64_t offset = command.integer("the offset of a view");
  View view;
  view.rank = command.small(0, kMaxRank, "the rank of a view");
  view.format = block.format;
  int64_t sizes[kMaxRank];
  int64_t lowest = offset, highest = offset;
  bool isEmpty = false;
  for (int a = 0; a < view.rank; a++) {
    Axis& axis = view.axes[a];
    axis.size = sizes[a] = command.size("a size of a view");
    axis.stride = command.integer("a stride of a view");
    axis.lo = command.size("a lower bound of a view");
    axis.hi = command.size("an upper bound of a view");
    require(axis.lo <= axis.hi && axis.hi <= axis.size, "the bounds of a view are not inside it");
    isEmpty |= axis.lo == axis.hi;
    int64_t& first = axis.stride < 0 ? highest : lowest;
    int64_t& last = axis.stride < 0 ? lowest : highest;
    first = checkedAdd(first, checkedMul(axis.lo, axis.stride));
    last = checkedAdd(last, checkedMul(axis.hi - 1, axis.stride));
    // Kernels step over padding too.
    checkedMul(checkedMul(axis.size, axis.stride), kMaxRank * bytesOf(Format::f32));
  }
  countElements(sizes, size_t(view.rank));
  if (isEmpty) {
    for (int a = 0; a < view.rank; a++) view.axes[a].stride = 0;
    view.data = block.data;
    return view;
  }
  if (lowest < 0 || highest >= block.size) {
    throw std::out_of_range("a view reads elements " + std::to_string(lowest) + " to " +
                            std::to_string(highest) + " of a storage of " +
                            std::to_string(block.size));
  }
  view.data = static_cast<const char*>(block.data) + offset * bytesOf(view.format);
  return view;
}

View Session::readOptional(Reader& command) const {
  if (command.flag("whether there is a view")) return readView(command);
  return View{};
}

Format Session::readFormat(Reader& command) {
  return static_cast<Format>(command.small(0, 1, "a number format"));
}

ParsedFormula Session::readFormula(Reader& command) const {
  ParsedFormula parsed;
  const int rank = command.small(0, kMaxRank, "the rank of a formula");
  const int inputs = command.small(0, INT_MAX - 1, "the number of inputs");
  readShape(command, rank, parsed);
  for (int i = 0; i < inputs; i++) parsed.inputs.push_back(readView(command));
  checkInputs(parsed);
  readProgram(command, parsed);
  return parsed;
}

int64_t Session::map(Reader command) {
  const Format result = readFormat(command);
  const ParsedFormula parsed = readFormula(command);
  return produce(countElements(parsed.shape.data(), parsed.shape.size()), result,
                 [&](Target out) { kernels_.map(engine_, parsed.formula(), out); });
}

std::vector<int64_t> Session::mapAll(Reader command) {
  const ParsedFormula parsed = readFormula(command);
  const std::vector<int> registers = readResults(command, parsed);
  const int64_t size = countElements(parsed.shape.data(), parsed.shape.size());
  const std::vector<int64_t> sizes(registers.size(), size);
  return produceAll(sizes, [&](const std::vector<float*>& outs) {
    kernels_.mapAll(engine_, parsed.formula(),
                    Results{int(registers.size()), registers.data(), outs.data()});
  });
}

int64_t Session::reduce(Reader command) {
  const Reduction op = static_cast<Reduction>(command.small(0, 1, "a reduction"));
  const int axes = command.small(0, kMaxRank, "the number of reduced axes");
  const ParsedFormula parsed = readFormula(command);
  const int kept = static_cast<int>(parsed.shape.size()) - axes;
  require(kept >= 0, "more axes are reduced than the formula has");
  return produce(countElements(parsed.shape.data(), size_t(kept)), Format::f32, [&](Target out) {
    kernels_.reduce(engine_, parsed.formula(), op, axes, out.as<float>());
  });
}

int64_t Session::matmul(Reader command) {
  const View a = readView(command), b = readView(command);
  const Format operands = readFormat(command), result = readFormat(command);
  require(a.rank == 3 && b.rank == 3, "matmul takes two operands of rank 3");
  require(a.axes[0].size == b.axes[0].size && a.axes[2].size == b.axes[1].size,
          "the operands of matmul do not fit each other");
  const int64_t sizes[3] = {a.axes[0].size, a.axes[1].size, b.axes[2].size};
  return produce(countElements(sizes, 3), result,
                 [&](Target out) { kernels_.matmul(engine_, a, b, operands, out); });
}

void Session::unpack(Block& block) {
  if (!block.packing.data) return;
  packed_ -= block.packing.bytes;
  memory_.give(block.packing.data);
  block.packing = Packing();
}

const float* Session::packedWeight(int64_t index, const View& view, const ConvJob& job,
                                   bool isPassing) {
  Block& block = at(index);
  std::vector<int64_t> key{view.as<char>() - static_cast<char*>(block.data), int64_t(job.operands),
                           int64_t(job.method)};
  for (int a = 0; a < view.rank; a++) {
    const Axis& axis = view.axes[a];
    key.insert(key.end(), {axis.size, axis.stride, axis.lo, axis.hi});
  }
  for (const ConvAxis& axis : job.axes) {
    // Which taps meet the same input.
    if (axis.repeat > 1)
      key.insert(key.end(),
                 {axis.repeat, axis.stride, axis.dilation, axis.padding % axis.repeat});
    else
      key.push_back(1);
  }
  if (block.packing.data && block.packing.view == key) return block.packing.data;
  if (isPassing) return nullptr;
  unpack(block);
  const size_t bytes = checkedBytes(kernels_.packedSize(engine_, view, job), 4);
  float* packed = static_cast<float*>(memory_.take(bytes, true));
  try {
    kernels_.pack(engine_, view, job, packed);
  } catch (...) {
    memory_.give(packed);
    throw;
  }
  block.packing = {key, packed, static_cast<int64_t>(bytes)};
  packed_ += block.packing.bytes;
  return block.packing.data;
}

int64_t Session::conv(Reader command) {
  ConvJob job;
  job.operands = readFormat(command);
  const Format result = readFormat(command);
  const bool isPassing = command.flag("whether a weight passes");
  job.x = readView(command);
  int64_t weight;
  const View w = readView(command, &weight);
  job.outputs = w.axes[0].size;
  const View bias = readOptional(command);
  readAxes(command, job.axes);
  readRepeats(command, job.axes);
  job.before = readOptional(command);
  job.blend.residual = readOptional(command);
  const View mix = readOptional(command);
  const int64_t size = convSize(job, w, bias, mix);
  if (size == 0) return allocate(0, result);
  const int64_t outputs = kernels_.paddedOutputs(job.outputs);
  const Scratch padded(memory_, outputs);
  std::memset(padded.data(), 0, size_t(outputs) * 4);
  if (bias.data) copyVector(bias, padded.data());
  job.bias = padded.data();
  job.blend.keep = job.blend.add = 1;
  if (mix.data) {
    job.blend.add = 0;
    copyVector(mix, &job.blend.add);
    job.blend.keep = 1 - job.blend.add;
  }
  job.method = kernels_.convMethod(w, job);
  job.packed = packedWeight(weight, w, job, isPassing);
  const Scratch passing(memory_, job.packed ? 0 : kernels_.packedSize(engine_, w, job));
  if (!job.packed) {
    kernels_.pack(engine_, w, job, passing.data());
    job.packed = passing.data();
  }
  return produce(size, result, [&](Target out) { kernels_.conv(engine_, job, out); });
}

int64_t Session::convWeight(Reader command) {
  ConvWeightJob job;
  job.operands = readFormat(command);
  job.x = readView(command);
  job.dy = readView(command);
  readAxes(command, job.axes);
  const int64_t size = convWeightSize(job);
  return produce(size, Format::f32, [&](Target out) {
    if (sizeOf(job.dy) == 0 || sizeOf(job.x) == 0)
      std::memset(out.data, 0, size_t(size) * 4);
    else
      kernels_.convWeight(engine_, job, out.as<float>());
  });
}

LayerNormJob Session::readLayerNorm(Reader& command, std::vector<float>& affine) const {
  LayerNormJob job;
  job.eps = static_cast<float>(command.number());
  job.isSilu = command.flag("whether SiLU follows");
  job.x = readView(command);
  require(job.x.rank > 0, "layerNorm takes an input of rank 1 at least");
  job.channels = job.x.axes[job.x.rank - 1].size;
  require(job.channels <= INT_MAX, "layerNorm takes fewer than 2^31 channels");
  const View weight = readView(command), bias = readView(command);
  for (const View& view : {weight, bias}) {
    require(view.rank == 1 && view.axes[0].size == job.channels,
            "the weight or the bias of layerNorm does not fit its channels");
  }
  affine.assign(checkedBytes(2 * job.channels, 4) / 4, 0);
  copyVector(weight, affine.data());
  copyVector(bias, affine.data() + job.channels);
  job.weight = affine.data();
  job.bias = affine.data() + job.channels;
  return job;
}

int64_t Session::layerNorm(Reader command) {
  std::vector<float> affine;
  const Format result = readFormat(command);
  const LayerNormJob job = readLayerNorm(command, affine);
  return produce(sizeOf(job.x), result, [&](Target out) { kernels_.layerNorm(engine_, job, out); });
}

std::vector<int64_t> Session::layerNormGradients(Reader command) {
  std::vector<float> affine;
  LayerNormJob job = readLayerNorm(command, affine);
  job.dy = readView(command);
  require(sameShape(job.x, job.dy), "the gradient of layerNorm has another shape than its input");
  return produceAll({sizeOf(job.x), 2 * job.channels}, [&](const std::vector<float*>& outs) {
    kernels_.layerNormGradients(engine_, job, outs[0], outs[1]);
  });
}

int64_t Session::copy(int64_t index) {
  const Block from = at(index);
  return produce(from.size, from.format, [&](Target out) {
    struct Job {
      char* to;
      const char* from;
      int64_t bytes, part;
    } job{out.as<char>(), static_cast<const char*>(from.data), from.bytes(), int64_t(1) << 20};
    pool_.run((job.bytes + job.part - 1) / job.part,
              [](void* context, int64_t task, int) {
                const Job& job = *static_cast<Job*>(context);
                const int64_t begin = task * job.part;
                std::memcpy(job.to + begin, job.from + begin,
                            size_t(std::min(job.part, job.bytes - begin)));
              },
              &job);
  });
}

}  // namespace vidtok
