// The gradient of 3 × 3 taps at stride 1 by the transpose of `winograd.h`: 16 multiplications for a
// square of 2 × 2 outputs and a pair of channels instead of 36.
//
//   4 × 4 pixels of x  ─ Bᵀ d B ─▶ V[16][square][channel] ─┐  S[16][o][c] += M ⊗ V over squares,
//   2 × 2 pixels of dy ─ A m Aᵀ ─▶ M[16][square][output]  ─┘  in registers (`convWeight.h`)
//
//   dw[o, 3 × 3, c] += Gᵀ S G, for each temporal tap and every few thousand pixels
//
// As there, a task owns some outputs and channels and walks a range of the frames; S, M and V stay
// in L2.

constexpr int64_t kSquares = 64;  // that sums stay in registers for, at most
// Floats between places, so that a square's numbers do not meet in the same lines of L1.
constexpr int64_t kApart = 16;
// Outputs of a task: whole tiles of the kernel, the tallest too, and whole vectors.
constexpr int64_t kTallest = tileRows<Floats>(2), kSlopes = kTallest / gcdOf(kTallest, W) * W;

struct SquaresPlan {
  const ConvWeightJob& job;
  int64_t outputs, channels, frames;  // temporal taps
  int64_t across, squares;            // of a frame
  int64_t runs, groups;               // of kSquares at most: of a frame, of all
  int64_t channelStep, outputBlocks, channelBlocks, ranges;
  int vectors;  // of channels of a tile

  explicit SquaresPlan(const ConvWeightJob& job) : job(job) {
    outputs = job.dy.axes[4].size;
    channels = job.x.axes[4].size;
    frames = job.axes[0].taps;
    across = ceilDiv(job.axes[2].out, 2);
    squares = across * ceilDiv(job.axes[1].out, 2);
    runs = ceilDiv(squares, kSquares);
    groups = job.x.axes[0].size * job.axes[0].out * runs;
    vectors = vectorsOf<Floats>(channels);
    const int64_t column = kPlaces * frames * kSlopes * width();
    const int64_t fitting = most<int64_t>(1, WeightSizes<Floats>::kSums / column);
    channelStep = least(fitting, ceilDiv(channels, width())) * width();
    outputBlocks = ceilDiv(outputs, kSlopes);
    channelBlocks = ceilDiv(channels, channelStep);
    const int64_t flushes = groups * kSquares * 4 / WeightSizes<Floats>::kFlushPixels;
    const int64_t some = kTasks / (outputBlocks * channelBlocks);
    ranges = most<int64_t>(1, least(least(groups, flushes), some));
  }

  int64_t taps() const { return frames * 9; }
  // Outputs and channels of a tile.
  int64_t rows() const { return tileRows<Floats>(vectors); }
  int64_t width() const { return vectors * W; }
  int64_t sumsSize() const { return frames * kPlaces * kSlopes * channelStep; }
  // From one place to the next.
  int64_t slopePitch() const { return kSquares * kSlopes + kApart; }
  int64_t pixelPitch() const { return kSquares * channelStep + kApart; }
  int64_t threadSize() const { return sumsSize() + kPlaces * (slopePitch() + pixelPitch()); }
};

// A · (a, b)
VIDTOK_INLINE void spreadSlopes(vf a, vf b, vf* to, int step) {
  to[0] = a;
  to[step] = a + b;
  to[2 * step] = a - b;
  to[3 * step] = -b;
}

// One square: 2 × 2 pixels of dy, outputs contiguous, to places that are `pitch` apart; null pixels
// are 0.
template <class Reader>
static void spreadSlopeSquare(const typename Reader::Stored* const* pixel, int64_t outputs,
                              float* to, int64_t pitch) {
  for (int64_t o = 0; o < outputs; o += W) {
    vf rows[8], v[4];
    const auto at = [&](int i) { return pixel[i] ? Reader::many(pixel[i] + o) : vf{}; };
    for (int i = 0; i < 2; i++) spreadSlopes(at(i), at(2 + i), rows + i, 2);
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      spreadSlopes(rows[2 * i], rows[2 * i + 1], v, 1);
#pragma GCC unroll 4
      for (int j = 0; j < 4; j++) store(to + (4 * i + j) * pitch + o, v[j]);
    }
  }
}

// Gᵀ · (a, b, c, d)
VIDTOK_INLINE void gatherTaps(vf a, vf b, vf c, vf d, vf* to, int step) {
  const vf even = (b + c) * 0.5f;
  to[0] = a + even;
  to[step] = (b - c) * 0.5f;
  to[2 * step] = even + d;
}

// Some outputs and channels of dw; sums are [temporal tap][place][channel tile][output tile], each
// tile [rows][width].
struct SquaresTask {
  const SquaresPlan& plan;
  int64_t firstOutput, firstChannel, outputs, channels;
  float *sums, *slopes, *pixels;

  int64_t outputTiles() const { return ceilDiv(outputs, plan.rows()); }
  int64_t channelTiles() const { return ceilDiv(channels, plan.width()); }
  int64_t tileSize() const { return plan.rows() * plan.width(); }
  int64_t placeSize() const { return channelTiles() * outputTiles() * tileSize(); }
};

// Adds a task's sums to `to`, [o, tap, c], and clears them.
static void flushSquares(const SquaresTask& task, float* to) {
  const SquaresPlan& plan = task.plan;
  const int64_t pitch = task.placeSize(), rows = plan.rows(), width = plan.width();
  for (int64_t o = 0; o < task.outputs; o++) {
    for (int64_t c = 0; c < task.channels; c += W) {
      const int64_t tile = c / width * task.outputTiles() + o / rows;
      const int64_t at = tile * task.tileSize() + o % rows * width + c % width;
      for (int64_t kt = 0; kt < plan.frames; kt++) {
        const float* s = task.sums + kt * kPlaces * pitch + at;
        vf half[12], taps[9];
        for (int i = 0; i < 4; i++)
          gatherTaps(load(s + i * pitch), load(s + (4 + i) * pitch), load(s + (8 + i) * pitch),
                     load(s + (12 + i) * pitch), half + i, 4);
        for (int i = 0; i < 3; i++)
          gatherTaps(half[4 * i], half[4 * i + 1], half[4 * i + 2], half[4 * i + 3], taps + 3 * i,
                     1);
        float* out = to + ((task.firstOutput + o) * plan.taps() + kt * 9) * plan.channels +
                     task.firstChannel + c;
        for (int i = 0; i < 9; i++, out += plan.channels) store(out, load(out) + taps[i]);
      }
    }
  }
  __builtin_memset(task.sums, 0, size_t(plan.sumsSize()) * 4);
}

// Squares [begin, end) of a frame of x, or of dy, spread to [place][square][channel].
static void spreadX(const SquaresTask& task, int64_t image, int64_t t, int64_t begin, int64_t end) {
  const ConvWeightJob& job = task.plan.job;
  const int64_t across = task.plan.across, step = task.plan.channelStep;
  withReader(job.x.format, job.operands, [&](auto reader) {
    typedef decltype(reader) Reader;
    for (int64_t s = begin; s < end; s++) {
      const typename Reader::Stored* pixel[kPlaces];
      squareAt(job.x, image, t, s / across * 2 - job.axes[1].padding,
               s % across * 2 - job.axes[2].padding, task.firstChannel, 4, pixel);
      spreadSquare<Reader>(pixel, task.channels, task.pixels + (s - begin) * step,
                           task.plan.pixelPitch());
    }
  });
}
static void spreadDy(const SquaresTask& task, int64_t image, int64_t t, int64_t begin,
                     int64_t end) {
  const ConvWeightJob& job = task.plan.job;
  const int64_t across = task.plan.across;
  withReader(job.dy.format, job.operands, [&](auto reader) {
    typedef decltype(reader) Reader;
    for (int64_t s = begin; s < end; s++) {
      const typename Reader::Stored* pixel[4];
      squareAt(job.dy, image, t, s / across * 2, s % across * 2, task.firstOutput, 2, pixel);
      spreadSlopeSquare<Reader>(pixel, task.outputs, task.slopes + (s - begin) * kSlopes,
                                task.plan.slopePitch());
    }
  });
}

// The products of one place of `count` squares.
static void multiplyPlace(const SquaresTask& task, int64_t place, int64_t count, float* sums) {
  const SquaresPlan& plan = task.plan;
  const LinePair lines{task.slopes + place * plan.slopePitch(),
                       task.pixels + place * plan.pixelPitch()};
  withVectors<Floats>(plan.vectors, [&](auto vectors) {
    constexpr int64_t rows = tileRows<Floats>(vectors.value), width = vectors.value * W;
    for (int64_t c = 0; c < task.channelTiles(); c++)
      for (int64_t o = 0; o < task.outputTiles(); o++, sums += rows * width)
        outerKernel<Floats, vectors.value, kSlopes>(&lines, 1, o * rows, c * width,
                                                    plan.channelStep, count, sums);
  });
}

// Squares of one frame of dy, with all temporal taps.
static void squaresGroup(const SquaresTask& task, int64_t group) {
  const SquaresPlan& plan = task.plan;
  const ConvAxis& time = plan.job.axes[0];
  const Axis *xa = plan.job.x.axes, *da = plan.job.dy.axes;
  const int64_t frame = group / plan.runs, image = frame / time.out, t = frame % time.out;
  const int64_t begin = group % plan.runs * kSquares, end = least(begin + kSquares, plan.squares);
  if (!inside(da[0], image) || !inside(da[1], t) || !inside(xa[0], image)) return;
  spreadDy(task, image, t, begin, end);
  for (int64_t kt = 0; kt < plan.frames; kt++) {
    const int64_t it = t * time.stride + kt * time.dilation - time.padding;
    if (!inside(xa[1], it)) continue;
    spreadX(task, image, it, begin, end);
    for (int64_t p = 0; p < kPlaces; p++)
      multiplyPlace(task, p, end - begin, task.sums + (kt * kPlaces + p) * task.placeSize());
  }
}

static void winogradWeight(Engine& engine, const ConvWeightJob& job, float* out) {
  const SquaresPlan plan(job);
  const int64_t blocks = plan.outputBlocks * plan.channelBlocks;
  sumRanges(engine, plan.outputs * plan.taps() * plan.channels, plan.ranges, blocks,
            plan.threadSize(), out, [&](int64_t number, float* memory, float* to) {
              const int64_t range = number / blocks;
              const int64_t o = number % blocks / plan.channelBlocks * kSlopes;
              const int64_t c = number % plan.channelBlocks * plan.channelStep;
              float* slopes = memory + plan.sumsSize();
              const SquaresTask task{plan,
                                     o,
                                     c,
                                     least(kSlopes, plan.outputs - o),
                                     least(plan.channelStep, plan.channels - c),
                                     memory,
                                     slopes,
                                     slopes + kPlaces * plan.slopePitch()};
              // Rows and columns past the last are multiplied too.
              __builtin_memset(memory, 0, size_t(plan.threadSize()) * 4);
              int64_t pixels = 0;
              const int64_t last = plan.groups * (range + 1) / plan.ranges;
              for (int64_t group = plan.groups * range / plan.ranges; group < last; group++) {
                squaresGroup(task, group);
                pixels += 4 * least(kSquares, plan.squares);
                if (pixels < WeightSizes<Floats>::kFlushPixels) continue;
                flushSquares(task, to);
                pixels = 0;
              }
              flushSquares(task, to);
            });
}
