// Direct convolution on channels-last data, without im2col: pixels of the output are the rows of
// `gemm.h`, and every tap of a row is a pointer into the input, or to zeros where the tap falls
// outside it.
//
//      chunk = some tiles of pixels ──▶ table of pointers [tile][tap][row], built once
//      for each channel block, block of outputs, tile: tileKernel
//
// Where numbers are not the words that the kernel multiplies, pointers go into copies.

// Where the outputs of a line's pixels [index[3], index[3] + count) go, as rows from `row` on, and
// what is blended with them.
static void placeOutputs(const Phase& phase, const int64_t* index, int64_t count, int row,
                         Chunk& chunk) {
  const ConvJob& job = phase.job;
  int64_t at[3], pixel = index[0];
  for (int a = 0; a < 3; a++) {
    at[a] = phase.axis[a].first + index[a + 1] * phase.axis[a].period;
    pixel = pixel * job.axes[a].out + at[a];
  }
  const int64_t step = phase.axis[2].period;
  for (int64_t r = 0; r < count; r++) chunk.at[row + r] = (pixel + r * step) * job.outputs;
  if (!job.blend.residual.data) return;
  const Axis& across = job.blend.residual.axes[3];
  const int64_t line = residualAt(job, index[0], at[0], at[1], 0);
  const int64_t often = job.axes[2].out / across.size;
  for (int64_t r = 0; r < count; r++) {
    const int64_t w = at[2] + r * step;
    chunk.residual[row + r] = line + (often == 1 ? w : w / often) * across.stride;
  }
}

// What a tap of a line's pixels 0, 1, … reads: `first`, `first + step`, …, of which those of pixels
// [begin, end) are inside the image.
struct TapOfLine {
  int64_t weight;
  const float* first;
  int64_t step, begin, end;
};

// A tap of `count` pixels, which are rows from `row` on of a chunk. `zeros` are read outside the
// image; null if `tap` reads zeros there itself.
static void placeTap(const TapOfLine& tap, const float* zeros, int64_t count, int row, int rows,
                     int64_t allTaps, Tap* taps, bool* isUsed) {
  int64_t tile = row / rows * allTaps;
  int start = row % rows;
  const float* at = tap.first;
  for (int64_t r = 0; r < count; tile += allTaps, start = 0) {
    const int64_t end = least<int64_t>(count, r + rows - start);
    taps[tile].weight = tap.weight;
    isUsed[tile] |= r < tap.end && end > tap.begin;
    const float** to = taps[tile].rows + start;
    if (!zeros || (r >= tap.begin && end <= tap.end))
      for (; r < end; r++, at += tap.step) *to++ = at;
    else
      for (; r < end; r++, at += tap.step) *to++ = r >= tap.begin && r < tap.end ? at : zeros;
  }
}

// All taps of a line's pixels [index[3], index[3] + count).
static void placeLine(const Phase& phase, const int64_t* index, int64_t count, int row, int rows,
                      int64_t allTaps, bool* isUsed, Chunk& chunk, Copies& copies) {
  const ConvJob& job = phase.job;
  const auto& [t, h, w] = phase.axis;
  placeOutputs(phase, index, count, row, chunk);
  const bool isCopied = copies.data;
  const float* copy = isCopied ? copyOf(phase, index, count, copies) : nullptr;
  // Of the copies of the lines, which are neighbours.
  const int64_t pitch = isCopied ? copies.stretch[copies.count - 1].pixels * copies.pitch : 0;
  const int64_t down = job.axes[1].taps, across = job.axes[2].taps;
  int tap = 0;
  for (int kt = 0; kt < t.taps; kt++) {
    const Frame frame = frameOf(job, index[0], t.from[kt] + index[1] * t.step);
    const View& x = frame.view ? *frame.view : job.x;
    const Axis& line = x.axes[3];
    const int64_t each = isCopied ? copies.pitch : line.stride / phase.numbers;
    for (int kh = 0; kh < h.taps; kh++) {
      const int64_t ih = h.from[kh] + index[2] * h.step;
      const bool isLine = frame.view && inside(x.axes[2], ih);
      const float* from =
          isCopied ? copy + kt * copies.span * copies.pitch + (h.from[kh] - h.from[0]) * pitch
                   : x.as<float>() +
                         (isLine ? elementAt(x, index[0], frame.t, ih) / phase.numbers : 0);
      for (int kw = 0; kw < w.taps; kw++, tap++) {
        const int64_t first = w.from[kw] + index[3] * w.step;
        const TapOfLine of{
            phase.isMerged ? tap : (t.tap[kt] * down + h.tap[kh]) * across + w.tap[kw],
            from + (isCopied ? w.from[kw] - w.from[0] : first) * each,
            w.step * each,
            isLine ? most<int64_t>(0, ceilDiv(line.lo - first, w.step)) : 0,
            isLine ? most<int64_t>(0, ceilDiv(line.hi - first, w.step)) : 0,
        };
        placeTap(of, isCopied ? nullptr : phase.zeros, count, row, rows, allTaps, chunk.tap + tap,
                 isUsed + tap);
      }
    }
  }
}

// Calls `body(index, count)` for the lines, or parts of them, that pixels [begin, end) are.
template <class F>
VIDTOK_INLINE void forLines(const Phase& phase, int64_t begin, int64_t end, F body) {
  for (int64_t pixel = begin; pixel < end;) {
    int64_t index[4], rest = pixel;
    for (int a = 3; a > 0; a--) {
      index[a] = rest % phase.axis[a - 1].count;
      rest /= phase.axis[a - 1].count;
    }
    index[0] = rest;
    const int64_t n = least(end - pixel, phase.axis[2].count - index[3]);
    body(index, n);
    pixel += n;
  }
}

// The tiles of pixels [begin, end).
static void placeChunk(const Phase& phase, int rows, int64_t begin, int64_t end, int64_t allTaps,
                       bool* isUsed, Chunk& chunk, Copies& copies) {
  const int count = phase.taps();
  chunk.tiles = int(ceilDiv(end - begin, rows));
  __builtin_memset(isUsed, 0, size_t(chunk.tiles * allTaps));
  int row = 0;
  forLines(phase, begin, end, [&](const int64_t* index, int64_t n) {
    placeLine(phase, index, n, row, rows, allTaps, isUsed, chunk, copies);
    row += int(n);
  });
  // Rows past the end.
  for (; row < chunk.tiles * rows; row++) {
    chunk.at[row] = -1;
    for (int tap = 0; tap < count; tap++)
      chunk.tap[row / rows * allTaps + tap].rows[row % rows] = phase.zeros;
  }
  // Taps that fall outside for every row of a tile are dropped.
  for (int i = 0; i < chunk.tiles; i++) {
    Tap* taps = chunk.tap + i * allTaps;
    int used = 0;
    for (int tap = 0; tap < count; tap++) {
      if (!isUsed[i * allTaps + tap]) continue;
      if (used != tap) taps[used] = taps[tap];
      used++;
    }
    chunk.taps[i] = used;
  }
}

// keep · sum + add · residual.
template <class T>
VIDTOK_INLINE void blendRow(const Blend& blend, const T* residual, int64_t n, float* sums) {
  int64_t i = 0;
  for (; i + W <= n; i += W)
    store(sums + i, load(sums + i) * blend.keep + load(residual + i) * blend.add);
  for (; i < n; i++) sums[i] = sums[i] * blend.keep + number(residual[i]) * blend.add;
}

// What `multiply` does to the sums of outputs [first, first + n) of a row.
struct Blending {
  const ConvJob& job;
  const Chunk& chunk;

  bool isNeeded() const { return job.blend.residual.data != nullptr; }
  VIDTOK_INLINE_METHOD void operator()(int row, int64_t first, int64_t n, float* sums) const {
    const int64_t from = chunk.residual[row] + first;
    const View& residual = job.blend.residual;
    if (residual.format == Format::f32)
      blendRow(job.blend, residual.as<float>() + from, n, sums);
    else
      blendRow(job.blend, residual.as<Bf16>() + from, n, sums);
  }
};

// Whether the numbers of a view are words of the kernel as they lie in memory.
template <class Words>
static bool hasWords(const View& x) {
  bool isWhole = x.format == Format::bf16 && uintptr_t(x.data) % 4 == 0 &&
                 x.axes[4].size % (Words::kChannels * Words::kUnit) == 0;
  for (int a = 0; a < 4; a++) isWhole &= x.axes[a].stride % Words::kChannels == 0;
  return !x.data || isWhole;
}

// bf16 is copied but for tiles, which multiply so fast that a copy is half as long as the products.
// They are loaded best from where rows are near each other, and gathered where a line ends.
template <class Words>
static bool needsCopies(const Phase& phase, const Packing& packing) {
  const ConvJob& job = phase.job;
  const auto isBf16 = [](const View& x) { return x.data && x.format == Format::bf16; };
  if (Words::kUnit == 1)
    return job.operands == Format::bf16 || isBf16(job.x) || isBf16(job.before);
  const bool isShort = phase.reach(phase.axis[2]) > 1 && phase.axis[2].count < 64;
  return isShort || packing.step < packing.channels || !hasWords<Words>(job.x) ||
         !hasWords<Words>(job.before);
}

template <class Words>
static void convPhase(Engine& engine, const Phase& phase, const Packing& packing, Tap* taps,
                      bool* isUsed, Target out) {
  const ConvJob& job = phase.job;
  const int rows = tileRows<Words>(packing.vectors);
  constexpr int64_t chunkPixels = chunkRows<Words>();
  const int64_t pixels = phase.pixels(), chunks = ceilDiv(pixels, chunkPixels);
  if (chunks == 0) return;
  const int64_t parts = partsOfBlocks(engine, packing, chunks);
  const bool isCopied = needsCopies<Words>(phase, packing);
  const int64_t span = Copies::longest(phase, chunkPixels);
  const int64_t pitch = least(packing.step, packing.channels);
  const int64_t copySize =
      isCopied ? phase.axis[0].taps * span * pitch + 1 : 0;
  const int64_t perThread = copySize + sumsSize<Words>(packing, out.format);
  const Scratch memory(engine.memory, {engine.pool.threads(), perThread});
  parallel(engine.pool, chunks * parts, [&](int64_t task, int thread) {
    const int64_t begin = task / parts * chunkPixels;
    float* own = memory.data() + thread * perThread;
    Copies copies;
    copies.data = isCopied ? own : nullptr;
    copies.span = span;
    copies.pitch = pitch;
    copies.isGrouped = Copies::groups(phase, chunkPixels);
    Chunk chunk;
    chunk.tap = taps + thread * kTiles * packing.taps;
    placeChunk(phase, rows, begin, least(begin + chunkPixels, pixels), packing.taps,
               isUsed + thread * kTiles * packing.taps, chunk, copies);
    const auto place = [&](int64_t c, int64_t count) {
      if (!isCopied) return c;
      copyStretches<Words>(phase, copies, c, count);
      return int64_t(0);
    };
    multiply<Words>(packing, chunk, Part(packing, task % parts, parts), phase.packed, job.bias, out,
                    own + copySize, place, Blending{job, chunk});
  });
}

template <class Words>
static void convOf(Engine& engine, const ConvJob& job, Target out) {
  const ConvAxis* axes = job.axes;
  const int64_t channels = job.x.axes[4].size, allTaps = axes[0].taps * axes[1].taps * axes[2].taps;
  const Packing whole = packingOf<Words>(job.outputs, allTaps, channels);
  const int threads = engine.pool.threads();
  const int64_t longest = most(channels, whole.channels);
  const Scratch zeros(engine.memory, longest);
  const Scratch taps(engine.memory, {threads, kTiles, allTaps, int64_t(sizeof(Tap) / 4)});
  const Scratch used(engine.memory, {threads, kTiles, allTaps});
  __builtin_memset(zeros.data(), 0, size_t(longest) * 4);
  const Phases phases(engine, axes);
  Phase phase{job, {}, phases.isMerged, job.packed, zeros.data(), Words::kChannels};
  for (int64_t i = 0; i < phases.count(); i++) {
    phases.at(i, phase.axis);
    const Packing packing =
        phases.isMerged ? packingOf<Words>(job.outputs, phase.taps(), channels) : whole;
    convPhase<Words>(engine, phase, packing, reinterpret_cast<Tap*>(taps.data()),
                     reinterpret_cast<bool*>(used.data()), out);
    if (phases.isMerged) phase.packed += packing.size();
  }
}

static int64_t paddedOutputs(int64_t outputs) {
  const Packing packing = packingOf<Floats>(outputs, 1, 1);
  return packing.blocks * packing.width;
}

template <class Words>
static void packDirect(Engine& engine, const View& weight, Format operands, float* packed) {
  const Readable dense(engine, weight, isUnpadded(weight));
  const Axis* axes = dense.view.axes;
  const int64_t taps = axes[1].size * axes[2].size * axes[3].size;
  const Packing packing = packingOf<Words>(axes[0].size, taps, axes[4].size);
  const Scratch memory(engine.memory, {taps, 2});
  int64_t* offset = reinterpret_cast<int64_t*>(memory.data());
  for (int64_t tap = 0; tap < taps; tap++) {
    const int64_t kw = tap % axes[3].size, kh = tap / axes[3].size % axes[2].size,
                  kt = tap / axes[3].size / axes[2].size;
    offset[tap] = kt * axes[1].stride + kh * axes[2].stride + kw * axes[3].stride;
  }
  withReader(dense.view.format, operands, [&](auto reader) {
    typedef decltype(reader) Reader;
    parallel(engine.pool, packing.blocks, [&](int64_t block, int) {
      packBlock<Words, Reader>(packing, block,
                               {dense.view.as<typename Reader::Stored>(), axes[0].stride,
                                axes[4].stride, offset, axes[4].size},
                               packed);
    });
  });
}
