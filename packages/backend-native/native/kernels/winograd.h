// 3 × 3 taps at stride 1 by Winograd's F(2 × 2, 3 × 3) (Lavin and Gray 2016): 16 multiplications for
// 2 × 2 outputs instead of 36.
//
//   4 × 4 pixels ─ Bᵀ d B ─▶ V[16][square][channel]
//                                     │ 16 products, one for each place in the square, summed over
//   3 × 3 taps  ─ G g Gᵀ ──▶ U[16]  ──┤ channels (`gemm.h`) and temporal taps
//                                     ▼
//   2 × 2 outputs ◀─ Aᵀ m A + bias ─ M[16][square][output]
//
// A task computes a chunk of squares of one frame, one temporal tap after the other; V and M
// of one place stay in L2. V and M are sums of up to four and nine numbers, which costs about one
// bit. Frames are cut into tasks each for itself, so that a frame's result does not depend on how
// many there are.

// From how many pixels of a frame and channels it pays: the weight is 16/9 as large, and squares
// are spread and gathered.
constexpr int64_t kWinogradPixels = 128, kWinogradChannels = 64;

static bool goesInSquares(const ConvAxis* axes, int64_t channels, int64_t outputs,
                          Format operands) {
  const auto isPlain = [](const ConvAxis& axis) {
    return axis.taps == 3 && axis.stride == 1 && axis.dilation == 1 && axis.inputDilation == 1 &&
           axis.repeat == 1;
  };
  const ConvAxis &t = axes[0], &h = axes[1], &w = axes[2];
  const bool isWide = least(channels, outputs) >= kWinogradChannels && channels % W == 0 &&
                      outputs % W == 0 && h.out * w.out >= kWinogradPixels;
  // Instructions that multiply pairs of bf16 numbers save as much, and memory.
  const bool isFaster = operands == Format::f32 || !kHasPairs;
  return isFaster && isWide && isPlain(h) && isPlain(w) && t.inputDilation == 1;
}

// The pixels of a square of size × size from (top, left) on, from a channel on; null outside the
// image.
template <class T>
static void squareAt(const View& x, int64_t image, int64_t t, int64_t top, int64_t left,
                     int64_t channel, int size, const T** pixel) {
  for (int64_t h = top; h < top + size; h++) {
    const T* line = x.as<T>() + elementAt(x, image, t, h) + channel;
    const bool isLine = inside(x.axes[2], h);
    for (int64_t w = left; w < left + size; w++)
      *pixel++ = isLine && inside(x.axes[3], w) ? line + w * x.axes[3].stride : nullptr;
  }
}

// (a, b, c, d) · B
template <class T>
VIDTOK_INLINE void spreadPixels(T a, T b, T c, T d, T* to, int step) {
  to[0] = a - c;
  to[step] = b + c;
  to[2 * step] = c - b;
  to[3 * step] = b - d;
}

// One square: 4 × 4 pixels, channels contiguous, to places that are `pitch` apart; null pixels are
// 0.
template <class Reader>
static void spreadSquare(const typename Reader::Stored* const* pixel, int64_t channels, float* to,
                         int64_t pitch) {
  for (int64_t c = 0; c < channels; c += W) {
    vf rows[kPlaces], v[4];
    const auto at = [&](int i) { return pixel[i] ? Reader::many(pixel[i] + c) : vf{}; };
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
      spreadPixels(at(i), at(4 + i), at(8 + i), at(12 + i), rows + i, 4);
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      spreadPixels(rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3], v, 1);
#pragma GCC unroll 4
      for (int j = 0; j < 4; j++) store(to + (4 * i + j) * pitch + c, v[j]);
    }
  }
}

// One square's 2 × 2 outputs from its places, which are `pitch` apart; null where there is none.
template <class Out, class Residual>
static void gatherSquare(const float* m, int64_t pitch, const float* bias, int64_t first,
                         int64_t last, Out* const* to, const Blend& blend,
                         const Residual* const* residual) {
  for (int64_t o = first; o < last; o += W) {
    vf top[4], bottom[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
      const float* p = m + o + j * pitch;
      const vf a = load(p), b = load(p + 4 * pitch), c = load(p + 8 * pitch),
               d = load(p + 12 * pitch);
      top[j] = (a + b) + c;
      bottom[j] = (b - c) - d;
    }
    const vf start = load(bias + o);
    const vf sums[4] = {((top[0] + top[1]) + top[2]) + start, ((top[1] - top[2]) - top[3]) + start,
                        ((bottom[0] + bottom[1]) + bottom[2]) + start,
                        ((bottom[1] - bottom[2]) - bottom[3]) + start};
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      if (!to[i]) continue;
      const bool isBlended = residual[i] != nullptr;
      store(to[i] + o,
            isBlended ? sums[i] * blend.keep + load(residual[i] + o) * blend.add : sums[i]);
    }
  }
}

// Of one phase along time.
struct WinogradPlan {
  const ConvJob& job;
  PhaseAxis time;
  Packing packing;
  int64_t squaresAcross, squares;  // of a frame
  int64_t rows;                    // squares of a tile
  const float* packed;
  const float* zeros;

  int64_t chunk() const { return chunkRows<Floats>(); }
  int64_t sums() const { return packing.blocks * packing.width; }  // of a square's place
};

// V of squares [begin, end) of a frame of the input.
static void spreadFrame(const WinogradPlan& plan, const Frame& frame, int64_t image, int64_t begin,
                        int64_t end, float* v) {
  const View& x = *frame.view;
  const ConvAxis &h = plan.job.axes[1], &w = plan.job.axes[2];
  const int64_t channels = plan.packing.channels;
  withReader(x.format, plan.job.operands, [&](auto reader) {
    typedef decltype(reader) Reader;
    for (int64_t s = begin; s < end; s++) {
      const int64_t top = s / plan.squaresAcross * 2 - h.padding;
      const int64_t left = s % plan.squaresAcross * 2 - w.padding;
      const typename Reader::Stored* pixel[kPlaces];
      squareAt(x, image, frame.t, top, left, 0, 4, pixel);
      spreadSquare<Reader>(pixel, channels, v + (s - begin) * channels, plan.chunk() * channels);
    }
  });
}

// Outputs [part.first, part.last) of squares [begin, end) of frame `t` of the output.
template <class Out, class Residual>
static void gatherFrame(const WinogradPlan& plan, int64_t image, int64_t t, int64_t begin,
                        int64_t end, const float* m, const Part& part, Out* out) {
  const ConvJob& job = plan.job;
  const int64_t height = job.axes[1].out, width = job.axes[2].out;
  const int64_t first = part.first * plan.packing.width,
                last = least(part.last * plan.packing.width, job.outputs);
  for (int64_t s = begin; s < end; s++) {
    Out* to[4];
    const Residual* residual[4] = {};
    for (int i = 0; i < 4; i++) {
      const int64_t h = s / plan.squaresAcross * 2 + i / 2, w = s % plan.squaresAcross * 2 + i % 2;
      const int64_t pixel = ((image * job.axes[0].out + t) * height + h) * width + w;
      const bool isPixel = h < height && w < width;
      to[i] = isPixel ? out + pixel * job.outputs : nullptr;
      if (isPixel && job.blend.residual.data)
        residual[i] = job.blend.residual.as<Residual>() + residualAt(job, image, t, h, w);
    }
    gatherSquare(m + (s - begin) * plan.sums(), plan.chunk() * plan.sums(), job.bias, first, last,
                 to, job.blend, residual);
  }
}

// Squares [begin, end) of frame `j` of the phase, of one image.
static void winogradTask(const WinogradPlan& plan, int64_t image, int64_t j, int64_t begin,
                         int64_t end, const Part& part, Tap* taps, float* v, Target out) {
  const Packing& packing = plan.packing;
  const PhaseAxis& time = plan.time;
  float* m = v + kPlaces * plan.chunk() * packing.channels;
  Chunk chunk;
  chunk.tap = taps;
  chunk.tiles = int(ceilDiv(end - begin, plan.rows));
  float* rows[kMostRows];
  for (int64_t r = 0; r < chunk.tiles * plan.rows; r++) {
    Tap& tap = taps[r / plan.rows];
    chunk.taps[r / plan.rows] = 1;
    tap.weight = 0;
    tap.rows[r % plan.rows] = v + r * packing.channels;
  }
  bool isFirst = true;
  for (int i = 0; i < time.taps; i++) {
    const Frame frame = frameOf(plan.job, image, time.from[i] + j * time.step);
    if (!frame.view) continue;
    spreadFrame(plan, frame, image, begin, end, v);
    for (int p = 0; p < kPlaces; p++) {
      const int64_t at = p * plan.chunk() * packing.channels;
      for (int64_t r = 0; r < chunk.tiles * plan.rows; r++)
        rows[r] = m + (p * plan.chunk() + r) * plan.sums();
      withVectors<Floats>(packing.vectors, [&](auto vectors) {
        multiplyBlocks<Wide<Floats, vectors.value>>(
            packing, chunk, part, plan.packed + (i * kPlaces + p) * packing.size(),
            isFirst ? plan.zeros : nullptr, rows, true, [=](int64_t c, int64_t) { return at + c; },
            Unchanged());
      });
    }
    isFirst = false;
  }
  if (isFirst) __builtin_memset(m, 0, size_t(kPlaces * plan.chunk() * plan.sums()) * 4);
  const int64_t t = time.first + j * time.period;
  withStored(out.format, [&](auto result) {
    typedef decltype(result) Out;
    withStored(plan.job.blend.residual.format, [&](auto residual) {
      gatherFrame<Out, decltype(residual)>(plan, image, t, begin, end, m, part, out.as<Out>());
    });
  });
}

static void winogradConv(Engine& engine, const ConvJob& job, Target out) {
  const int64_t channels = job.x.axes[4].size;
  const Packing packing = placePacking(job.outputs, channels);
  const int64_t across = ceilDiv(job.axes[2].out, 2);
  const Scratch zeros(engine.memory, {packing.blocks, packing.width});
  __builtin_memset(zeros.data(), 0, size_t(packing.blocks * packing.width) * 4);
  WinogradPlan plan{job,          {},
                    packing,      across,
                    across * ceilDiv(job.axes[1].out, 2),
                    tileRows<Floats>(packing.vectors),
                    job.packed,   zeros.data()};
  const int64_t chunks = ceilDiv(plan.squares, plan.chunk());
  const int64_t perThread = kPlaces * plan.chunk() * (channels + plan.sums());
  const int threads = engine.pool.threads();
  const Scratch memory(engine.memory, {threads, perThread});
  // Squares past the end are multiplied too.
  __builtin_memset(memory.data(), 0, size_t(threads * perThread) * 4);
  const Scratch taps(engine.memory, {threads, kTiles, int64_t(sizeof(Tap) / 4)});
  const Phases phases(engine, job.axes);
  for (int64_t i = 0; i < phases.count(); i++) {
    PhaseAxis axes[3];
    phases.at(i, axes);
    plan.time = axes[0];
    const int64_t frames = job.x.axes[0].size * plan.time.count;
    const int64_t parts = partsOfBlocks(engine, packing, most<int64_t>(1, frames * chunks));
    parallel(engine.pool, frames * chunks * parts, [&](int64_t task, int thread) {
      const int64_t frame = task / parts / chunks, begin = task / parts % chunks * plan.chunk();
      winogradTask(plan, frame / plan.time.count, frame % plan.time.count, begin,
                   least(begin + plan.chunk(), plan.squares), Part(packing, task % parts, parts),
                   reinterpret_cast<Tap*>(taps.data()) + thread * kTiles,
                   memory.data() + thread * perThread, out);
    });
    plan.packed += phases.isMerged ? winogradSize(job.outputs, plan.time.taps, channels) : 0;
  }
}
