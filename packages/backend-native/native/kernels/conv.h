// Direct convolution on channels-last data, without im2col: pixels of the output are the rows of
// `gemm.h`, and every tap of a row is a pointer into the input, or to zeros where the tap falls
// outside it.
//
// With zeros between inputs (inputDilation d) output positions fall into phases: those of one
// residue modulo d / gcd(d, stride) meet inputs with the same taps, so each phase is an ordinary
// convolution with a subset of the taps and nothing is multiplied by inserted zeros.
//
//      chunk = 16 tiles of pixels ──▶ table of pointers [tile][tap][row], built once
//      for each channel block, block of outputs, tile: tileKernel

// One axis of one phase: outputs first, first + period, …; tap `tap[i]` of output j reads input
// `from[i] + j·step`.
struct PhaseAxis {
  int64_t first, period, count, step;
  int taps;
  int* tap;
  int64_t* from;
};

static int64_t gcdOf(int64_t a, int64_t b) { return b ? gcdOf(b, a % b) : a; }

static PhaseAxis phaseAxis(const ConvAxis& axis, int64_t residue, int* tap, int64_t* from) {
  const int64_t period = axis.inputDilation / gcdOf(axis.inputDilation, axis.stride);
  PhaseAxis phase{residue,
                  period,
                  residue < axis.out ? ceilDiv(axis.out - residue, period) : 0,
                  axis.stride * period / axis.inputDilation,
                  0,
                  tap,
                  from};
  for (int64_t k = 0; k < axis.taps; k++) {
    const int64_t at = residue * axis.stride + k * axis.dilation - axis.padding;
    if (at % axis.inputDilation != 0) continue;
    tap[phase.taps] = int(k);
    from[phase.taps++] = at / axis.inputDilation;
  }
  return phase;
}

struct Phase {
  const ConvJob& job;
  PhaseAxis axis[3];
  const float* zeros;
  float* out;

  int64_t pixels() const {
    return job.x.axes[0].size * axis[0].count * axis[1].count * axis[2].count;
  }
};

// Fills row `row` of a tile: the taps of output pixel `pixel`, and where its outputs go.
static void placePixel(const Phase& phase, int64_t pixel, int row, Tap* taps, bool* isUsed,
                       float** to) {
  const ConvJob& job = phase.job;
  const Axis* axes = job.x.axes;
  int64_t index[4], rest = pixel;
  for (int a = 3; a > 0; a--) {
    index[a] = rest % phase.axis[a - 1].count;
    rest /= phase.axis[a - 1].count;
  }
  index[0] = rest;
  int64_t at = index[0];
  for (int a = 0; a < 3; a++)
    at = at * job.axes[a].out + phase.axis[a].first + index[a + 1] * phase.axis[a].period;
  *to = phase.out + at * job.outputs;

  const bool isImage = inside(axes[0], index[0]);
  const float* image = job.x.data + index[0] * axes[0].stride;
  int tap = 0;
  const auto& [t, h, w] = phase.axis;
  for (int kt = 0; kt < t.taps; kt++) {
    const int64_t it = t.from[kt] + index[1] * t.step;
    const bool isFrame = isImage && inside(axes[1], it);
    for (int kh = 0; kh < h.taps; kh++) {
      const int64_t ih = h.from[kh] + index[2] * h.step;
      const bool isLine = isFrame && inside(axes[2], ih);
      const float* line = image + it * axes[1].stride + ih * axes[2].stride;
      for (int kw = 0; kw < w.taps; kw++, tap++) {
        const int64_t iw = w.from[kw] + index[3] * w.step;
        const bool isPixel = isLine && inside(axes[3], iw);
        taps[tap].rows[row] = isPixel ? line + iw * axes[3].stride : phase.zeros;
        isUsed[tap] |= isPixel;
      }
    }
  }
}

// The tiles of pixels [begin, end).
static void placeChunk(const Phase& phase, int rows, int64_t begin, int64_t end, int64_t allTaps,
                       bool* isUsed, Chunk& chunk) {
  const auto& [t, h, w] = phase.axis;
  const int count = t.taps * h.taps * w.taps;
  chunk.tiles = int(ceilDiv(end - begin, rows));
  for (int i = 0; i < chunk.tiles; i++) {
    Tap* taps = chunk.tap + i * allTaps;
    for (int tap = 0; tap < count; tap++) isUsed[tap] = false;
    for (int r = 0; r < rows; r++) {
      const int64_t pixel = begin + i * rows + r;
      if (pixel < end) {
        placePixel(phase, pixel, r, taps, isUsed, &chunk.to[i * rows + r]);
        continue;
      }
      chunk.to[i * rows + r] = nullptr;
      for (int tap = 0; tap < count; tap++) taps[tap].rows[r] = phase.zeros;
    }
    // Taps that fall outside for every row of the tile are dropped.
    int used = 0;
    for (int tap = 0; tap < count; tap++) {
      if (!isUsed[tap]) continue;
      const int kw = tap % w.taps, kh = tap / w.taps % h.taps, kt = tap / (w.taps * h.taps);
      if (used != tap) taps[used] = taps[tap];
      taps[used++].weight =
          (t.tap[kt] * phase.job.axes[1].taps + h.tap[kh]) * phase.job.axes[2].taps + w.tap[kw];
    }
    chunk.taps[i] = used;
  }
}

static void convPhase(Engine& engine, const Phase& phase, const Packing& packing, Tap* taps,
                      bool* isUsed) {
  const int rows = tileRows(packing.vectors);
  const int64_t pixels = phase.pixels(), chunks = ceilDiv(pixels, kTiles * rows);
  if (chunks == 0) return;
  const int64_t parts = partsOfBlocks(engine, packing, chunks);
  parallel(engine.pool, chunks * parts, [&](int64_t task, int thread) {
    const int64_t part = task % parts, begin = task / parts * kTiles * rows;
    Chunk chunk;
    chunk.tap = taps + thread * kTiles * packing.taps;
    placeChunk(phase, rows, begin, least(begin + kTiles * rows, pixels), packing.taps,
               isUsed + thread * packing.taps, chunk);
    multiply(packing, chunk, packing.blocks * part / parts, packing.blocks * (part + 1) / parts,
             phase.job.packed, phase.job.bias);
  });
}

static void convKernel(Engine& engine, const ConvJob& given, float* out) {
  const Readable x(engine, given.x, hasContiguousRows(given.x));
  ConvJob job = given;
  job.x = x.view;
  const ConvAxis* axes = job.axes;
  const int64_t channels = job.x.axes[4].size, allTaps = axes[0].taps * axes[1].taps * axes[2].taps;
  const Packing packing(job.outputs, allTaps, channels);
  const int64_t most3 = most(axes[0].taps, most(axes[1].taps, axes[2].taps));
  const int threads = engine.pool.threads();
  const Scratch zeros(engine.memory, size_t(channels));
  const Scratch taps(engine.memory, size_t(threads * kTiles * allTaps) * sizeof(Tap) / 4);
  const Scratch used(engine.memory, size_t(threads * allTaps));
  const Scratch lists(engine.memory, size_t(most3) * 3 * 3);
  __builtin_memset(zeros.data(), 0, size_t(channels) * 4);
  Phase phase{job, {}, zeros.data(), out};
  int64_t period[3];
  for (int a = 0; a < 3; a++)
    period[a] = axes[a].inputDilation / gcdOf(axes[a].inputDilation, axes[a].stride);
  int64_t* from = reinterpret_cast<int64_t*>(lists.data());
  int* tap = reinterpret_cast<int*>(from + 3 * most3);
  for (int64_t r = 0; r < period[0] * period[1] * period[2]; r++) {
    const int64_t residue[3] = {r / period[2] / period[1], r / period[2] % period[1],
                                r % period[2]};
    for (int a = 0; a < 3; a++)
      phase.axis[a] = phaseAxis(axes[a], residue[a], tap + a * most3, from + a * most3);
    convPhase(engine, phase, packing, reinterpret_cast<Tap*>(taps.data()),
              reinterpret_cast<bool*>(used.data()));
  }
}

static int64_t packedSize(int64_t outputs, int64_t taps, int64_t channels) {
  return Packing(outputs, taps, channels).size();
}

static int64_t paddedOutputs(int64_t outputs) {
  const Packing packing(outputs, 1, 1);
  return packing.blocks * packing.width;
}

static void packKernel(Engine& engine, const View& weight, float* packed) {
  const Readable dense(engine, weight, isUnpadded(weight));
  const Axis* axes = dense.view.axes;
  const int64_t taps = axes[1].size * axes[2].size * axes[3].size;
  const Packing packing(axes[0].size, taps, axes[4].size);
  const Scratch memory(engine.memory, size_t(taps) * 2);
  int64_t* offset = reinterpret_cast<int64_t*>(memory.data());
  for (int64_t tap = 0; tap < taps; tap++) {
    const int64_t kw = tap % axes[3].size, kh = tap / axes[3].size % axes[2].size,
                  kt = tap / axes[3].size / axes[2].size;
    offset[tap] = kt * axes[1].stride + kh * axes[2].stride + kw * axes[3].stride;
  }
  parallel(engine.pool, packing.blocks, [&](int64_t block, int) {
    packBlock(packing, block, dense.view.data, axes[0].stride, offset, axes[4].stride, packed);
  });
}
