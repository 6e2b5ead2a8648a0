// Elementwise formulas. Inputs that run against the order of the output are first copied in tiles,
// so that no walk jumps a cache line per element:
//
//            inner axis of the output ▶
//          ┌────────┐
//   input's│ tile   │  read along the input's contiguous axis, written along the output's, through
//   unit   │        │  a local transpose: both sides touch whole cache lines, whatever their
//   axis ▼ └────────┘  strides.

constexpr int64_t kTaskElements = 32768;  // about what waking a thread costs
constexpr int kTile = 32;

// The axis along which an input is contiguous, if that is not the innermost and walking it so would
// waste cache lines; else −1.
static int crossAxis(const Walk& walk, const View& view) {
  const int inner = walk.rank - 1;
  if (inner < 1 || !view.data || walk.size[inner] < 4) return -1;
  const int64_t stride = view.axes[inner].stride;
  if (stride >= -1 && stride <= 1) return -1;
  for (int a = 0; a < inner; a++) {
    if (view.axes[a].stride == 1 && walk.size[a] >= 4) return a;
  }
  return -1;
}

// Copies a view to dense row-major memory, tile by tile over its contiguous axis `unit` and its
// last.
template <class T>
static void copyTilesOf(Engine& engine, const View& view, const int64_t* size, int unit,
                        float* out) {
  const int inner = view.rank - 1;
  int64_t outer[kMaxRank], pitch[kMaxRank], rows = 1;
  int64_t step = 1;
  for (int a = inner; a >= 0; a--) {
    pitch[a] = step;
    step *= size[a];
    outer[a] = a == inner || a == unit ? 1 : size[a];
    rows *= outer[a];
  }
  const int64_t tiles = ceilDiv(size[unit], kTile);
  const Axis& across = view.axes[inner];
  const Axis& along = view.axes[unit];
  parallel(engine.pool, rows * tiles, [&](int64_t task, int) {
    const T* from = view.as<T>();
    float* to = out;
    bool isInside = true;
    int64_t rest = task / tiles;
    for (int a = inner - 1; a >= 0; a--) {
      const int64_t i = rest % outer[a];
      rest /= outer[a];
      if (a == unit) continue;
      from += i * view.axes[a].stride;
      to += i * pitch[a];
      isInside &= inside(view.axes[a], i);
    }
    const int64_t u0 = task % tiles * kTile;
    const int64_t u1 = least<int64_t>(u0 + kTile, size[unit]);
    for (int64_t j0 = 0; j0 < size[inner]; j0 += kTile) {
      const int64_t j1 = least<int64_t>(j0 + kTile, size[inner]);
      float tile[kTile][kTile];
      for (int64_t j = j0; j < j1; j++) {
        const bool isRow = isInside && inside(across, j);
        const int64_t lo = isRow ? least(u1, most<int64_t>(u0, along.lo)) : u1;
        const int64_t hi = isRow ? most(lo, least<int64_t>(u1, along.hi)) : u1;
        const T* row = from + j * across.stride;
        for (int64_t u = u0; u < lo; u++) tile[u - u0][j - j0] = 0;
        for (int64_t u = lo; u < hi; u++) tile[u - u0][j - j0] = number(row[u]);
        for (int64_t u = hi; u < u1; u++) tile[u - u0][j - j0] = 0;
      }
      for (int64_t u = u0; u < u1; u++) {
        float* row = to + u * pitch[unit] + j0;
        for (int64_t j = 0; j < j1 - j0; j++) row[j] = tile[u - u0][j];
      }
    }
  });
}

static void copyTiles(Engine& engine, const View& view, const int64_t* size, int unit, float* out) {
  if (view.format == Format::f32)
    copyTilesOf<float>(engine, view, size, unit, out);
  else
    copyTilesOf<Bf16>(engine, view, size, unit, out);
}

// Replaces inputs that run across the walk by dense copies, which it owns; repeated axes stay
// repeated.
class Straightened {
 public:
  Straightened(Engine& engine, Walk& walk) : memory_(engine.memory) {
    for (int i = 0; i < walk.inputs && copies_ < kMost; i++) {
      View& view = walk.input[i];
      const int unit = crossAxis(walk, view);
      if (unit < 0) continue;
      int64_t size[kMaxRank], total = 1;
      for (int a = 0; a < walk.rank; a++) {
        const bool isRepeated = view.axes[a].stride == 0 && view.axes[a].unpadded();
        size[a] = isRepeated ? 1 : walk.size[a];
        total *= size[a];
      }
      float* copy = static_cast<float*>(engine.memory.take(checkedBytes(total, 4)));
      copy_[copies_++] = copy;
      copyTiles(engine, view, size, unit, copy);
      view.data = copy;
      view.format = Format::f32;
      int64_t step = 1;
      for (int a = walk.rank - 1; a >= 0; a--) {
        view.axes[a] = Axis{walk.size[a], size[a] == 1 ? 0 : step, 0, walk.size[a]};
        step *= size[a];
      }
    }
  }
  ~Straightened() {
    for (int i = 0; i < copies_; i++) memory_.give(copy_[i]);
  }
  Straightened(const Straightened&) = delete;

 private:
  static constexpr int kMost = 8;
  Allocator& memory_;
  float* copy_[kMost];
  int copies_ = 0;
};

// The elements of a formula in the order they are written.
struct Mapped {
  Scratch views;
  Walk walk;
  int64_t count;

  Mapped(Engine& engine, const Formula& formula)
      : views(engine.memory, {formula.program.inputs + 1, int64_t(sizeof(View) / 4)}) {
    Order order;
    for (int a = 0; a < formula.rank; a++) order.axis[a] = a;
    walk = prepare(formula, order, reinterpret_cast<View*>(views.data()));
    count = walk.count(0, walk.rank);
  }
  Mapped(const Mapped&) = delete;
};

// Calls `body` with the evaluator, the thread, and a block's first element and length, block by block.
template <class F>
static void forBlocks(Engine& engine, Mapped& mapped, const Program& program, F body) {
  if (mapped.count == 0) return;
  const Straightened straightened(engine, mapped.walk);
  const Evaluator evaluator(engine, mapped.walk, program);
  parallel(engine.pool, ceilDiv(mapped.count, kTaskElements), [&](int64_t task, int thread) {
    const int64_t end = least((task + 1) * kTaskElements, mapped.count);
    for (int64_t i = task * kTaskElements; i < end; i += kBlock)
      body(evaluator, thread, i, int(least<int64_t>(kBlock, end - i)));
  });
}

static void mapKernel(Engine& engine, const Formula& formula, Target out) {
  const Program& program = formula.program;
  Mapped mapped(engine, formula);
  const Walk& walk = mapped.walk;
  const bool isCopy = program.inputs == 1 && program.length == 0 && program.result == 0;
  const int unit = isCopy && mapped.count > 0 ? crossAxis(walk, walk.input[0]) : -1;
  const bool isF32 = out.format == Format::f32;
  if (unit >= 0 && isF32)
    return copyTiles(engine, walk.input[0], walk.size, unit, out.as<float>());
  forBlocks(engine, mapped, program, [&](const Evaluator& evaluator, int thread, int64_t i, int n) {
    const float* block = evaluator.evaluate(thread, i, n, isF32 ? out.as<float>() + i : nullptr);
    if (!isF32) writeRounded(block, n, out.as<Bf16>() + i);
  });
}

static void mapAllKernel(Engine& engine, const Formula& formula, const Results& results) {
  Mapped mapped(engine, formula);
  const auto write = [&](const Evaluator& evaluator, int thread, int64_t i, int n) {
    evaluator.evaluate(thread, i, n, nullptr);
    for (int r = 0; r < results.count; r++)
      __builtin_memcpy(results.out[r] + i, evaluator.value(thread, results.registers[r]),
                       size_t(n) * 4);
  };
  forBlocks(engine, mapped, formula.program, write);
}

// Any view as dense row-major memory.
static void copyView(Engine& engine, const View& view, float* out) {
  int64_t shape[kMaxRank];
  for (int a = 0; a < view.rank; a++) shape[a] = view.axes[a].size;
  mapKernel(engine, Formula{view.rank, shape, &view, Program{1, 0, 1, 0, 0, nullptr, nullptr}},
            Target{out, Format::f32});
}
