// 3 × 3 taps at stride 1 by Winograd's F(2 × 2, 3 × 3) (Lavin and Gray 2016): 16 multiplications for
// 2 × 2 outputs instead of 36.
//
//   4 × 4 pixels ─ Bᵀ d B ─▶ V[16][square][channel]
//                                     │ 16 products, one for each place in the square, summed over
//   3 × 3 taps  ─ G g Gᵀ ──▶ U[16]  ──┤ channels (`gemm.h`) and temporal taps
//                                     ▼
//   2 × 2 outputs ◀─ Aᵀ m A + bias ─ M[16][square][output]
//
// A task computes kTiles tiles of squares of one frame, one temporal tap after the other; V and M
// of one place stay in L2. V and M are sums of up to four and nine numbers, which costs about one
// bit. Frames are cut into tasks each for itself, so that a frame's result does not depend on how
// many there are.

constexpr int kPlaces = 16;
// From how many pixels of a frame and channels it pays: the weight is 16/9 as large, and squares
// are spread and gathered.
constexpr int64_t kWinogradPixels = 128, kWinogradChannels = 64;

static Method convMethod(const ConvAxis* axes, int64_t channels, int64_t outputs, Format operands,
                         Format result) {
  const auto isPlain = [](const ConvAxis& axis) {
    return axis.taps == 3 && axis.stride == 1 && axis.dilation == 1 && axis.inputDilation == 1;
  };
  const bool isWide = least(channels, outputs) >= kWinogradChannels && channels % W == 0 &&
                      outputs % W == 0 && axes[1].out * axes[2].out >= kWinogradPixels;
  const bool isExact = operands == Format::f32 && result == Format::f32;
  return isExact && isWide && isPlain(axes[1]) && isPlain(axes[2]) && axes[0].inputDilation == 1
             ? Method::winograd
             : Method::direct;
}

static Packing placePacking(int64_t outputs, int64_t channels) {
  return packingOf<Floats>(outputs, 1, channels);
}

static int64_t winogradSize(int64_t outputs, int64_t frames, int64_t channels) {
  return kPlaces * frames * placePacking(outputs, channels).size();
}

// (a, b, c) · Gᵀ
template <class T>
VIDTOK_INLINE void expandTaps(T a, T b, T c, T* to, int step) {
  const T even = (a + c) * 0.5f, odd = b * 0.5f;
  to[0] = a;
  to[step] = even + odd;
  to[2 * step] = even - odd;
  to[3 * step] = c;
}

// (a, b, c, d) · B
template <class T>
VIDTOK_INLINE void spreadPixels(T a, T b, T c, T d, T* to, int step) {
  to[0] = a - c;
  to[step] = b + c;
  to[2 * step] = c - b;
  to[3 * step] = b - d;
}

// U: [temporal tap][place], each packed as `gemm.h` wants it: [block of outputs][channel][output].
static void packWinograd(Engine& engine, const View& weight, float* packed) {
  const Readable dense(engine, weight, isUnpadded(weight) && weight.format == Format::f32);
  const Axis* axes = dense.view.axes;
  const int64_t channels = axes[4].size;
  const Packing packing = placePacking(axes[0].size, channels);
  parallel(engine.pool, packing.blocks * axes[1].size, [&](int64_t task, int) {
    const int64_t kt = task / packing.blocks, block = task % packing.blocks;
    float* to = packed + kt * kPlaces * packing.size() + packing.at(block, 0);
    for (int64_t i = 0; i < packing.width; i++) {
      const int64_t o = block * packing.width + i;
      for (int64_t c = 0; c < channels; c++) {
        float u[kPlaces] = {};
        if (o < packing.outputs) {
          const float* g = dense.view.as<float>() + o * axes[0].stride + kt * axes[1].stride +
                           c * axes[4].stride;
          const int64_t h = axes[2].stride, w = axes[3].stride;
          float rows[12];
          for (int kh = 0; kh < 3; kh++)
            expandTaps(g[kh * h], g[kh * h + w], g[kh * h + 2 * w], rows + 4 * kh, 1);
          for (int k = 0; k < 4; k++) expandTaps(rows[k], rows[4 + k], rows[8 + k], u + k, 4);
        }
        for (int p = 0; p < kPlaces; p++)
          to[p * packing.size() + c * packing.width + i] = u[p];
      }
    }
  });
}

// One square: 4 × 4 pixels, channels contiguous, to places that are `pitch` apart.
static void spreadSquare(const float* const* pixel, int64_t channels, float* to, int64_t pitch) {
  for (int64_t c = 0; c < channels; c += W) {
    vf rows[kPlaces], v[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
      spreadPixels(load(pixel[i] + c), load(pixel[4 + i] + c), load(pixel[8 + i] + c),
                   load(pixel[12 + i] + c), rows + i, 4);
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      spreadPixels(rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3], v, 1);
#pragma GCC unroll 4
      for (int j = 0; j < 4; j++) store(to + (4 * i + j) * pitch + c, v[j]);
    }
  }
}

// One square's 2 × 2 outputs from its places, which are `pitch` apart; null where there is none.
static void gatherSquare(const float* m, int64_t pitch, const float* bias, int64_t first,
                         int64_t last, float* const* to) {
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
    if (to[0]) store(to[0] + o, ((top[0] + top[1]) + top[2]) + start);
    if (to[1]) store(to[1] + o, ((top[1] - top[2]) - top[3]) + start);
    if (to[2]) store(to[2] + o, ((bottom[0] + bottom[1]) + bottom[2]) + start);
    if (to[3]) store(to[3] + o, ((bottom[1] - bottom[2]) - bottom[3]) + start);
  }
}

struct WinogradPlan {
  const ConvJob& job;
  Packing packing;
  int64_t squaresAcross, squares;  // of a frame
  int64_t rows;                    // squares of a tile
  const float* zeros;

  int64_t chunk() const { return kTiles * rows; }
  int64_t sums() const { return packing.blocks * packing.width; }  // of a square's place
};

// V of squares [begin, end) of input frame `it`.
static void spreadFrame(const WinogradPlan& plan, int64_t image, int64_t it, int64_t begin,
                        int64_t end, float* v) {
  const View& x = plan.job.x;
  const ConvAxis &h = plan.job.axes[1], &w = plan.job.axes[2];
  const int64_t channels = plan.packing.channels;
  for (int64_t s = begin; s < end; s++) {
    const int64_t top = s / plan.squaresAcross * 2 - h.padding;
    const int64_t left = s % plan.squaresAcross * 2 - w.padding;
    const float* pixel[kPlaces];
    for (int i = 0; i < kPlaces; i++) {
      const int64_t ih = top + i / 4, iw = left + i % 4;
      const bool isInside = inside(x.axes[2], ih) && inside(x.axes[3], iw);
      pixel[i] =
          isInside ? x.as<float>() + elementAt(x, image, it, ih) + iw * x.axes[3].stride : plan.zeros;
    }
    spreadSquare(pixel, channels, v + (s - begin) * channels, plan.chunk() * channels);
  }
}

// Outputs [first, last) of squares [begin, end) of frame `frame` of the output.
static void gatherFrame(const WinogradPlan& plan, int64_t frame, int64_t begin, int64_t end,
                        const float* m, int64_t first, int64_t last, float* out) {
  const int64_t height = plan.job.axes[1].out, width = plan.job.axes[2].out;
  for (int64_t s = begin; s < end; s++) {
    float* to[4];
    for (int i = 0; i < 4; i++) {
      const int64_t h = s / plan.squaresAcross * 2 + i / 2, w = s % plan.squaresAcross * 2 + i % 2;
      const int64_t pixel = (frame * height + h) * width + w;
      to[i] = h < height && w < width ? out + pixel * plan.job.outputs : nullptr;
    }
    gatherSquare(m + (s - begin) * plan.sums(), plan.chunk() * plan.sums(), plan.job.bias, first,
                 last, to);
  }
}

static void winogradTask(const WinogradPlan& plan, int64_t frame, int64_t begin, int64_t end,
                         const Part& part, Tap* taps, float* v, float* out) {
  const ConvJob& job = plan.job;
  const Packing& packing = plan.packing;
  const ConvAxis& t = job.axes[0];
  float* m = v + kPlaces * plan.chunk() * packing.channels;
  Chunk chunk;
  chunk.tap = taps;
  chunk.tiles = int(ceilDiv(end - begin, plan.rows));
  float* rows[kChunkRows];
  for (int64_t r = 0; r < chunk.tiles * plan.rows; r++) {
    Tap& tap = taps[r / plan.rows];
    chunk.taps[r / plan.rows] = 1;
    tap.weight = 0;
    tap.rows[r % plan.rows] = v + r * packing.channels;
  }
  const int64_t image = frame / t.out;
  bool isFirst = true;
  for (int64_t kt = 0; kt < t.taps; kt++) {
    const int64_t it = frame % t.out * t.stride + kt * t.dilation - t.padding;
    const bool isFrame = inside(job.x.axes[0], image) && inside(job.x.axes[1], it);
    // At least one tap has to write M.
    if (!isFrame && (kt + 1 < t.taps || !isFirst)) continue;
    if (isFrame)
      spreadFrame(plan, image, it, begin, end, v);
    else
      __builtin_memset(v, 0, size_t(kPlaces * plan.chunk() * packing.channels) * 4);
    for (int p = 0; p < kPlaces; p++) {
      const int64_t at = p * plan.chunk() * packing.channels;
      for (int64_t r = 0; r < chunk.tiles * plan.rows; r++)
        rows[r] = m + (p * plan.chunk() + r) * plan.sums();
      multiplyBlocks<Floats, tileRows<Floats>(2), kVectors>(
          packing, chunk, part, job.packed + (kt * kPlaces + p) * packing.size(),
          isFirst ? plan.zeros : nullptr, rows, true, [=](int64_t c, int64_t) { return at + c; });
    }
    isFirst = false;
  }
  const int64_t first = part.first * packing.width,
                last = least(part.last * packing.width, packing.outputs);
  gatherFrame(plan, frame, begin, end, m, first, last, out);
}

static void winogradConv(Engine& engine, const ConvJob& given, float* out) {
  const Readable x(engine, given.x, hasContiguousRows(given.x) && given.x.format == Format::f32);
  ConvJob job = given;
  job.x = x.view;
  const int64_t channels = job.x.axes[4].size;
  const Packing packing = placePacking(job.outputs, channels);
  const int64_t across = ceilDiv(job.axes[2].out, 2);
  const int64_t longest = most(channels, packing.blocks * packing.width);
  const Scratch zeros(engine.memory, size_t(longest));
  __builtin_memset(zeros.data(), 0, size_t(longest) * 4);
  const WinogradPlan plan{job,    packing, across, across * ceilDiv(job.axes[1].out, 2),
                          tileRows<Floats>(2), zeros.data()};
  const int64_t frames = job.x.axes[0].size * job.axes[0].out;
  const int64_t chunks = ceilDiv(plan.squares, plan.chunk());
  const int64_t parts = partsOfBlocks(engine, packing, frames * chunks);
  const int64_t perThread = kPlaces * plan.chunk() * (channels + plan.sums());
  const int threads = engine.pool.threads();
  const Scratch memory(engine.memory, size_t(threads * perThread));
  // Squares past the end are multiplied too.
  __builtin_memset(memory.data(), 0, size_t(threads * perThread) * 4);
  const Scratch taps(engine.memory, size_t(threads * kTiles) * sizeof(Tap) / 4);
  parallel(engine.pool, frames * chunks * parts, [&](int64_t task, int thread) {
    const int64_t begin = task / parts % chunks * plan.chunk();
    winogradTask(plan, task / parts / chunks, begin, least(begin + plan.chunk(), plan.squares),
                 Part(packing, task % parts, parts),
                 reinterpret_cast<Tap*>(taps.data()) + thread * kTiles,
                 memory.data() + thread * perThread, out);
  });
}
