// Direct convolution of few channels: what all taps of a pixel read is one row of `gemm.h`, as if it
// were a pixel's channels, so that the inner kernel does not begin anew every few products.
//
//      x ──for each kt, kh: kw · channels numbers, side by side──▶ [pixel][kt][kh][kw][channel]
//
// A chunk's rows are copied at once, into the thread's memory.

constexpr int64_t kPatchChannels = 8;  // at most

static bool goesInPatches(const ConvAxis* axes, int64_t channels) {
  const auto isPlain = [](const ConvAxis& axis) {
    return axis.inputDilation == 1 && axis.repeat == 1;
  };
  return channels <= kPatchChannels && axes[2].taps > 1 && axes[2].dilation == 1 &&
         isPlain(axes[0]) && isPlain(axes[1]) && isPlain(axes[2]);
}

// What the taps of a pixel read, as numbers of one row.
struct Patch {
  int64_t run, size;  // numbers of the taps along a line, of all taps

  explicit Patch(const Phase& phase)
      : run(phase.axis[2].taps * phase.job.x.axes[4].size),
        size(phase.axis[0].taps * phase.axis[1].taps * run) {}
  // Numbers from a row, of `length` with the zeros behind it, to the next: the last run is written
  // by whole vectors.
  int64_t pitch(int64_t length) const {
    return ceilDiv(most(length, size - run + ceilDiv(run, W) * W), 2) * 2;
  }
};

VIDTOK_INLINE void put(float x, float* to) { *to = x; }
VIDTOK_INLINE void put(float x, Bf16* to) { *to = Bf16{uint16_t(roundedBits(x) >> 16)}; }

// The runs of `count` pixels of a line, from input pixels first, first + step, … on; outside the image
// numbers are 0.
template <class Reader, class Number>
VIDTOK_INLINE void readRuns(const typename Reader::Stored* line, const Axis& axis, int64_t first,
                            int64_t step, int64_t count, int64_t channels, int64_t run,
                            int64_t pitch, Number* to) {
  // Whole vectors are read of runs [begin, end), where the image goes on for as long.
  const int64_t reach = ceilDiv(ceilDiv(run, W) * W, channels);
  const bool isRun = axis.stride == channels;
  const int64_t begin = isRun ? clamped(ceilDiv(axis.lo - first, step), 0, count) : count;
  const int64_t end = clamped(floorDiv(axis.hi - reach - first, step) + 1, begin, count);
  const auto* from = line + first * axis.stride;
  for (int64_t p = 0; p < count; p++, from += step * axis.stride, to += pitch) {
    if (p >= begin && p < end) {
      for (int64_t i = 0; i < run; i += W) store(to + i, Reader::many(from + i));
      continue;
    }
    for (int64_t kw = 0; kw < run / channels; kw++) {
      const bool isPixel = inside(axis, first + p * step + kw);
      for (int64_t c = 0; c < channels; c++)
        put(isPixel ? Reader::one(from[kw * axis.stride + c]) : 0, to + kw * channels + c);
    }
  }
}

// The patches of a line's pixels [index[3], index[3] + count), which are `pitch` numbers apart and
// followed by zeros up to number `end`.
template <class Number>
static void readPatches(const Phase& phase, const int64_t* index, int64_t count, int64_t pitch,
                        int64_t end, Number* to) {
  const ConvJob& job = phase.job;
  const auto &t = phase.axis[0], &h = phase.axis[1], &w = phase.axis[2];
  const Patch patch(phase);
  const int64_t channels = job.x.axes[4].size;
  Number* at = to;
  for (int kt = 0; kt < t.taps; kt++) {
    const Frame frame = frameOf(job, index[0], t.from[kt] + index[1] * t.step);
    for (int kh = 0; kh < h.taps; kh++, at += patch.run) {
      const int64_t ih = h.from[kh] + index[2] * h.step;
      if (!frame.view || !inside(frame.view->axes[2], ih)) {
        for (int64_t p = 0; p < count; p++)
          __builtin_memset(at + p * pitch, 0, size_t(patch.run) * sizeof(Number));
        continue;
      }
      const View& x = *frame.view;
      withReader(x.format, job.operands, [&](auto reader) {
        typedef decltype(reader) Reader;
        const auto* line =
            x.as<typename Reader::Stored>() + elementAt(x, index[0], frame.t, ih);
        readRuns<Reader>(line, x.axes[3], w.from[0] + index[3] * w.step, w.step, count, channels,
                         patch.run, pitch, at);
      });
    }
  }
  for (int64_t p = 0; p < count; p++)
    __builtin_memset(to + p * pitch + patch.size, 0, size_t(end - patch.size) * sizeof(Number));
}

// A weight [o, kt, kh, kw, c] with taps as channels, those of axes from `first` on.
static View asChannels(const View& dense, int first) {
  View merged = dense;
  int64_t size = dense.axes[4].size;
  for (int a = first; a < 4; a++) size *= dense.axes[a].size;
  for (int a = first; a < 4; a++) merged.axes[a] = Axis{1, size, 0, 1};
  merged.axes[4] = Axis{size, 1, 0, size};
  return merged;
}

// In pairs of bf16 numbers; of floats, taps along a line are enough (`convRuns.h`).
template <class Words>
static void patchesConv(Engine& engine, const ConvJob& job, Target out) {
  const Phases phases(engine, job.axes);
  Phase phase{job, {}, false, job.packed, nullptr, Words::kChannels};
  phases.at(0, phase.axis);
  const Patch patch(phase);
  const Packing packing = packingOf<Words>(job.outputs, 1, patch.size);
  const int rows = tileRows<Words>(packing.vectors);
  const int64_t end = 2 * packing.channels, pitch = patch.pitch(end);
  const int64_t words = pitch / 2, chunkPixels = chunkRows<Words>();
  const int64_t copySize = chunkPixels * words;
  const int64_t pixels = phase.pixels(), chunks = ceilDiv(pixels, chunkPixels);
  if (chunks == 0) return;
  const int64_t parts = partsOfBlocks(engine, packing, chunks);
  const int64_t perThread = copySize + sumsSize<Words>(packing, out.format);
  const Scratch memory(engine.memory, {engine.pool.threads(), perThread});
  parallel(engine.pool, chunks * parts, [&](int64_t task, int thread) {
    const int64_t begin = task / parts * chunkPixels;
    float* own = memory.data() + thread * perThread;
    Tap taps[kTiles];
    Chunk chunk;
    chunk.tap = taps;
    int row = 0;
    forLines(phase, begin, least(begin + chunkPixels, pixels),
             [&](const int64_t* index, int64_t count) {
               placeOutputs(phase, index, count, row, chunk);
               readPatches(phase, index, count, pitch, end,
                           reinterpret_cast<Bf16*>(own + row * words));
               row += int(count);
             });
    chunk.tiles = int(ceilDiv(row, rows));
    for (int i = row; i < chunk.tiles * rows; i++) chunk.at[i] = -1;
    for (int i = 0; i < chunk.tiles; i++) {
      chunk.taps[i] = 1;
      taps[i].weight = 0;
      // Rows past the end count for nothing.
      for (int r = 0; r < rows; r++) taps[i].rows[r] = own + least(i * rows + r, row - 1) * words;
    }
    multiply<Words>(packing, chunk, Part(packing, task % parts, parts), job.packed, job.bias, out,
                    own + copySize, [](int64_t c, int64_t) { return c; }, Blending{job, chunk});
  });
}
