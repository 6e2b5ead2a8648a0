#include "session.h"

#include <algorithm>
#include <cstring>

namespace vidtok {

namespace {

struct ParsedFormula {
  std::vector<int64_t> shape;
  std::vector<View> inputs;
  std::vector<float> constants;
  std::vector<Instruction> code;
  Program program;

  Formula formula() const {
    return {static_cast<int>(shape.size()), shape.data(), inputs.data(), program};
  }
};

void readProgram(Reader& command, ParsedFormula& parsed) {
  Program& program = parsed.program;
  program.inputs = static_cast<int>(parsed.inputs.size());
  program.constants = command.small();
  for (int i = 0; i < program.constants; i++)
    parsed.constants.push_back(static_cast<float>(command.number()));
  program.registers = std::max(1, command.small());
  program.result = command.small();
  program.length = command.small();
  for (int i = 0; i < program.length; i++) {
    const Op op = static_cast<Op>(command.small());
    const int to = command.small(), a = command.small(), b = command.small(), c = command.small();
    parsed.code.push_back({op, to, a, b, c});
  }
  program.constant = parsed.constants.data();
  program.code = parsed.code.data();
}

// The elements of a view of rank 1, where they are not 0.
void copyVector(const View& view, float* to) {
  const Axis& axis = view.axes[0];
  for (int64_t i = axis.lo; i < axis.hi; i++) {
    to[i] = view.format == Format::f32 ? view.as<float>()[i * axis.stride]
                                       : toFloat(view.as<Bf16>()[i * axis.stride]);
  }
}

int64_t product(const std::vector<int64_t>& sizes, size_t count) {
  int64_t n = 1;
  for (size_t i = 0; i < count; i++) n *= sizes[i];
  return n;
}

}  // namespace

Session::Session(int threads, const Kernels& kernels) : pool_(threads), kernels_(kernels) {}

int64_t Session::allocate(int64_t size, Format format) {
  void* data = memory_.take(size_t(size * bytesOf(format)));
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

void Session::read(int64_t index, int64_t size, float* to) const {
  const Block& block = blocks_.at(size_t(index));
  if (block.format == Format::f32)
    std::copy_n(static_cast<const float*>(block.data), size, to);
  else
    std::transform(static_cast<const Bf16*>(block.data),
                   static_cast<const Bf16*>(block.data) + size, to, toFloat);
}

void Session::release(int64_t index) {
  Block& block = blocks_.at(size_t(index));
  if (!block.data) throw std::logic_error("free: this storage was freed before");
  unpack(block);
  live_ -= block.bytes();
  memory_.give(block.data);
  block = Block();
  vacant_.push_back(index);
}

View Session::readView(Reader& command) {
  const Block& block = blocks_.at(size_t(command.integer()));
  const int64_t offset = command.integer();
  View view;
  view.rank = command.small();
  int64_t lowest = offset, highest = offset;
  bool isEmpty = false;
  for (int a = 0; a < view.rank; a++) {
    Axis& axis = view.axes[a];
    axis.size = command.integer();
    axis.stride = command.integer();
    axis.lo = command.integer();
    axis.hi = command.integer();
    isEmpty |= axis.lo >= axis.hi;
    (axis.stride < 0 ? highest : lowest) += axis.lo * axis.stride;
    (axis.stride < 0 ? lowest : highest) += (axis.hi - 1) * axis.stride;
  }
  if (!isEmpty && (lowest < 0 || highest >= block.size)) {
    throw std::out_of_range("a view reads elements " + std::to_string(lowest) + " to " +
                            std::to_string(highest) + " of a storage of " +
                            std::to_string(block.size));
  }
  view.format = block.format;
  view.data = static_cast<const char*>(block.data) + (isEmpty ? 0 : offset * bytesOf(view.format));
  return view;
}

bool Session::readOptional(Reader& command, View& view) {
  view.data = nullptr;
  const bool isGiven = command.small() != 0;
  if (isGiven) view = readView(command);
  return isGiven;
}

void Session::readAxes(Reader& command, ConvAxis* axes) {
  for (int a = 0; a < 3; a++) {
    ConvAxis& axis = axes[a];
    for (int64_t* field : {&axis.in, &axis.taps, &axis.out, &axis.stride, &axis.dilation,
                           &axis.inputDilation, &axis.padding}) {
      *field = command.integer();
    }
    axis.repeat = 1;
  }
}

int64_t Session::map(Reader command) {
  ParsedFormula parsed;
  const Format result = readFormat(command);
  const int rank = command.small(), inputs = command.small();
  for (int a = 0; a < rank; a++) parsed.shape.push_back(command.integer());
  for (int i = 0; i < inputs; i++) parsed.inputs.push_back(readView(command));
  readProgram(command, parsed);
  return produce(product(parsed.shape, parsed.shape.size()), result,
                 [&](Target out) { kernels_.map(engine_, parsed.formula(), out); });
}

std::vector<int64_t> Session::mapAll(Reader command) {
  ParsedFormula parsed;
  const int rank = command.small(), inputs = command.small();
  for (int a = 0; a < rank; a++) parsed.shape.push_back(command.integer());
  for (int i = 0; i < inputs; i++) parsed.inputs.push_back(readView(command));
  readProgram(command, parsed);
  std::vector<int> registers(size_t(command.small()));
  for (int& result : registers) result = command.small();
  const int64_t size = product(parsed.shape, parsed.shape.size());
  const std::vector<int64_t> sizes(registers.size(), size);
  return produceAll(sizes, [&](const std::vector<float*>& outs) {
    kernels_.mapAll(engine_, parsed.formula(),
                    Results{int(registers.size()), registers.data(), outs.data()});
  });
}

int64_t Session::reduce(Reader command) {
  ParsedFormula parsed;
  const Reduction op = static_cast<Reduction>(command.small());
  const int axes = command.small(), rank = command.small(), inputs = command.small();
  for (int a = 0; a < rank; a++) parsed.shape.push_back(command.integer());
  for (int i = 0; i < inputs; i++) parsed.inputs.push_back(readView(command));
  readProgram(command, parsed);
  return produce(product(parsed.shape, size_t(rank - axes)), Format::f32, [&](Target out) {
    kernels_.reduce(engine_, parsed.formula(), op, axes, out.as<float>());
  });
}

int64_t Session::matmul(Reader command) {
  const View a = readView(command), b = readView(command);
  const Format operands = readFormat(command), result = readFormat(command);
  return produce(a.axes[0].size * a.axes[1].size * b.axes[2].size, result,
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
  Block& block = blocks_.at(size_t(index));
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
  const int64_t bytes = 4 * kernels_.packedSize(engine_, view, job);
  float* packed = static_cast<float*>(memory_.take(size_t(bytes), true));
  try {
    kernels_.pack(engine_, view, job, packed);
  } catch (...) {
    memory_.give(packed);
    throw;
  }
  block.packing = {key, packed, bytes};
  packed_ += bytes;
  return block.packing.data;
}

int64_t Session::conv(Reader command) {
  ConvJob job;
  job.operands = readFormat(command);
  const Format result = readFormat(command);
  const bool isPassing = command.small() != 0;
  job.x = readView(command);
  Reader weight = command;
  const View w = readView(command);
  job.outputs = w.axes[0].size;
  const Scratch bias(memory_, size_t(kernels_.paddedOutputs(job.outputs)));
  std::memset(bias.data(), 0, size_t(kernels_.paddedOutputs(job.outputs)) * 4);
  View given;
  if (readOptional(command, given)) copyVector(given, bias.data());
  job.bias = bias.data();
  readAxes(command, job.axes);
  job.blend.keep = job.blend.add = 1;
  for (ConvAxis& axis : job.axes) axis.repeat = command.integer();
  readOptional(command, job.before);
  readOptional(command, job.blend.residual);
  if (readOptional(command, given)) {
    copyVector(given, &job.blend.add);
    job.blend.keep = 1 - job.blend.add;
  }
  job.method = kernels_.convMethod(w, job);
  job.packed = packedWeight(weight.integer(), w, job, isPassing);
  const Scratch passing(memory_, job.packed ? 0 : size_t(kernels_.packedSize(engine_, w, job)));
  if (!job.packed) {
    kernels_.pack(engine_, w, job, passing.data());
    job.packed = passing.data();
  }
  return produce(
      job.x.axes[0].size * job.axes[0].out * job.axes[1].out * job.axes[2].out * job.outputs,
      result, [&](Target out) { kernels_.conv(engine_, job, out); });
}

int64_t Session::convWeight(Reader command) {
  ConvWeightJob job;
  job.operands = readFormat(command);
  job.x = readView(command);
  job.dy = readView(command);
  readAxes(command, job.axes);
  const int64_t taps = job.axes[0].taps * job.axes[1].taps * job.axes[2].taps;
  return produce(job.dy.axes[4].size * taps * job.x.axes[4].size, Format::f32,
                 [&](Target out) { kernels_.convWeight(engine_, job, out.as<float>()); });
}

LayerNormJob Session::readLayerNorm(Reader& command, std::vector<float>& affine) {
  LayerNormJob job;
  job.eps = static_cast<float>(command.number());
  job.isSilu = command.small() != 0;
  job.x = readView(command);
  job.channels = job.x.axes[job.x.rank - 1].size;
  affine.assign(size_t(2 * job.channels), 0);
  copyVector(readView(command), affine.data());
  copyVector(readView(command), affine.data() + job.channels);
  job.weight = affine.data();
  job.bias = affine.data() + job.channels;
  return job;
}

static int64_t sizeOf(const View& view) {
  int64_t size = 1;
  for (int a = 0; a < view.rank; a++) size *= view.axes[a].size;
  return size;
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
  return produceAll({sizeOf(job.x), 2 * job.channels}, [&](const std::vector<float*>& outs) {
    kernels_.layerNormGradients(engine_, job, outs[0], outs[1]);
  });
}

int64_t Session::copy(int64_t index) {
  const Block from = blocks_.at(size_t(index));
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
